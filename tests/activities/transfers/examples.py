"""Transfers of the small world: one of the branch's member to the other branch, at each of its steps."""

from collections.abc import Callable
from typing import Any

from dangjian.accounts.models import User
from dangjian.engines.procedures.actions import ending, taking
from dangjian.engines.procedures.actions.members import start_for
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.models import Organization
from tests import make
from tests.contracts.examples import Example, StepExample
from tests.contracts.world import World


def asked(world: World, member: Member | None = None, to: Organization | None = None) -> ProcedureCase:
    """A transfer that was asked for, to another branch of the enterprise."""
    return start_for(
        actor=make.SYSTEM,
        code="transfer",
        member=member or world.member,
        other_side=to or make.branch(world.general_branch),
        day=clock.today(),
        entry={"why": "work"},
    )


def _case(world: World) -> dict[str, Any]:
    return {"pk": asked(world).pk}


def _come(world: World) -> ProcedureCase:
    """A member of the other branch who is to come to this one."""
    case = asked(world, make.member(world.other_branch, "甲转入密"), world.branch)
    taking.take(actor=make.SYSTEM, case=case, code="release", day=clock.today(), outcome="released")
    return case


def _sent_back(world: World) -> dict[str, Any]:
    case = asked(world)
    taking.take(
        actor=make.SYSTEM, case=case, code="release", day=clock.today(), outcome="returned", entry={"opinion": "请补充说明"}
    )
    return {"pk": case.pk}


def _withdrawn(world: World) -> dict[str, Any]:
    case = asked(world)
    ending.withdraw(actor=make.SYSTEM, case=case, reason="不调动了")
    return {"pk": case.pk}


def _released(world: World) -> dict[str, Any]:
    case = asked(world)
    taking.take(actor=make.SYSTEM, case=case, code="release", day=clock.today(), outcome="released")
    return {"pk": case.pk}


def _row(world: World, number: int) -> ProcedureCase:
    return asked(world, make.member(world.branch, f"甲转出{number}密"))


def _to(world: World) -> dict[str, Any]:
    return {"other_side": str(make.branch(world.general_branch).pk), "day": clock.today(), "entry_why": "work", "entry_note": ""}


def _office(world: World) -> User:
    return world.office


def today(**more: Any) -> Callable[[World], dict[str, Any]]:
    return lambda _world: {"day": clock.today(), **more}


EXAMPLES = {
    "procedures:transfer_new": Example(holder=lambda world: world.secretary),
    "procedures:transfer_for": Example(
        lambda world: {"pk": make.member(world.branch, "甲要走密").pk}, post=_to, holder=lambda world: world.secretary
    ),
    "procedures:transfer_own": Example(
        post=_to,
        holder=lambda world: world.member_user,
        open_to_neighbours="everybody asks for themselves, and the names of branches to go to are no secret on the platform",
    ),
    "procedures:transfer": Example(row=_row),
    "procedures:transfer_statistics": Example(
        row=lambda world, number: asked(world, make.member(make.branch(world.general_branch), f"甲转出{number}密")),
        holder=_office,
    ),
    "api:procedures_transfer_case": Example(lambda world: {"case_id": asked(world).pk}),
    "api:procedures_transfer_take": Example(
        lambda world: {"case_id": asked(world).pk, "step": "release"},
        post=lambda _world: {"day": str(clock.today()), "outcome": "released"},
        holder=_office,
    ),
    "procedures:transfer_case": Example(
        _case,
        steps={
            "ask": StepExample(today(entry_why="work", entry_note=""), _sent_back, lambda world: world.member_user),
            "release": StepExample(today(outcome="released"), holder=_office),
            "receive": StepExample(
                today(outcome="received"), lambda world: {"pk": _come(world).pk}, lambda world: world.secretary
            ),
            "take_back": StepExample(lambda _world: {"reason": "录错了"}, _released, _office),
            "withdraw": StepExample(lambda _world: {"reason": "不调动了"}),
            "reopen": StepExample(lambda _world: {"reason": "接着办"}, _withdrawn),
        },
    ),
}
