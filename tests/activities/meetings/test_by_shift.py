"""Calling a meeting by the shift plan: what is proposed, whom it reaches, and what taking it writes into the form."""

import datetime as dt

import pytest

from dangjian.activities.meetings.models import Meeting
from dangjian.activities.shifts.actions.kinds import set_shift
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.meetings.conftest import World
from tests.activities.meetings.pages import as_secretary, form
from tests.activities.shifts.build import plan

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-12-01")]

NEW = "/meetings/new/?kind=general_meeting"
MONDAY = dt.date(2026, 12, 7)
WEEK = [MONDAY + dt.timedelta(days=away) for away in range(7)]


def test_sittings_are_proposed_and_taken_into_the_form(world: World) -> None:
    for number, shift in enumerate(("早班", "早班", "中班", "夜班")):
        plan(world.people[number], dict.fromkeys(WEEK, shift))
    client = as_secretary(world)
    page = client.post(NEW, form(world) | {"part": "shifts"}).content.decode()
    assert "应参加 6 人，安排 2 场，每人都能参加一场" in page
    assert "其中 2 人没有排班" in page
    taken = client.post(NEW, form(world) | {"part": "take-shifts", "shift_week": MONDAY.isoformat()})
    assert "已按排班填好 2 场" in taken.content.decode()
    rows = [(row["on"].value(), row["starts"].value(), row["ends"].value()) for row in taken.context["sittings"].forms]
    assert len(rows) == 2
    sent = form(world) | {"call": "1", "s-TOTAL_FORMS": "2"}
    for number, (on, starts, ends) in enumerate(rows):
        sent |= {f"s-{number}-on": on, f"s-{number}-starts": starts, f"s-{number}-ends": ends}
    client.post(NEW, sent)
    with unscoped("test"):
        assert Meeting.objects.get().sittings.count() == 2


def test_whoever_can_come_to_none_is_named(world: World) -> None:
    for day in WEEK:
        plan(world.people[3], {day: "白班"})
    plan(world.people[4], {WEEK[0]: "早班"})
    set_shift(actor=make.SYSTEM, organization=world.branch, title="白班", starts=dt.time(7), ends=dt.time(21))
    page = as_secretary(world).post(NEW, form(world) | {"part": "shifts"}).content.decode()
    assert f"每一场都来不了（1 人）：{world.people[3].name}" in page


def test_without_a_plan_it_is_said_how_to_get_one(world: World) -> None:
    page = as_secretary(world).post(NEW, form(world) | {"part": "shifts"}).content.decode()
    assert "这一周没有排班" in page
    assert 'href="/shifts/"' in page


def test_another_week_and_those_who_are_chosen(world: World) -> None:
    later = MONDAY + dt.timedelta(days=7)
    plan(world.people[2], {later: "早班"})
    chosen = {"audience": "chosen", "member_ids": [world.people[2].pk], "part": "shifts", "shift_week": later.isoformat()}
    page = as_secretary(world).post(NEW, form(world) | chosen).content.decode()
    assert "应参加 1 人，安排 1 场" in page


def test_a_meeting_that_is_called_keeps_its_sittings_when_times_change(world: World) -> None:
    meeting = world.call()
    plan(world.people[2], {MONDAY: "早班"})
    first = meeting.sittings.get().pk
    sent = form(world) | {"part": "take-shifts", "s-0-pk": first}
    page = as_secretary(world).post(f"/meetings/{meeting.pk}/edit/", sent)
    assert page.context["sittings"].forms[0]["pk"].value() == str(first)
