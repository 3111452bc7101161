"""The annual statistics for programs: figures of the tables on any day, and how far the reports of a period are. No names."""

import datetime as dt

from ninja import Query, Router, Schema
from pydantic import Field

from dangjian.engines.annual.models import State, Submission
from dangjian.engines.annual.queries.reports import Report
from dangjian.kernel.api import REFUSED, Day, Key
from dangjian.kernel.gate import Request
from dangjian.kernel.lists import DAY, Choice, Column, ProgramList
from dangjian.kernel.tabulation import Line, Table
from dangjian.org.gate import api_operation, find
from dangjian.org.lists import OrganizationFilter, operation
from dangjian.org.models import Organization

router = Router()


class TablesFilter(Schema):
    """Whose figures, on which day."""

    organization: Key = Field(description="党组织编号；连同下级一起统计")
    day: Day = Field(description="截至哪一天，如 2026-12-31；本年的增减从当年1月1日算起")
    table: str = Field("", max_length=10, description="表号，如 2；空为全部统计表")


class LineOut(Schema):
    """A row or column."""

    code: str
    title: str
    depth: int = Field(description="0 为独立的一项，1 以上为上一项的其中项")


class TableOut(Schema):
    """A table with its figures."""

    table: str = Field(description="表号")
    title: str
    edition: str
    rows: list[LineOut]
    columns: list[LineOut]
    figures: list[list[int]] = Field(description="按行排列，每行一列一个数字")
    failing: list[str] = Field(description="没有通过的核对")


@router.get(
    "/annual/tables",
    response={200: list[TableOut], **REFUSED},
    summary="党内统计表",
    description="一个党组织及其下级截至某一天的党内统计表，和页面上的数字相同。",
    url_name="annual_tables",
    operation_id="annual_tables",
)
@api_operation("annual.view")
def tables(request: Request, filters: Query[TablesFilter]) -> list[TableOut]:  # noqa: ARG001 - every operation is handed the request
    """The figures of one organisation and all below it."""
    report = Report.ready(find(Organization, pk=filters.organization), filters.day.replace(month=1, day=1), filters.day)
    chosen = [report.table(filters.table)] if filters.table else report.tables.values()
    return [_out(report, one) for one in chosen]


def _out(report: Report, one: Table) -> TableOut:
    return TableOut(
        table=one.code,
        title=one.title,
        edition=one.edition,
        rows=[_line(row) for row in one.rows],
        columns=[_line(column) for column in one.columns],
        figures=report.figures(one).tolist(),
        failing=[failure.check.title for failure in report.failures(one)],
    )


def _line(one: Line) -> LineOut:
    return LineOut(code=one.code, title=one.title, depth=one.depth)


class ReportOut(Schema):
    """The report of an organisation for a period, once it was submitted."""

    organization_id: int = Field(description="党组织编号")
    period: str = Field(description="报告期，如 2026 或 2027-H1")
    state: State = Field(description="submitted 已上报、accepted 已接收、returned 已退回、taken_back 已撤回")
    submitted_on: dt.date = Field(description="上报日期")
    decided_at: dt.datetime | None = Field(description="接收或退回时间")
    note: str = Field(description="核对不平的说明")
    reason: str = Field(description="退回或撤回的原因")

    @staticmethod
    def resolve_period(row: Submission) -> str:
        """As addresses name it."""
        return row.span.code


REPORTS = ProgramList(
    name="annual:all_reports",
    title="统计上报记录",
    permission="annual.view",
    rows=lambda _asked: Submission.objects.all(),
    columns=(
        Column("上报日期", "submitted_on", DAY, sort="-submitted_on"),
        Column("统计期至", "until", DAY, sort="-until"),
    ),
    order=("-until", "organization__path"),
    filters=(OrganizationFilter(), Choice("state", "状态", State.choices)),
)
operation(
    router,
    "/annual/reports",
    REPORTS,
    ReportOut,
    description="已经上报过的党内统计报表和办到哪一步；还没有上报的，见应办事项 annual.*。",
)
