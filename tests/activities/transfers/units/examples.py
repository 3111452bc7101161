"""Whole units of the small world: the branch with its members, at each step of the three ways."""

from typing import Any

from dangjian.accounts.models import User
from dangjian.activities.transfers.actions import units
from dangjian.engines.procedures.actions import ending, taking
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.kernel import clock
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind, Member
from dangjian.org.models import Organization
from dangjian.org.openings import register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.contracts.examples import Example, StepExample
from tests.contracts.world import World

ENTRY = {"why": "structure", "outside": "中共虚构市委", "number": 1}
SENT = {"entry_why": "structure", "entry_outside": "中共虚构市委", "entry_number": "1", "entry_note": ""}


def asked(world: World, branch: Organization | None = None, to: Organization | None = None, way: str = "inside") -> ProcedureCase:
    """A whole unit of which the transfer was asked for."""
    branch = branch or world.branch
    return units.ask_unit(
        actor=make.SYSTEM,
        organization=branch,
        way=way,
        to=to or make.branch(world.general_branch),
        members=list(register(Member).filter(branch=branch)),
        day=clock.today(),
        entry=ENTRY,
    )


def _step(case: ProcedureCase, code: str, outcome: str = "released", **entry: str) -> ProcedureCase:
    taking.take(actor=make.SYSTEM, case=case, code=code, day=clock.today(), outcome=outcome, entry=entry)
    return case


def _coming(world: World) -> dict[str, Any]:
    """The members of another branch who are to come to this one."""
    branch = make.branch(world.general_branch, name="甲来支部密")
    make.member(branch, "甲来密")
    return {"pk": _step(asked(world, branch, world.branch), "release").pk}


def _entering(world: World) -> dict[str, Any]:
    case = _step(asked(world, way="in"), "agree")
    with unscoped("test world"):
        account.enter(
            actor=make.SYSTEM,
            member=Member(name="甲新来密"),
            branch=world.branch,
            kind=ChangeKind.WHOLE_IN,
            effective_on=clock.today(),
            category="1",
        )
    return {"pk": case.pk}


def _sent_back(world: World) -> dict[str, Any]:
    return {"pk": _step(asked(world), "release", "returned", opinion="请补充说明").pk}


def _withdrawn(world: World) -> dict[str, Any]:
    case = asked(world)
    ending.withdraw(actor=make.SYSTEM, case=case, reason="不调整了")
    return {"pk": case.pk}


def _row(world: World, number: int) -> ProcedureCase:
    branch = make.branch(world.general_branch, name=f"甲整建{number}密")
    make.member(branch, f"甲整建{number}密")
    return asked(world, branch)


def _office(world: World) -> User:
    return world.office


def _pk(world: World) -> dict[str, Any]:
    return {"pk": asked(world).pk}


def _day(**more: Any) -> dict[str, Any]:
    return {"day": clock.today(), **more}


EXAMPLES = {
    "transfers:unit_choose": Example(holder=lambda world: world.secretary),
    "transfers:unit": Example(
        lambda world: {"pk": world.branch.pk},
        post=lambda world: _day(**SENT, outcome="out", to="", members=[str(world.member.pk)], step="confirm"),
        holder=lambda world: world.secretary,
    ),
    "transfers:unit_list": Example(
        _pk,
        post=lambda world: {"members": [str(world.member.pk)], "reason": "留任"},
        holder=lambda world: world.secretary,
    ),
    "transfers:unit_progress": Example(_pk, holder=lambda world: world.secretary),
    "procedures:unit_transfer": Example(row=_row, holder=_office),
    "procedures:unit_transfer_statistics": Example(row=_row, holder=_office),
    "procedures:unit_transfer_dossier": Example(_pk, holder=lambda world: world.secretary),
    "procedures:unit_transfer_ask_dossier": Example(_pk, holder=lambda world: world.secretary),
    "api:procedures_unit_transfer_case": Example(lambda world: {"case_id": asked(world).pk}),
    "api:procedures_unit_transfer_take": Example(
        lambda world: {"case_id": asked(world).pk, "step": "release"},
        post=lambda _world: {"day": str(clock.today()), "outcome": "released"},
        holder=_office,
    ),
    "procedures:unit_transfer_case": Example(
        _pk,
        steps={
            "ask": StepExample(lambda _world: _day(**SENT, outcome="inside"), _sent_back, lambda world: world.secretary),
            "release": StepExample(lambda _world: _day(outcome="released"), holder=_office),
            "release_out": StepExample(
                lambda _world: _day(outcome="released"), lambda world: {"pk": asked(world, way="out").pk}, _office
            ),
            "agree": StepExample(
                lambda _world: _day(outcome="released"), lambda world: {"pk": asked(world, way="in").pk}, _office
            ),
            "receive": StepExample(lambda _world: _day(outcome="received"), _coming, lambda world: world.secretary),
            "gone": StepExample(
                lambda _world: _day(outcome="received"),
                lambda world: {"pk": _step(asked(world, way="out"), "release_out").pk},
                _office,
            ),
            "enter": StepExample(lambda _world: _day(), _entering, lambda world: world.secretary),
            "take_back": StepExample(
                lambda _world: {"reason": "点错了"}, lambda world: {"pk": _step(asked(world), "release").pk}, _office
            ),
            "withdraw": StepExample(lambda _world: {"reason": "不调整了"}, holder=lambda world: world.secretary),
            "reopen": StepExample(lambda _world: {"reason": "接着办"}, _withdrawn, lambda world: world.secretary),
        },
    ),
}
