"""Data quality for programs: what is to be mended, and the figures of the months."""

import datetime as dt

from ninja import Router, Schema
from pydantic import Field

from dangjian.engines.quality.models import Flaw
from dangjian.engines.quality.queries.checks import title_of
from dangjian.engines.quality.views.flaws import FLAWS
from dangjian.engines.quality.views.statistics import STATISTICS
from dangjian.org import statistics
from dangjian.org.lists import operation

router = Router()


class FlawOut(Schema):
    """A record that fails a check."""

    id: int
    organization_id: int = Field(description="记录所属的党组织编号")
    keeper_id: int = Field(description="由哪个党组织补正")
    member_id: int | None = Field(description="记录所属的党员编号")
    about: str = Field(description="记录")
    text: str = Field(description="问题")
    check: str = Field(description="检查项")
    sort: str = Field(description="completeness 完整、validity 规范、agreement 一致、timeliness 及时")
    found_on: dt.date = Field(description="发现日期")
    explanation: str = Field(description="说明")

    @staticmethod
    def resolve_check(row: Flaw) -> str:
        """As the page calls it."""
        return title_of(row.check_code)


operation(
    router,
    "/quality/flaws",
    FLAWS,
    FlawOut,
    description="要补正的记录；录入晚了的和已说明的另行筛选。",
)
statistics.operation(
    router,
    "/quality/statistics",
    STATISTICS,
    description="一个党组织及其下级每月检查的记录数和没有问题的记录数，按完整、规范、一致、及时。",
)
