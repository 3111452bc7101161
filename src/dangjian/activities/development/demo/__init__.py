"""The demonstration's story of development: about 120 applicants in all stages, under both texts, some late, one refused."""

import datetime as dt
from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Any

from dangjian.activities.development.actions import applicants, quotas
from dangjian.activities.development.actions.importing import Arrival, enter_many
from dangjian.activities.development.demo.cast import REVIEWS, Person, cast, days_on_record, is_young
from dangjian.activities.development.demo.steps import HERE, play
from dangjian.activities.development.models import Applicant
from dangjian.activities.development.queries.way import PROCEDURE, case_of
from dangjian.engines.procedures.actions import ending
from dangjian.engines.stories.offers import DemoStory, Scene
from dangjian.engines.stories.world import World, acting, moment
from dangjian.kernel import clock
from dangjian.members.actions.record import update_record
from dangjian.members.models import Member
from dangjian.org.openings import register

PLACES = 70
"""How many may be admitted in a year, in equal shares of the general branches."""

STAGES = {"activist_on": "activist", "filed_on": "file_activist", "object_on": "object"}
"""What a list of those who applied before has of each, by the step that it tells of."""


def scenes(world: World, random: Random) -> Iterator[Scene]:
    """The list of those who had applied before, then whoever applies since, each with their steps."""
    people, live_on = cast(world, random), world.months[0]
    before = [one for one in people if one.begun < live_on]
    yield Scene(moment(live_on, 9, 10), partial(_enter_before, world, before, live_on))
    for one in people:
        if one.begun >= live_on:
            yield Scene(moment(one.begun, 10), partial(_enter, world, one))
        if one.member is not None and one.member.joined_on is not None:
            # Not earlier: their record says nothing of days that are still to come.
            known = max(one.member.joined_on, live_on)
            yield Scene(moment(known, 9, 15), partial(_tell_days, world, one.member, one.member.joined_on))
        yield from _way(world, one, live_on)
        yield from _ending(world, one)
    for day in {live_on, *(dt.date(year, 1, 8) for year in range(live_on.year + 1, world.today.year + 1))}:
        yield Scene(moment(day, 9, 5), partial(_plan, world))


def _way(world: World, person: Person, live_on: dt.date) -> Iterator[Scene]:
    for code, day in person.steps():
        if live_on <= day <= world.today:
            yield Scene(moment(day, 11), partial(play, world, person, code))
    taken = dict(person.steps())
    for code, every, begins, ends in REVIEWS:
        if begins not in taken or person.late:
            continue
        on = taken[begins] + dt.timedelta(days=every)
        while on < min(person.day(ends), world.today):
            if on >= live_on:
                yield Scene(moment(on, 15), partial(play, world, person, code))
            on += dt.timedelta(days=every)


def _ending(world: World, person: Person) -> Iterator[Scene]:
    last = max((day for _, day in person.steps()), default=person.begun)
    if person.ending == "refused":
        yield Scene(moment(last + dt.timedelta(days=9), 11), partial(play, world, person, "approve", outcome="refused"))
    elif person.ending == "moved":
        yield Scene(moment(last + dt.timedelta(days=40), 11), partial(_move, world, person))
    elif person.ending == "withdrawn":
        yield Scene(moment(last + dt.timedelta(days=40), 11), partial(_withdraw, world, person))


def _enter_before(world: World, people: list[Person], live_on: dt.date) -> None:
    """The office brings in the list that it had kept: what lies before the platform is history."""
    rows = [
        Arrival(
            branch_id=one.branch,
            days={"applied_on": one.begun, **_days_before(one, live_on)},
            columns={"name": one.name, **_columns(one)},
            contacts=one.helpers if "activist_on" in _days_before(one, live_on) else (),
        )
        for one in people
    ]
    with acting(world.office, "development.import") as actor:
        enter_many(actor=actor, rows=rows, batch=0, progress=lambda _done: None)
    numbers = dict(register(Applicant).filter(batch=0).values_list("name", "pk"))
    for one in people:
        one.applicant = numbers[one.name]


def _tell_days(world: World, member: Member, joined_on: dt.date) -> None:
    days: dict[str, Any] = {**days_on_record(joined_on, world.today)}
    with acting(world.office, "members.edit") as actor:
        update_record(actor, member, **days)


def _days_before(person: Person, live_on: dt.date) -> dict[str, dt.date]:
    taken = dict(person.steps())
    return {name: taken[code] for name, code in STAGES.items() if code in taken and taken[code] < live_on}


def _columns(person: Person) -> dict[str, Any]:
    """What is known of a person: of somebody who was admitted meanwhile, what stands in their record."""
    if person.member is None:
        return dict(person.columns)
    names = (
        "resident_id", "mobile", "sex", "birth_on", "ethnicity", "education",
        "job_post", "job_title", "front_line", "employee_no",
    )  # fmt: skip
    birth_on = person.member.birth_on
    in_league = birth_on is not None and is_young(birth_on, person.begun)
    return {**{name: getattr(person.member, name) for name in names}, "in_youth_league": in_league}


def _enter(world: World, person: Person) -> None:
    officer = world.officer(person.branch, *HERE)
    if officer is None:
        return
    with acting(officer, "development.manage") as actor:
        made = applicants.enter(
            actor=actor,
            organization=world.organization(person.branch),
            day=person.begun,
            confirmed=True,
            name=person.name,
            **_columns(person),
        )
    person.applicant = made.pk


def _move(world: World, person: Person) -> None:
    others = [one.number for one in world.places if one.merged_on is None and one.number != person.branch]
    applicant: Applicant = register(Applicant).select_related("organization").get(pk=person.applicant)
    with acting(world.office, "development.transfer") as actor:
        day = applicant.applied_on or clock.today()
        applicants.move(actor=actor, applicant=applicant, to=world.organization(others[0]), day=day)


def _withdraw(world: World, person: Person) -> None:
    case = case_of(register(Applicant).get(pk=person.applicant))
    officer = world.officer(person.branch, *HERE)
    if case and officer:
        with acting(officer, "development.manage") as actor:
            ending.withdraw(actor=actor, case=case, reason="本人提出暂不申请")


def _plan(world: World) -> None:
    """The committee enters the plan of the year that it was given, and hands it down to its general branches."""
    committee, year = world.organization(world.committee), clock.today().year
    document = f"虚组〔{year}〕{year % 100 - 20}号"
    with acting(world.office, "development.plan") as actor:
        below = quotas.units_of(committee)
        units = {unit.pk: PLACES // len(below) for unit in below}
        quotas.enter(actor=actor, organization=committee, year=year, places=PLACES + 4, document=document)
        quotas.hand_down(actor=actor, organization=committee, year=year, places=units)


STORY = DemoStory(PROCEDURE, "发展党员", scenes, order=30)
