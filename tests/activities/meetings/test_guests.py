"""Floating members of other organisations sit in on meetings: invited, registered, in the record, and counted nowhere."""

import datetime as dt

import pytest
from django.urls import reverse

from dangjian.accounts.models import Event
from dangjian.activities.contact.actions import guests as outside
from dangjian.activities.contact.models import Guest
from dangjian.activities.contact.queries.guests import last_life, life_of
from dangjian.activities.meetings import actions
from dangjian.activities.meetings.documents.meeting import contexts, loaded
from dangjian.activities.meetings.minutes import drafted
from dangjian.activities.meetings.models import Meeting, MeetingGuest, Presence
from dangjian.activities.meetings.views.figures import counts_of
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from dangjian.org.models import Organization
from tests import make
from tests.activities.meetings.conftest import World, running, sitting
from tests.activities.meetings.pages import as_recorder, as_secretary

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23"), pytest.mark.any_database]
TODAY = dt.date(2026, 11, 23)


def come(branch: Organization, name: str = "虚构来客", since_on: dt.date = TODAY) -> Guest:
    """A guest of a branch."""
    given = {"name": name, "home": "虚构县虚构镇党委", "came_from": "city", "since_on": since_on}
    return outside.welcome(actor=make.SYSTEM, organization=branch, **given)


def key(guest: Guest) -> str:
    return f"contact:{guest.pk}"


def only(meeting: Meeting) -> MeetingGuest:
    found: MeetingGuest = meeting.guests.get()
    return found


def held(world: World, guest: Guest, presence: str = Presence.PRESENT) -> Meeting:
    """A meeting that a guest was invited to and came to, with three members."""
    meeting = world.call(guest_keys=[key(guest)])
    meeting = actions.begin(actor=world.secretary, meeting=meeting)
    others = [world.row(meeting, number).pk for number in (1, 2, 3)]
    actions.check_in_by_hand(
        actor=world.secretary, meeting=meeting, attendance_ids=others, presence="present", reason="现场点名登记"
    )
    actions.mark_guest(actor=world.secretary, meeting=meeting, guest=only(meeting), presence=presence)
    return actions.end(actor=world.secretary, meeting=meeting)


def test_a_guest_sits_in_and_counts_nowhere(world: World) -> None:
    guest = come(world.branch)
    meeting = held(world, guest)
    counts = counts_of(meeting)
    assert (counts.due, counts.came) == (6, 3)
    assert "应到6人，实到3人，缺席3人，列席1人（其中流入党员虚构来客）" in drafted(meeting)
    [record] = contexts(loaded(Meeting.objects.filter(pk=meeting.pk)))
    assert (record["due"], record["present"]) == (6, 3)
    assert record["observer_names"] == "虚构来客（虚构县虚构镇党委）"


def test_coming_is_kept_on_the_page_of_the_guest(world: World) -> None:
    guest = come(world.branch)
    held(world, guest)
    assert [one.what for one in life_of(guest)] == [f"列席{world.branch.short_name}“2026年第四季度支部党员大会”"]
    assert last_life(guest) == TODAY
    page = as_secretary(world).get(reverse("contact:guest", args=[guest.pk])).content.decode()
    assert "“2026年第四季度支部党员大会”" in page


def test_who_was_invited_and_did_not_come_took_part_in_nothing(world: World) -> None:
    guest = come(world.branch)
    meeting = held(world, guest, Presence.LEAVE)
    assert life_of(guest) == []
    assert "列席" not in drafted(meeting)


def test_a_guest_of_another_branch_is_not_invited(world: World) -> None:
    guest = come(world.other)
    with pytest.raises(Invalid, match="不在这个党支部"):
        world.plan(guest_keys=[key(guest)])


def test_who_comes_after_the_day_of_the_meeting_is_not_invited(world: World) -> None:
    guest = come(world.branch)
    with pytest.raises(Invalid, match="不在这个党支部"):
        world.plan(guest_keys=[key(guest)], sittings=[sitting(days=-3)])


def test_who_left_before_the_notice_is_not_invited_any_more(world: World) -> None:
    staying, leaving = come(world.branch), come(world.branch, "虚构过客", TODAY - dt.timedelta(days=9))
    meeting = world.plan(guest_keys=[key(staying), key(leaving)])
    outside.leave(actor=make.SYSTEM, guest=leaving, left_on=TODAY - dt.timedelta(days=1))
    meeting = actions.call(actor=world.secretary, meeting=meeting)
    assert only(meeting).number == staying.pk


def test_changing_a_meeting_invites_and_lets_go(world: World) -> None:
    one, two = come(world.branch), come(world.branch, "虚构二客")
    meeting = world.call(guest_keys=[key(one)])
    actions.update(actor=world.secretary, meeting=meeting, guest_keys=[key(two)])
    assert only(meeting).name == "虚构二客"
    actions.update(actor=world.secretary, meeting=meeting, place="虚构二号会议室")
    assert only(meeting).name == "虚构二客"
    actions.begin(actor=world.secretary, meeting=meeting)
    with pytest.raises(Conflict, match="已经开始"):
        actions.update(actor=world.secretary, meeting=meeting, guest_keys=[])


def test_who_was_not_invited_is_added_once(world: World) -> None:
    guest = come(world.branch)
    meeting = actions.begin(actor=world.secretary, meeting=world.call())
    actions.add_guest(actor=world.secretary, meeting=meeting, key=key(guest))
    with pytest.raises(Conflict, match="已在名单中"):
        actions.add_guest(actor=world.secretary, meeting=meeting, key=key(guest))
    with pytest.raises(Invalid, match="不在这个党支部"):
        actions.add_guest(actor=world.secretary, meeting=meeting, key="contact:0")
    assert only(meeting).presence == Presence.UNKNOWN


def test_marking_is_for_who_keeps_the_record_and_overwrites_nobody(world: World) -> None:
    guest = come(world.branch)
    meeting = actions.begin(actor=world.secretary, meeting=world.call(guest_keys=[key(guest)]))
    row = only(meeting)
    with pytest.raises((NotFound, PermissionDenied)):
        actions.mark_guest(actor=world.actor(4), meeting=meeting, guest=row, presence="present")
    with pytest.raises(Invalid, match="现场召开"):
        actions.mark_guest(actor=world.secretary, meeting=meeting, guest=row, presence="online")
    with pytest.raises(Invalid, match="请选择出席情况"):
        actions.mark_guest(actor=world.secretary, meeting=meeting, guest=row, presence="made_up")
    actions.mark_guest(actor=world.secretary, meeting=meeting, guest=row, presence="present", was="unknown")
    actions.mark_guest(actor=world.actor(2), meeting=meeting, guest=row, presence="absent", was="unknown")
    assert only(meeting).presence == Presence.PRESENT
    told = Event.objects.filter(verb="meetings.presence_recorded").values_list("summary", flat=True)
    assert list(told) == ["“2026年第四季度支部党员大会”：登记列席的虚构来客到会"]


def test_a_guest_does_not_leave_before_the_last_meeting_they_came_to(world: World) -> None:
    guest = come(world.branch, since_on=TODAY - dt.timedelta(days=9))
    held(world, guest)
    with pytest.raises(Invalid, match="11月23日还参加了组织生活"):
        outside.leave(actor=make.SYSTEM, guest=guest, left_on=TODAY - dt.timedelta(days=2))


def test_the_form_of_a_meeting_offers_the_guests_of_the_branch(world: World) -> None:
    guest, stranger = come(world.branch), come(world.other, "虚构外客")
    address = reverse("meetings:edit", args=[world.call(guest_keys=[key(guest)]).pk])
    form = as_secretary(world).get(address).context["form"]
    assert [value for value, _ in form.fields["guest_keys"].choices] == [key(guest)]
    assert form["guest_keys"].value() == [key(guest)]
    assert stranger.name not in as_secretary(world).get(address).content.decode()


def test_a_branch_without_guests_is_asked_for_none(world: World) -> None:
    address = reverse("meetings:edit", args=[world.call().pk])
    assert "guest_keys" not in as_secretary(world).get(address).context["form"].fields


def test_the_recorder_marks_a_guest_with_one_tap(world: World) -> None:
    guest = come(world.branch)
    meeting = running(world, guest_keys=[key(guest)])
    roll = as_recorder(world).get(reverse("meetings:roll", args=[meeting.pk])).content.decode()
    assert f'id="guest-{only(meeting).pk}"' in roll
    address, data = reverse("meetings:mark_guest", args=[meeting.pk]), {"guest": only(meeting).pk, "was": "unknown"}
    answer = as_recorder(world).post(address, {**data, "presence": "present"}, headers={"HX-Request": "true"})
    assert f'id="guest-{only(meeting).pk}"' in answer.content.decode()
    page = as_recorder(world).post(address, {**data, "presence": "absent"}, follow=True).content.decode()
    assert "虚构来客刚才已登记为“到会”，没有改动。" in page
    assert only(meeting).presence == Presence.PRESENT


def test_a_guest_is_added_from_the_roll_and_only_sits_in(world: World) -> None:
    guest = come(world.branch)
    meeting = running(world)
    address = reverse("meetings:add_person", args=[meeting.pk])
    page = as_recorder(world).post(address, {"member": key(guest), "role": "attendee"}, follow=True).content.decode()
    assert "流入党员只能列席" in page
    page = as_recorder(world).post(address, {"member": key(guest), "role": "observer"}, follow=True).content.decode()
    assert "虚构来客已加入名单。" in page
    assert only(meeting).home == "虚构县虚构镇党委"
    people = as_secretary(world).get(reverse("meetings:detail", args=[meeting.pk]), {"tab": "people"}).content.decode()
    assert "虚构县虚构镇党委" in people
