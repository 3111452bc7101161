"""Guests on no roster here sit in: one is added while the meeting is held, and the recorder says whether they came."""

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.activities.meetings.actions.attending import require_registering
from dangjian.activities.meetings.actions.guards import locked_for
from dangjian.activities.meetings.actions.inviting import LEFT, new_guest
from dangjian.activities.meetings.models import GUEST_PRESENCE, Meeting, MeetingGuest, Mode, Presence
from dangjian.activities.meetings.queries.guests import guest_title, invitable
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid


@transaction.atomic
def add_guest(*, actor: Actor, meeting: Meeting, key: str) -> MeetingGuest:
    """A guest who was not invited sits in on a meeting that was called.

    :raises Invalid: if they are not with the branch on the day of the meeting.
    :raises Conflict: if they are on the list already.
    """
    meeting = locked_for(actor, meeting, require_registering)
    found = invitable(meeting.organization, meeting.held_on or clock.today()).get(key)
    if found is None:
        raise Invalid(LEFT, fields={"member": "请重新选择"})
    if any(row.key == key for row in meeting.guests.all()):
        raise Conflict(f"{found.name}已在名单中。")
    made = new_guest(meeting, key, found)
    made.save()
    record(
        actor=actor,
        verb="meetings.person_added",
        summary=f"“{meeting}”增加列席人员{made}（{guest_title(made.source)}）",
        organization=meeting.organization,
        subject=meeting,
    )
    return made


@transaction.atomic
def mark_guest(*, actor: Actor, meeting: Meeting, guest: MeetingGuest, presence: str, was: str = "") -> MeetingGuest:
    """The recorder says whether a guest came. ``was`` is what the page showed: whoever stands differently by now is left alone.

    No reason is asked: guests have no account, so that nobody checks in but by hand.
    """
    meeting = locked_for(actor, meeting, require_registering)
    row: MeetingGuest | None = meeting.guests.select_for_update(of=("self",)).filter(pk=guest.pk).first()
    if row is None:
        raise Conflict(f"{guest}已不在名单中。", how="如果来列席了，请在“加人”中重新加入。")
    if presence not in GUEST_PRESENCE:
        raise Invalid("请选择出席情况。", fields={"presence": "请从列表中选择"})
    if presence == Presence.ONLINE and meeting.mode == Mode.ONSITE:
        raise Invalid("这次会议是现场召开，不能登记线上到会。", fields={"presence": "请选择其他出席情况"})
    if presence == row.presence or was not in {"", row.presence}:
        return row
    row.presence, row.recorded_by_id, row.recorded_at = presence, actor.user_id, clock.now()
    row.save()
    record(
        actor=actor,
        verb="meetings.presence_recorded",
        summary=f"“{meeting}”：登记列席的{row}{row.get_presence_display()}",
        organization=meeting.organization,
        subject=meeting,
    )
    return row
