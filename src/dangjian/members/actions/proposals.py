"""Corrections that a member proposes to their own record, and what the secretary does with them."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from django.db import transaction

from dangjian.accounts.events import EventsOf
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied, Refusal
from dangjian.members import columns as items
from dangjian.members.actions.record import check_column, update_record
from dangjian.members.columns import COLUMNS
from dangjian.members.models import CorrectionProposal, Member
from dangjian.members.own import require_for
from dangjian.org.openings import locked
from dangjian.org.quality_offers import quality_told_at_end

State = CorrectionProposal.State


NOTES = EventsOf[CorrectionProposal](
    organization=lambda proposal: proposal.member.organization,
    member_id=lambda proposal: proposal.member_id,
    words=lambda proposal, done: f"{proposal.member.name}：{done}“{COLUMNS[proposal.column].title}”",
    purpose=lambda proposal: proposal.answer,
    data=lambda proposal: {
        "column": proposal.column,
        "value": items.masked(proposal.column, items.clean(proposal.column, proposal.value)),
    },
)


@transaction.atomic
def propose(*, actor: Actor, member: Member, column: str, value: object, note: str = "") -> CorrectionProposal:
    """The member proposes ``value`` for ``column``; it is checked now as it will be when accepted."""
    _require_own(actor, member)
    item = COLUMNS.get(column)
    if item is None or not item.by_member:
        raise Invalid("这一项不能自己提出更正，请联系党支部。", fields={"column": "请从列表中选择"})
    try:
        wanted = check_column(actor, member, column, value)
    except Invalid as problem:
        raise Invalid(
            problem.fields.get(column) or "；".join(problem.fields.values()) or problem.message,
            fields={"value": problem.fields.get(column) or problem.message},
        ) from problem
    if wanted == getattr(member, column):
        raise Invalid("与现在的内容相同，不需要更正。", fields={"value": "请填写更正后的内容"})
    if CorrectionProposal.objects.filter(member=member, column=column, state=State.OPEN).exists():
        raise Conflict(f"“{item.title}”已有一条更正申请在等待审核。", how="如要改动，请先撤回那一条。")
    proposal: CorrectionProposal = CorrectionProposal.objects.create(
        member=member,
        column=column,
        value=items.as_text(wanted),
        note=note.strip()[:200],
    )
    NOTES.record(actor, proposal, "members.correction_proposed", "申请更正")
    return proposal


@transaction.atomic
def propose_many(*, actor: Actor, member: Member, values: Mapping[str, object], note: str = "") -> list[CorrectionProposal]:
    """Propose all of ``values`` by their columns at once, or none: ``Invalid`` names every one that cannot be right."""
    _require_own(actor, member)
    made, problems = [], {}
    for column, value in values.items():
        try:
            made.append(propose(actor=actor, member=member, column=column, value=value, note=note))
        except Invalid as problem:
            problems[column] = problem.message
    if problems:
        raise Invalid("有内容需要修改，请看标红的项目。", fields=problems)
    if not made:
        raise Invalid("还没有填写。", how="填一项就可以提交一项；暂时不知道的可以空着。")
    return made


@transaction.atomic
def withdraw(*, actor: Actor, proposal: CorrectionProposal) -> None:
    """The member takes an open proposal back."""
    proposal = _held(proposal, partial(require_withdrawing, actor))
    _decide(actor, proposal, State.WITHDRAWN, "")
    NOTES.record(actor, proposal, "members.correction_withdrawn", "撤回更正申请")


@transaction.atomic
def accept(*, actor: Actor, proposal: CorrectionProposal) -> CorrectionProposal:
    """Write the proposed value into the record. Refused if it no longer can be right."""
    proposal = _held(proposal, partial(require_deciding, actor))
    try:
        update_record(actor, proposal.member, **{proposal.column: proposal.value})
    except Invalid as problem:
        why = "；".join(problem.fields.values()) or problem.message
        raise Conflict(f"不能采纳{proposal.member.name}的更正：{why}", how="请核实后选择“不采纳”并写明原因。") from problem
    _decide(actor, proposal, State.ACCEPTED, "")
    NOTES.record(actor, proposal, "members.correction_accepted", "采纳更正")
    return proposal


def accept_many(*, actor: Actor, proposals: Sequence[CorrectionProposal]) -> tuple[int, list[str]]:
    """Accept each by itself; returns how many were accepted and why the others were not."""
    done, problems = 0, []
    with quality_told_at_end(actor):
        for proposal in proposals:
            try:
                accept(actor=actor, proposal=proposal)
            except Refusal as refusal:
                problems.append(refusal.message)
            else:
                done += 1
    return done, problems


@transaction.atomic
def refuse(*, actor: Actor, proposal: CorrectionProposal, answer: str) -> CorrectionProposal:
    """Leave the record as it is and tell the member why."""
    proposal = _held(proposal, partial(require_deciding, actor))
    if not answer.strip():
        raise Invalid("请写明不采纳的原因，申请人会看到。", fields={"answer": "请填写原因"})
    _decide(actor, proposal, State.REFUSED, answer.strip()[:200])
    NOTES.record(actor, proposal, "members.correction_refused", "不采纳更正")
    return proposal


def _require_own(actor: Actor, member: Member) -> None:
    actor.require("members.own", member.organization)
    if actor.user_id is None or member.user_id != actor.user_id:
        raise PermissionDenied("只能对本人的档案提出更正。")


def require_withdrawing(actor: Actor, proposal: CorrectionProposal) -> None:
    """The member who made it, while it waits."""
    _require_own(actor, proposal.member)
    _require_open(proposal)


def require_deciding(actor: Actor, proposal: CorrectionProposal) -> None:
    """Whoever decides corrections there, never of their own record, while it waits."""
    require_for(actor, "members.decide_proposals", proposal.member.organization, [proposal.member])
    _require_open(proposal)


def _require_open(proposal: CorrectionProposal) -> None:
    if proposal.state != State.OPEN:
        raise Conflict(f"这条更正申请{proposal.get_state_display()}，不需要再办理。")


def _held(proposal: CorrectionProposal, check: Callable[[CorrectionProposal], object]) -> CorrectionProposal:
    return locked(proposal, "member__organization", "member__branch", check=check)


def _decide(actor: Actor, proposal: CorrectionProposal, state: str, answer: str) -> None:
    proposal.state, proposal.answer = state, answer
    proposal.decided_at, proposal.decided_by_id = clock.now(), actor.user_id
    proposal.save()
