"""The tab “党费” on the page of an organisation."""

from dangjian.activities.dues.oversight.actions.arrears import RUNNING
from dangjian.activities.dues.oversight.models import ArrearsCase
from dangjian.activities.dues.oversight.queries.figures import DUES, Figures
from dangjian.activities.dues.oversight.views.statistics import MEASURES, STATISTICS
from dangjian.kernel import clock
from dangjian.kernel.gate import Request
from dangjian.kernel.lists import MONTH, NUMBER, YUAN, Column, Table
from dangjian.kernel.periods import YEAR, Span
from dangjian.kernel.statistics import Asked, tiles
from dangjian.org.models import Organization
from dangjian.org.scope import opened

MONTHS = 6
SHOWN = ("应交", "已交", "按期交纳", "欠交")


LAST_MONTHS: Table[tuple[object, Figures]] = Table(
    "最近各月党费",
    (
        Column("月份", lambda row: row[0], MONTH),
        Column("应交", lambda row: row[1].owed_fen, YUAN),
        Column("已交", lambda row: row[1].paid_fen, YUAN),
        Column("未交清", lambda row: row[1].unsettled, NUMBER, unit="人"),
    ),
    is_compact=True,
)


def organization_panel(request: Request, organization: Organization) -> dict[str, object] | None:
    """The year's dues of an organisation, its last months, and arrears to be handled; nothing for a group."""
    if organization.is_group:
        return None
    asked = Asked.of(organization, Span.of(clock.today(), YEAR))
    with opened(request.actor.scope_of("dues.statistics")):
        months = DUES(asked, "month")
        cases = ArrearsCase.objects.filter(organization__path__startswith=organization.path, state__in=RUNNING).count()
    total = DUES.sum(months.values())
    return {
        "organization": organization,
        "year": asked.since.year,
        "total": total,
        "months": LAST_MONTHS.of(sorted(months.items(), reverse=True)[:MONTHS]),
        "cases": cases,
        "url": STATISTICS.url(asked),
        "tiles": tiles([one for one in MEASURES if one.title in SHOWN], total, asked, STATISTICS.over.parameters(asked)),
        "is_money": True,
    }
