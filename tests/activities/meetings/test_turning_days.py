"""A meeting from its proposal to the closed record, on days with which calculations go wrong."""

import datetime as dt

from django.urls import reverse

from dangjian.activities.meetings import actions, documents
from dangjian.activities.meetings.forms.calling import SittingRows
from dangjian.activities.meetings.forms.rows import SITTINGS
from dangjian.activities.meetings.models import Meeting, MeetingKindRow, Status
from dangjian.activities.meetings.queries import LIFE, due_kinds, propose
from dangjian.activities.meetings.views.calling import quick_days
from dangjian.engines.duties.actions import refresh
from dangjian.engines.duties.models import Duty, State
from dangjian.kernel import clock
from dangjian.kernel.statistics import Asked
from dangjian.org.models import Organization
from tests import make
from tests.activities.meetings.conftest import World, closed, held, instant
from tests.activities.meetings.pages import as_secretary, signed_in
from tests.days import in_days, on_turning_days

LABELS = {
    "2026-12-31": ("2026年12月", "2026年第四季度", "2026-12", "2026-Q4"),
    "2027-01-01": ("2027年1月", "2027年第一季度", "2027-01", "2027-Q1"),
    "2027-02-28": ("2027年2月", "2027年第一季度", "2027-02", "2027-Q1"),
    "2028-02-29": ("2028年2月", "2028年第一季度", "2028-02", "2028-Q1"),
    "2027-08-31": ("2027年8月", "2027年第三季度", "2027-08", "2027-Q3"),
}
PROPOSED = {
    "2026-12-31": ("2026-12-31", "2026-12-31", "2027-01-04"),
    "2027-01-01": ("2027-01-04", "2027-01-04", "2027-01-04"),
    "2027-02-28": ("2027-02-28", "2027-03-03", "2027-03-03"),
    "2028-02-29": ("2028-02-29", "2028-03-03", "2028-03-03"),
    "2027-08-31": ("2027-08-31", "2027-09-03", "2027-09-03"),
}
"""For when a monthly and a quarterly meeting are proposed in the morning, and the monthly one in the evening of the same day."""

OFFERED = {
    "2026-12-31": ["2027-01-30"],
    "2027-01-01": ["2027-01-31"],
    "2027-02-28": [],
    "2028-02-29": [],
    "2027-08-31": [],
}
"""Which day is offered beside today and tomorrow if the last meeting was on the last day of the month before."""


def _duty(kind: str, organization: Organization) -> Duty:
    return Duty.objects.filter(rule=kind, organization=organization).latest("period_start")


@on_turning_days
def test_a_meeting_of_the_day_is_held_put_away_and_counted_in_its_periods(day: str, world: World) -> None:
    month, quarter, *periods = LABELS[day]
    refresh(actor=make.SYSTEM)
    assert propose(organization=world.branch, kinds=["theme_day"], on=clock.today()).title == f"{month}主题党日"
    meeting = closed(world, kinds=["general_meeting", "theme_day"], title=f"{quarter}支部党员大会")
    assert (meeting.status, meeting.held_on) == (Status.CLOSED, clock.today())
    assert meeting.number == f"{clock.today().year}-{world.branch.code}-001"
    for kind in ("general_meeting", "theme_day"):
        one = _duty(kind, world.branch)
        assert (one.state, one.done_on, one.evidence_id) == (State.DONE, clock.today(), meeting.pk)
        assert kind not in due_kinds(world.branch, clock.today())
    client = as_secretary(world)
    for period in (str(clock.today().year), *periods):
        answer = client.get(reverse("meetings:statistics"), {"period": period})
        assert answer.context["tiles"][0]["value"] == "1", period
    assert LIFE.total(Asked(world.branch, in_days(-60), in_days(-1)), "month").meetings == 0
    for name in ("meetings:home", "meetings:list", "meetings:register", "duties:mine", "site:home"):
        assert client.get(reverse(name), follow=True).status_code == 200, name
    assert meeting.title in client.get(reverse("meetings:detail", args=[meeting.pk]), {"tab": "minutes"}).content.decode()
    assert documents.register(world.branch, clock.today().year, "docx").startswith(b"PK")


@on_turning_days
def test_what_is_owed_is_proposed_within_its_period(day: str, world: World) -> None:
    monthly, quarterly, later = PROPOSED[day]
    found = propose(organization=world.branch, kinds=["theme_day"])
    assert f"{found.sitting.starts_at:%Y-%m-%d}" == monthly
    assert f"{propose(organization=world.branch, kinds=['general_meeting']).sitting.starts_at:%Y-%m-%d}" == quarterly
    with clock.at(instant("18:00")):
        evening = propose(organization=world.branch, kinds=["theme_day"])
    assert f"{evening.sitting.starts_at:%Y-%m-%d}" == later
    refresh(actor=make.SYSTEM)
    meeting = world.call(kinds=found.kinds, title=found.title, sittings=[found.sitting])
    one = _duty("theme_day", world.branch)
    assert one.period_start <= meeting.held_on <= one.period_end
    assert "theme_day" not in due_kinds(world.branch, clock.today())


@on_turning_days
def test_the_day_of_the_last_month_is_offered_again(day: str, world: World) -> None:
    before = clock.today().replace(day=1) - dt.timedelta(days=1)
    meeting = Meeting.objects.create(
        organization=world.branch, title="虚构会议", status=Status.HELD, held_on=before, is_fixed_day=True
    )
    MeetingKindRow.objects.create(
        meeting=meeting, organization=world.branch, body_id=world.branch.body_id, kind="theme_day", held_on=before
    )
    offered = [one["on"] for one in quick_days(world.branch, "theme_day", SittingRows(None, prefix=SITTINGS))]
    assert offered == [clock.today().isoformat(), in_days(1).isoformat(), *OFFERED[day]]


@on_turning_days
def test_a_study_set_on_the_day_is_due_and_then_overdue(day: str, world: World) -> None:
    meeting = held(world)
    row = world.row(meeting, 4)
    actions.assign_make_up(actor=world.actor(2), meeting=meeting, attendance_ids=[row.pk], material="虚构材料", due_on=in_days(1))
    one = Duty.objects.get(rule="make_up", member=world.people[4])
    assert (one.opens_on, one.due_on, one.state) == (clock.today(), in_days(1), State.OPEN)
    with clock.at(instant("09:00", days=2)):
        refresh(actor=make.SYSTEM)
        assert Duty.objects.get(pk=one.pk).look == "overdue"
        assert signed_in(world.people[4].user).get("/").status_code == 200


@on_turning_days
def test_a_shift_that_ends_after_midnight_ends_on_the_next_day(day: str, world: World) -> None:
    refresh(actor=make.SYSTEM)
    begins = instant("23:30")
    meeting = world.call(sittings=[actions.SittingPlan(begins, begins + dt.timedelta(hours=1))])
    held_on = clock.today()
    with clock.at(instant("23:40")):
        meeting = actions.begin(actor=world.secretary, meeting=meeting)
    with clock.at(instant("00:30", days=1)):
        meeting = actions.end(actor=world.secretary, meeting=meeting)
        assert "补记" not in actions.draft_minutes(actor=world.actor(2), meeting=meeting).text
        one = Duty.objects.get(
            rule="general_meeting", organization=world.branch, period_start__lte=held_on, period_end__gte=held_on
        )
        assert (one.state, one.done_on, meeting.held_on) == (State.DONE, held_on, held_on)
