"""What organisations owe: that they confirm their figures when a period is over."""

import datetime as dt
from functools import partial

from django.db.models import QuerySet

from dangjian.engines.annual.queries import submissions as read
from dangjian.kernel.periods import HALF_YEAR, YEAR, Span
from dangjian.kernel.windows import Window
from dangjian.org.duty_offers import ActionLink, DutyRule, Evidence, Owed
from dangjian.org.models import Kind, Organization

KEEPERS = ("organisation_member", "secretary", "deputy_secretary")
HOW = {
    Kind.BRANCH: "数字由日常记录算出：看一遍表，核对不平的点开补全，点“核对上报”。",
    Kind.GENERAL_BRANCH: "接收或者退回所属党支部的报表，全部接收以后核对上报。",
    Kind.COMMITTEE: "接收或者退回下级的报表，全部接收以后核对上报。",
}
TITLES = {YEAR: "核对上报党内统计年报", HALF_YEAR: "核对上报党内统计半年报"}


def _owed_by(per: str, rows: QuerySet[Organization], window: Window) -> QuerySet[Organization]:
    span = Span(per, window.start)
    return read.owing(rows, span) if read.is_owed(span) else rows.none()


def _args(duty: Owed, *, per: str) -> tuple[object, ...]:
    return duty.organization_id, Span.of(duty.period_start, per).code


def _due(kind: str, window: Window) -> dt.date:
    return read.due_on(Span(window.per, window.start), kind)


def _rule(per: str, kind: Kind, order: int) -> DutyRule:
    return DutyRule(
        read.duty_code(per, kind),
        TITLES[per],
        "统计年报" if per == YEAR else "统计半年报",
        rule=read.RULES[per],
        kinds=frozenset({kind}),
        how=HOW[kind],
        responsible=KEEPERS,
        start=ActionLink("去核对", "annual:submission", args=partial(_args, per=per)),
        evidence=Evidence(partial(read.confirmed, per), on="submitted_on", counts_on="until", organization="organization_id"),
        opens=lambda window: window.end,
        due=partial(_due, kind),
        owed_by=partial(_owed_by, per),
        icon="chart-bar",
        order=order,
    )


_OWED = tuple((per, kind) for per in (YEAR, HALF_YEAR) for kind in read.KINDS)
RULES = tuple(_rule(per, kind, 480 + place) for place, (per, kind) in enumerate(_OWED))
