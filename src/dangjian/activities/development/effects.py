"""What follows from a step of the development of members: the membership account is fed by it, and nobody types it again.

Each function is named by ``procedures/development.yaml`` and runs in the transaction of the step, also when a step is corrected.
Whoever took the step had the right to it; what follows is written by the system in their name, as the right to change the
account is another one.
"""

import datetime as dt

from dangjian.activities.development.actions import accounts
from dangjian.activities.development.models import Applicant
from dangjian.activities.development.queries.way import applicant_of, day_of, record_of
from dangjian.engines.procedures.models import CaseStep
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor, SystemActor
from dangjian.kernel.rulebook import book
from dangjian.members.actions import account, groups, record, reversing
from dangjian.members.models import Category, ChangeKind, Member, Standing
from dangjian.members.policy import probation_ends_on
from dangjian.members.queries.account import last_days
from dangjian.org.models import Organization
from dangjian.org.openings import at, register

CARRIED = (
    "resident_id", "mobile", "sex", "birth_on", "ethnicity", "native_place", "education", "job_post", "job_title", "front_line",
    "work_started_on", "employee_no", "unit_name", "applied_on", "activist_on", "object_on",
)  # fmt: skip
"""What is known of an applicant and goes into the record of the member."""


def _system(actor: Actor) -> SystemActor:
    return SystemActor(f"发展党员，{actor.name}办理")


def admit(actor: Actor, row: CaseStep) -> None:
    """The meeting that passes somebody makes them a probationary member from its day on (``member.join_date``)."""
    applicant = applicant_of(row.case)
    if row.outcome != "passed" or row.taken_on is None or _is_member(applicant.member):
        return
    system = _system(actor)
    member = _entered(system, applicant, row.case.organization, row.taken_on)
    with at(row.case.organization):
        applicant.member = member
        applicant.save(update_fields=["member"])
    accounts.hand_over(actor=system, applicant=applicant, member=member)


def _entered(system: SystemActor, applicant: Applicant, branch: Organization, day: dt.date) -> Member:
    """The record of the applicant with its membership entry: a new one, or that of somebody who was a member or was not approved.

    Somebody may have entered this very admission into the account already; it is not written twice.
    """
    known = applicant.member or record_of(applicant)
    if known is not None and _is_member(known) and known.joined_on == day:
        return known
    document = book().on_or_first("member.join_date", day).citation
    if known is None:
        columns = {name: value for name in CARRIED if (value := getattr(applicant, name))}
        return record.register(
            actor=system,
            branch=branch,
            kind=ChangeKind.ADMITTED,
            effective_on=day,
            category=Category.PROBATIONARY,
            document=document,
            name=applicant.name,
            **columns,
        )
    kind = ChangeKind.READMITTED if known.standing == Standing.REMOVED else ChangeKind.ADMITTED
    account.enter(
        actor=system,
        member=known,
        branch=branch,
        kind=kind,
        effective_on=day,
        category=Category.PROBATIONARY,
        document=document,
    )
    return known


def _is_member(member: Member | None) -> bool:
    return member is not None and member.standing == Standing.NORMAL


def settle_admission(actor: Actor, row: CaseStep) -> None:
    """The superior refuses or sends the matter back: what the meeting passed is taken back (``standing.acquired``)."""
    member = applicant_of(row.case).member
    if row.outcome == "approved" or not _is_member(member) or member is None:
        return
    rule = book().on_or_first("standing.acquired", row.taken_on or clock.today())
    reversing.take_back_admission(actor=_system(actor), member=member, reason=f"上级党委没有批准（{rule.citation}）")


def settle_conversion(actor: Actor, row: CaseStep) -> None:
    """What the meeting decided of the probation and the superior approved: it ends, is extended, or is cancelled."""
    member = applicant_of(row.case).member
    if member is None or not _is_member(member) or row.taken_on is None or member.is_full:
        return
    system, document = _system(actor), row.read_entry().get("document", "")
    met_on = day_of(row.case, "conversion_meeting") or row.taken_on
    if row.outcome == "converted":
        account.convert(actor=system, member=member, effective_on=_conversion_day(member, met_on), document=document)
    elif row.outcome == "extended" and member.probation_extended_to is None:
        months = int(row.read_entry()["months"])
        account.extend_probation(actor=system, member=member, months=months, effective_on=met_on, document=document)
    elif row.outcome == "cancelled":
        account.leave(
            actor=system,
            member=member,
            kind=ChangeKind.PROBATION_CANCELLED,
            effective_on=row.taken_on,
            document=document,
            conduct=row.read_entry().get("conduct", ""),
        )


def _conversion_day(member: Member, met_on: dt.date) -> dt.date:
    """党龄 counts from the day on which the probation ended, also where the meeting was later (第三十三条、第三十五条).

    No two changes of the account share a day: whoever changed branch after that day is a full member from the day after it.
    """
    if member.joined_on is None:
        return met_on
    ends_on = member.probation_extended_to or probation_ends_on(member.joined_on, book=book())
    last = last_days([member.pk]).get(member.pk)
    return max(ends_on, last + dt.timedelta(days=1)) if last else ends_on


def assign_group(actor: Actor, row: CaseStep) -> None:
    """The member belongs to the group that was chosen."""
    applicant, chosen = applicant_of(row.case), row.read_entry().get("group")
    if not chosen or row.taken_on is None or applicant.member is None:
        return
    group: Organization = register(Organization).get(pk=int(chosen))
    groups.assign(actor=_system(actor), group=group, members=[applicant.member], effective_on=row.taken_on)


EFFECTS = {effect.__name__: effect for effect in (admit, settle_admission, settle_conversion, assign_group)}
