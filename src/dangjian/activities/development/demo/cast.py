"""Who applies in the demonstration: where, how old, how far they come, and on which days."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from dangjian.engines.stories.world import Place, World
from dangjian.kernel.identity import fictional_resident_id
from dangjian.members.models import Category, Member

SMALLEST = 8
"""Members of a branch in which somebody is developed."""

AFTER = {
    "talk": 18,
    "recommend": 45,
    "activist": 60,
    "file_activist": 72,
    "contacts": 74,
    "object_discuss": 430,
    "object_agree": 441,
    "notice": 443,
    "object": 462,
    "sponsors": 463,
    "political_review": 480,
    "training": 492,
    "committee_check": 500,
    "prereview": 512,
    "admission_form": 515,
    "admission_meeting": 524,
    "approval_talk": 545,
    "approve": 566,
    "file_admission": 575,
    "group": 576,
    "oath": 588,
    "conversion_apply": 880,
    "conversion_meeting": 895,
    "conversion_approve": 915,
    "archive": 930,
}
"""How many days after the application a step is taken where all goes well."""

REVIEWS = (
    ("thought_report", 85, "contacts", "admission_meeting"),
    ("contact_review", 170, "contacts", "object"),
    ("review", 175, "contacts", "object"),
    ("analysis", 355, "contacts", "object"),
    ("sponsor_review", 170, "approve", "conversion_meeting"),
    ("probation_review", 175, "approve", "conversion_meeting"),
)
"""What comes back: with the days between, from which step until which."""


KINDS = (
    ("apply", 6, (3, 60)),
    ("talk", 40, (5, 280)),
    ("contacts", 32, (20, 330)),
    ("object_agree", 5, (1, 6)),
    ("object", 9, (3, 30)),
    ("training", 6, (3, 40)),
    ("prereview", 5, (2, 25)),
)
"""How far people come, how many of them in an enterprise of ``WHOLE`` members, and how many days ago they took the last step."""
WHOLE = 1768
SINCE = dt.timedelta(days=4 * 365)
"""So long ago whoever helps became a full member: before the first step of anybody's application."""
EARLY = frozenset({"talk", "contacts"})
"""Where branches that work late are late."""
SPECIALISTS = frozenset({"技术员", "助理工程师"})
TRAINED_BEFORE = 580
"""Whoever is a candidate by now applied so many days ago: they had become an activist before the platform came."""


def is_young(birth_on: dt.date, day: dt.date) -> bool:
    """Whether somebody is young enough on ``day`` to be in the Youth League."""
    return (day - birth_on).days < 28 * 365


@dataclass
class Person:
    """Somebody who applies.

    ``begun`` is the day of the application; ``until`` is the last step that is taken. ``late`` says by how many days each step
    comes after its usual day, ``wait`` how much longer they are trained. ``member`` is the record of somebody who has been
    admitted meanwhile. ``ending`` is what becomes of them otherwise: refused, moved, withdrawn.
    """

    number: int
    branch: int
    name: str
    begun: dt.date
    until: str
    columns: Mapping[str, object]
    helpers: tuple[int, ...]
    late: int = 0
    wait: int = 0
    ending: str = ""
    member: Member | None = None
    applicant: int = field(default=0, init=False)

    def day(self, code: str) -> dt.date:
        """The day of a step."""
        longer = self.wait if AFTER[code] >= AFTER["object_discuss"] else 0
        return self.begun + dt.timedelta(days=AFTER[code] + self.late + longer)

    def steps(self) -> Iterator[tuple[str, dt.date]]:
        """The steps after the application, in their order."""
        for code in list(AFTER)[: list(AFTER).index(self.until) + 1] if self.until != "apply" else ():
            yield code, self.day(code)


def cast(world: World, random: Random) -> list[Person]:
    """About 120 people in all stages: some late, one refused, one moved, one who took their application back.

    Whoever helps has a task from then on: no other story moves them away.
    """
    full: dict[int, list[int]] = {}
    long_since = world.today - SINCE
    for member in world.members:
        if member.converted_on and member.converted_on <= long_since and member.user_id not in world.taken:
            full.setdefault(member.branch_id, []).append(member.pk)
    places = [one for one in world.places if one.merged_on is None and len(full.get(one.number, ())) >= SMALLEST]
    names = list(world.free_names)
    random.shuffle(names)
    made: list[Person] = []

    def add(place: Place, days_ago: int, until: str, **more: object) -> None:
        number = len(made)
        person = _person(world, random, number, place, names[number], days_ago, until, full[place.number])
        made.append(person)
        for name, value in more.items():
            setattr(person, name, value)

    for member in world.members:
        if member.category == Category.PROBATIONARY:
            _admitted(made, world, random, member, full)
    for until, how_many, (least, most) in KINDS:
        for _ in range(max(1, how_many * len(world.members) // WHOLE)):
            place = random.choice(places)
            late = random.randint(20, 60) if place.quality in {"late", "poor"} and until in EARLY else 0
            add(place, random.randint(least, most), until, late=late)
    add(random.choice(places), 20, "approval_talk", ending="refused")
    add(random.choice(places), 220, "contacts", ending="moved")
    add(random.choice(places), 120, "contacts", ending="withdrawn")
    accounts = {member.pk: member.user_id for member in world.members}
    world.taken.update(user for one in made for pk in one.helpers if (user := accounts[pk]))
    return made


def _way_to(joined_on: dt.date, today: dt.date) -> tuple[dt.date, int]:
    """When somebody applied who was admitted on ``joined_on``, and how much longer they were trained."""
    wait = max(0, TRAINED_BEFORE - AFTER["admission_meeting"] - (today - joined_on).days)
    return joined_on - dt.timedelta(days=AFTER["admission_meeting"] + wait), wait


def days_on_record(joined_on: dt.date, today: dt.date) -> dict[str, dt.date]:
    """What the record of somebody on probation says of their way: the days of the steps that are told of them."""
    begun, wait = _way_to(joined_on, today)
    days = {"activist_on": AFTER["activist"], "object_on": AFTER["object"] + wait}
    return {"applied_on": begun, **{name: begun + dt.timedelta(days=after) for name, after in days.items()}}


def _admitted(made: list[Person], world: World, random: Random, member: Member, full: Mapping[int, list[int]]) -> None:
    """Somebody on probation: their way led to the day on which they were admitted."""
    if member.joined_on is None or len(full.get(member.branch_id, ())) < SMALLEST:
        return
    ago = (world.today - member.joined_on).days
    begun, wait = _way_to(member.joined_on, world.today)
    until = [code for code, after in AFTER.items() if after < AFTER["admission_meeting"] + ago][-1]
    helpers = tuple(random.sample([pk for pk in full[member.branch_id] if pk != member.pk], 2))
    made.append(Person(len(made), member.branch_id, member.name, begun, until, {}, helpers, wait=wait, member=member))


def _person(
    world: World, random: Random, number: int, place: Place, name: str, days_ago: int, until: str, full: list[int]
) -> Person:
    since = AFTER.get(until, 0)
    wait = 0 if until in EARLY or until == "apply" else max(0, TRAINED_BEFORE - since - days_ago)
    begun = world.today - dt.timedelta(days=since + days_ago + wait)
    birth = begun - dt.timedelta(days=random.randint(22 * 365, 38 * 365))
    sex = "2" if random.random() < 0.3 else "1"
    sequence = number % 400 * 2 + (1 if sex == "1" else 0)
    title = random.choice(("操作工", "维修工", "技术员", "助理工程师", "班长"))
    columns = {
        "resident_id": fictional_resident_id(birth, sequence, region=f"99{9000 + world.committee % 1000:04d}"),
        "mobile": f"19980{world.committee % 10}{number:05d}",
        "sex": sex,
        "birth_on": birth,
        "ethnicity": "11" if number % 13 == 5 else "01",
        "education": random.choice(("14", "21", "21", "31", "31", "41")),
        "job_title": title,
        "job_post": "soe_specialist" if title in SPECIALISTS else "soe_worker",
        "front_line": random.choice(("01", "")),
        "in_youth_league": is_young(birth, begun),
        "employee_no": f"A{world.committee % 100:02d}{number:04d}",
    }
    return Person(number, place.number, name, begun, until, columns, tuple(random.sample(full, 2)), wait=wait)
