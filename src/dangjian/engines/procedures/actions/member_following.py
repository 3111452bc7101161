"""Cases about members follow them and their branches: who goes, leaves, is given an account; a branch that is merged."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db.models import QuerySet

from dangjian.engines.procedures.actions import ending, starting
from dangjian.engines.procedures.actions.effects import can_undo, writes
from dangjian.engines.procedures.actions.turns import step_of
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase, StepState
from dangjian.engines.procedures.offers import ProcedureOffer
from dangjian.kernel.actor import Actor, SystemActor
from dangjian.kernel.registry import offers
from dangjian.members.models import ChangeKind, Member
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
            ending.end(actor=system, case=case, reason=f"已经在“{to}”")
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


def written_by(member: Member, day: dt.date) -> str:
    """Which case wrote a change of a member on ``day``, if it can take it back; empty for any other change."""
    rows = register(CaseStep).filter(
        case__procedure__in=_codes(), case__subject_id=member.pk, state=StepState.TAKEN, taken_on=day
    )
    for row in rows.select_related("case"):
        if step_of(row).does and can_undo(row, step_of(row)) and not writes(row.case):
            title = procedure(row.case.procedure).title
            return f"这次变动由“{title}”办理，请打开那一件，撤销最近一步。"
    return ""


def merged(actor: Actor, organization: Organization, into: Organization, reorganisation: Reorganisation) -> None:
    """Whoever was to come to a branch that goes into another one is to come to that one."""
    turned = list(_running().filter(other_side=organization))
    for case in turned:
        if case.organization_id == into.pk:
            ending.end(actor=SystemActor(f"“{organization}”并入“{into}”"), case=case, reason=f"已经在“{into}”")
        else:
            ending.turn(actor=actor, case=case, other_side=into)
    reorganisation.ended |= {TURNED: [case.pk for case in turned if case.organization_id != into.pk]}


def built_on(reorganisation: Reorganisation) -> list[str]:
    """Who has come since to the branch into which another one went, and was to come to that other one."""
    done = register(ProcedureCase).filter(pk__in=reorganisation.ended.get(TURNED, ())).exclude(state=CaseState.OPEN)
    names = list(done.values_list("title", flat=True)[:3])
    return [f"{'、'.join(names)}转入的事项在其后办结"] if names else []


def put_back(actor: Actor, reorganisation: Reorganisation) -> Collection[int]:
    """Cases that led to a branch that is there again lead to it again."""
    for case in _running().filter(pk__in=reorganisation.ended.get(TURNED, ())):
        ending.turn(actor=actor, case=case, other_side=reorganisation.organization)
    return ()


def obstacle(organization: Organization, _day: dt.date) -> str:
    """A branch to which somebody is under way is not dissolved."""
    coming = _running().filter(other_side=organization).count()
    return f"还有{coming}名党员正在转入，请先接收或者退回" if coming else ""


def _running() -> QuerySet[ProcedureCase]:
    """Open cases about members, of all procedures that are."""
    rows: QuerySet[ProcedureCase] = register(ProcedureCase).filter(procedure__in=_codes(), state=CaseState.OPEN)
    return rows.select_related("organization", "other_side")


def _codes() -> list[str]:
    return [offer.code for offer in offers(ProcedureOffer) if offer.procedure.about == "member"]
