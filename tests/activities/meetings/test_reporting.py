"""After the committee's 民主生活会 the superior is told within some days; noting it settles the duty."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import Event, User
from dangjian.activities.meetings import actions
from dangjian.activities.meetings.actions.reporting import note_report
from dangjian.activities.meetings.models import Meeting
from dangjian.engines.duties.actions import refresh
from dangjian.engines.duties.models import Duty, State
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from dangjian.members.models import Member
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.meetings.conftest import World, instant, sitting

pytestmark = pytest.mark.day("2026-11-23")


@pytest.fixture
def secretary(world: World) -> User:
    """The secretary of the committee, who is a member of a branch of it."""
    who = make.member(world.branch, with_user=True).user
    assert who
    for _ in range(2):
        make.post(world.top, "committee_member", make.member(world.branch, with_user=True).user)
    return make.post(world.top, "secretary", who).user


def life_meeting(world: World, secretary: User, *, over: bool = True) -> Meeting:
    actor = make.actor(secretary)
    meeting = actions.plan(
        actor=actor,
        organization=world.top,
        kinds=["democratic_life_meeting"],
        title="2026年度民主生活会",
        sittings=[sitting()],
        place="虚构会议室",
        audience="committee",
        chair=Member.objects.get(user=secretary),
        recorder=Member.objects.exclude(user=secretary).filter(user__posts__organization=world.top)[0],
    )
    actions.call(actor=actor, meeting=meeting)
    if not over:
        return meeting
    with clock.at(instant("14:00")):
        actions.begin(actor=actor, meeting=meeting)
    with clock.at(instant("15:30")):
        return actions.end(actor=actor, meeting=meeting)


def duty() -> Duty:
    with unscoped("test"):
        return Duty.objects.get(rule="life_meeting_report")


def test_the_duty_runs_for_fifteen_days_and_the_note_settles_it(world: World, secretary: User) -> None:
    meeting = life_meeting(world, secretary)
    assert (duty().state, duty().due_on, duty().organization) == (State.OPEN, dt.date(2026, 12, 8), world.top)
    with clock.at("2026-12-09 09:00"):
        refresh(actor=make.SYSTEM)
        assert duty().look == "overdue"
    with clock.at("2026-12-02 09:00"):
        note_report(actor=make.actor(secretary), meeting=meeting, reported_on=dt.date(2026, 12, 1), document=" 虚党〔2026〕1号 ")
    assert (duty().state, duty().done_on) == (State.DONE, dt.date(2026, 12, 1))
    assert "虚党〔2026〕1号" in Event.objects.get(verb="meetings.reported").summary


def test_what_cannot_be_is_refused(world: World, secretary: User) -> None:
    actor = make.actor(secretary)
    with pytest.raises(Conflict, match="还没有开完"):
        note_report(actor=actor, meeting=life_meeting(world, secretary, over=False), reported_on=clock.today())
    meeting = life_meeting(world, secretary)
    for day in (dt.date(2026, 11, 22), dt.date(2026, 11, 24)):
        with pytest.raises(Invalid, match="到今天之间"):
            note_report(actor=actor, meeting=meeting, reported_on=day)
    with pytest.raises((PermissionDenied, NotFound)):
        note_report(actor=world.actor(3), meeting=meeting, reported_on=clock.today())
    meeting.refresh_from_db()
    assert meeting.reported_on is None
    assert not Event.objects.filter(verb="meetings.reported").exists()


def test_the_page_notes_it_and_the_meeting_shows_it(world: World, secretary: User) -> None:
    meeting = life_meeting(world, secretary)
    client = Client()
    client.force_login(secretary, backend="dangjian.accounts.backends.AccountBackend")
    address = reverse("meetings:report", args=[meeting.pk])
    assert address in client.get(reverse("meetings:detail", args=[meeting.pk])).content.decode()
    wrong = client.post(address, {"reported_on": "2026-11-30", "document": "虚党〔2026〕1号"})
    assert wrong.status_code == 422
    assert "虚党〔2026〕1号" in wrong.content.decode()
    answer = client.post(address, {"reported_on": "2026-11-23", "document": "虚党〔2026〕1号"}, follow=True)
    assert "报送情况已登记" in answer.content.decode()
    assert "2026年11月23日，虚党〔2026〕1号" in answer.content.decode()
