"""What the branch agrees with a member about paying: by the quarter, or, as a mobile member, where they are.

Whoever answers for the branch agrees (``dues.agree``), never for themselves. Each holds for months with a beginning and an end,
may be ended early, and is carried into the bills of those months at once.
"""

import datetime as dt
from functools import partial

from django.db import transaction

from dangjian.accounts.events import EventsOf
from dangjian.activities.dues import policy
from dangjian.activities.dues.assessment.models import Arrangement, ArrangementKind
from dangjian.activities.dues.billing.actions import billing
from dangjian.activities.dues.ledger.actions.separation import cited
from dangjian.activities.dues.oversight.actions import arrears
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.members.models import Member, Standing
from dangjian.members.own import require_for
from dangjian.members.queries.certificates import KnownCertificate, certificate_of
from dangjian.org.openings import at, locked

RULES = {ArrangementKind.QUARTERLY: "dues.period.quarterly", ArrangementKind.ELSEWHERE: "dues.where"}
"""The article that each rests on."""
LONGEST = 12
"""Months that one may last; then the branch looks at it again."""


NOTES = EventsOf[Arrangement](organization=lambda row: row.branch, member_id=lambda row: row.member_id)


@transaction.atomic
def agree(
    *,
    actor: Actor,
    member: Member,
    kind: str,
    from_month: dt.date,
    until_month: dt.date,
    reason: str,
    agreed_on: dt.date,
    certificate: str = "",
    place: str = "",
) -> Arrangement:
    """The branch agreed on ``agreed_on`` that the member pays otherwise, from ``from_month`` until before ``until_month``.

    A ``certificate`` that another app has on record is read there and not kept a second time.

    :raises Invalid: for what is missing; a quarter that is over already cannot be put off afterwards.
    :raises Conflict: if another arrangement holds in those months.
    """
    require_agreeing(actor, member)
    kind, from_month, until_month = ArrangementKind(kind), policy.month_of(from_month), policy.month_of(until_month)
    known = certificate_of(member.pk, besides="dues") if kind == ArrangementKind.ELSEWHERE else None
    _check_words(kind, reason, agreed_on, certificate or (known.held.number if known else ""), place)
    _check_same(known, certificate)
    _check_months(kind, from_month, until_month)
    # Held so that two arrangements of one member do not overlap.
    member = locked(member, "branch", "organization", check=partial(require_agreeing, actor))
    with at(member.branch):
        rows = Arrangement.objects.filter(member=member, branch=member.branch).holding()
        other = rows.filter(from_month__lt=until_month, until_month__gt=from_month).first()
        if other is not None:
            raise Conflict(f"{member.name}在这些月份里已经登记过“{other.get_kind_display()}”。", how="请先提前结束那一项。")
        made: Arrangement = Arrangement.objects.create(
            member=member,
            branch=member.branch,
            kind=kind,
            from_month=from_month,
            until_month=until_month,
            reason=reason.strip()[:200],
            agreed_on=agreed_on,
            certificate="" if known else certificate.strip()[:60],
            place=place.strip()[:120],
            agreed_by_id=actor.user_id,
        )
    NOTES.record(actor, made, "dues.arranged", f"同意{member.name}{made.get_kind_display()}（{_span(made)}）")
    _carry_on(actor, made, from_month)
    return made


@transaction.atomic
def end(*, actor: Actor, arrangement: Arrangement, until_month: dt.date, reason: str) -> Arrangement:
    """From ``until_month`` on the member pays every month to their branch again. Never makes an arrangement longer."""
    held = locked(arrangement, "member__organization", "branch", check=partial(require_ending, actor))
    until_month = policy.month_of(until_month)
    if not reason.strip():
        raise Invalid("请写明提前结束的原因。", fields={"reason": "请写明原因"})
    if not held.from_month <= until_month < held.until_month:
        raise Invalid("恢复的月份应在已登记的月份以内。", fields={"until_month": "不在已登记的月份以内"})
    if until_month == held.from_month:
        held.withdrawn_at = clock.now()
    else:
        held.until_month = until_month
    held.end_reason = reason.strip()[:200]
    # The branch that agreed ends it, wherever the member belongs by now.
    with at(held.member.organization):
        held.save(update_fields=["until_month", "end_reason", "withdrawn_at"])
    said = f"{held.member.name}自{until_month.year}年{until_month.month}月起恢复按月交纳：{held.end_reason}"
    NOTES.record(actor, held, "dues.arrangement_ended", said)
    _carry_on(actor, held, until_month)
    return held


def require_agreeing(actor: Actor, member: Member) -> None:
    """Raise unless the actor may agree with the member for the branch: never for themselves, nor for who pays no more."""
    require_for(actor, "dues.agree", member.branch, [member])
    if member.standing != Standing.NORMAL:
        raise Conflict(f"{member.name}的党籍状态是“{member.get_standing_display()}”，不再交纳党费。")


def require_ending(actor: Actor, arrangement: Arrangement) -> None:
    """Raise unless the actor may end the arrangement for the branch that agreed to it."""
    require_for(actor, "dues.agree", arrangement.branch, [arrangement.member])
    if arrangement.withdrawn_at is not None:
        raise Conflict("这一项已经撤销。", how="请刷新页面再看。")


def _check_words(kind: ArrangementKind, reason: str, agreed_on: dt.date, certificate: str, place: str) -> None:
    wrong = {}
    if not reason.strip():
        wrong["reason"] = "请写明特殊情况" if kind == ArrangementKind.QUARTERLY else "请写明外出的情况"
    if agreed_on > clock.today():
        wrong["agreed_on"] = "不能晚于今天"
    if kind == ArrangementKind.ELSEWHERE:
        if not certificate.strip():
            wrong["certificate"] = "请填写活动证编号"
        if not place.strip():
            wrong["place"] = "请填写收党费的党组织"
    if wrong:
        said = (
            "按季交纳要有特殊情况，经党支部同意。"
            if kind == ArrangementKind.QUARTERLY
            else "持流动党员活动证的，才可以在流入地交纳。"
        )
        raise Invalid(said, citation=cited(RULES[kind]), fields=wrong)


def _check_same(known: KnownCertificate | None, certificate: str) -> None:
    if known and certificate.strip() not in {"", known.held.number}:
        raise Invalid(
            f"{known.where}中的活动证编号是{known.held.number}，与这里填的不同。",
            how=f"编号以{known.where}为准，这里不用再填；写错了的，请到{known.where}中修改。",
            fields={"certificate": f"与{known.where}不同"},
        )


def _check_months(kind: ArrangementKind, from_month: dt.date, until_month: dt.date) -> None:
    first = policy.quarter_of(clock.today())[0]
    if kind == ArrangementKind.QUARTERLY and from_month < first:
        raise Invalid(
            f"按季交纳最早从{first.year}年{first.month}月起，上一季度的党费已经到期。",
            citation=cited(RULES[kind]),
            fields={"from_month": "不能早于本季度"},
        )
    if until_month <= from_month:
        raise Invalid("结束月份不能早于起始月份。", fields={"last_month": "早于起始月份"})
    if until_month > policy.shifted(from_month, LONGEST):
        raise Invalid(f"一次最多登记{LONGEST}个月，到期后由支部再研究。", fields={"last_month": f"请在{LONGEST}个月以内"})


def _span(row: Arrangement) -> str:
    last = policy.shifted(row.until_month, -1)
    return f"{row.from_month.year}年{row.from_month.month}月至{last.year}年{last.month}月"


def _carry_on(actor: Actor, row: Arrangement, from_month: dt.date) -> None:
    """Into the bills: those that are made, and of whoever pays by the quarter all of the running one."""
    billing.adjust_bills(actor=actor, member_ids=[row.member_id], from_month=from_month)
    if row.kind == ArrangementKind.QUARTERLY and row.withdrawn_at is None:
        for month in policy.quarter_of(clock.today()):
            if month >= policy.month_of(clock.today()) and row.from_month <= month < row.until_month:
                billing.brought_up_to_date(actor=actor, month=month, members=[row.member_id])
    arrears.follow_payments(actor=actor, member_ids=[row.member_id], organization_ids=[row.branch_id])
