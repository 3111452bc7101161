from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections

from dangjian.accounts.models import Event
from dangjian.activities.meetings import actions, checkin
from dangjian.activities.meetings.models import Attendance, Meeting, Method, Presence, Status
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied, Refusal
from dangjian.kernel.ui import words
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.meetings.conftest import World, instant, make_world, sitting
from tests.days import in_days


def token(meeting: Meeting) -> str:
    return checkin.token(meeting.sittings.first().pk, clock.now())


def code(meeting: Meeting) -> str:
    return checkin.current_code(meeting.sittings.first().pk, clock.now())


def refused(doing: Callable[[], object]) -> Refusal:
    """The refusal of ``doing``, which must not have written anything."""
    before = (Event.objects.count(), list(Attendance.objects.order_by("pk").values()))
    with pytest.raises(Refusal) as refusal:
        doing()
    assert (Event.objects.count(), list(Attendance.objects.order_by("pk").values())) == before
    return refusal.value


def test_scanning_checks_in_once_however_often_it_is_tapped(world: World) -> None:
    meeting = world.call()
    with clock.at(instant("13:50")):
        first = actions.check_in(actor=world.actor(3), token=token(meeting))
        second = actions.check_in(actor=world.actor(3), token=token(meeting))
    assert (first.is_new, second.is_new) == (True, False)
    assert (first.at, first.title) == (second.at, second.title)
    row = world.row(meeting, 3)
    assert (row.presence, row.method, row.sitting) == (Presence.PRESENT, Method.CODE, meeting.sittings.get())
    event = Event.objects.get(verb="meetings.checked_in")
    assert (event.member_id, event.organization_path, event.subject_id) == (world.people[3].pk, world.branch.path, meeting.pk)


def test_typing_the_six_digits_checks_in(world: World) -> None:
    meeting = world.call()
    with clock.at(instant("13:50")):
        assert actions.check_in(actor=world.actor(3), code=code(meeting), meeting=meeting).is_new
        assert actions.check_in(actor=world.actor(4), code=code(meeting)).is_new


def test_a_check_in_is_one_statement(world: World, django_assert_num_queries: Any) -> None:
    meeting = world.call()
    with clock.at(instant("13:50")):
        text, actor = token(meeting), world.actor(3)
        # SQLite reads, then takes the seat and notes it with two statements between a savepoint and its release.
        with django_assert_num_queries(1 if connection.vendor == "postgresql" else 5):
            actions.check_in(actor=actor, token=text)


def test_a_check_in_leaves_the_same_event_as_everything_else(world: World) -> None:
    meeting = world.call()
    with clock.at(instant("13:50")):
        actions.check_in(actor=world.actor(3), token=token(meeting))
    event, other = Event.objects.get(verb="meetings.checked_in"), Event.objects.get(verb="meetings.called")
    assert (event.at, event.result, event.data, event.purpose) == (instant("13:50"), "done", {}, "")
    assert (event.actor, event.actor_name) == (world.people[3].user, world.people[3].user.name)
    for field in ("organization_id", "organization_path", "subject_type", "subject_id", "address", "purpose"):
        assert getattr(event, field) == getattr(other, field), field
    assert (event.member_id, event.summary) == (world.people[3].pk, f"签到：“{meeting}”")


def test_an_expired_code_is_refused(world: World) -> None:
    meeting = world.call()
    with clock.at(instant("13:50")):
        old_token, old_code = token(meeting), code(meeting)
    with clock.at(instant("13:51")):
        assert "过期" in refused(lambda: actions.check_in(actor=world.actor(3), token=old_token)).message
        assert "过期" in refused(lambda: actions.check_in(actor=world.actor(3), code=old_code, meeting=meeting)).message


def test_a_tap_that_waited_for_the_network_counts_as_of_its_own_moment_and_once(world: World, settings: Any) -> None:
    meeting = world.call()
    with clock.at(instant("13:50")):
        old_token, old_code = token(meeting), code(meeting)
    with clock.at(instant("13:53")):
        scanned = actions.check_in(actor=world.actor(3), token=old_token, waited=180)
        again = actions.check_in(actor=world.actor(3), token=old_token, waited=180)
        assert (scanned.at, scanned.is_new, again.is_new) == (instant("13:50"), True, False)
        assert actions.check_in(actor=world.actor(4), code=old_code, meeting=meeting, waited=180).is_new
        assert world.row(meeting, 4).checked_in_at == instant("13:50")
        assert set(Event.objects.filter(verb="meetings.checked_in").values_list("at", flat=True)) == {instant("13:53")}
        assert "过期" in refused(lambda: actions.check_in(actor=world.actor(2), token=old_token, waited=60)).message
        settings.CHECK_IN_TAP_KEPT_MINUTES = 2
        assert "过期" in refused(lambda: actions.check_in(actor=world.actor(2), token=old_token, waited=180)).message


def test_the_code_of_another_meeting_says_whose_it_is(world: World) -> None:
    meeting, other = world.call(), world.call(title="主题党日活动", kinds=["theme_day"])
    with clock.at(instant("13:50")):
        by_code = refused(lambda: actions.check_in(actor=world.actor(3), code=code(other), meeting=meeting))
        by_token = refused(lambda: actions.check_in(actor=world.actor(3), token=token(other), meeting=meeting))
    assert "主题党日活动" in by_code.message
    assert "主题党日活动" in by_token.message


def test_who_is_not_called_cannot_check_in(world: World) -> None:
    meeting = world.call()
    stranger = make.actor(world.stranger.user)
    with clock.at(instant("13:50")):
        refusal = refused(lambda: actions.check_in(actor=stranger, token=token(meeting)))
        assert isinstance(refusal, NotFound)
        assert "名单" in refusal.message
        assert isinstance(refused(lambda: actions.check_in(actor=stranger, code=code(meeting), meeting=meeting)), NotFound)
        assert isinstance(refused(lambda: actions.check_in(actor=make.SYSTEM, token=token(meeting))), NotFound)


def test_an_observer_from_another_branch_checks_in(world: World) -> None:
    meeting = world.call(observer_ids=[world.stranger.pk])
    with clock.at(instant("13:50")):
        assert actions.check_in(actor=make.actor(world.stranger.user), token=token(meeting)).is_new


@pytest.mark.parametrize(("at", "word"), [("12:59", "还没有开始"), ("15:31", "已经结束")])
def test_check_in_has_a_window(world: World, at: str, word: str) -> None:
    meeting = world.call()
    with clock.at(instant(at)):
        assert word in refused(lambda: actions.check_in(actor=world.actor(3), token=token(meeting))).message
        assert word in refused(lambda: actions.check_in(actor=world.actor(3), code=code(meeting), meeting=meeting)).message


@pytest.mark.parametrize("at", ["13:00", "15:30"])
def test_the_ends_of_the_window_belong_to_it(world: World, at: str) -> None:
    meeting = world.call()
    with clock.at(instant(at)):
        assert actions.check_in(actor=world.actor(3), token=token(meeting)).is_new
        assert actions.check_in(actor=world.actor(4), code=code(meeting)).is_new


def test_nobody_checks_in_to_a_cancelled_or_moved_meeting(world: World) -> None:
    meeting = world.call()
    with clock.at(instant("13:50")):
        old = token(meeting)
        actions.update(actor=world.secretary, meeting=meeting, sittings=[sitting("09:00", "10:00", days=1)])
        assert "改期" in refused(lambda: actions.check_in(actor=world.actor(3), token=old)).message
        actions.cancel(actor=world.secretary, meeting=meeting, reason="改期")
        assert "取消" in refused(lambda: actions.check_in(actor=world.actor(3), token=token(meeting))).message


def test_guessing_is_stopped_after_ten_tries_in_a_minute(world: World) -> None:
    meeting = world.call()
    with clock.at(instant("13:50")):
        right = code(meeting)
        wrong = f"{(int(right) + 1) % 1_000_000:06d}"
        for _ in range(10):
            assert "不对" in refused(lambda: actions.check_in(actor=world.actor(3), code=wrong, meeting=meeting)).message
        assert "太多" in refused(lambda: actions.check_in(actor=world.actor(3), code=right, meeting=meeting)).message
        assert actions.check_in(actor=world.actor(4), code=right, meeting=meeting).is_new
        assert actions.check_in(actor=world.actor(3), token=token(meeting)).is_new


def test_taking_part_from_afar(world: World) -> None:
    both = world.call(mode="both", online_url="https://meeting.example.com/1")
    online = world.call(title="线上党课", kinds=["party_lecture"], mode="online", online_url="https://meeting.example.com/2")
    onsite = world.call(title="现场会")
    with clock.at(instant("13:50")):
        assert actions.check_in(actor=world.actor(3), token=token(both), online=True).presence == Presence.ONLINE
        assert actions.check_in(actor=world.actor(4), token=token(both)).presence == Presence.PRESENT
        assert actions.check_in(actor=world.actor(3), token=token(online)).presence == Presence.ONLINE
        with pytest.raises(Conflict, match="只在现场召开，不能线上参加"):
            actions.check_in(actor=world.actor(3), token=token(onsite), online=True)
        assert world.row(onsite, 3).presence == Presence.UNKNOWN
        assert actions.check_in(actor=world.actor(3), token=token(onsite)).presence == Presence.PRESENT
        assert not actions.check_in(actor=world.actor(3), token=token(onsite), online=True).is_new
    assert world.row(online, 3).method == Method.ONLINE


def test_a_member_of_another_sitting_is_seated_where_they_check_in(world: World) -> None:
    meeting = world.call(sittings=[sitting(), sitting("20:00", "21:00")])
    evening = meeting.sittings.last()
    with clock.at(instant("19:55")):
        actions.check_in(actor=world.actor(3), token=checkin.token(evening.pk, clock.now()))
    assert world.row(meeting, 3).sitting == evening


def test_the_recorder_registers_by_hand_with_a_reason(world: World) -> None:
    meeting = world.call()
    rows = [world.row(meeting, 3).pk, world.row(meeting, 4).pk]
    recorder = world.actor(2)

    def by_hand(**more: str) -> int:
        return actions.check_in_by_hand(
            actor=recorder,
            meeting=meeting,
            attendance_ids=rows,
            **{"presence": "present", "reason": "手机没电", **more},
        )

    assert isinstance(refused(lambda: by_hand(reason=" ")), Invalid)
    assert isinstance(refused(lambda: by_hand(presence="made_up")), Invalid)
    assert isinstance(refused(lambda: by_hand(presence="online")), Invalid)
    assert by_hand() == 2
    assert by_hand() == 0
    row = world.row(meeting, 3)
    assert (row.presence, row.method, row.hand_reason, row.recorded_by_id) == ("present", "hand", "手机没电", recorder.user_id)
    assert Event.objects.filter(verb="meetings.presence_recorded").count() == 2
    assert by_hand(presence="unknown", reason="登记错人") == 2
    assert world.row(meeting, 3).checked_in_at is None


def test_a_plain_member_does_not_register_others(world: World) -> None:
    meeting = world.call()
    refusal = refused(
        lambda: actions.check_in_by_hand(
            actor=world.actor(4),
            meeting=meeting,
            attendance_ids=[world.row(meeting, 3).pk],
            presence="present",
            reason="代签",
        )
    )
    assert isinstance(refusal, PermissionDenied)


def test_rows_of_another_meeting_are_not_touched(world: World) -> None:
    meeting, other = world.call(), world.call(title="另一次")
    changed = actions.check_in_by_hand(
        actor=world.secretary,
        meeting=meeting,
        attendance_ids=[world.row(other, 3).pk],
        presence="present",
        reason="没带手机",
    )
    assert changed == 0
    assert world.row(other, 3).presence == Presence.UNKNOWN


def test_a_guest_is_added_while_the_meeting_runs(world: World) -> None:
    meeting = world.call()
    actions.begin(actor=world.secretary, meeting=meeting)
    row = actions.add_attendee(actor=world.secretary, meeting=meeting, member=world.stranger)
    assert (row.role, row.sitting) == ("observer", meeting.sittings.get())
    assert isinstance(
        refused(lambda: actions.add_attendee(actor=world.secretary, meeting=meeting, member=world.stranger)),
        Conflict,
    )


def test_beginning_notes_who_may_vote(world: World) -> None:
    meeting = world.call()
    assert actions.begin(actor=world.secretary, meeting=meeting).status == Status.RUNNING
    assert world.row(meeting, 3).eligible_voter is True
    assert world.row(meeting, 5).eligible_voter is False
    assert actions.begin(actor=world.secretary, meeting=meeting).status == Status.RUNNING


def test_who_is_due_is_who_belongs_on_the_day_whoever_came_or_went_since_the_notice(world: World) -> None:
    meeting = world.call(sittings=[sitting("09:00", "10:00", days=2)])
    gone, came, between, day = world.people[4], world.stranger, in_days(1), in_days(2)
    with clock.at(f"{between} 09:00"):
        account.move(actor=make.SYSTEM, members=[gone], to=world.other, effective_on=between)
        account.move(actor=make.SYSTEM, members=[came], to=world.branch, effective_on=between)
    with clock.at(f"{day} 09:00"):
        actions.begin(actor=world.secretary, meeting=meeting)
    due = {row.member_id for row in meeting.attendances.all()}
    assert due == {one.pk for one in world.people if one != gone} | {came.pk}
    assert meeting.attendances.get(member=came).eligible_voter is True


def test_a_meeting_that_is_written_down_has_on_its_list_who_has_left_since(world: World) -> None:
    account.leave(actor=make.SYSTEM, member=world.people[4], kind=ChangeKind.TRANSFERRED_OUT, effective_on=in_days(-1))
    meeting = world.plan(sittings=[sitting("09:00", "10:00", days=-3)])
    actions.begin(actor=world.secretary, meeting=meeting)
    assert {row.member_id: row.eligible_voter for row in meeting.attendances.all()}[world.people[4].pk] is True


def test_a_meeting_of_another_day_does_not_begin(world: World) -> None:
    meeting = world.call(sittings=[sitting("09:00", "10:00", days=2)])
    with pytest.raises(Conflict, match=words.day(in_days(2))):
        actions.begin(actor=world.secretary, meeting=meeting)


def test_a_past_meeting_is_written_down_from_a_draft(world: World) -> None:
    meeting = world.plan(sittings=[sitting("09:00", "10:00", days=-3)])
    actions.begin(actor=world.secretary, meeting=meeting)
    assert actions.end(actor=world.secretary, meeting=meeting).status == Status.HELD


def test_the_end_settles_the_list(world: World) -> None:
    world.people[4].attendance_eased = True
    world.people[4].save()
    meeting = world.call(observer_ids=[world.stranger.pk])
    with clock.at(instant("13:50")):
        actions.check_in(actor=world.actor(1), token=token(meeting))
        actions.begin(actor=world.secretary, meeting=meeting)
        actions.answer(actor=world.actor(3), meeting=meeting, coming=False, reason="临时抢修")
    with clock.at(instant("15:30")):
        actions.end(actor=world.secretary, meeting=meeting)
        refused(lambda: actions.check_in(actor=world.actor(2), token=token(meeting)))
        refused(lambda: actions.end(actor=world.secretary, meeting=meeting))
    assert [world.row(meeting, n).presence for n in range(6)] == ["absent", "present", "absent", "absent", "leave", "absent"]
    assert meeting.attendances.get(member=world.stranger).presence == Presence.UNKNOWN
    assert Event.objects.get(verb="meetings.ended").data == {"due": 6, "came": 1}


@pytest.mark.day("2026-11-23")
@pytest.mark.parametrize(("grant", "presence"), [(True, "leave"), (False, "absent")])
def test_leave_that_nobody_decided_on_is_decided_after_the_end(world: World, *, grant: bool, presence: str) -> None:
    meeting = world.call()
    actions.answer(actor=world.actor(3), meeting=meeting, coming=False, reason="临时抢修")
    with clock.at("2026-11-23 14:00"):
        actions.begin(actor=world.secretary, meeting=meeting)
        actions.end(actor=world.secretary, meeting=meeting)
    assert world.row(meeting, 3).presence == "absent"
    actions.decide_leave(actor=world.secretary, attendance=world.row(meeting, 3), grant=grant, note="按规定办理")
    assert world.row(meeting, 3).presence == presence


@pytest.mark.day("2026-11-23")
def test_a_meeting_begun_before_its_time_can_be_ended(world: World) -> None:
    meeting = world.call()
    with clock.at("2026-11-23 13:50"):
        actions.begin(actor=world.secretary, meeting=meeting)
    with clock.at("2026-11-23 13:58"):
        assert actions.end(actor=world.secretary, meeting=meeting).status == Status.HELD
    assert meeting.sittings.count() == 1


@pytest.mark.day("2026-11-23")
def test_a_sitting_to_come_keeps_the_meeting_open_until_it_is_said_to_be_held_no_more(world: World) -> None:
    meeting = world.call(sittings=[sitting(), sitting("2026-11-23 20:00", "2026-11-23 21:00")])
    with clock.at("2026-11-23 13:50"):
        actions.begin(actor=world.secretary, meeting=meeting)
        refusal = refused(lambda: actions.end(actor=world.secretary, meeting=meeting))
        assert "20:00" in refusal.message
        assert "删" not in refusal.how
        assert meeting.sittings.count() == 2
        actions.end(actor=world.secretary, meeting=meeting, without_later=True)
    assert meeting.sittings.count() == 1
    assert "20:00一场不再召开" in Event.objects.get(verb="meetings.ended").summary


def test_a_meeting_with_a_sitting_to_come_does_not_end(world: World) -> None:
    meeting = world.call(sittings=[sitting(), sitting("20:00", "21:00")])
    with clock.at(instant("16:00")):
        actions.begin(actor=world.secretary, meeting=meeting)
        with pytest.raises(Conflict, match="20:00"):
            actions.end(actor=world.secretary, meeting=meeting)


@pytest.mark.django_db(transaction=True)
def test_many_phones_at_once_leave_one_record_each(transactional_db: None) -> None:
    """Every phone taps three times at the same moment."""
    world = make_world()
    people = [make.member(world.branch, with_user=True) for _ in range(12)]
    meeting = world.call()
    with clock.at(instant("13:50")):
        text = token(meeting)

        def tap(number: int) -> bool:
            try:
                with unscoped("a phone"):
                    return actions.check_in(actor=make.actor(people[number % 12].user), token=text).is_new
            finally:
                connections.close_all()

        with ThreadPoolExecutor(8) as phones:
            new = list(phones.map(tap, range(36)))
    assert sum(new) == 12
    assert meeting.attendances.filter(presence=Presence.PRESENT).count() == 12
    per_member = Event.objects.filter(verb="meetings.checked_in").values_list("member_id", flat=True)
    assert sorted(per_member) == sorted(person.pk for person in people)
    connection.close()
