"""Statistics with drill-down: organisation → meetings, members, attendances; and a member's year."""

from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html

from dangjian.activities.meetings import queries
from dangjian.activities.meetings.models import TOOK_PLACE, Attendance, Presence
from dangjian.activities.meetings.queries import Figures
from dangjian.activities.meetings.views.home import ALL_HELD, CALL, MEETINGS
from dangjian.kernel import codes
from dangjian.kernel.gate import Request
from dangjian.kernel.lists import DAY, NUMBER, STATE, Asked, Choice, Column, Empty, ListPage, State
from dangjian.kernel.lists.within import Within, Years, chosen
from dangjian.kernel.statistics import PERCENT, Chart, Measure, Opens, Statistics, tiles
from dangjian.kernel.statistics import Asked as Counting
from dangjian.kernel.ui import words
from dangjian.members.lists import by_person
from dangjian.members.models import Member
from dangjian.org.gate import find
from dangjian.org.lists import OrganizationFilter, on_trail
from dangjian.org.statistics import Organizations


def _crumbs(asked: Asked) -> list[tuple[str, str]]:
    return [("组织生活", reverse("meetings:home")), ("统计", STATISTICS.address(asked.request))]


EXPORTED = on_trail("meetings.people_exported")
CAME = "present"
"""Stands for everybody who came, on site or not."""
PRESENCES = [(CAME, "实到"), *((one.value, one.label) for one in Presence if one not in {Presence.UNKNOWN, Presence.PRESENT})]


def _kinds(_asked: Asked) -> Any:
    return codes.get("meeting_kind").choices


def _kind() -> Choice:
    return Choice("kind", "类型", _kinds, "全部类型", rows=lambda rows, kind: queries.of_kind(rows, kind, "meeting"))


def _year_of(row: Attendance) -> str:
    """Of a meeting that took place, which has its day."""
    assert row.meeting.held_on  # noqa: S101 - ``queries.due`` asks for it
    return f"{reverse('meetings:member_year', args=[row.member_id])}?year={row.meeting.held_on.year}"


def presence_of(row: Attendance) -> State:
    """How somebody was present."""
    return State(row.presence, row.get_presence_display())


def _meeting(row: Attendance) -> str:
    return format_html('<a href="{}">{}</a>', reverse("meetings:detail", args=[row.meeting_id]), row.meeting.title)


ATTENDANCES = ListPage(
    name="meetings:statistics_attendances",
    title="出席明细",
    permission="meetings.statistics",
    frame="meetings/statistics_frame.html",
    crumbs=_crumbs,
    rows=lambda _asked: queries.due().select_related("member__branch", "meeting__organization"),
    columns=(
        Column("姓名", "member.name", sort="member__name_sort", key="name"),
        Column("党支部", "member.branch.short_name", sort="member__branch__path", key="branch", width=28),
        Column("会议", "meeting.title", sort="meeting__title", key="meeting", drawn=_meeting, width=36),
        Column("日期", "meeting.held_on", DAY, sort="-meeting__held_on", key="day"),
        Column("召开", "meeting.organization.short_name", sort="meeting__organization__path", key="organization", width=28),
        Column("出席", presence_of, STATE, sort="presence"),
    ),
    order=("-meeting__held_on", "member__name_sort"),
    row=_year_of,
    filters=(
        by_person(),
        OrganizationFilter(field="meeting__organization", tells_own=True),
        Within(field="meeting__held_on"),
        _kind(),
        Choice("presence", "出席", PRESENCES, "全部应到", rows=queries.with_presence),
    ),
    empty=Empty("users", "这一年还没有应到的会议", "会议结束后，应到的人和出席情况会出现在这里。"),
    exported=EXPORTED,
)

PEOPLE = ListPage(
    name="meetings:statistics_people",
    title="党员到会情况",
    permission="meetings.statistics",
    frame="meetings/statistics_frame.html",
    crumbs=_crumbs,
    rows=lambda _asked: queries.member_figures(queries.due()),
    pk="member_id",
    columns=(
        Column("姓名", "member__name", sort="member__name_sort", key="name"),
        Column("党支部", "member__branch__short_name", sort="member__branch__path", key="branch", width=28),
        Column("应到", "due", NUMBER, sort="-due", key="due"),
        Column("实到", "present", NUMBER, sort="-present", key="present"),
        Column("其中线上", "online", NUMBER, on_page=False),
        Column("请假", "leave", NUMBER, sort="-leave", key="leave"),
        Column("缺席", "absent", NUMBER, sort="-absent", key="absent"),
        Column("已补课", "made_up", NUMBER, sort="-made_up", key="made_up"),
        Column("到会率", lambda row: row.present / row.due if row.due else None, PERCENT, header="到会率%"),
    ),
    order=("-absent", "member__name_sort"),
    row=lambda row: reverse("meetings:member_year", args=[row.member_id]),
    filters=(
        by_person(),
        OrganizationFilter(field="meeting__organization", tells_own=True),
        Within(field="meeting__held_on"),
        _kind(),
    ),
    empty=Empty("users", "这一年还没有应到的会议", "会议结束后，每名党员的到会情况会出现在这里。"),
    exported=EXPORTED,
    is_tiled=True,
)

HELD = Opens(MEETINGS, {"status": ALL_HELD}, by_days=True)
"""The list of the meetings that a figure counts."""


def _note(total: Figures) -> str:
    note = f"共 {words.number(total.sittings)} 场"
    return f"{note}，其中启用前补记 {words.number(total.before)} 次" if total.before else note


def _opens(presence: str) -> Opens:
    return Opens(ATTENDANCES, {"presence": presence})


PEOPLE_MEASURES = (
    Measure("应到", "due", unit="人次", icon="users", opens=Opens(ATTENDANCES)),
    Measure("实到", "present", unit="人次", icon="user-check", of="due", rate="到会率", opens=_opens(CAME)),
    Measure("其中线上", "online", on_tile=False, in_table=False),
    Measure("请假", "leave", unit="人次", icon="calendar-off", opens=_opens("leave")),
    Measure("缺席", "absent", unit="人次", icon="user-x", tone="warn", opens=_opens("absent")),
    Measure("已补课", "made_up", unit="人次", icon="book", opens=_opens("made_up")),
)

STATISTICS = Statistics(
    name="meetings:statistics",
    title="组织生活统计",
    permission="meetings.statistics",
    frame="meetings/statistics_frame.html",
    crumbs=(("组织生活", "meetings:home"),),
    intro="只计已经召开的会议。",
    over=Organizations(),
    counted=queries.LIFE,
    measures=(
        Measure(
            "会议",
            "meetings",
            unit="次",
            icon="calendar-event",
            header="会议次数",
            note=_note,
            tone="bad",
            tone_at="none",
            opens=HELD,
        ),
        Measure("场次", "sittings", on_tile=False, in_table=False),
        Measure("启用前补记", "before", on_tile=False, in_table=False),
        *PEOPLE_MEASURES,
    ),
    splits=(queries.BY_MONTH, queries.BY_KIND),
    charts=(Chart("各党组织会议次数", "organization", ("会议",)), Chart("各月到会率", "month", ("到会率",), "line")),
    links=(("按党员查看", "users", Opens(PEOPLE)),),
    notes=("启用前的会议是补记的历史资料，不计入应到和到会率。",),
    is_none=lambda total: not total.meetings,
    empty=Empty("chart-bar", "这个期间还没有召开会议", "会议结束后会计入这里；也可以换一个党组织、期间或类型再看。", CALL),
)


def _member(_request: Request, pk: int) -> Member:
    found: Member = find(Member.objects.select_related("branch"), pk=pk)
    return found


def _of_member(asked: Asked) -> QuerySet[Attendance]:
    rows: QuerySet[Attendance] = Attendance.objects.filter(member=asked.of, meeting__status__in=TOOK_PLACE)
    return rows.select_related("meeting__organization", "make_up")


def _year_tiles(asked: Asked) -> dict[str, object]:
    """Figures of all meetings of the year to which the member was due, whatever page is shown."""
    year = Counting.of(None, chosen(asked.values, "year"), member=asked.of.pk)
    own = [replace(one, unit="次") for one in PEOPLE_MEASURES]
    return {"tiles": tiles(own, queries.OWN_LIFE.total(year, "month"))}


def presence_drawn(row: Attendance) -> str:
    """How somebody was present, and that it is history where it was before their branch went live."""
    shown = presence_of(row)
    if row.meeting.is_before_live:
        return format_html("<span>{} {}</span>", STATE.shown(shown), STATE.shown(State("history", "启用前", "neutral")))
    return STATE.shown(shown)


MEMBER_YEAR = ListPage(
    name="meetings:member_year",
    title=lambda asked: f"{asked.of.name}的参会记录",
    permission="meetings.view",
    frame="meetings/statistics_frame.html",
    of=_member,
    crumbs=(("组织生活", "meetings:home"),),
    intro=lambda asked: f"{asked.of.branch.short_name} · {chosen(asked.values, 'year').label}",
    rows=_of_member,
    columns=(
        Column("会议", "meeting.title", sort="meeting__title", key="meeting", width=36),
        Column("日期", "meeting.held_on", DAY, sort="meeting__held_on", key="day"),
        Column("召开", "meeting.organization.short_name", sort="meeting__organization__path", key="organization", width=28),
        Column("身份", lambda row: row.get_role_display(), sort="role"),
        Column("出席", presence_of, STATE, sort="presence", drawn=presence_drawn),
    ),
    order=("-meeting__held_on",),
    row=lambda row: reverse("meetings:detail", args=[row.meeting_id]),
    filters=(Years(field="meeting__held_on"),),
    above="ui/statistics/tiles.html",
    more=_year_tiles,
    missed=lambda _asked: Empty("calendar-off", "这一年没有参会记录", "换一个年份再看。"),
    empty=Empty("calendar-off", "今年还没有参会记录", "会议结束后会自动出现在这里。"),
    exported=EXPORTED,
)
