"""The demonstration's story of standing: one under 留党察看, one who is to mend, a death, a suspension, a removal under way."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from random import Random

from dangjian.accounts.models import User
from dangjian.activities.standing.demo.texts import TEXTS
from dangjian.engines.procedures.actions import deciding, taking
from dangjian.engines.procedures.actions.members import require_starting_for, start_for
from dangjian.engines.procedures.definition import Step
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseStep, ProcedureCase, StepState
from dangjian.engines.stories.offers import DemoStory, Scene
from dangjian.engines.stories.world import World, acting, moment
from dangjian.kernel import clock
from dangjian.kernel.actor import may
from dangjian.kernel.ui import words
from dangjian.members.models import Category, Member
from dangjian.org.models import PostKind
from dangjian.org.openings import register

HERE = (PostKind.SECRETARY, PostKind.DEPUTY_SECRETARY)
SECOND = (PostKind.ORGANISATION_MEMBER, PostKind.DEPUTY_SECRETARY, PostKind.SECRETARY)
WAYS: tuple[tuple[str, int, tuple[tuple[str, int, str], ...]], ...] = (
    (
        "penalty",
        230,
        (("hear", 4, ""), ("meeting", 12, "agreed"), ("decide", 25, "approved"), ("tell", 30, "")),
    ),
    (
        "correction",
        120,
        (
            ("filing", 4, "agreed"),
            ("hear", 6, ""),
            ("check", 9, "confirmed"),
            ("meeting", 20, "agreed"),
            ("decide", 28, "approved"),
            ("tell", 33, ""),
            ("review", 85, ""),
        ),
    ),
    ("deceased", 75, (("confirm", 2, "confirmed"),)),
    ("suspension", 100, (("decide", 9, "approved"),)),
    ("removal", 14, (("filing", 5, "agreed"),)),
)
"""Of each kind, how many days ago it was begun, and the steps that were taken since: how many days later, with which outcome."""
DECIDED_BY = "经{day}支部党员大会讨论通过"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody about whom a case is."""

    member: int
    branch: int


def scenes(world: World, random: Random) -> Iterator[Scene]:
    """Each case with its steps, in working hours of their days."""
    for person, (code, ago, steps) in zip(_cast(world, random), WAYS, strict=False):
        begun = world.today - dt.timedelta(days=ago)
        yield Scene(moment(begun, 15), partial(_begin, world, person, code))
        for step, later, outcome in steps:
            day = begun + dt.timedelta(days=later)
            yield Scene(moment(day, 16, 30), partial(_take, world, person, code, step, outcome))


def _cast(world: World, random: Random) -> list[Person]:
    """Full members without a task, each of another branch that stays as it is."""
    places = [one.number for one in world.places if one.merged_on is None and world.officer(one.number, *HERE)]
    busy = {user.pk for held in world.officers.values() for user in held.values()} | world.taken
    by_branch: dict[int, list[Member]] = {}
    for member in world.members:
        if member.category == Category.FULL and member.user_id not in busy and not member.employee_no.endswith("L"):
            by_branch.setdefault(member.branch_id, []).append(member)
    enough = [number for number in places if len(by_branch.get(number, ())) > len(WAYS)]
    chosen = [random.choice(by_branch[number]) for number in random.sample(enough, min(len(enough), len(WAYS)))]
    world.taken.update(one.user_id for one in chosen if one.user_id)
    return [Person(one.pk, one.branch_id) for one in chosen]


def _begin(world: World, person: Person, code: str) -> None:
    member = register(Member).select_related("branch").get(pk=person.member)
    officer, first = world.officer(person.branch, *HERE), procedure(code).on(clock.today()).steps[0]
    if officer is None or member.branch_id != person.branch:
        return
    days = {"since": clock.today() - dt.timedelta(days=400), "died_on": clock.today() - dt.timedelta(days=3)}
    known = {one.code for one in first.entry}
    entry = {**TEXTS[code, first.code], **{name: day for name, day in days.items() if name in known}}
    with acting(officer, "standing.propose") as actor:
        if may(require_starting_for, actor, code, member):
            start_for(actor=actor, code=code, member=member, day=clock.today(), entry=entry)


def _take(world: World, person: Person, code: str, step_code: str, outcome: str) -> None:
    rows = register(ProcedureCase).select_related("organization", "account").filter(procedure=code, state="open")
    case: ProcedureCase | None = rows.filter(subject_id=person.member).first()
    step = procedure(code).on(clock.today()).by_code[step_code]
    who = _whose(world, person, step)
    if case is None or who is None or not _is_open(case, step_code):
        return
    entry = dict(TEXTS.get((code, step_code), {}))
    if any(one.kind == "members" for one in step.entry):
        entry["helpers"] = [register(Member).get(user=world.officer(person.branch, *HERE)).pk]
    with acting(who, step.who.permission) as actor:
        if step.meeting:
            said = DECIDED_BY.format(day=words.day(clock.today()))
            deciding.decide(actor=actor, case=case, code=step_code, day=clock.today(), outcome=outcome, said=said)
            return
        taking.take(actor=actor, case=case, code=step_code, day=clock.today(), outcome=outcome, entry=entry)


def _whose(world: World, person: Person, step: Step) -> User | None:
    if step.who.at == "committee_above":
        above = world.officer(world.committee, PostKind.ORGANISATION_MEMBER, PostKind.DEPUTY_SECRETARY)
        return above or world.office
    return world.officer(person.branch, *SECOND)


def _is_open(case: ProcedureCase, code: str) -> bool:
    rows = register(CaseStep).filter(case=case, code=code, state=StepState.OPEN, opens_on__lte=clock.today())
    return rows.exists()


STORY = DemoStory("standing", "党籍和处分", scenes, order=42)
