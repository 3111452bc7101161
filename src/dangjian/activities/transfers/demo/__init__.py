"""The demonstration's story of transfers: some received, some that wait for one side or the other, one sent back, one late."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from random import Random

from dangjian.accounts.models import User
from dangjian.activities.transfers.demo import national, outside, together
from dangjian.activities.transfers.queries.going import PROCEDURE
from dangjian.engines.procedures.actions import taking
from dangjian.engines.procedures.actions.members import start_for
from dangjian.engines.procedures.models import CaseState, ProcedureCase
from dangjian.engines.stories.offers import DemoStory, Scene
from dangjian.engines.stories.world import Place, World, acting, moment
from dangjian.kernel import clock
from dangjian.members.models import Category, Member
from dangjian.org.models import PostKind
from dangjian.org.openings import register

HERE = (PostKind.ORGANISATION_MEMBER, PostKind.SECRETARY, PostKind.DEPUTY_SECRETARY)
WAYS: tuple[tuple[int, tuple[tuple[str, int, str], ...]], ...] = (
    (90, (("release", 3, "released"), ("receive", 9, "received"))),
    (60, (("release", 2, "released"), ("receive", 12, "received"))),
    (45, (("release", 4, "released"),)),
    (12, (("release", 2, "released"),)),
    (9, (("release", 2, "released"), ("receive", 5, "returned"))),
    (3, ()),
    (1, ()),
)
"""How many days ago each was asked for, and the steps that were taken since: how many days later, with which outcome."""
WHY = ("work", "residence", "work", "work", "away", "work", "residence")
OPINIONS = {"returned": "介绍人员名单里的工号与本单位不符，请核对后重新提出。"}


@dataclass(frozen=True, slots=True)
class Going:
    """Somebody who goes from one branch to another."""

    number: int
    member: int
    origin: int
    to: int


def scenes(world: World, random: Random) -> Iterator[Scene]:
    """Each transfer with its steps, on working hours of their days."""
    for going, (ago, steps) in zip(_cast(world, random), WAYS, strict=False):
        begun = world.today - dt.timedelta(days=ago)
        yield Scene(moment(begun, 10, 30), partial(_ask, world, going))
        for code, later, outcome in steps:
            yield Scene(moment(begun + dt.timedelta(days=later), 16), partial(_take, world, going, code, outcome))


def _cast(world: World, random: Random) -> list[Going]:
    """Full members without a task, of branches that stay as they are, each to another one."""
    places = [one for one in world.places if one.merged_on is None and world.officer(one.number, *HERE)]
    busy = {user.pk for held in world.officers.values() for user in held.values()} | world.taken
    by_branch: dict[int, list[Member]] = {}
    for member in world.members:
        if member.category == Category.FULL and member.user_id not in busy and not member.employee_no.endswith("L"):
            by_branch.setdefault(member.branch_id, []).append(member)
    enough = [one for one in places if len(by_branch.get(one.number, ())) > len(WAYS)]
    chosen: list[Place] = random.sample(enough, min(len(enough), len(WAYS) + 1))
    ways = list(pairwise(chosen))
    people = [random.choice(by_branch[origin.number]) for origin, _to in ways]
    world.taken.update(one.user_id for one in people if one.user_id)
    return [
        Going(number, one.pk, origin.number, to.number)
        for number, (one, (origin, to)) in enumerate(zip(people, ways, strict=True))
    ]


def _ask(world: World, going: Going) -> None:
    officer = world.officer(going.origin, *HERE)
    member = register(Member).select_related("branch").get(pk=going.member)
    if officer is None or member.branch_id != going.origin:
        return
    with acting(officer, "transfers.manage") as actor:
        entry = {"why": WHY[going.number], "note": "岗位调整"}
        to = world.organization(going.to)
        start_for(actor=actor, code=PROCEDURE, member=member, other_side=to, day=clock.today(), entry=entry)


def _take(world: World, going: Going, code: str, outcome: str) -> None:
    rows = register(ProcedureCase).select_related("organization", "other_side")
    case = rows.filter(procedure=PROCEDURE, subject_id=going.member, state=CaseState.OPEN).first()
    who, permission = _whose(world, going, code)
    if case is None or who is None:
        return
    with acting(who, permission) as actor:
        entry = {"opinion": OPINIONS[outcome]} if outcome in OPINIONS else {}
        taking.take(actor=actor, case=case, code=code, day=clock.today(), outcome=outcome, entry=entry)


def _whose(world: World, going: Going, code: str) -> tuple[User | None, str]:
    if code == "release":
        above = world.officer(world.committee, PostKind.ORGANISATION_MEMBER, PostKind.DEPUTY_SECRETARY)
        return above or world.office, "transfers.release"
    return world.officer(going.to, *HERE), "transfers.manage"


def told(world: World, random: Random) -> Iterator[Scene]:
    """Inside the enterprise, out of it and into it; what the national system says of them."""
    yield from scenes(world, random)
    yield from outside.scenes(world, random)
    yield from together.scenes(world, random)
    yield from national.scenes(world)


STORY = DemoStory(PROCEDURE, "组织关系转接", told, order=40)
