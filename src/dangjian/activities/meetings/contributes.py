"""What organisational life offers to the house."""

from dangjian.activities.meetings import built_on, case_steps, decided, duties, own, panels, populations, reminders
from dangjian.activities.meetings.api import router
from dangjian.activities.meetings.jobs import clear_registers, make_register
from dangjian.activities.meetings.quality import CHECKS
from dangjian.activities.meetings.queries.contact import came, on_leave
from dangjian.activities.meetings.queries.guests import took_part
from dangjian.activities.meetings.queries.matters import matters
from dangjian.kernel.gate import SIGNED_IN
from dangjian.kernel.offers import (
    ApiRouter,
    BackgroundTask,
    DailyJob,
    HomePanel,
    MenuItem,
    ObjectPanel,
    Permission,
    SearchSource,
    Waiting,
)
from dangjian.members.offers import GuestLife, LastContact, MemberMatters, NotComing
from dangjian.org import roles

OFFERS = (
    Permission("meetings.view", "查看组织生活", roles.RUNNERS),
    Permission("meetings.attend", "参加组织生活", roles.RUNNERS | {roles.MEMBER}, reach="own"),
    Permission("meetings.call", "召集会议", roles.RUNNERS, reach="own"),
    Permission("meetings.record", "记录会议", roles.RUNNERS, reach="own"),
    Permission("meetings.confirm", "确认会议记录", roles.LEADERS | {roles.GROUP_LEADER}, reach="own"),
    Permission("meetings.statistics", "查看组织生活统计", roles.RUNNERS),
    MenuItem(
        "组织生活",
        "meetings:home",
        "calendar-event",
        "meetings.attend",
        order=20,
        tab="组织生活",
        tab_order=20,
        badge=panels.waiting_number,
    ),
    HomePanel("meetings.mine", "meetings/mine_panel.html", SIGNED_IN, own.panel, order=5),
    HomePanel(
        "meetings.year",
        "meetings/panel_year.html",
        "meetings.statistics",
        panels.year_panel,
        place="workbench",
        order=20,
    ),
    Waiting(
        "meetings.records",
        "会议要办的事",
        "calendar-event",
        "meetings.record",
        "meetings:home",
        panels.waiting_number,
        panels.matters,
        order=10,
    ),
    HomePanel("meetings", "meetings/panel_home.html", "meetings.record", panels.home_panel, order=20),
    ObjectPanel(
        "organization",
        "meetings",
        "组织生活",
        "meetings/panel_organization.html",
        "meetings.view",
        panels.organization_panel,
        order=30,
    ),
    ObjectPanel("member", "meetings", "参会", "meetings/panel_member.html", "meetings.view", panels.member_panel, order=30),
    BackgroundTask("meetings.register", make_register),
    DailyJob("meetings.registers", "清理过期的工作手册文件", clear_registers, at="03:50"),
    SearchSource("会议", "calendar-event", "meetings.view", panels.find_meetings, order=30),
    built_on.OFFER,
    case_steps.OFFER,
    decided.OFFER,
    reminders.OFFER,
    ApiRouter("meetings", "组织生活", router, order=30),
    MemberMatters("meetings", matters),
    LastContact("meeting", "最近参会", came, "member", "meeting__held_on", order=10),
    NotComing("meetings", on_leave, order=20),
    GuestLife("meetings", took_part),
    *duties.OFFERS,
    *CHECKS,
    *populations.OFFERS,
)
