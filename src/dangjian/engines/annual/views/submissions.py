"""Reports of a period: how far every organisation is, and one organisation's report with its steps."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from dangjian.engines.annual.actions import submissions as actions
from dangjian.engines.annual.forms.submissions import ReasonForm, SubmitForm
from dangjian.engines.annual.models import State, Submission, title_of
from dangjian.engines.annual.queries import submissions as read
from dangjian.engines.annual.queries.frozen import Difference, Frozen, differences
from dangjian.engines.annual.queries.gatherings import Freshness, NotGathered
from dangjian.engines.annual.queries.reports import Report
from dangjian.engines.annual.views.asking import question_of
from dangjian.engines.annual.views.tables import behind, overview
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import Request
from dangjian.kernel.lists import DAY, LINE, MOMENT, NUMBER, STATE, Asked, Choice, Column, Empty, ListPage, Loaded, Search
from dangjian.kernel.lists import State as Mark
from dangjian.kernel.lists.tables import Table
from dangjian.kernel.periods import Span
from dangjian.kernel.rulebook import book
from dangjian.kernel.ui import words
from dangjian.org.cases import Card, Case, Fact, Step
from dangjian.org.gate import find
from dangjian.org.lists import OrganizationFilter
from dangjian.org.models import Organization
from dangjian.org.queries import found_by_text

REPORT: Loaded[Submission] = Loaded("submission")
"""How far the report of an organisation in a list is."""
MOST_DIFFERENCES = 200


def span_of(asked: Asked) -> Span:
    """The period that a list is asked for, the latest that is over if none is chosen."""
    chosen = asked.values.get("period")
    return read.span_named(chosen) if chosen else read.spans()[0]


def last_day(row: Submission) -> dt.date | None:
    """Until when it is to be confirmed, if it is owed here."""
    return read.due_on(row.span, row.organization.kind) if read.is_owed(row.span) else None


def mark_of(row: Submission) -> Mark:
    """How far a report is, seen from today."""
    if row.is_confirmed and row.organization.parent_id is None:
        return Mark("final", "已确认", "good")
    if row.pk:
        return Mark(row.state, row.get_state_display(), _TONES[State(row.state)])
    today, due = clock.today(), read.due_on(row.span, row.organization.kind)
    if row.span.last >= today:
        return Mark("running", "统计期还没有结束", "neutral")
    if not read.is_owed(row.span):
        return Mark("elsewhere", "没有在平台上报", "neutral")
    return Mark("late", "逾期未上报", "bad") if due < today else Mark("open", "待上报", "warn")


_TONES = {State.SUBMITTED: "info", State.ACCEPTED: "good", State.RETURNED: "bad", State.TAKEN_BACK: "warn"}


def _load(rows: list[Organization], asked: Asked) -> None:
    put(rows, span_of(asked))


def put(rows: list[Organization], span: Span) -> None:
    """Their reports onto organisations."""
    found = read.states_of(rows, span)
    for row in rows:
        since, until = span.days
        REPORT.put(row, found.get(row.pk) or Submission(organization=row, per=span.per, since=since, until=until))
        REPORT.of(row).organization = row


def _address(row: Organization) -> str:
    return SUBMISSION.url(REPORT.of(row))


COLUMNS: tuple[Column[Organization], ...] = (
    Column("状态", lambda row: mark_of(REPORT.of(row)), STATE, key="state"),
    Column("上报期限", lambda row: last_day(REPORT.of(row)), DAY, key="due", on_phone=False),
    Column("上报时间", lambda row: REPORT.of(row).submitted_at, MOMENT, key="submitted"),
    Column("上报人", lambda row: _name(REPORT.of(row).submitted_by), key="submitted_by", on_phone=False),
    Column("接收或退回时间", lambda row: REPORT.of(row).decided_at, MOMENT, key="decided", on_phone=False),
    Column("说明", lambda row: REPORT.of(row).note, key="note", on_page=False, width=40),
)

SUBMISSIONS = ListPage(
    name="annual:submissions",
    title="统计上报",
    permission="annual.view",
    crumbs=(("党内统计", "annual:tables"),),
    intro=lambda asked: f"{title_of(span_of(asked))}。由党支部核对上报，上级接收，逐级汇总；上报的数字照当时的样子保存。",
    rows=lambda asked: read.in_state(read.units(span_of(asked)), asked.values.get("state", ""), span_of(asked)),
    columns=(
        Column("党组织", "short_name", LINE, sort="path", key="organization", width=28),
        Column("类别", "get_kind_display", sort="kind", on_phone=False),
        *COLUMNS,
    ),
    order=("path",),
    row=_address,
    load=_load,
    filters=(
        Choice(
            "period",
            "报告期",
            lambda _asked: [(one.code, title_of(one)) for one in read.spans()[1:]],
            usual="最近一期",
            rows=lambda rows, _code: rows,
        ),
        Choice(
            "state",
            "状态",
            [("open", "还没有上报"), *((one.value, one.label) for one in State)],
            rows=lambda rows, _state: rows,
            look="chips",
        ),
        Search("q", "党组织名称、拼音", found_by_text),
        OrganizationFilter(field="", kinds=read.KINDS),
    ),
    empty=Empty("chart-bar", "没有要上报的党组织", "统计期结束时已经在平台上开展工作的党组织，在这里核对上报。"),
)

_BRIEF = [one for one in COLUMNS if one.key in {"state", "submitted", "submitted_by"}]
BELOW: Table[Organization] = Table("下级的报表", (Column("党组织", "short_name", LINE), *_BRIEF), row=_address)


@dataclass(frozen=True, slots=True)
class Changed:
    """A figure that has changed, with the address of the list of those who make it another."""

    figure: Difference
    address: str

    @property
    def item(self) -> str:
        """Its row, and its column where that narrows it."""
        row, column = self.figure.row, self.figure.column
        return f"{row.title}　{column.title}" if column.condition.narrows else row.title


DIFFERENCES: Table[Changed] = Table(
    "上报以后变化的数字",
    (
        Column("项目", "item", LINE),
        Column("统计表", "figure.table.label", LINE),
        Column("上报时", "figure.then", NUMBER),
        Column("现在", "figure.now", NUMBER),
    ),
    row=lambda one: one.address,
)


# One report


def _found(_request: Request, pk: int, period: str) -> Submission:
    organization = find(Organization, pk=pk)
    span = read.span_named(period)
    if organization.kind not in read.KINDS:
        raise NotFound
    put([organization], span)
    return REPORT.of(organization)


def _name(user: Any) -> str:
    return user.name if user else ""


def _who(user: Any, at: Any) -> str:
    return f"{words.daytime(at)}　{_name(user) or '系统'}" if at else ""


def _waits(row: Submission, _actor: Actor) -> str:
    above = row.organization.parent
    if row.span.last >= clock.today():
        return "统计期还没有结束。下面是到今天为止的数字。"
    if row.state == State.SUBMITTED:
        return f"等{above.short_name}接收。" if above else ""
    if not row.is_confirmed and (missing := read.missing_below(row.organization, row.span)):
        return f"等接收下级的报表：还差{len(missing)}个。"
    return ""


def _more(row: Submission, request: Request) -> Mapping[str, object]:
    """The figures, those below, and what has changed since they were confirmed."""
    now = _now(row)
    report = Frozen.of(row.report) if row.is_confirmed else now
    if report is None:
        return {"freshness": Freshness.of(row.organization, row.since, row.until, None), **_below(row)}
    asked = question_of(request, report)
    changed = differences(report, now) if row.is_confirmed and now else ()
    found = [Changed(one, behind(one.table, one.row, one.column, asked, changed=1)) for one in changed]
    return {
        **_below(row),
        "asked": asked,
        "lines": overview(asked),
        "freshness": question_of(request, now).freshness if now else None,
        "is_kept": row.is_confirmed,
        "differences": DIFFERENCES.of(found[:MOST_DIFFERENCES]),
        "differing": len(found),
        "listed": MOST_DIFFERENCES if len(found) > MOST_DIFFERENCES else 0,
    }


def _now(row: Submission) -> Report | None:
    """The figures as they are now, if they need not be gathered first."""
    try:
        return Report.ready(row.organization, row.since, row.until)
    except NotGathered:
        return None


def _below(row: Submission) -> Mapping[str, object]:
    units = [one for one, _ in read.below(row.organization, row.span)]
    put(units, row.span)
    return {"units": BELOW.of(units) if units else None}


def _effects(row: Submission, _typed: dict[str, Any], tried: Submission) -> list[str]:
    above = row.organization.parent
    report = Frozen.of(tried.report)  # what was put away when it was tried, so that nothing is read again
    first = next(iter(report.tables.values()))
    total = words.number(report.cell(first, first.total, first.columns[0]))
    return [
        f"{row.title}：{first.total.title}{total}名，各表的数字和依据照现在的样子保存，以后不再变。",
        f"等“{above}”接收；接收以前可以撤回。" if above else "这是最上级的报表，上报后就是确认的结果；需要更正的可以撤回。",
    ]


def _accepts(row: Submission) -> str:
    number = len(read.waiting_below(row.organization, row.span))
    return f"接收下级已上报的{number}份报表吗？要退回的，请先打开那一份退回。"


SUBMISSION = Case(
    name="annual:submission",
    model=Submission,
    found=_found,
    address=lambda row: {"pk": row.organization_id, "period": row.span.code},
    permission="annual.view",
    subject="submission",
    title=lambda row: f"{row.organization.short_name}{row.title}",
    crumb=lambda row: row.organization.short_name,
    crumbs=lambda row: [
        ("党内统计", reverse("annual:tables")),
        ("统计上报", f"{reverse('annual:submissions')}?{urlencode({'period': row.span.code})}"),
    ],
    states=mark_of,
    waits=_waits,
    below="annual/_submission.html",
    more=_more,
    cards=(
        Card(
            "上报情况",
            "chart-bar",
            (
                Fact("统计期", lambda row: f"{words.day(row.since)}至{words.day(row.until)}"),
                Fact("上报期限", lambda row: words.day(last_day(row)) if last_day(row) else ""),
                Fact("上报", lambda row: _who(row.submitted_by, row.submitted_at)),
                Fact("说明", "note"),
                Fact("接收或退回", lambda row: _who(row.decided_by, row.decided_at)),
                Fact("退回或撤回的原因", "reason"),
            ),
            citation=lambda row: book().on(read.RULES[row.per], clock.today()).citation,
        ),
    ),
    steps=(
        Step(
            code="accept_below",
            label="接收下级已上报的报表",
            icon="checks",
            require=actions.require_accepting_below,
            act=actions.accept_below,
            confirm=_accepts,
            done=lambda found: f"已接收{len(found)}份报表。",
        ),
        Step(
            code="submit",
            label="核对上报",
            icon="send",
            require=actions.require_submitting,
            act=actions.submit,
            form=SubmitForm,
            effects=_effects,
            done="报表已经上报并保存。",
            is_primary=True,
        ),
        Step(
            code="accept",
            label="接收",
            icon="circle-check",
            require=actions.require_accepting,
            act=actions.accept,
            done="报表已接收。",
            is_primary=True,
        ),
        Step(
            code="send_back",
            label="退回",
            icon="arrow-back-up",
            look="fold",
            require=actions.require_sending_back,
            act=actions.send_back,
            form=ReasonForm,
            done="报表已退回，由下级更正后重新上报。",
            is_dangerous=True,
        ),
        Step(
            code="take_back",
            label="撤回",
            icon="arrow-back-up",
            look="fold",
            require=actions.require_taking_back,
            act=actions.take_back,
            form=ReasonForm,
            done="报表已撤回，更正以后可以重新上报。",
            is_dangerous=True,
        ),
    ),
)
