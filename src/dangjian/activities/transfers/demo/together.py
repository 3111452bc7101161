"""Members who are transferred together: several who were ticked on a list, and a team as a whole unit."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from random import Random

from dangjian.activities.transfers.actions import units
from dangjian.activities.transfers.actions.batches import Going, ask_many
from dangjian.activities.transfers.queries.going import PROCEDURE, ids_under_way
from dangjian.activities.transfers.queries.units import PROCEDURE as UNIT
from dangjian.activities.transfers.queries.units import at_branch
from dangjian.engines.procedures.actions import taking
from dangjian.engines.procedures.models import CaseState, ProcedureCase
from dangjian.engines.stories.offers import Scene
from dangjian.engines.stories.world import World, acting, moment
from dangjian.kernel import clock
from dangjian.members.models import Category, Member
from dangjian.org.models import PostKind
from dangjian.org.openings import register

HERE = (PostKind.ORGANISATION_MEMBER, PostKind.SECRETARY, PostKind.DEPUTY_SECRETARY)
TICKED, TEAM = 5, 6


@dataclass(frozen=True, slots=True)
class Together:
    """Members of a branch who go to another one."""

    members: tuple[int, ...]
    origin: int
    to: int


def scenes(world: World, random: Random) -> Iterator[Scene]:
    """Both are released and wait for the branch to which they go."""
    cast = _cast(world, random)
    for together, begin, code, ago in zip(cast, (_ticked, _team), (PROCEDURE, UNIT), (6, 4), strict=False):
        begun = world.today - dt.timedelta(days=ago)
        yield Scene(moment(begun, 11), partial(begin, world, together))
        yield Scene(moment(begun + dt.timedelta(days=2), 15), partial(_release, world, together, code))


def _cast(world: World, random: Random) -> list[Together]:
    """Full members without a task, of branches that stay as they are."""
    places = [one for one in world.places if one.merged_on is None and world.officer(one.number, *HERE)]
    busy = {user.pk for held in world.officers.values() for user in held.values()} | world.taken
    by_branch: dict[int, list[Member]] = {}
    for member in world.members:
        if member.category == Category.FULL and member.user_id not in busy and not member.employee_no.endswith("L"):
            by_branch.setdefault(member.branch_id, []).append(member)
    enough = [one.number for one in places if len(by_branch.get(one.number, ())) > 2 * TEAM]
    if len(enough) < 4:
        return []
    first, second, third, fourth = random.sample(enough, 4)
    return [
        Together(tuple(one.pk for one in random.sample(by_branch[first], TICKED)), first, second),
        Together(tuple(one.pk for one in random.sample(by_branch[third], TEAM)), third, fourth),
    ]


def _ticked(world: World, together: Together) -> None:
    officer = world.officer(together.origin, *HERE)
    if officer is None:
        return
    with acting(officer, "transfers.batch") as actor:
        to, entry = world.organization(together.to), {"why": "work", "note": "成立新班组，成批调动"}
        ask_many(actor=actor, going=[Going(pk, to, clock.today(), entry) for pk in together.members])


def _team(world: World, together: Together) -> None:
    officer, origin = world.officer(together.origin, *HERE), world.organization(together.origin)
    alone = ids_under_way(together.members)
    members = list(at_branch(origin).filter(pk__in=together.members).exclude(pk__in=alone))
    if officer is None or not members:
        return
    with acting(officer, "transfers.manage") as actor:
        units.ask_unit(
            actor=actor,
            organization=origin,
            way="inside",
            to=world.organization(together.to),
            members=members,
            day=clock.today(),
            entry={"why": "project", "note": "检修班整班划转"},
        )


def _release(world: World, together: Together, code: str) -> None:
    above = world.officer(world.committee, PostKind.ORGANISATION_MEMBER, PostKind.DEPUTY_SECRETARY) or world.office
    subjects = together.members if code == PROCEDURE else (together.origin,)
    rows = register(ProcedureCase).filter(procedure=code, subject_id__in=subjects, state=CaseState.OPEN)
    for case in rows.filter(organization=together.origin, other_side=together.to).select_related("organization", "other_side"):
        with acting(above, "transfers.release") as actor:
            taking.take(actor=actor, case=case, code="release", day=clock.today(), outcome="released")
