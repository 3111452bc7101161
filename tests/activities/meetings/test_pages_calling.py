import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from dangjian.accounts.models import Event
from dangjian.activities.meetings import actions
from dangjian.activities.meetings.models import Meeting, Status
from dangjian.engines.notifications.models import Notification
from dangjian.kernel import clock
from dangjian.kernel.ui import words
from tests import make
from tests.activities.meetings.conftest import World, held, instant, present, sitting
from tests.activities.meetings.pages import as_member, as_neighbour, as_secretary, form, signed_in
from tests.contracts.forms import form_with
from tests.days import in_days

NEW = "/meetings/new/?kind=general_meeting"


def test_the_kinds_of_a_branch_are_offered_as_cards(world: World) -> None:
    page = as_secretary(world).get("/meetings/new/").content.decode()
    assert "支部党员大会" in page
    assert "党小组会" not in page
    assert f"kind=general_meeting&amp;organization={world.branch.pk}" in page


def test_a_meeting_that_was_held_already_is_written_down_from_the_same_page(world: World) -> None:
    client = as_secretary(world)
    yesterday = in_days(-1)
    way = f"/meetings/new/?organization={world.branch.pk}&amp;on={yesterday}"
    assert f'href="{way}">补记会议' in client.get("/meetings/new/").content.decode()
    page = client.get(way.replace("&amp;", "&")).content.decode()
    assert "补记什么会？" in page
    assert f"?organization={world.branch.pk}&amp;on={yesterday}&amp;kind=general_meeting" in page


def test_the_form_is_filled_in_from_the_last_meeting(world: World) -> None:
    held(world, place="虚构二号会议室")
    answer = as_secretary(world).get(f"{NEW}&organization={world.branch.pk}&on={in_days(17)}")
    initial = answer.context["form"].initial
    assert initial["place"] == "虚构二号会议室"
    assert initial["chair"] == world.people[0].pk
    assert answer.context["sittings"].forms[0].initial["on"] == in_days(17)


def test_sending_calls_the_meeting_and_tells_everybody(world: World) -> None:
    answer = as_secretary(world).post(NEW, form(world) | {"call": "1"})
    meeting = Meeting.objects.get()
    assert answer.url == reverse("meetings:detail", args=[meeting.pk])
    assert meeting.status == Status.CALLED
    assert meeting.attendances.count() == 6
    assert [item.title for item in meeting.agenda.all()] == ["虚构议题"]
    assert Notification.objects.count() == 5


def test_a_draft_tells_nobody(world: World) -> None:
    as_secretary(world).post(NEW, form(world) | {"draft": "1"})
    assert Meeting.objects.get().status == Status.DRAFT
    assert not Notification.objects.exists()


def test_a_mistake_keeps_what_was_typed_and_writes_nothing(world: World) -> None:
    answer = as_secretary(world).post(NEW, form(world, **{"s-0-ends": "13:00", "title": "我写的名称"}) | {"call": "1"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "结束时间应晚于开始时间" in page
    assert "我写的名称" in page
    assert not Meeting.objects.exists()


def test_a_day_far_ahead_is_asked_about_before_anybody_is_called(world: World) -> None:
    client, day = as_secretary(world), in_days(200)
    answer = client.post(NEW, form(world, **{"s-0-on": day}) | {"call": "1"})
    assert answer.status_code == 422
    assert "请核对年份" in answer.content.decode()
    assert 'name="s-0-is_sure"' in answer.content.decode()
    assert not Meeting.objects.exists()
    client.post(NEW, form(world, **{"s-0-on": day, "s-0-is_sure": "on"}) | {"call": "1"})
    meeting = Meeting.objects.get()
    assert (meeting.status, meeting.held_on) == (Status.CALLED, day)
    kept = form(world, **{"s-0-pk": meeting.sittings.get().pk, "s-0-on": day, "title": "另一个名称"}) | {"save": "1"}
    client.post(reverse("meetings:edit", args=[meeting.pk]), kept)
    assert Meeting.objects.get().title == "另一个名称", "a day that was meant is not asked about again"


def test_a_refusal_of_the_call_leaves_no_draft_behind(world: World) -> None:
    answer = as_secretary(world).post(NEW, form(world, place="") | {"call": "1"})
    assert answer.status_code == 422
    assert "请填写会议地点" in answer.content.decode()
    assert not Meeting.objects.exists()


def test_a_meeting_of_a_past_day_is_written_down_instead_of_called(world: World) -> None:
    client, day = as_secretary(world), in_days(-26)
    page = client.get(f"{NEW}&organization={world.branch.pk}&on={day}").content.decode()
    assert 'name="begin"' in page
    assert 'name="call"' not in page
    refused = client.post(NEW, form(world, **{"s-0-on": day}) | {"call": "1"})
    assert refused.status_code == 422
    assert 'name="begin"' in refused.content.decode(), "the refusal shows the button that helps"
    assert not Meeting.objects.exists()
    client.post(NEW, form(world, **{"s-0-on": day}) | {"begin": "1"})
    meeting = Meeting.objects.get()
    assert (meeting.status, meeting.held_on) == (Status.RUNNING, day)
    assert not Notification.objects.exists()
    assert Event.objects.get(verb="meetings.begun").summary == f"补记{words.short_day(day)}召开的“虚构第四季度党员大会”"


def test_a_meeting_to_come_is_never_written_down(world: World) -> None:
    answer = as_secretary(world).post(NEW, form(world) | {"begin": "1"})
    assert answer.status_code == 422
    assert "今天还不能开始" in answer.content.decode()
    assert not Meeting.objects.exists()


def test_only_what_was_held_is_enough(world: World) -> None:
    def note() -> str:
        cards = as_secretary(world).get("/meetings/new/").context["cards"]
        return next(card["note"] for card in cards if card["kind"].code == "general_meeting")

    assert "本期还没有开" in note()
    meeting = world.call()
    assert f"已召集，{words.short_day(meeting.held_on)}召开" in note()
    assert "本期已开够" not in note()
    with clock.at(instant("14:00")):
        actions.begin(actor=world.secretary, meeting=meeting)
        assert "本期已开够" not in note()
        present(world, meeting, (0, 1, 2, 3))
    with clock.at(instant("15:30")):
        actions.end(actor=world.secretary, meeting=meeting)
    assert "本期已开够" in note()
    assert "已召集" not in note()


@pytest.mark.parametrize(
    ("at", "times"),
    [("09:00", ("14:00", "15:30")), ("20:10", ("20:30", "22:00")), ("20:30", ("21:00", "22:30"))],
)
def test_today_is_proposed_for_a_time_still_to_come(world: World, at: str, times: tuple[str, str]) -> None:
    with clock.at(instant(at)):
        answer = as_secretary(world).post(NEW, form(world) | {"part": f"on-{in_days(0)}"}, headers={"HX-Request": "true"})
        row = answer.context["sittings"].forms[0]
        assert row["on"].value() == in_days(0).isoformat()
        assert (row["starts"].value(), row["ends"].value()) == times


def _writing_down(world: World, day: dt.date) -> str:
    return f"/meetings/new/?kind=theme_day&organization={world.branch.pk}&on={day}"


def test_nothing_is_copied_from_a_meeting_still_to_be_held(world: World) -> None:
    world.call(
        kinds=["theme_day"],
        is_fixed_day=True,
        sittings=[sitting("22:30", "23:30", days=1)],
        agenda=[actions.AgendaPlan("还没有开的会的议题")],
    )
    page = as_secretary(world).get(_writing_down(world, in_days(-30)))
    assert page.context["sittings"].forms[0].initial["starts"] == dt.time(15)
    assert "还没有开的会的议题" not in page.content.decode()
    assert not page.context["form"].initial["is_fixed_day"]


@pytest.mark.day("2026-11-23")
def test_the_name_follows_the_day_until_somebody_types_one(world: World) -> None:
    client, address = as_secretary(world), _writing_down(world, dt.date(2026, 11, 20))
    page = client.get(address)
    proposed, shown_for = page.context["form"]["title"].value(), page.context["proposed_on"]
    assert proposed == "2026年11月主题党日"
    typed = form(world, kinds=["theme_day"], title=proposed, proposed_on=shown_for, **{"s-0-on": "2026-10-20"})
    answer = client.post(address, typed | {"part": "keep"}, headers={"HX-Request": "true"})
    assert answer.context["form"]["title"].value() == "2026年10月主题党日"
    own = client.post(address, typed | {"title": "我写的名称", "part": "keep"}, headers={"HX-Request": "true"})
    assert own.context["form"]["title"].value() == "我写的名称"
    client.post(address, typed | {"begin": "1"})
    assert Meeting.objects.get().title == "2026年10月主题党日"


@pytest.mark.day("2026-11-23")
def test_the_agenda_follows_the_day_too_but_for_what_somebody_typed(world: World) -> None:
    agenda = [
        actions.AgendaPlan("虚构2026年11月重点工作"),
        actions.AgendaPlan("虚构11月7日来文"),
        actions.AgendaPlan("虚构11月小结"),
    ]
    held(world, kinds=["theme_day"], agenda=agenda)
    client, address = as_secretary(world), _writing_down(world, dt.date(2026, 11, 20))
    shown = [row["title"].value() for row in client.get(address).context["agenda"]]
    assert shown == ["虚构2026年11月重点工作", "虚构11月7日来文", "虚构11月小结"]
    rows = {f"a-{number}-title": title for number, title in enumerate([*shown[:2], "我写的议题"])}
    rows |= {"a-TOTAL_FORMS": "3", **{f"a-{number}-type": "discussion" for number in range(3)}}
    typed = form(world, kinds=["theme_day"], proposed_on="2026-11-20", **{"s-0-on": "2026-10-20"}) | rows
    answer = client.post(address, typed | {"part": "keep"}, headers={"HX-Request": "true"})
    now = [row["title"].value() for row in answer.context["agenda"]]
    assert now == ["虚构2026年10月重点工作", "虚构11月7日来文", "我写的议题"]
    assert answer.context["proposed_on"] == "2026-10-20"


@pytest.mark.day("2026-11-23")
def test_a_day_typed_wrongly_is_put_right_and_the_name_with_it(world: World) -> None:
    client, address = as_secretary(world), f"/meetings/new/?kind=theme_day&organization={world.branch.pk}"
    page = client.get(address)
    right = page.context["form"]["title"].value()
    typed = form(world, kinds=["theme_day"], title=right, proposed_on=page.context["proposed_on"])
    wrong = client.post(address, typed | {"call": "1", "s-0-on": "2026-10-25"})
    assert wrong.context["form"]["title"].value() == "2026年10月主题党日"
    assert "日期填错了的" in wrong.content.decode()
    assert 'name="call"' in wrong.content.decode()
    shown = typed | {"title": wrong.context["form"]["title"].value(), "proposed_on": wrong.context["proposed_on"]}
    client.post(address, shown | {"call": "1", "s-0-on": "2026-11-25"})
    assert Meeting.objects.get().title == right == "2026年11月主题党日"


def test_a_day_to_come_is_refused_where_something_is_written_down(world: World) -> None:
    day = in_days(9)
    typed = form(world, kinds=["theme_day"], **{"s-0-on": day.isoformat()})
    answer = as_secretary(world).post(_writing_down(world, in_days(-1)), typed | {"begin": "1"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "补记只用于已经开过的会议" in page
    assert f"?kind=theme_day&amp;organization={world.branch.pk}&amp;on={day}" in page
    assert 'name="call"' not in page
    assert not Meeting.objects.exists()


def test_a_night_shift_may_end_after_midnight(world: World) -> None:
    as_secretary(world).post(NEW, form(world, **{"s-0-starts": "23:30", "s-0-ends": "00:30"}) | {"call": "1"})
    sitting = Meeting.objects.get().sittings.get()
    assert sitting.ends_at - sitting.starts_at == dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("part", "sittings", "agenda", "ahead"),
    [
        ("add-s", 2, 1, 1),
        ("add-a", 1, 2, 1),
        ("remove-a-0", 1, 0, 1),
        ("on-{}", 1, 1, 8),
        ("keep", 1, 1, 1),
        ("remove-s-99", 1, 1, 1),
        ("on-nonsense", 1, 1, 1),
    ],
)
def test_rows_are_added_and_taken_away_without_checking(world: World, part: str, sittings: int, agenda: int, ahead: int) -> None:
    first_day = in_days(ahead).isoformat()
    part = part.format(first_day)
    answer = as_secretary(world).post(NEW, form(world, title="") | {"part": part}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    assert len(answer.context["sittings"].forms) == sittings
    assert len(answer.context["agenda"].forms) == agenda
    assert answer.context["sittings"].forms[0]["on"].value() == first_day
    assert not Meeting.objects.exists()


def test_a_second_sitting_follows_the_first(world: World) -> None:
    answer = as_secretary(world).post(NEW, form(world) | {"part": "add-s"})
    second = answer.context["sittings"].forms[1]
    assert (second["on"].value(), second["starts"].value(), second["ends"].value()) == (in_days(1).isoformat(), "15:30", "17:00")


def test_two_sittings_are_one_meeting(world: World) -> None:
    more = {"s-TOTAL_FORMS": "2", "s-1-on": in_days(1).isoformat(), "s-1-starts": "20:00", "s-1-ends": "21:00"}
    as_secretary(world).post(NEW, form(world, **more) | {"call": "1"})
    assert Meeting.objects.get().sittings.count() == 2


def test_a_member_may_not_call(world: World) -> None:
    client = as_member(world)
    assert client.get(NEW).status_code == 403
    assert client.post(NEW, form(world)).status_code == 403
    assert not Meeting.objects.exists()


def test_a_neighbour_does_not_find_the_branch(world: World) -> None:
    answer = as_neighbour(world).post(f"{NEW}&organization={world.branch.pk}", form(world) | {"call": "1"})
    assert answer.status_code == 404
    assert not Meeting.objects.exists()


def test_a_neighbour_finds_no_meeting_and_nobody_is_asked_to_sign_in(world: World) -> None:
    meeting = world.call()
    address = reverse("meetings:detail", args=[meeting.pk])
    assert as_neighbour(world).get(address).status_code == 404
    assert "sign-in" in signed_in(None).get(address).url


def test_an_office_reads_but_does_not_call_for_a_branch(world: World) -> None:
    office = make.grant(world.top, "party_office").user
    meeting = world.call()
    client = signed_in(office)
    assert client.get(reverse("meetings:detail", args=[meeting.pk])).status_code == 200
    assert client.get(reverse("meetings:edit", args=[meeting.pk])).status_code == 403
    assert client.post(reverse("meetings:cancel", args=[meeting.pk]), {"reason": "虚构"}).status_code == 403
    assert Meeting.objects.get().status == Status.CALLED


def test_a_called_meeting_is_moved_and_people_are_told(world: World) -> None:
    meeting = world.call()
    Notification.objects.all().delete()
    sitting = meeting.sittings.get()
    data = form(world, **{"s-0-pk": sitting.pk, "s-0-on": in_days(3).isoformat(), "title": meeting.title}) | {"save": "1"}
    as_secretary(world).post(reverse("meetings:edit", args=[meeting.pk]), data)
    assert Meeting.objects.get().held_on == in_days(3)
    assert Notification.objects.filter(title__startswith="会议有变动").count() == 5


def test_calling_off_asks_for_a_reason(world: World) -> None:
    meeting = world.call()
    address = reverse("meetings:cancel", args=[meeting.pk])
    answer = as_secretary(world).post(address, {"reason": ""})
    assert answer.status_code == 422
    assert "请填写取消原因" in answer.content.decode()
    assert Meeting.objects.get().status == Status.CALLED
    as_secretary(world).post(address, {"reason": "防台风"})
    assert Meeting.objects.get().status == Status.CANCELLED


def test_leave_is_decided_for_several_at_once(world: World) -> None:
    meeting = world.call()
    for number in (3, 4):
        actions.answer(actor=world.actor(number), meeting=meeting, coming=False, reason="值班")
    rows = [world.row(meeting, number).pk for number in (3, 4)]
    address = reverse("meetings:leave", args=[meeting.pk])
    as_secretary(world).post(address, {"pk": rows, "decision": "refuse", "note": ""})
    assert {world.row(meeting, number).answer for number in (3, 4)} == {"leave_asked"}
    as_secretary(world).post(address, {"pk": rows, "decision": "grant", "note": ""})
    assert {world.row(meeting, number).answer for number in (3, 4)} == {"leave_granted"}


def test_leave_that_somebody_decided_meanwhile_is_left_out_and_named(world: World) -> None:
    meeting = world.call()
    for number in (0, 3, 4):
        actions.answer(actor=world.actor(number), meeting=meeting, coming=False, reason="出差在外")
    own, mine, other = (world.row(meeting, number) for number in (0, 3, 4))
    actions.decide_leave(actor=world.actor(1), attendance=other, grant=False, note="须参加表决")
    data = {"pk": [own.pk, mine.pk, other.pk], "decision": "grant"}
    page = as_secretary(world).post(reverse("meetings:leave", args=[meeting.pk]), data, follow=True).content.decode()
    assert "已准假 1 人" in page
    assert f"{own.member.name}、{other.member.name}的请假没有改动" in page
    answers = [world.row(meeting, number).answer for number in (0, 3, 4)]
    assert answers == ["leave_asked", "leave_granted", "leave_refused"]


def test_requests_for_leave_are_ticked_one_by_one(world: World) -> None:
    meeting = world.call()
    for number in (3, 4):
        actions.answer(actor=world.actor(number), meeting=meeting, coming=False, reason="出差在外")
    page = as_secretary(world).get(reverse("meetings:detail", args=[meeting.pk]) + "?tab=people").content.decode()
    assert form_with(page, "note").get("pk") is None


def test_a_member_decides_on_no_leave(world: World) -> None:
    meeting = world.call()
    actions.answer(actor=world.actor(4), meeting=meeting, coming=False, reason="值班")
    row = world.row(meeting, 4)
    answer = as_member(world).post(reverse("meetings:leave", args=[meeting.pk]), {"pk": row.pk, "decision": "grant"})
    assert answer.status_code == 403
    row.refresh_from_db()
    assert row.answer == "leave_asked"


def _general_branch(world: World) -> tuple[Any, Any]:
    """A general branch over a branch with two members, one of them its secretary; and the secretary of the general branch."""
    general = make.general_branch(world.top, name="虚构总支")
    below = make.branch(general, name="虚构下级支部")
    people = [make.member(below, with_user=True) for _ in range(2)]
    make.post(below, "secretary", people[0].user)
    leader = make.member(world.branch, with_user=True)
    make.post(general, "secretary", leader.user)
    return general, (leader, *people)


def test_a_general_branch_picks_its_committee_and_the_officers_below(world: World) -> None:
    general, (leader, officer, plain) = _general_branch(world)
    page = signed_in(leader.user).get(reverse("meetings:new"), {"kind": "heart_talk", "organization": general.pk})
    found = {pk for pk, _ in page.context["form"].fields["member_ids"].choices}
    assert found >= {leader.pk, officer.pk}
    assert plain.pk not in found


def test_a_general_branch_calls_everybody_below_to_a_lecture(world: World) -> None:
    general, (leader, officer, plain) = _general_branch(world)
    meeting = actions.plan(
        actor=make.actor(leader.user),
        organization=general,
        kinds=["party_lecture"],
        title="虚构总支党课",
        sittings=[sitting()],
        place="虚构礼堂",
        chair=leader,
        audience="members",
    )
    actions.call(actor=make.actor(leader.user), meeting=meeting)
    assert set(meeting.attendances.values_list("member_id", flat=True)) == {officer.pk, plain.pk}
