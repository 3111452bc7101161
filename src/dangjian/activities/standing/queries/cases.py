"""What the steps of cases about somebody's standing say, and which days follow from them."""

import datetime as dt
from collections.abc import Collection, Mapping

from dangjian.engines.procedures.models import CaseStep, ProcedureCase, StepState
from dangjian.engines.procedures.queries import taken_steps
from dangjian.kernel.rulebook import Period, book
from dangjian.members.models import ChangeKind, Member, MembershipEntry, Sanction
from dangjian.members.policy import PROBATION_WITHIN_PARTY
from dangjian.org.openings import register


def member_of(case: ProcedureCase) -> Member:
    """The member whom a case is about."""
    found: Member = register(Member).select_related("branch", "user").get(pk=case.subject_id)
    return found


def entry_of(case: ProcedureCase, code: str) -> Mapping[str, str]:
    """What was filled in at a step that counts; nothing if it was not taken."""
    row = taken_steps(case).filter(code=code).order_by("pk").last()
    return row.read_entry() if row else {}


def suspended_on(member: Member) -> dt.date | None:
    """The day of their last 停止党籍 that was not taken back."""
    lines = register(MembershipEntry).filter(member=member, kind=ChangeKind.SUSPENDED, reverses=None, reversed_by=None)
    last: MembershipEntry | None = lines.order_by("effective_on", "pk").last()
    return last.effective_on if last else None


def why_suspended(member: Member) -> str:
    """The code of the reason for which the platform's last case of 停止党籍 was decided; empty if there is none."""
    case = register(ProcedureCase).filter(procedure="suspension", subject_id=member.pk, state=ProcedureCase.State.FINISHED)
    last: ProcedureCase | None = case.order_by("pk").last()
    return entry_of(last, "propose").get("why", "") if last else ""


def probation_of(member: Member, on: dt.date) -> Sanction | None:
    """The 留党察看 in force on ``on``, or over no longer ago than its end is to be dealt with."""
    rows = register(Sanction).filter(member=member, kind=PROBATION_WITHIN_PARTY, starts_on__lte=on, extended_by=None)
    last: Sanction | None = rows.select_related("extends").order_by("starts_on", "pk").last()
    if last is None or (last.ends_on and on > _time_to_conclude(on).after(last.ends_on)):
        return None
    return last


def correction_ends(members: Collection[int]) -> Mapping[int, dt.date]:
    """By member, the day on which the time to mend is over that the running case has given them."""
    rows = register(CaseStep).filter(
        case__procedure="correction",
        case__subject_id__in=members,
        case__state=ProcedureCase.State.OPEN,
        code="decide",
        outcome="approved",
        state=StepState.TAKEN,
    )
    found: dict[int, dt.date] = {}
    for row in rows.select_related("case"):
        if row.taken_on:
            found[row.case.subject_id] = Period(months=int(row.read_entry()["months"])).after(row.taken_on)
    return found


def _time_to_conclude(on: dt.date) -> Period:
    return book().on("disp.conclude_within", on).expect(Period)


DAYS = {"correction_ends": correction_ends}
