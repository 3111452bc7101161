"""Contact for programs: who is to be contacted, who is away, who came, who is searched for. No phones, and no texts."""

import datetime as dt

from ninja import Router, Schema
from pydantic import Field

from dangjian.activities.contact.views.abroad import ABROAD_STATISTICS
from dangjian.activities.contact.views.away import AWAY
from dangjian.activities.contact.views.guests import GUESTS
from dangjian.activities.contact.views.people import PEOPLE
from dangjian.activities.contact.views.searches import SEARCHES
from dangjian.activities.contact.views.statistics import LOST_STATISTICS, STATISTICS
from dangjian.org import statistics
from dangjian.org.lists import operation


class SilentOut(Schema):
    """A member to be contacted, with the last days of contact that are on record."""

    id: int
    name: str
    branch_id: int
    contact_meeting: dt.date | None = Field(description="最近一次参加组织生活")
    contact_dues: dt.date | None = Field(description="最近一次交纳党费")
    contact_noted: dt.date | None = Field(description="最近一次登记联系")
    silent_since: dt.date = Field(description="从这一天起没有联系")
    lost_from: dt.date = Field(description="联系的期限；很久没有消息的，为满失联认定时间的日期")
    search_id: int | None = Field(description="正在进行的查找")


class AwayOut(Schema):
    """A member who is or was away."""

    id: int
    member_id: int
    direction: str = Field(description="city 本市、province 省内、other_province 外省、study_abroad 出国学习、abroad 其他出国")
    place: str
    since_on: dt.date
    until_on: dt.date | None
    is_fixed: bool
    led_by: str
    certificate: str
    contact_on: dt.date | None
    due_on: dt.date = Field(description="下次联系不晚于这一天")
    ended_on: dt.date | None
    end: str


class GuestOut(Schema):
    """A floating member who came from another organisation."""

    id: int
    name: str
    organization_id: int
    home: str
    came_from: str
    certificate: str
    since_on: dt.date
    until_on: dt.date | None
    left_on: dt.date | None


class SearchOut(Schema):
    """A search for a member out of contact; neither what was tried nor what was found."""

    id: int
    member_id: int
    state: str = Field(description="searching 正在查找、lost 已认定失联、concluded 多方查找无果、found 已取得联系、ended 已终止")
    silent_since: dt.date
    began_on: dt.date
    reason: str
    lost_on: dt.date | None
    concluded_on: dt.date | None
    found_on: dt.date | None
    outcome: str
    ended_on: dt.date | None


router = Router()

operation(router, "/contact/people", PEOPLE, SilentOut, description="很久没有消息的党员；who=away 列外出要联系的。")
operation(router, "/contact/away", AWAY, AwayOut, description="流出党员：不写状态的列正在外出的。")
operation(router, "/contact/guests", GUESTS, GuestOut, description="流入党员：不写状态的列在这里的。")
operation(router, "/contact/searches", SEARCHES, SearchOut, description="查找失联党员：不写状态的列要办理的。")
statistics.operation(
    router, "/contact/statistics", STATISTICS, description="一个党组织及其下级的流动党员：一段时间里和期末的人数。"
)
statistics.operation(
    router, "/contact/lost-statistics", LOST_STATISTICS, description="一个党组织及其下级的失联党员：一段时间里和期末的人数。"
)
statistics.operation(
    router,
    "/contact/abroad-statistics",
    ABROAD_STATISTICS,
    description="一个党组织及其下级的出国（境）党员和留学回国党员：一段时间里和期末的人数。",
)
