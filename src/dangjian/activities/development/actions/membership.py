"""Applications follow their people and branches: a probationary member who moves, a branch that goes into another one."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db.models import F, QuerySet

from dangjian.activities.development.actions.accounts import belong
from dangjian.activities.development.actions.applicants import carry_over
from dangjian.activities.development.models import Applicant
from dangjian.activities.development.queries.way import PROCEDURE, case_of
from dangjian.engines.procedures.actions import ending
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase, StepState
from dangjian.kernel.actor import Actor, SystemActor
from dangjian.members.models import ChangeKind, Member, MembershipEntry, Standing
from dangjian.org.models import Organization, Reorganisation
from dangjian.org.openings import register

NAMED_AT_MOST = 3
KEPT = "applicants"
"""Under this name a merger keeps the numbers of the applicants whom it took along."""


def moved(actor: Actor, member_ids: Collection[int], to: Organization, day: dt.date) -> None:
    """A member on probation takes their case along: it is in exactly one branch, and that is theirs."""
    for one in _away_from(to).filter(member__in=list(member_ids)):
        carry_over(actor=actor, applicant=one, to=to, day=day)


def given(actor: Actor, members: Sequence[Member]) -> None:
    """A member on probation who had no account has one: the case is theirs, to read and take their steps, and not to decide."""
    accounts = {member.pk: member.user for member in members}
    rows = register(Applicant).running().filter(member__in=list(accounts), user=None)
    for one in rows.select_related("organization", "member"):
        if one.member is not None:
            belong(actor=actor, applicant=one, user=accounts[one.member.pk])


def left(_actor: Actor, member: Member, kind: ChangeKind, _day: dt.date) -> None:
    """The probation of somebody who leaves comes to its end with it; what its own steps decided ends it by itself."""
    if kind == ChangeKind.PROBATION_CANCELLED:
        return
    for one in register(Applicant).running().filter(member=member):
        case = case_of(one)
        if case and case.is_open:
            ending.end(actor=SystemActor(f"{member.name}{kind.label}"), case=case, reason=kind.label)


def came_back(_actor: Actor, member: Member, lines: Sequence[MembershipEntry]) -> None:
    """A probation goes on where its member is again, and what had ended because they left is taken up again."""
    system, kinds = SystemActor(f"更正{member.name}的党籍变动"), {line.get_kind_display() for line in lines}
    for one in register(Applicant).filter(member=member).select_related("organization"):
        case = case_of(one)
        if case and case.state == CaseState.ENDED and case.end_reason in kinds and member.standing == Standing.NORMAL:
            ending.reopen(actor=system, case=case, reason="更正党籍变动")
            one.refresh_from_db(fields=["stage"])
        if case and case.is_open and one.organization_id != member.branch_id:
            carry_over(actor=system, applicant=one, to=member.branch, day=lines[0].effective_on)


def merged(actor: Actor, organization: Organization, into: Organization, reorganisation: Reorganisation) -> None:
    """Whoever has applied at a branch that goes into another one goes on there."""
    rows = list(_away_from(into).filter(organization=organization))
    for one in rows:
        carry_over(actor=actor, applicant=one, to=into, day=reorganisation.effective_on)
    reorganisation.ended |= {KEPT: [one.pk for one in rows]}


def built_on(reorganisation: Reorganisation) -> list[str]:
    """Whose case has gone on in the branch into which it was taken."""
    to = reorganisation.entered
    if to is None:
        return []
    since = CaseStep.objects.filter(case__procedure=PROCEDURE, place=to, taken_at__gt=reorganisation.done_at).exclude(
        state=StepState.OPEN
    )
    rows = _taken_along(reorganisation, to).filter(pk__in=since.values("case__subject_id"))
    names = list(rows.order_by("name_sort").values_list("name", flat=True)[: NAMED_AT_MOST + 1])
    if not names:
        return []
    shown = "、".join(names[:NAMED_AT_MOST]) + ("等人" if len(names) > NAMED_AT_MOST else "")
    return [f"{shown}的发展党员手续在其后又有办理"]


def put_back(actor: Actor, reorganisation: Reorganisation) -> Collection[int]:
    """Applicants whom a merger took along are where they were, and members on probation have their case with them again."""
    to = reorganisation.entered
    if to is None:
        return ()
    back = _in_hand().select_related("member__branch")
    for one in back.filter(pk__in=reorganisation.ended.get(KEPT, ()), organization=to, member=None):
        carry_over(actor=actor, applicant=one, to=reorganisation.organization, day=reorganisation.effective_on)
    members: list[int] = []
    for one in back.filter(organization=to, member__isnull=False).exclude(member__branch=F("organization")):
        if one.member is not None:
            carry_over(actor=actor, applicant=one, to=one.member.branch, day=reorganisation.effective_on)
            members.append(one.member.pk)
    return members


def _away_from(to: Organization) -> QuerySet[Applicant]:
    return _in_hand().exclude(organization=to)


def _in_hand() -> QuerySet[Applicant]:
    """Applicants whose case is open, also of whoever is a full member by now, until their papers are filed."""
    cases = register(ProcedureCase).filter(procedure=PROCEDURE, state=CaseState.OPEN)
    rows: QuerySet[Applicant] = register(Applicant).filter(pk__in=cases.values("subject_id"))
    return rows.select_related("organization")


def _taken_along(reorganisation: Reorganisation, to: Organization) -> QuerySet[Applicant]:
    """Applicants who came with it: those of a merger, and members on probation who are there now."""
    rows: QuerySet[Applicant] = register(Applicant).filter(organization=to)
    kept = rows.filter(pk__in=reorganisation.ended.get(KEPT, ()))
    return kept | rows.filter(member__isnull=False, member__branch=to)
