"""What people decide about duties: who does it, and whether it may be left undone."""

from collections.abc import Sequence

from django.db import transaction

from dangjian.accounts.events import record, record_many
from dangjian.accounts.models import User
from dangjian.engines.duties.actions.refresh import refresh
from dangjian.engines.duties.models import Duty, State
from dangjian.engines.duties.queries.people import candidates
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.members.own import require_not_own
from dangjian.org.models import Organization


@transaction.atomic
def reassign(*, actor: Actor, duties: Sequence[Duty], to: User, note: str = "") -> int:
    """Give open duties to somebody else; the daily refresh leaves them in place. Returns how many changed hands.

    ``to`` holds a post in the organisation or one above it, or is a member there. Raises ``Conflict`` if a duty is no longer
    open.
    """
    if not duties:
        raise Invalid("还没有选择要改派的事项。", how="请先勾选，再选择新的责任人。")
    duties = locked(*duties)
    for duty in duties:
        require_reassigning(actor, duty)
    _check_candidate(duties, to)
    changing = [duty for duty in duties if duty.responsible_id != to.pk]
    rows = []
    for duty in changing:
        before = duty.responsible.name if duty.responsible else "无"
        duty.responsible, duty.reassigned = to, True
        duty.save()
        rows.append(
            {
                "actor": actor,
                "verb": "duties.reassigned",
                "organization": duty.organization,
                "subject": duty,
                "summary": f"“{duty.title}”责任人由{before}改为{to.name}" + (f"：{note}" if note else ""),
                "data": {"to": to.pk},
            }
        )
    record_many(rows)
    return len(changing)


def require_reassigning(actor: Actor, duty: Duty) -> None:
    """Raise unless the actor may give the duty to somebody else now: while it is open, and never their own."""
    actor.require("duties.manage", duty.organization)
    require_not_own(actor, [duty.member] if duty.member else [])
    _check_open(duty)


@transaction.atomic
def hand_back(*, actor: Actor, duty: Duty) -> Duty:
    """Undo a reassignment: the holder of the post answers for the duty again."""
    (duty,) = locked(duty)
    require_handing_back(actor, duty)
    duty.reassigned = False
    duty.save()
    record(
        actor=actor,
        verb="duties.handed_back",
        organization=duty.organization,
        subject=duty,
        summary=f"“{duty.title}”恢复由任职人员负责",
    )
    refresh(actor=actor, organizations=[duty.organization_id])
    return duty


def require_handing_back(actor: Actor, duty: Duty) -> None:
    """Raise unless the actor may undo the reassignment of the duty now: while it is open."""
    actor.require("duties.manage", duty.organization)
    _check_open(duty)
    if not duty.reassigned:
        raise Conflict(f"“{duty.title}”没有改派过，不需要恢复。", how="请刷新页面查看最新情况。")


@transaction.atomic
def excuse(*, actor: Actor, duty: Duty, reason: str) -> Duty:
    """Let an organisation off an open duty, for a stated reason. Only the level above may: nobody lets themselves off."""
    (duty,) = locked(duty)
    require_excusing(actor, duty)
    if not reason.strip():
        raise Invalid("没有写明免办原因。", how="请写清楚为什么可以不办。", fields={"reason": "请填写免办原因"})
    duty.state, duty.excuse_reason = State.EXCUSED, reason.strip()[:200]
    duty.excused_by_id, duty.excused_at = actor.user_id, clock.now()
    duty.save()
    record(
        actor=actor,
        verb="duties.excused",
        organization=duty.organization,
        subject=duty,
        summary=f"“{duty.organization}”免办“{duty.title}”：{duty.excuse_reason}",
    )
    return duty


def require_excusing(actor: Actor, duty: Duty) -> None:
    """Raise unless the actor may let the organisation off the duty now: from above, while it is open, never their own."""
    _require_above(actor, duty)
    require_not_own(actor, [duty.member] if duty.member else [])
    _check_open(duty)


@transaction.atomic
def demand_again(*, actor: Actor, duty: Duty) -> Duty:
    """Take an excuse back; whether the duty is done follows from the records."""
    (duty,) = locked(duty)
    require_demanding_again(actor, duty)
    duty.state, duty.excuse_reason, duty.excused_by, duty.excused_at = State.OPEN, "", None, None
    duty.save()
    record(
        actor=actor,
        verb="duties.demanded_again",
        organization=duty.organization,
        subject=duty,
        summary=f"撤销“{duty.organization}”“{duty.title}”的免办",
    )
    refresh(actor=actor, organizations=[duty.organization_id])
    duty.refresh_from_db()
    return duty


def require_demanding_again(actor: Actor, duty: Duty) -> None:
    """Raise unless the actor may take the excuse back now: from above."""
    _require_above(actor, duty)
    if duty.state != State.EXCUSED:
        raise Conflict("这件事没有免办，不需要撤销。")


def locked(*duties: Duty) -> list[Duty]:
    """The duties as they stand now, held against others until the transaction ends."""
    rows = Duty.objects.select_for_update(of=("self",)).select_related(
        "organization__parent", "responsible", "local_duty__organization", "member"
    )
    found = {duty.pk: duty for duty in rows.filter(pk__in=[duty.pk for duty in duties])}
    return [found[duty.pk] for duty in duties]


def level_above(organization: Organization) -> Organization:
    """The superior; the highest organisation itself."""
    return organization.parent or organization


def _require_above(actor: Actor, duty: Duty) -> None:
    actor.require("duties.view", duty.organization)
    if not actor.may("duties.excuse", level_above(duty.organization)):
        raise PermissionDenied(
            f"“{duty.organization}”的事项只能由上级党组织免办。", how="如确实不能办理，请向上级党组织说明情况。"
        )


def _check_open(duty: Duty) -> None:
    if duty.state != State.OPEN:
        raise Conflict(f"“{duty.title}”已经{duty.get_state_display()}，不能再改。", how="请刷新页面查看最新情况。")


def _check_candidate(duties: Sequence[Duty], to: User) -> None:
    for organization in {duty.organization_id: duty.organization for duty in duties}.values():
        if not candidates(organization).filter(pk=to.pk).exists():
            raise Invalid(
                f"{to.name}在“{organization}”及其上级没有任职，也不是那里的党员，不能负责这件事。",
                how="请从列出的人员中选择。",
                fields={"to": "请从列出的人员中选择"},
            )
