import io
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dangjian.accounts.models import Event, User
from dangjian.activities.meetings import actions, panels
from dangjian.activities.meetings.models import Meeting, MeetingKindRow
from dangjian.kernel import clock, spreadsheets
from tests import make
from tests.activities.meetings.conftest import World, held, instant, sitting
from tests.activities.meetings.pages import as_member, as_neighbour, as_secretary, signed_in
from tests.days import in_days


def test_the_start_page_says_what_waits(world: World) -> None:
    meeting = held(world)
    page = as_secretary(world).get(reverse("meetings:home"), follow=True).content.decode()
    assert f"记录待整理：{meeting.title}" in page
    minutes = actions.draft_minutes(actor=world.actor(2), meeting=meeting)
    page = as_secretary(world).get(reverse("meetings:home"), follow=True).content.decode()
    assert f"记录待整理：{meeting.title}" in page, "a draft is not submitted yet"
    actions.save_minutes(actor=world.actor(2), meeting=meeting, text=minutes.text, ready=True)
    page = as_secretary(world).get(reverse("meetings:home"), follow=True).content.decode()
    assert f"记录待确认：{meeting.title}" in page


def test_the_start_page_shows_the_next_meetings_and_what_is_still_owed(world: World) -> None:
    meeting = world.call(title="虚构下周大会", sittings=[sitting("14:00", "15:00", days=7)])
    answer = as_secretary(world).get(reverse("meetings:home"), follow=True)
    assert [row.pk for row in answer.context["coming"]] == [meeting.pk]
    assert "theme_day" in {each["kind"].code for each in answer.context["due"]}


def test_the_list_is_filtered_sorted_and_limited_to_what_may_be_seen(world: World) -> None:
    first = world.call(title="虚构甲会", sittings=[sitting("09:00", "10:00", days=2)])
    second = world.call(title="虚构乙会", kinds=["theme_day"], sittings=[sitting("09:00", "10:00", days=32)])
    client, address = as_secretary(world), reverse("meetings:list")

    def found(**query: object) -> list[int]:
        return [row.pk for row in client.get(address, query).context["page_obj"]]

    assert found() == [second.pk, first.pk]
    assert found(sort="held_on") == [first.pk, second.pk]
    assert found(kind="theme_day") == [second.pk]
    assert found(q="甲") == [first.pk]
    assert found(until=in_days(7)) == [first.pk]
    assert found(status="draft") == []
    assert found(organization=world.other.pk) == [second.pk, first.pk], "an organisation out of reach is no filter"
    assert found(since="nonsense", sort="nonsense", page="99") != []
    assert [row.pk for row in as_neighbour(world).get(address).context["page_obj"]] == []
    assert as_member(world).get(address).status_code == 403


@pytest.mark.day("2026-11-23")
def test_the_figures_of_week_and_month_open_their_meetings(world: World) -> None:
    world.call(title="虚构周日会", sittings=[sitting("09:00", "10:00", days=6)])
    world.call(title="虚构月底会", sittings=[sitting("09:00", "10:00", days=7)])
    office = signed_in(make.grant(world.top, "party_office").user)
    week = office.get(reverse("meetings:home"), follow=True).context["week"]
    assert (week["today"], week["week"], week["month"]) == (0, 1, 2)
    for name, since, until in (("week", "monday", "sunday"), ("month", "first", "last")):
        found = office.get(reverse("meetings:list"), {"since": week[since].isoformat(), "until": week[until].isoformat()})
        assert len(found.context["page_obj"]) == week[name]


def test_drafts_are_shown_to_those_who_prepare_them_only(world: World) -> None:
    world.plan()
    office = signed_in(make.grant(world.top, "party_office").user)
    assert len(as_secretary(world).get(reverse("meetings:list")).context["page_obj"]) == 1
    assert list(office.get(reverse("meetings:list")).context["page_obj"]) == []


def test_statistics_lead_down_to_meetings_and_members(world: World) -> None:
    meeting = held(world)
    office = signed_in(make.grant(world.top, "party_office").user)
    answer = office.get(reverse("meetings:statistics"))
    assert [tile["value"] for tile in answer.context["tiles"]][:3] == ["1", "6", "4"]
    row = next(row for row in answer.context["tables"][0]["rows"] if row["title"] == world.branch.short_name)
    assert office.get(row["cells"][0].url).context["page_obj"][0].pk == meeting.pk
    absent = next(cell for cell in row["cells"] if cell.label == "缺席")
    assert {one.member for one in office.get(absent.url).context["page_obj"]} == {world.people[4], world.people[5]}
    people = office.get(reverse("meetings:statistics_people"), {"organization": world.branch.pk})
    assert [row.absent for row in people.context["page_obj"]][:2] == [1, 1]
    year = office.get(reverse("meetings:member_year", args=[world.people[4].pk]))
    assert [tile["value"] for tile in year.context["tiles"]] == ["1", "0", "0", "1", "0"]
    assert [row.meeting.pk for row in year.context["page_obj"]] == [meeting.pk]


@pytest.mark.day("2026-11-23")
def test_the_workbench_draws_the_last_twelve_months_and_each_bar_opens_its_meetings(world: World) -> None:
    meeting = held(world)
    world.call(title="虚构还没有开的会")
    office = signed_in(make.grant(world.top, "party_office").user)
    page = office.get("/").content.decode()
    assert "近十二个月组织生活" in page
    with clock.at("2027-10-31 09:00"):
        shown = panels.year_panel(_asked_by(make.grant(world.top, "party_office").user))
    assert shown is not None
    assert (shown["months"]["categories"][0], shown["months"]["categories"][-1]) == ("2026年11月", "2027年10月")
    assert shown["months"]["series"][0]["values"] == [1] + [0] * 11
    assert dict(zip(shown["children"]["categories"], shown["children"]["series"][0]["values"], strict=True)) == {
        world.branch.short_name: 1,
        world.other.short_name: 0,
    }
    for url in (shown["url"], shown["months"]["series"][0]["urls"][0], shown["children"]["series"][0]["urls"][0]):
        assert [row.pk for row in office.get(url).context["page_obj"]] == [meeting.pk]
        assert f'href="{url.split("&since")[0]}'.replace("&", "&amp;") in page, "it opens without a script too"
    assert list(office.get(shown["months"]["series"][0]["urls"][1]).context["page_obj"]) == []


def test_the_charts_load_for_those_who_oversee_several_branches_only(world: World) -> None:
    held(world)
    for who in (as_secretary(world), as_member(world)):
        page = who.get("/").content.decode()
        assert "data-chart" not in page
        assert "近十二个月组织生活" not in page


def test_the_months_and_organisations_of_a_chart_ask_the_same_number_of_questions(
    world: World, django_assert_num_queries: Any
) -> None:
    held(world)
    for _ in range(4):
        make.branch(world.top)
    asked = _asked_by(make.grant(world.top, "party_office").user)
    assert asked.actor.may("meetings.statistics")  # type: ignore[attr-defined]  # reads the roles
    with django_assert_num_queries(4):
        panels.year_panel(asked)


def _asked_by(user: User) -> HttpRequest:
    request = HttpRequest()
    request.actor = make.actor(user)  # type: ignore[attr-defined]  # as the gate does
    return request


@pytest.mark.day("2026-11-23")
def test_statistics_of_a_quarter_and_a_month_leave_out_the_rest(world: World) -> None:
    held(world)
    client, address = as_secretary(world), reverse("meetings:statistics")
    for period, number in (("2026", 1), ("2026-Q4", 1), ("2026-11", 1), ("2026-Q3", 0), ("2025", 0), ("nonsense", 1)):
        tiles = client.get(address, {"period": period}).context.get("tiles")
        assert (tiles[0]["value"] if tiles else "0") == str(number), period


def test_the_page_of_a_member_has_what_they_came_to(world: World) -> None:
    meeting = held(world)
    address = reverse("members:detail", args=[world.people[0].pk])
    page = as_secretary(world).get(address, {"tab": "meetings"}).content.decode()
    assert f'<a href="{reverse("meetings:detail", args=[meeting.pk])}">{meeting.title}</a>' in page


def test_the_register_lists_the_year(world: World) -> None:
    meeting = held(world)
    answer = as_secretary(world).get(reverse("meetings:register"), {"organization": world.branch.pk, "year": clock.today().year})
    assert [row.pk for row in answer.context["meetings"]] == [meeting.pk]
    assert f'<a href="{reverse("meetings:detail", args=[meeting.pk])}">{meeting.title}</a>' in answer.content.decode()
    assert answer.context["unfinished"] == 1
    assert as_neighbour(world).get(reverse("meetings:register"), {"organization": world.branch.pk}).status_code == 404


def test_search_and_panels(world: World) -> None:
    meeting = held(world)
    client = as_secretary(world)
    assert meeting.title in client.get("/search/", {"q": meeting.title[:6]}).content.decode()
    assert panels.find_meetings("没有这样的", 5) == []
    assert f"记录待整理：{meeting.title}" in client.get("/").content.decode()
    shown = client.get(reverse("org:detail", args=[world.branch.pk]), {"tab": "meetings"}).content.decode()
    assert meeting.title in shown


def test_a_list_of_many_meetings_asks_the_database_no_more(world: World, django_assert_max_num_queries: object) -> None:
    client, address = as_secretary(world), reverse("meetings:list")
    for number in range(12):
        world.call(title=f"虚构会议{number}")
    assert Meeting.objects.count() == 12
    with django_assert_max_num_queries(40):  # type: ignore[operator]  # a fixture of pytest-django
        client.get(address)


def test_the_number_in_the_menu_is_one_question(world: World, django_assert_num_queries: Any) -> None:
    held(world)
    held(world, title="虚构第二次")
    late = world.call(title="虚构没有开的会", sittings=[sitting("09:00", "10:00", days=1)])
    actions.answer(actor=world.actor(3), meeting=late, coming=False, reason="出差")
    asked = _asked_by(world.people[0].user)
    assert asked.actor.may("meetings.record")  # type: ignore[attr-defined]  # reads the roles
    with clock.at(instant("09:00", days=3)), django_assert_num_queries(1):
        assert panels.waiting_number(asked) == 3, "a meeting that waits for two things is one meeting"


def _rows_of(answer: Any, *headers: str) -> list[spreadsheets.Row]:
    """The rows of a spreadsheet that was sent."""
    file = io.BytesIO(b"".join(answer.streaming_content))
    return list(spreadsheets.read(file, filename="统计.xlsx", known_headers=set(headers)))


def test_the_statistics_go_out_as_a_sheet(world: World) -> None:
    held(world)
    answer = as_secretary(world).get(reverse("meetings:statistics_sheet"), {"organization": world.branch.pk})
    rows = _rows_of(answer, "分组", "项目")
    total = rows[0]
    assert (total.text("分组"), total.text("会议次数"), total.text("应到"), total.text("实到")) == ("合计", "1", "6", "4")
    assert total.text("到会率%") == "66.7"
    assert {row.text("分组") for row in rows} == {"合计", "按党组织", "按月份", "按类型"}


def test_the_members_go_out_as_filtered_and_the_trail_says_so(world: World) -> None:
    held(world)
    chosen = {"organization": world.branch.pk, "q": world.people[4].name, "sort": "name"}
    answer = as_secretary(world).get(reverse("meetings:statistics_people_sheet"), chosen)
    rows = _rows_of(answer, "姓名", "党支部")
    assert [(row.text("姓名"), row.text("缺席"), row.text("到会率%")) for row in rows] == [(world.people[4].name, "1", "0")]
    assert Event.objects.get(verb="meetings.people_exported").summary == f"导出“{world.branch}”党员到会情况（1条）"


def test_who_may_not_call_is_not_offered_to_call_again(world: World) -> None:
    meeting = world.call()
    again = reverse("meetings:new") + "?kind=general_meeting"
    office = signed_in(make.grant(world.top, "party_office").user)
    page = office.get(reverse("meetings:detail", args=[meeting.pk])).content.decode()
    assert again not in page
    assert "更多操作" not in page
    assert again in as_secretary(world).get(reverse("meetings:detail", args=[meeting.pk])).content.decode()


def test_what_is_the_branchs_own_opens_its_own_meetings(world: World) -> None:
    group, own = make.group(world.branch), held(world)
    of_group = held(world, title="虚构党小组会")
    for rows in (Meeting.objects.filter(pk=of_group.pk), MeetingKindRow.objects.filter(meeting=of_group)):
        rows.update(organization=group)
    client = as_secretary(world)
    rows = client.get(reverse("meetings:statistics"), {"organization": world.branch.pk}).context["tables"][0]["rows"]
    assert [(row["title"], row["cells"][0].text) for row in rows] == [
        (f"{world.branch.short_name}（本级）", "1"),
        (group.short_name, "1"),
    ]
    for row, meeting in zip(rows, (own, of_group), strict=True):
        assert [one.pk for one in client.get(row["cells"][0].url).context["page_obj"]] == [meeting.pk]
        assert {one.meeting for one in client.get(row["cells"][1].url).context["page_obj"]} == {meeting}


def test_a_members_year_can_be_taken_along_and_the_trail_says_so(world: World) -> None:
    held(world)
    answer = as_secretary(world).get(reverse("meetings:member_year_sheet", args=[world.people[4].pk]))
    assert [row.text("出席") for row in _rows_of(answer, "会议", "日期")] == ["缺席"]
    assert Event.objects.filter(verb="meetings.people_exported", summary__contains=world.people[4].name).exists()


def test_the_page_of_an_organisation_counts_only_the_meetings_that_it_shows(world: World) -> None:
    meeting = held(world)
    with CaptureQueriesContext(connection) as captured:
        shown = as_secretary(world).get(reverse("org:detail", args=[world.branch.pk]), {"tab": "meetings"}).content.decode()
    assert meeting.title in shown
    [counting] = [one["sql"] for one in captured.captured_queries if 'AS "came"' in one["sql"]]
    assert '"meetings_meeting"."id" IN (' in counting
