"""Letters of introduction, who came and went, and the figures, for programs."""

import datetime as dt

from ninja import Router, Schema
from pydantic import Field

from dangjian.activities.transfers.views.letters import LETTERS
from dangjian.activities.transfers.views.statistics import MOVES, STATISTICS
from dangjian.org import statistics
from dangjian.org.lists import operation


class LetterOut(Schema):
    """A letter of introduction as the list has it; no identity numbers."""

    id: int
    case_id: int = Field(description="办理事项的编号")
    direction: str = Field(description="out 转出、in 转入")
    number: str
    name: str
    category: str = Field(description="1 正式党员、2 预备党员")
    kind: str = Field(
        description="within_system 本系统内、within_province 省内、cross_province 跨省、cross_system 军队等、abroad 国（境）外"
    )
    counterpart: str
    issued_on: dt.date
    valid_days: int
    ends_on: dt.date
    paid_to: dt.date | None
    state: str = Field(description="out 有效或者已过期、received 已接收、void 已作废、returned 已收回")
    settled_on: dt.date | None
    took_days: int | None


class MoveOut(Schema):
    """A line of the membership account by which somebody came or went."""

    id: int
    member_id: int
    organization_id: int
    kind: str
    effective_on: dt.date
    counterpart_name: str
    document: str


router = Router()

operation(
    router,
    "/transfers/letters",
    LETTERS,
    LetterOut,
    description="组织关系介绍信：不写状态的列没有了结的，先到期的在前。",
)
operation(router, "/transfers/moves", MOVES, MoveOut, description="已经办成的转入和转出，最近的在前。")
statistics.operation(
    router,
    "/transfers/statistics",
    STATISTICS,
    description="一个党组织及其下级在一段时间里转入、转出的人数，开出的介绍信和平均办理天数。",
)
