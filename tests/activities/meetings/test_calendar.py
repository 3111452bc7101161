"""One's own month, and the subscription that a phone's calendar reads without signing in."""

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from dangjian.activities.meetings import actions, calendar
from tests.activities.meetings.conftest import World, sitting
from tests.activities.meetings.pages import as_member, as_neighbour

pytestmark = pytest.mark.day("2026-11-23")


def subscribed(key: str) -> list[tuple[str, str, str]]:
    answer = Client().get(reverse("meetings:subscription", args=[key]))
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/calendar")
    found = Calendar.from_ical(answer.content)
    return [(str(event["summary"]), str(event["location"]), str(event["status"])) for event in found.walk("VEVENT")]


def test_the_month_shows_ones_own_meetings_only(world: World) -> None:
    meeting = world.call()
    page = as_member(world).get(reverse("meetings:calendar")).content.decode()
    assert "2026年11月" in page
    assert meeting.title in page
    assert meeting.title not in as_neighbour(world).get(reverse("meetings:calendar")).content.decode()
    assert meeting.title not in as_member(world).get(reverse("meetings:calendar"), {"month": "2027-03"}).content.decode()


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "9999-01", "今年", "-"])
def test_a_month_that_cannot_be_read_is_the_present_one(world: World, text: str) -> None:
    assert "2026年11月" in as_member(world).get(reverse("meetings:calendar"), {"month": text}).content.decode()


def test_a_calendar_subscribes_without_signing_in(world: World) -> None:
    meeting = world.call(sittings=[sitting("2026-12-01 14:00", "2026-12-01 15:00")])
    key = calendar.key_of(world.people[3].user)
    assert subscribed(key) == [(meeting.title, "虚构一号会议室", "CONFIRMED")]
    actions.cancel(actor=world.secretary, meeting=meeting, reason="停电")
    assert subscribed(key) == [(meeting.title, "虚构一号会议室", "CANCELLED")]
    assert subscribed(calendar.key_of(world.stranger.user)) == []


def test_a_key_that_was_made_up_or_is_old_opens_nothing(world: World) -> None:
    user = world.people[3].user
    key = calendar.key_of(user)
    forged = f"{world.people[2].user.pk}-{key.partition('-')[2]}"
    user.set_password("New-Password-1")
    user.save()
    for bad in (key, forged, "1-x", "x", f"{user.pk}-", "99999999999999999999-x"):
        assert Client().get(reverse("meetings:subscription", args=[bad])).status_code == 404
    assert subscribed(calendar.key_of(user)) == []
    user.is_active = False
    user.save()
    assert Client().get(reverse("meetings:subscription", args=[calendar.key_of(user)])).status_code == 404
