"""Transfers out of the platform and into it, in the small world: at each of their steps."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from dangjian.accounts.models import User
from dangjian.activities.transfers.models import Letter
from dangjian.activities.transfers.queries import letters as read
from dangjian.engines.procedures.actions import ending, starting, taking
from dangjian.engines.procedures.actions.members import start_for
from dangjian.engines.procedures.jobs import refresh_today
from dangjian.engines.procedures.models import CaseStep, ProcedureCase, StepState
from dangjian.kernel import clock
from dangjian.kernel.identity import fictional_resident_id
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind, Member, MembershipEntry
from dangjian.org.models import Organization
from dangjian.org.openings import register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.transfers.outside import GOES, comes, letter, paper
from tests.contracts.examples import Example, StepExample
from tests.contracts.world import World


def _returned(case: ProcedureCase, code: str) -> dict[str, Any]:
    """Sent back by a step, with a reason."""
    entry = {"opinion": "请补充说明"}
    taking.take(actor=make.SYSTEM, case=case, code=code, day=clock.today(), outcome="returned", entry=entry)
    return {"pk": case.pk}


def _office(world: World) -> User:
    return world.office


def today(**more: Any) -> Callable[[World], dict[str, Any]]:
    return lambda _world: {"day": clock.today(), **more}


def going(world: World, member: Member | None = None) -> ProcedureCase:
    """Somebody who asks to go out of the platform."""
    who = member or world.member
    return start_for(actor=make.SYSTEM, code=read.OUT, member=who, day=clock.today(), entry=GOES)


def issued(world: World, member: Member | None = None) -> ProcedureCase:
    """Somebody who has their letter."""
    case = going(world, member)
    taking.take(actor=make.SYSTEM, case=case, code="release", day=clock.today(), outcome="released")
    taking.take(actor=make.SYSTEM, case=case, code="issue", day=clock.today())
    return case


def gone(world: World, number: int) -> MembershipEntry:
    """Somebody of a branch of their own who went out of the platform."""
    member = make.member(make.branch(world.general_branch), f"甲转走{number}密")
    with unscoped("example"):
        return account.leave(actor=make.SYSTEM, member=member, kind=ChangeKind.TRANSFERRED_OUT, effective_on=clock.today())


def coming(world: World, number: int = 1, branch: Organization | None = None) -> ProcedureCase:
    """Somebody who comes with a letter."""
    return starting.start(
        actor=make.SYSTEM,
        code=read.IN,
        organization=branch or world.branch,
        title=f"甲转来{'子丑寅卯辰巳午未申酉'[number % 10]}密",
        day=clock.today(),
        entry=comes(resident_id=fictional_resident_id(dt.date(1988, 3, 1), number), number=f"虚构介{number}号"),
        files={"letter": [paper()]},
    )


def _assigned(world: World, *more: tuple[str, str]) -> dict[str, Any]:
    case = coming(world)
    for code, outcome in (("assign", "assigned"), *more):
        taking.take(actor=make.SYSTEM, case=case, code=code, day=clock.today(), outcome=outcome)
    return {"pk": case.pk}


def _out_sent_back(world: World) -> dict[str, Any]:
    return _returned(going(world), "release")


def _in_sent_back(world: World) -> dict[str, Any]:
    return _returned(coming(world), "assign")


def _out_released(world: World) -> dict[str, Any]:
    case = going(world)
    taking.take(actor=make.SYSTEM, case=case, code="release", day=clock.today(), outcome="released")
    return {"pk": case.pk}


def _many(world: World) -> dict[str, Any]:
    """Letters for two members on one page: one as long as all, one shorter."""
    rows = []
    for number in range(2):
        case = going(world, make.member(world.branch, f"甲同走{number}密"))
        taking.take(actor=make.SYSTEM, case=case, code="release", day=clock.today(), outcome="released")
        rows.append(register(CaseStep).get(case=case, code="issue", state=StepState.OPEN).pk)
    days = {"shared_valid_days": "20", f"step{rows[0]}-entry_valid_days": "10"}
    return {"day": clock.today(), "chosen": rows, **days}


def _went(world: World) -> dict[str, Any]:
    """Somebody whose return slip came back."""
    case = issued(world)
    taking.take(
        actor=make.SYSTEM,
        case=case,
        code="receipt",
        day=clock.today(),
        outcome="received",
        entry={"received_on": str(clock.today())},
        files={"receipt": [paper()]},
    )
    return {"pk": case.pk}


def _expired(world: World) -> dict[str, Any]:
    """A letter that has expired a day ago."""
    before = clock.today() - dt.timedelta(days=31)
    with clock.at(f"{before} 09:00"):
        case = issued(world)
    with unscoped("example"):
        refresh_today()
    return {"pk": case.pk}


def _withdrawn_of(case: ProcedureCase) -> dict[str, Any]:
    ending.withdraw(actor=make.SYSTEM, case=case, reason="不调动了")
    return {"pk": case.pk}


def _printed(world: World) -> dict[str, Any]:
    return {"pk": letter(issued(world)).pk}


def _letter(world: World, number: int) -> Letter:
    return letter(issued(world, make.member(make.branch(world.general_branch), f"甲持信{number}密")))


def _goes() -> dict[str, Any]:
    return {"day": clock.today(), **{f"entry_{code}": text for code, text in GOES.items()}}


EXAMPLES = {
    "transfers:letters": Example(row=_letter, holder=_office),
    "transfers:letter": Example(_printed),
    "transfers:letter_paper": Example(lambda world: {**_printed(world), "form": "docx"}, holder=_office),
    "transfers:moves": Example(row=gone, holder=_office),
    "transfers:statistics": Example(row=gone, holder=_office),
    "procedures:transfer_out": Example(
        row=lambda world, number: going(world, make.member(world.branch, f"甲转外{number}密")),
    ),
    "procedures:transfer_out_new": Example(holder=lambda world: world.secretary),
    "procedures:transfer_out_for": Example(
        lambda world: {"pk": make.member(world.branch, "甲要走外密").pk},
        post=lambda _world: _goes(),
        holder=lambda world: world.secretary,
    ),
    "procedures:transfer_out_own": Example(post=lambda _world: _goes(), holder=lambda world: world.member_user),
    "procedures:transfer_out_many": Example(query="?step=issue", post=_many, holder=_office),
    "procedures:transfer_out_statistics": Example(
        row=lambda world, number: going(world, make.member(make.branch(world.general_branch), f"甲转外{number}密")),
        holder=_office,
    ),
    "api:procedures_transfer_out_case": Example(lambda world: {"case_id": going(world).pk}),
    "api:procedures_transfer_out_take": Example(
        lambda world: {"case_id": going(world).pk, "step": "release"},
        post=lambda _world: {"day": str(clock.today()), "outcome": "released"},
        holder=_office,
    ),
    "procedures:transfer_out_dossier": Example(lambda world: {"pk": going(world).pk}, holder=_office),
    "procedures:transfer_out_ask_dossier": Example(_went, post=lambda _world: {"form": "pdf"}, holder=_office),
    "procedures:transfer_out_case": Example(
        lambda world: {"pk": going(world).pk},
        steps={
            "ask": StepExample(lambda _world: _goes(), _out_sent_back, lambda world: world.member_user),
            "release": StepExample(today(outcome="released"), holder=_office),
            "issue": StepExample(today(entry_valid_days="10"), _out_released, _office),
            "report": StepExample(today(), lambda world: {"pk": issued(world).pk}, lambda world: world.member_user),
            "receipt": StepExample(
                lambda _world: {
                    "day": clock.today(),
                    "outcome": "received",
                    "entry_received_on": clock.today(),
                    "paper_receipt": paper(),
                },
                lambda world: {"pk": issued(world).pk},
                _office,
            ),
            "expiry": StepExample(today(outcome="returned", entry_note="不转了"), _expired, lambda world: world.secretary),
            "take_back": StepExample(lambda _world: {"reason": "录错了"}, _out_released, _office),
            "withdraw": StepExample(lambda _world: {"reason": "不调动了"}),
            "reopen": StepExample(lambda _world: {"reason": "接着办"}, lambda world: _withdrawn_of(going(world))),
        },
    ),
    "procedures:transfer_in": Example(row=coming),
    "procedures:transfer_in_statistics": Example(
        row=lambda world, number: coming(world, number, make.branch(world.general_branch)), holder=_office
    ),
    "procedures:transfer_in_new": Example(
        post=lambda world: {
            "title": "甲新来密",
            "organization": world.branch.pk,
            "day": clock.today(),
            "paper_letter": paper(),
            **{f"entry_{code}": text for code, text in comes().items()},
        },
        holder=lambda world: world.secretary,
    ),
    "api:procedures_transfer_in_case": Example(lambda world: {"case_id": coming(world).pk}),
    "api:procedures_transfer_in_take": Example(
        lambda world: {"case_id": coming(world).pk, "step": "assign"},
        post=lambda _world: {"day": str(clock.today()), "outcome": "assigned"},
        holder=_office,
    ),
    "procedures:transfer_in_dossier": Example(lambda world: {"pk": coming(world).pk}),
    "procedures:transfer_in_ask_dossier": Example(
        lambda world: {"pk": coming(world).pk}, post=lambda _world: {"form": "pdf"}, holder=_office
    ),
    "procedures:transfer_in_case": Example(
        lambda world: {"pk": coming(world).pk},
        steps={
            "enter": StepExample(
                lambda _world: {"day": clock.today(), **{f"entry_{code}": text for code, text in comes().items()}},
                _in_sent_back,
                lambda world: world.secretary,
            ),
            "assign": StepExample(today(outcome="assigned"), holder=_office),
            "check_file": StepExample(today(entry_found="档案完整"), holder=_office),
            "receive": StepExample(today(outcome="received"), _assigned, lambda world: world.secretary),
            "reply": StepExample(today(entry_way="邮寄"), lambda world: _assigned(world, ("receive", "received")), _office),
            "talk": StepExample(
                today(entry_content="谈了话"),
                lambda world: _assigned(world, ("receive", "received"), ("reply", "")),
                lambda world: world.secretary,
            ),
            "take_back": StepExample(lambda _world: {"reason": "录错了"}, _assigned, _office),
            "withdraw": StepExample(lambda _world: {"reason": "不转了"}),
            "reopen": StepExample(lambda _world: {"reason": "接着办"}, lambda world: _withdrawn_of(coming(world))),
        },
    ),
}
