"""减免: the branch studies it and reports, the next higher Party committee decides; for retirees the branch decides itself.

Anybody who may propose may end it early.
"""

import datetime as dt
from functools import partial

from django.db import transaction
from django.db.models import Q

from dangjian.accounts.events import EventsOf
from dangjian.activities.dues import rates
from dangjian.activities.dues.assessment.models import Assessment, Relief, ReliefKind, ReliefState
from dangjian.activities.dues.assessment.queries.profiles import committee_over
from dangjian.activities.dues.billing.actions.billing import adjust_bills
from dangjian.activities.dues.policy import month_of
from dangjian.kernel import clock, money
from dangjian.kernel.actor import Actor, require_another
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.members.models import Member, Standing
from dangjian.members.own import require_for
from dangjian.org.models import Organization
from dangjian.org.openings import at, locked, register

WITH_BRANCH = ("member__organization", "member__branch")
"""What is read with a relief to judge who may take its next step."""


def _about(relief: Relief, done: str) -> str:
    what = relief.get_kind_display()
    if relief.kind == ReliefKind.REDUCED:
        what += f"至每月{money.yuan(relief.monthly_fen)}元"
    return f"{done}{relief.member.name}的党费{what}（{relief.from_month:%Y年%m月}起）"


NOTES = EventsOf[Relief](
    organization=lambda relief: relief.member.branch, member_id=lambda relief: relief.member_id, words=_about
)


@transaction.atomic
def propose_relief(
    *,
    actor: Actor,
    member: Member,
    kind: str,
    from_month: dt.date,
    reason: str,
    studied_on: dt.date,
    studied_at: str,
    until_month: dt.date | None = None,
    monthly_fen: int | None = None,
) -> Relief:
    """The branch asks for a member's dues to be reduced to ``monthly_fen`` or forgone, until before ``until_month``.

    For a retired member the branch's own study decides: the relief holds at once, and nobody records it for themselves.

    :raises Invalid: for what is missing or contradicts itself; ``Conflict`` if another relief holds or waits in those months.
    """
    from_month = month_of(from_month)
    rule = relief_rule_for(member, from_month, studied_on)
    require_proposing(actor, member, rule)
    _check_months(from_month, until_month)
    _check_study(studied_on, studied_at, reason)
    _check_free(member, from_month, until_month)
    relief: Relief = Relief.objects.create(
        member=member,
        kind=kind,
        monthly_fen=_monthly(member, kind, from_month, monthly_fen),
        from_month=from_month,
        until_month=until_month,
        reason=reason.strip()[:300],
        studied_on=studied_on,
        studied_at=studied_at.strip()[:120],
        proposed_by_id=actor.user_id,
    )
    if rule.by_branch:
        _decide(actor, relief, ReliefState.APPROVED, "", f"经党支部研究同意（{relief.studied_at}）")
        adjust_bills(actor=actor, member_ids=[member.pk], from_month=from_month)
        NOTES.record(actor, relief, "dues.relief_approved", "支部研究同意")
    else:
        NOTES.record(actor, relief, "dues.relief_proposed", "报批")
    return relief


@transaction.atomic
def withdraw_relief(*, actor: Actor, relief: Relief) -> Relief:
    """The branch takes back what is not decided yet."""
    relief = locked(relief, *WITH_BRANCH, check=partial(require_withdrawing, actor))
    relief.state = ReliefState.WITHDRAWN
    with at(relief.member.organization):
        relief.save(update_fields=["state"])
    NOTES.record(actor, relief, "dues.relief_withdrawn", "撤回")
    return relief


@transaction.atomic
def approve_relief(*, actor: Actor, relief: Relief, document: str = "", answer: str = "") -> Relief:
    """The next higher Party committee approves; bills of those months are put right.

    :raises PermissionDenied: for whoever proposed it, or holds no office at that committee.
    """
    relief = locked(relief, *WITH_BRANCH, check=partial(require_deciding, actor))
    _check_free(relief.member, relief.from_month, relief.until_month, beside=relief.pk)
    _decide(actor, relief, ReliefState.APPROVED, document, answer)
    adjust_bills(actor=actor, member_ids=[relief.member_id], from_month=relief.from_month)
    NOTES.record(actor, relief, "dues.relief_approved", "批准")
    return relief


@transaction.atomic
def refuse_relief(*, actor: Actor, relief: Relief, answer: str) -> Relief:
    """The next higher Party committee says no, and why."""
    relief = locked(relief, *WITH_BRANCH, check=partial(require_deciding, actor))
    if not answer.strip():
        raise Invalid("请写明不批准的原因，支部会看到。", fields={"answer": "请写明原因。"})
    _decide(actor, relief, ReliefState.REFUSED, "", answer)
    NOTES.record(actor, relief, "dues.relief_refused", "不批准")
    return relief


@transaction.atomic
def end_relief(*, actor: Actor, relief: Relief, until_month: dt.date, reason: str) -> Relief:
    """The hardship is over: from ``until_month`` on the member pays again as assessed. Never makes a relief longer."""
    relief = locked(relief, *WITH_BRANCH, check=partial(require_ending, actor))
    until_month = month_of(until_month)
    if not reason.strip():
        raise Invalid("请写明提前结束的原因。", fields={"reason": "请写明原因。"})
    if until_month < relief.from_month or (relief.until_month and until_month >= relief.until_month):
        raise Invalid("恢复交纳的月份应在减免的月份以内。", fields={"until_month": "不在减免的月份以内。"})
    if until_month == relief.from_month:
        relief.state = ReliefState.WITHDRAWN
    else:
        relief.until_month = until_month
    relief.answer = f"{relief.answer} 提前结束：{reason.strip()}".strip()[:200]
    with at(relief.member.organization):
        relief.save(update_fields=["state", "until_month", "answer"])
    adjust_bills(actor=actor, member_ids=[relief.member_id], from_month=until_month)
    NOTES.record(actor, relief, "dues.relief_ended", f"自{until_month:%Y年%m月}起结束")
    return relief


def relief_rule_for(member: Member, from_month: dt.date, studied_on: dt.date) -> rates.ReliefRule:
    """Who decides on a relief of ``member`` from ``from_month``, by what they pay as in that month."""
    held = Assessment.objects.in_month(month_of(from_month)).filter(member=member).first()
    return rates.relief_rule(held.kind if held else "", studied_on)


def rule_today(member: Member) -> rates.ReliefRule:
    """The rule by which a relief of the member that begins today would be decided."""
    return relief_rule_for(member, clock.today(), clock.today())


def require_proposing(actor: Actor, member: Member, rule: rates.ReliefRule) -> None:
    """Raise unless the actor may report ``member`` for a relief by ``rule``: for themselves only where others decide."""
    if rule.by_branch:
        require_for(actor, "dues.propose_relief", member.organization, [member])
    else:
        actor.require("dues.propose_relief", member.organization)
    if member.standing != Standing.NORMAL:
        raise Conflict(f"{member.name}的党籍状态是“{member.get_standing_display()}”，不再交纳党费。")


def require_withdrawing(actor: Actor, relief: Relief) -> None:
    """Raise unless the actor may take back for the branch what it reported: only what is not decided yet."""
    _check_state(relief, ReliefState.PROPOSED)
    actor.require("dues.propose_relief", relief.member.organization)


def require_approving(actor: Actor, relief: Relief, committee: Organization | None) -> None:
    """Raise unless the actor may answer the relief, with yes or no, for ``committee``, the next one above its branch.

    Who proposed it does not decide on it. A list finds the committees of all its rows at once (``profiles.committees_over``).
    """
    _check_state(relief, ReliefState.PROPOSED)
    if committee is None:
        raise Conflict("平台上没有这个支部的上级党委，不能在这里批准。", how="请先由管理员建立上级党委。")
    require_another(
        actor,
        relief.proposed_by_id,
        "这项减免是您报批的，不能由您自己批准。",
        how="请由上级党委的其他同志办理。",
        citation=rates.relief_rule("", clock.today()).citation,
    )
    require_for(actor, "dues.approve_relief", committee, [relief.member])


def require_deciding(actor: Actor, relief: Relief) -> None:
    """Raise unless the actor may answer the relief now: ``require_approving`` for one of them."""
    require_approving(actor, relief, committee_over(relief.member.branch))


def require_ending(actor: Actor, relief: Relief) -> None:
    """Raise unless the actor may end the relief early now: one that was approved and has not ended by itself."""
    require_for(actor, *_permission_to_end(actor, relief), [relief.member])
    _check_state(relief, ReliefState.APPROVED)
    if relief.until_month is not None and relief.until_month <= month_of(clock.today()):
        raise Conflict(f"这项减免到{relief.until_month:%Y年%m月}已经结束，不用提前结束。")


def _permission_to_end(actor: Actor, relief: Relief) -> tuple[str, Organization]:
    """By which permission, and where, the actor would end a relief: that of the committee above, else that of the branch."""
    committee = committee_over(relief.member.branch)
    if committee and actor.may("dues.approve_relief", committee):
        return "dues.approve_relief", committee
    return "dues.propose_relief", relief.member.organization


def _check_months(from_month: dt.date, until_month: dt.date | None) -> None:
    oldest = rates.collection_rules(clock.today()).backpay_oldest(clock.today())
    if from_month < oldest:
        raise Invalid(
            f"减免最早只能从{oldest.year}年{oldest.month}月起，更早的党费已经过了补交的期限。",
            fields={"from_month": "太早了。"},
        )
    if until_month is not None and until_month <= from_month:
        raise Invalid("结束月份不能早于起始月份。", fields={"last_month": "早于起始月份。"})


def _check_study(studied_on: dt.date, studied_at: str, reason: str) -> None:
    missing = {}
    if not reason.strip():
        missing["reason"] = "请写明困难情况。"
    if not studied_at.strip():
        missing["studied_at"] = "请写明在哪次会议上研究的。"
    if studied_on > clock.today():
        missing["studied_on"] = "研究日期不能晚于今天。"
    if missing:
        raise Invalid(
            "少交或者免交党费，要先经党支部研究。",
            citation=rates.relief_rule("", clock.today()).citation,
            fields=missing,
        )


def _monthly(member: Member, kind: str, month: dt.date, monthly_fen: int | None) -> int:
    if kind == ReliefKind.EXEMPT:
        return 0
    if kind != ReliefKind.REDUCED:
        raise Invalid("请选择少交还是免交。", fields={"kind": "请选择。"})
    if not monthly_fen:
        raise Invalid("请填写少交以后每月交多少；一分不交的请选择免交。", fields={"monthly_fen": "请填写每月交多少。"})
    held = Assessment.objects.in_month(month).filter(member=member).first()
    if held and monthly_fen >= held.amount_fen:
        raise Invalid(
            f"少交以后的数额应少于核定的每月{money.yuan(held.amount_fen)}元。", fields={"monthly_fen": "没有少于核定的数额。"}
        )
    return monthly_fen


def _check_free(member: Member, start: dt.date, until: dt.date | None, *, beside: int | None = None) -> None:
    rows = register(Relief).filter(member=member, state__in=(ReliefState.PROPOSED, ReliefState.APPROVED))
    rows = rows if beside is None else rows.exclude(pk=beside)
    rows = rows.filter(Q(until_month=None) | Q(until_month__gt=start))
    other = (rows.filter(from_month__lt=until) if until else rows).first()
    if other:
        raise Conflict(
            f"{member.name}在这些月份里已有一项{other.get_kind_display()}（{other.get_state_display()}）。",
            how="请先撤回或者提前结束那一项。",
        )


def _check_state(relief: Relief, state: str) -> None:
    if relief.state != state:
        raise Conflict(f"这项减免现在的状态是“{relief.get_state_display()}”，不能这样办理。", how="请刷新页面再看。")


def _decide(actor: Actor, relief: Relief, state: str, document: str, answer: str) -> None:
    relief.state = state
    relief.decided_by_id = actor.user_id
    relief.decided_at = clock.now()
    relief.document = document.strip()[:120]
    relief.answer = answer.strip()[:200]
    with at(relief.member.organization):
        relief.save(update_fields=["state", "decided_by", "decided_at", "document", "answer"])
