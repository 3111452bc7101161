"""Lists are declared: one ``ListPage`` gives the page, its cards on a phone, filters, orders and the spreadsheet of all rows.

    INSPECTIONS = ListPage(
        name="dues:inspections",
        title="党费工作检查",
        permission="dues.view",
        rows=lambda asked: Inspection.objects.select_related("organization"),
        columns=(
            Column("党组织", "organization.short_name", sort="organization__path"),
            Column("检查日期", "checked_on", DAY, sort="checked_on"),
        ),
        order=("-year", "-checked_on"),
        row="dues:inspection",
        filters=(Choice("year", "年度", years, usual="全部"),),
        empty=Empty("clipboard-check", "还没有登记检查", "检查结束后，把检查情况和整改要求登记下来。"),
    )
    urlpatterns = [*INSPECTIONS.paths("inspections/")]

No column may ask the database for each row: ``rows`` reads with, or ``load`` adds for a whole page. ``docs/lists.md`` has it all.
"""

from dangjian.kernel.lists.alone import PageFilters
from dangjian.kernel.lists.api import ProgramList
from dangjian.kernel.lists.asking import Asked
from dangjian.kernel.lists.buttons import Act, Empty, RowAction, Several, Start
from dangjian.kernel.lists.columns import (
    CODE,
    DAY,
    DUE,
    LINE,
    MOMENT,
    MONTH,
    NUMBER,
    PROSE,
    STATE,
    TEXT,
    YUAN,
    Column,
    Kind,
    State,
    state_of,
)
from dangjian.kernel.lists.filters import ALL, AsOf, Choice, DayField, Days, Filter, Named, Search, SearchBox
from dangjian.kernel.lists.grouped import groups_of
from dangjian.kernel.lists.listing import DECLARED, Drawn, Listing
from dangjian.kernel.lists.loaded import Loaded
from dangjian.kernel.lists.pages import ListPage
from dangjian.kernel.lists.paging import page_of
from dangjian.kernel.lists.parts import ListPart
from dangjian.kernel.lists.tables import Table

__all__ = [
    "ALL",
    "CODE",
    "DAY",
    "DECLARED",
    "DUE",
    "LINE",
    "MOMENT",
    "MONTH",
    "NUMBER",
    "PROSE",
    "STATE",
    "TEXT",
    "YUAN",
    "Act",
    "AsOf",
    "Asked",
    "Choice",
    "Column",
    "DayField",
    "Days",
    "Drawn",
    "Empty",
    "Filter",
    "Kind",
    "ListPage",
    "ListPart",
    "Listing",
    "Loaded",
    "Named",
    "PageFilters",
    "ProgramList",
    "RowAction",
    "Search",
    "SearchBox",
    "Several",
    "Start",
    "State",
    "Table",
    "groups_of",
    "page_of",
    "state_of",
]
