"""Cases about members follow them and their branches: who goes, leaves, is given an account; a branch that is merged."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db.models import QuerySet
from django.utils import timezone

from dangjian.engines.procedures.actions import ending, starting
from dangjian.engines.procedures.actions.effects import can_undo, writes
from dangjian.engines.procedures.actions.turns import step_of
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase, StepState
from dangjian.engines.procedures.offers import ProcedureOffer
from dangjian.engines.procedures.queries import taken_steps
from dangjian.kernel.actor import Actor, SystemActor, may
from dangjian.kernel.registry import offers
from dangjian.members.models import ChangeKind, Member, MembershipEntry, Standing
from dangjian.org.models import Organization, Reorganisation
from dangjian.org.openings import register

TURNED = "procedures"
"""Under this name a merger keeps the numbers of the cases that led to the branch that was merged."""


def moved(_actor: Actor, member_ids: Collection[int], to: Organization, day: dt.date) -> None:
    """Cases go on where their member is; whoever has come to the branch on the other side of a case has arrived."""
    system = SystemActor(f"党员转到“{to}”")
    for case in _running().filter(subject_id__in=list(member_ids)):
        if writes(case):
            continue
        if case.other_side_id == to.pk:
            ending.end(actor=system, case=case, reason=_arrived(to))
        else:
            ending.move(actor=system, case=case, organization=to, day=day)


def given(actor: Actor, members: Sequence[Member]) -> None:
    """The cases of somebody who is given an account are theirs from then on: they see them, and nobody decides their own."""
    accounts = {member.pk: member.user_id for member in members}
    for case in _running().filter(subject_id__in=accounts):
        starting.follow_subject(actor=actor, case=case, title=case.title, account_id=accounts[case.subject_id])


def left(_actor: Actor, member: Member, kind: ChangeKind, _day: dt.date) -> None:
    """What else was under way about somebody who does not count any more ends."""
    for case in _running().filter(subject_id=member.pk):
        if not writes(case):
            ending.end(actor=SystemActor(f"{member.name}{kind.label}"), case=case, reason=kind.label)


def came_back(_actor: Actor, member: Member, lines: Sequence[MembershipEntry]) -> None:
    """What a change had moved or ended goes on as before; what was begun since for somebody who counts no more ends."""
    system = SystemActor(f"更正{member.name}的党籍变动")
    _put_in_place(system, [member.pk], lines[0].effective_on)
    if member.standing != Standing.NORMAL:
        for case in _running().filter(subject_id=member.pk):
            if not writes(case) and member.standing not in procedure(case.procedure).members.standings:
                ending.end(actor=system, case=case, reason="更正党籍变动")
        return
    reasons = {reason for line in lines for reason in (line.get_kind_display(), _arrived(line.organization))}
    ended = register(ProcedureCase).filter(
        procedure__in=_codes(), subject_id=member.pk, state=CaseState.ENDED, end_reason__in=reasons
    )
    recorded_on = timezone.localdate(lines[0].recorded_at)
    for case in ended.filter(ended_on=recorded_on).select_related("organization", "other_side"):
        if may(ending.require_reopening, system, case):
            ending.reopen(actor=system, case=case, reason="更正党籍变动")


def written_by(member: Member, day: dt.date) -> str:
    """Which case wrote a change of a member on ``day``, if it can take it back; empty for any other change."""
    rows = register(CaseStep).filter(case__procedure__in=_codes(), case__subject_id=member.pk, state=StepState.TAKEN)
    for row in rows.select_related("case"):
        step = step_of(row)
        if step.does and can_undo(row, step) and not writes(row.case) and day in _days_of(row):
            title = procedure(row.case.procedure).title
            return f"这次变动由“{title}”办理，请打开那一件，撤销最近一步。"
    return ""


def _days_of(row: CaseStep) -> set[dt.date]:
    """The days on which a step may have written a change: its own, and those named in its case, of a death or a decision, say."""
    days = {row.taken_on} if row.taken_on else set()
    for taken in taken_steps(row.case):
        named = {one.code for one in step_of(taken).entry if one.kind == "day"}
        days |= {dt.date.fromisoformat(text) for code, text in taken.read_entry().items() if code in named and text}
    return days


def merged(actor: Actor, organization: Organization, into: Organization, reorganisation: Reorganisation) -> None:
    """Whoever was to come to a branch that goes into another one is to come to that one."""
    turned = list(_running().filter(other_side=organization))
    for case in turned:
        if case.organization_id == into.pk:
            ending.end(actor=SystemActor(f"“{organization}”并入“{into}”"), case=case, reason=_arrived(into))
        else:
            ending.turn(actor=actor, case=case, other_side=into)
    here = _running().filter(organization=organization).values_list("subject_id", flat=True)
    _put_in_place(actor, list(here), reorganisation.effective_on)  # whoever does not count is moved by no line of the account
    reorganisation.ended |= {TURNED: [case.pk for case in turned if case.organization_id != into.pk]}


def built_on(reorganisation: Reorganisation) -> list[str]:
    """Who has come since to the branch into which another one went, and was to come to that other one."""
    done = register(ProcedureCase).filter(pk__in=reorganisation.ended.get(TURNED, ())).exclude(state=CaseState.OPEN)
    names = list(done.values_list("title", flat=True)[:3])
    return [f"{'、'.join(names)}转入的事项在其后办结"] if names else []


def put_back(actor: Actor, reorganisation: Reorganisation) -> Collection[int]:
    """Cases that led to a branch that is there again lead to it again, and each is where its member is."""
    for case in _running().filter(pk__in=reorganisation.ended.get(TURNED, ())):
        ending.turn(actor=actor, case=case, other_side=reorganisation.organization)
    to = reorganisation.entered
    away = _running().filter(organization=to).values_list("subject_id", flat=True) if to else ()
    _put_in_place(actor, list(away), reorganisation.effective_on)
    return ()


def _put_in_place(actor: Actor, member_ids: Collection[int], day: dt.date) -> None:
    """Each open case about one of the members is at the branch where they are."""
    branches = {one.pk: one.branch for one in register(Member).filter(pk__in=member_ids).select_related("branch")}
    for case in _running().filter(subject_id__in=branches):
        if not writes(case) and case.organization_id != branches[case.subject_id].pk:
            ending.move(actor=actor, case=case, organization=branches[case.subject_id], day=day)


def _arrived(branch: Organization) -> str:
    return f"已经在“{branch}”"


def obstacle(organization: Organization, _day: dt.date) -> str:
    """A branch to which somebody is under way, or that has something about somebody in hand, is not dissolved."""
    coming = _running().filter(other_side=organization).count()
    if coming:
        return f"还有{coming}名党员正在转入，请先接收或者退回"
    titles = list(_running().filter(organization=organization).values_list("title", flat=True)[:3])
    return f"还有{'、'.join(titles)}的事项没有办结，请先办结或者撤回" if titles else ""


def _running() -> QuerySet[ProcedureCase]:
    """Open cases about members, of all procedures that are."""
    rows: QuerySet[ProcedureCase] = register(ProcedureCase).filter(procedure__in=_codes(), state=CaseState.OPEN)
    return rows.select_related("organization", "other_side")


def _codes() -> list[str]:
    return [offer.code for offer in offers(ProcedureOffer) if offer.procedure.about == "member"]
