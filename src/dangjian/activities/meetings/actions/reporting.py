"""Noting that the superior was told how a meeting went."""

import datetime as dt

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.activities.meetings.actions.guards import locked_for, require_recorder
from dangjian.activities.meetings.duties import derive_after
from dangjian.activities.meetings.kinds import REPORTED
from dangjian.activities.meetings.models import Meeting
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.ui import words


@transaction.atomic
def note_report(*, actor: Actor, meeting: Meeting, reported_on: dt.date, document: str = "") -> Meeting:
    """The written report on ``meeting`` went to the superior on ``reported_on``, under the number ``document`` if it has one.

    It may be noted anew when the day or the number was wrong; the trail keeps both.
    """
    meeting = locked_for(actor, meeting, require_reporting)
    if meeting.held_on is None or not meeting.held_on <= reported_on <= clock.today():
        raise Invalid(f"报送日期应在开会的{words.day(meeting.held_on)}到今天之间。", fields={"reported_on": "请填实际报送的日期"})
    meeting.reported_on, meeting.report_document = reported_on, document.strip()
    meeting.save(update_fields=["reported_on", "report_document"])
    number = f"（{meeting.report_document}）" if meeting.report_document else ""
    record(
        actor=actor,
        verb="meetings.reported",
        summary=f"“{meeting}”的情况已于{words.day(reported_on)}报送上级{number}",
        organization=meeting.organization,
        subject=meeting,
        data={"reported_on": reported_on.isoformat(), "document": meeting.report_document},
    )
    derive_after(actor=actor, meeting=meeting)
    return meeting


def require_reporting(actor: Actor, meeting: Meeting) -> None:
    """Raise unless the actor may note the report to the superior now: of a kind that is reported, once it was held."""
    require_recorder(actor, meeting)
    if not REPORTED & set(meeting.kind_codes):
        raise Conflict(f"“{meeting}”不是需要报送上级的会议，不能登记报送。", how="如确是组织生活会或民主生活会，请先改会议类型。")
    if not meeting.took_place:
        raise Conflict(f"“{meeting}”还没有开完，不能登记报送。")
