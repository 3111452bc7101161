"""Somebody on probation comes from outside the platform: the rest of it is a case of their branch, from that day on.

What was done where they came from is written down as past, so that the branch is reminded of its reviews and of the conversion.
It is no admission of this platform: none of its days count in plans, registers of the admitted and statistics.
"""

import datetime as dt

from django.db import transaction

from dangjian.accounts.events import EventsOf
from dangjian.activities.development.actions.applicants import carry_over
from dangjian.activities.development.effects import CARRIED
from dangjian.activities.development.models import Applicant
from dangjian.activities.development.queries.sources import DAYS
from dangjian.activities.development.queries.way import PROCEDURE, case_of
from dangjian.engines.procedures.actions import ending
from dangjian.engines.procedures.actions.past import History, Past, PastStep, begin_past, drop_past
from dangjian.engines.procedures.models import CaseState, ProcedureCase
from dangjian.kernel.actor import Actor
from dangjian.members.models import Category, ChangeKind, Member, MembershipEntry
from dangjian.members.offers import Arrival
from dangjian.org.openings import inside, register

ELSEWHERE = History("在原党组织办理，随组织关系转入登记", "接收转来的预备党员，以前各步在原党组织办理", "转入", elsewhere=True)
AGAIN = "又转回来，继续考察"
NOTES = EventsOf[Applicant](words=lambda applicant, done: f"{done}：{applicant.name}")


@transaction.atomic
def arrived(actor: Actor, arrival: Arrival) -> None:
    """Open the case of whoever was received on probation at its last stage; that of somebody who left during it goes on.

    For the app that receives them, which has asked for the right to it. Said again, nothing is done twice.
    """
    member = arrival.member
    if member.category != Category.PROBATIONARY or _running(member) is not None:
        return
    before = _left_behind(member)
    if before is not None:
        _go_on(actor, before, member, arrival)
        return
    columns = {name: value for name in CARRIED if name not in DAYS and (value := getattr(member, name))}
    taken = member.user_id is None or register(Applicant).filter(user=member.user_id).exists()
    with inside(member.branch):
        one = Applicant.objects.create(
            organization=member.branch,
            member=member,
            user_id=None if taken else member.user_id,
            name=member.name,
            came_on=arrival.day,
            entered_by_id=actor.user_id,
            **columns,
        )
        NOTES.record(actor, one, "development.arrived", "接收转来的预备党员")
        steps = [PastStep("admission_meeting", member.joined_on or arrival.day), PastStep("file_admission", arrival.day)]
        if arrival.group_id:
            steps.append(PastStep("group", arrival.day, {"group": str(arrival.group_id)}))
        steps.append(PastStep("approve", arrival.day))  # last, as it cannot be taken back alone
        past = Past(member.branch, member.name, one.pk, steps, one.user_id, begun_on=arrival.day)
        begin_past(actor=actor, code=PROCEDURE, cases=[past], history=ELSEWHERE)


@transaction.atomic
def gone_again(actor: Actor, arrival: Arrival) -> None:
    """Whoever was received was not after all: what was opened with them is gone, what went on ends again.

    :raises Conflict: if anything was done for their conversion since.
    """
    one = _running(arrival.member)
    if one is None:
        return
    with inside(one.organization):
        if one.came_on == _came_last(arrival.member):
            drop_past(code=PROCEDURE, subject_ids=[one.pk], history=ELSEWHERE)
            NOTES.record(actor, one, "development.arrival_undone", "撤销接收转来的预备党员")
            one.delete()
            return
        case = case_of(one)
        if case and case.is_open:
            ending.end(actor=actor, case=case, reason=ChangeKind.TRANSFERRED_OUT.label)


def _came_last(member: Member) -> dt.date | None:
    """The day on which they came into the platform the last time."""
    lines = register(MembershipEntry).filter(member=member, kind=ChangeKind.TRANSFERRED_IN, reverses=None, reversed_by=None)
    return lines.order_by("effective_on").values_list("effective_on", flat=True).last()


def _running(member: Member) -> Applicant | None:
    found: Applicant | None = register(Applicant).running().filter(member=member).select_related("organization").first()
    return found


def _left_behind(member: Member) -> ProcedureCase | None:
    """The case of a probation that ended because the member left the platform."""
    last = register(Applicant).filter(member=member).order_by("pk").last()
    case = case_of(last) if last else None
    return case if case and case.state == CaseState.ENDED else None


def _go_on(actor: Actor, case: ProcedureCase, member: Member, arrival: Arrival) -> None:
    with inside(case.organization, member.branch):
        ending.reopen(actor=actor, case=case, reason=AGAIN)
        one = register(Applicant).select_related("organization").get(pk=case.subject_id)
        if one.organization_id != member.branch_id:
            carry_over(actor=actor, applicant=one, to=member.branch, day=arrival.day)
