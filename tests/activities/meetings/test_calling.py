import datetime as dt
from typing import Any

import pytest

from dangjian.accounts.models import Event
from dangjian.activities.meetings import actions, queries
from dangjian.activities.meetings.actions import AgendaPlan
from dangjian.activities.meetings.models import AgendaItem, Attendance, Meeting, MeetingKindRow, Sitting, Status
from dangjian.engines.notifications.models import Notification
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from dangjian.org.models import Organization
from dangjian.org.scope import opened
from tests import make
from tests.activities.meetings.conftest import World, instant, sitting


def counts() -> tuple[int, ...]:
    tables = (Meeting, MeetingKindRow, Sitting, Attendance, AgendaItem, Notification, Event)
    return tuple(table.objects.count() for table in tables)


def test_a_planned_meeting_lists_everybody_and_tells_nobody(world: World) -> None:
    meeting = world.plan(agenda=[AgendaPlan("学习有关文件")])
    assert meeting.status == Status.DRAFT
    assert meeting.attendances.count() == 6
    assert meeting.held_on == clock.today()
    assert meeting.kinds.get().held_on == meeting.held_on
    assert meeting.agenda.get().title == "学习有关文件"
    assert not Notification.objects.exists()


def test_calling_tells_everybody_but_the_caller(world: World) -> None:
    meeting = world.call()
    assert meeting.status == Status.CALLED
    told = set(Notification.objects.values_list("user_id", flat=True))
    assert told == {person.user_id for person in world.people[1:]}
    assert "14:00" in Notification.objects.first().body
    assert Event.objects.filter(verb="meetings.called", subject_id=meeting.pk).count() == 1


def test_whoever_joined_since_the_draft_is_called_too(world: World) -> None:
    meeting = world.plan()
    late = make.member(world.branch)
    actions.call(actor=world.secretary, meeting=meeting)
    assert meeting.attendances.filter(member=late).exists()


def test_one_meeting_serves_several_kinds_and_several_sittings_count_once(world: World) -> None:
    meeting = world.call(
        kinds=["general_meeting", "theme_day"],
        sittings=[sitting("09:00", "10:00", days=1), sitting("20:00", "21:00")],
    )
    assert meeting.kind_titles == "支部党员大会、主题党日"
    assert {row.held_on for row in meeting.kinds.all()} == {clock.today()}
    assert set(meeting.attendances.values_list("sitting", flat=True)) == {None}


def test_a_committee_meeting_calls_the_committee(world: World) -> None:
    meeting = world.call(kinds=["committee_meeting"], audience="committee", recorder=world.people[1])
    assert set(meeting.attendances.values_list("member", flat=True)) == {world.people[0].pk, world.people[1].pk}


def test_chosen_people_and_observers(world: World) -> None:
    meeting = world.call(
        kinds=["heart_talk"],
        audience="chosen",
        member_ids=[world.people[3].pk],
        observer_ids=[world.stranger.pk],
    )
    assert dict(meeting.attendances.values_list("member", "role")) == {
        world.people[3].pk: "attendee",
        world.stranger.pk: "observer",
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kinds": []}, "kinds"),
        ({"kinds": ["group_meeting"]}, "kinds"),
        ({"kinds": ["no_such_kind"]}, "kinds"),
        ({"title": "  "}, "title"),
        ({"mode": "somewhere"}, "mode"),
        ({"online_url": "javascript:alert(1)"}, "online_url"),
        ({"sittings": [("14:00", "14:00")]}, "ends_at"),
        ({"sittings": [("14:00", "15:30")] * 2}, "starts_at"),
        ({"agenda": [AgendaPlan(" ")]}, "title"),
    ],
)
def test_what_cannot_be_planned(world: World, change: dict[str, Any], field: str) -> None:
    if "sittings" in change:
        change = {"sittings": [sitting(*hours) for hours in change["sittings"]]}
    before = counts()
    with pytest.raises(Invalid) as refusal:
        world.plan(**change)
    assert field in refusal.value.fields
    assert counts() == before


def test_a_meeting_is_not_called_decades_ahead(world: World) -> None:
    before, starts_at = counts(), clock.now().replace(year=clock.today().year + 2, month=1, day=5)
    with pytest.raises(Invalid, match="最多安排到明年年底") as refusal:
        world.plan(sittings=[actions.SittingPlan(starts_at, starts_at + dt.timedelta(hours=1))])
    assert "starts_at" in refusal.value.fields
    assert counts() == before
    starts_at = starts_at.replace(year=clock.today().year + 1, month=12)
    assert world.plan(sittings=[actions.SittingPlan(starts_at, starts_at + dt.timedelta(hours=1))]).held_on


def test_the_recorder_is_not_the_chair_unless_the_branch_is_tiny(world: World) -> None:
    with pytest.raises(Invalid, match="修改"):
        world.plan(recorder=world.people[0])
    tiny = make.branch(world.top)
    only = make.member(tiny, with_user=True)
    make.post(tiny, "secretary", only.user)
    assert actions.plan(
        actor=make.actor(only.user),
        organization=tiny,
        kinds=["theme_day"],
        title="主题党日",
        chair=only,
        recorder=only,
    )


@pytest.mark.parametrize(
    ("change", "field"), [({"place": ""}, "place"), ({"chair": None}, "chair"), ({"sittings": []}, "starts_at")]
)
def test_an_incomplete_meeting_is_not_called(world: World, change: dict[str, object], field: str) -> None:
    meeting = world.plan(**change)
    before = counts()
    with pytest.raises(Invalid) as refusal:
        actions.call(actor=world.secretary, meeting=meeting)
    assert field in refusal.value.fields
    assert counts() == before
    meeting.refresh_from_db()
    assert meeting.status == Status.DRAFT


def test_a_past_meeting_is_not_called(world: World) -> None:
    meeting = world.plan()
    with clock.at(instant("16:00")), pytest.raises(Invalid, match="已经过去"):
        actions.call(actor=world.secretary, meeting=meeting)


def test_calling_twice_is_refused_and_tells_nobody_again(world: World) -> None:
    meeting = world.call()
    before = counts()
    with pytest.raises(Conflict):
        actions.call(actor=world.secretary, meeting=meeting)
    assert counts() == before


def test_a_plain_member_and_a_neighbour_may_not_call(world: World) -> None:
    before = counts()
    with pytest.raises(PermissionDenied):
        actions.plan(actor=world.actor(3), organization=world.branch, kinds=["general_meeting"], title="大会")
    with pytest.raises(NotFound):
        actions.plan(actor=make.actor(world.stranger.user), organization=world.branch, kinds=["general_meeting"], title="大会")
    assert counts() == before


def test_a_change_of_time_is_told_a_change_of_title_is_not(world: World) -> None:
    meeting = world.call()
    told = Notification.objects.count()
    actions.update(actor=world.secretary, meeting=meeting, title="2026年第四季度党员大会")
    assert Notification.objects.count() == told
    only = meeting.sittings.get()
    moved = actions.SittingPlan(only.starts_at.replace(hour=10), only.ends_at.replace(hour=11), pk=only.pk)
    changed = actions.update(actor=world.secretary, meeting=meeting, sittings=[moved])
    assert Notification.objects.count() == told + 5
    lines = Notification.objects.filter(title__startswith="会议有变动").first().body.splitlines()
    assert [line for line in lines if line.startswith("【变动】")] == [lines[0]], "the time has changed, the place has not"
    assert changed.sittings.get().pk == only.pk


def test_a_meeting_under_way_keeps_its_time_and_people(world: World) -> None:
    meeting = world.call()
    actions.begin(actor=world.secretary, meeting=meeting)
    with pytest.raises(Conflict, match="已经开始"):
        actions.update(actor=world.secretary, meeting=meeting, sittings=[sitting()])


def test_cancelling_needs_a_reason_once_people_were_told(world: World) -> None:
    meeting = world.call()
    with pytest.raises(Invalid):
        actions.cancel(actor=world.secretary, meeting=meeting, reason=" ")
    actions.cancel(actor=world.secretary, meeting=meeting, reason="生产任务冲突")
    assert Notification.objects.filter(title__startswith="会议取消").count() == 5
    with pytest.raises(Conflict):
        actions.begin(actor=world.secretary, meeting=meeting)


def test_the_agenda_is_kept_in_order(world: World) -> None:
    meeting = world.plan(agenda=[AgendaPlan("一"), AgendaPlan("二")])
    third = actions.add_agenda_item(actor=world.actor(2), meeting=meeting, item=AgendaPlan("三", "vote"))
    first, second = meeting.agenda.all()[:2]
    actions.order_agenda(actor=world.secretary, meeting=meeting, item_ids=[third.pk, first.pk, second.pk])
    assert [item.title for item in meeting.agenda.all()] == ["三", "一", "二"]
    with pytest.raises(Conflict):
        actions.order_agenda(actor=world.secretary, meeting=meeting, item_ids=[first.pk, second.pk])
    actions.edit_agenda_item(actor=world.actor(2), item=second, notes="大家一致认为……")
    actions.remove_agenda_item(actor=world.secretary, item=first)
    assert [item.notes for item in meeting.agenda.all()] == ["", "大家一致认为……"]
    with pytest.raises(PermissionDenied):
        actions.add_agenda_item(actor=world.actor(4), meeting=meeting, item=AgendaPlan("四"))


def test_nobody_from_elsewhere_is_named_by_number(world: World) -> None:
    ordinary = make.member(world.other)
    before = Meeting.objects.count()
    officer = make.post(world.top, "deputy_secretary", make.member(world.other, with_user=True).user).user.member
    with opened(world.secretary.scope_of("meetings.call")):
        for named in ({"observer_ids": [ordinary.pk]}, {"audience": "chosen", "member_ids": [ordinary.pk]}):
            with pytest.raises(Invalid):
                world.plan(**named)
        assert Meeting.objects.count() == before
        meeting = world.plan(observer_ids=[officer.pk])
        assert meeting.attendances.filter(member=officer).exists()


def test_what_the_yearly_notice_asks_for_may_be_held_early_in_the_next_year(world: World) -> None:
    late = {"kinds": ["org_life_meeting"], "sittings": [sitting("2026-03-08 14:00", "2026-03-08 15:30")]}
    meeting = world.plan(for_year=2025, **late)
    assert (meeting.for_year, meeting.kinds.get().counts_on) == (2025, dt.date(2025, 12, 31))
    assert world.plan(for_year=2026, **late).for_year is None
    too_late = late | {"sittings": [sitting("2026-04-01 14:00", "2026-04-01 15:30")]}
    with pytest.raises(Invalid) as refusal:
        world.plan(for_year=2025, **too_late)
    assert "2026年度" in refusal.value.fields["for_year"]
    assert "年度通知" in refusal.value.citation
    actions.update(actor=world.secretary, meeting=meeting, kinds=["general_meeting"])
    meeting.refresh_from_db()
    assert (meeting.for_year, meeting.kinds.get().counts_on) == (None, None)


def test_the_year_before_is_proposed_while_it_is_open(world: World) -> None:
    Organization.objects.filter(pk=world.branch.pk).update(live_on=dt.date(2024, 1, 1))
    world.branch.refresh_from_db()
    with clock.at("2026-01-10 09:00"):
        proposed = queries.propose(organization=world.branch, kinds=["org_life_meeting"], on=dt.date(2026, 1, 20))
        assert (proposed.for_year, proposed.title) == (2025, "2025年度组织生活会")
        assert queries.propose(organization=world.branch, kinds=["general_meeting"], on=dt.date(2026, 1, 20)).for_year is None
        assert queries.propose(organization=world.branch, kinds=["org_life_meeting"], on=dt.date(2026, 4, 1)).for_year is None


def test_a_plain_member_does_not_preside_over_the_general_meeting(world: World) -> None:
    meeting = world.plan(chair=world.people[3])
    with pytest.raises(Invalid) as refusal:
        actions.call(actor=world.secretary, meeting=meeting)
    assert "书记" in refusal.value.fields["chair"]
    assert "第十四条" in refusal.value.citation
    assert world.call(chair=world.people[1]).status == Status.CALLED
