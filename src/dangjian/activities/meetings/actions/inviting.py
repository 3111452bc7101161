"""Who is invited to sit in of the guests on no roster here. Called by actions that hold the meeting."""

from collections.abc import Iterable

from dangjian.activities.meetings.models import Meeting, MeetingGuest, Presence
from dangjian.activities.meetings.queries.guests import invitable
from dangjian.kernel import clock
from dangjian.kernel.errors import Invalid
from dangjian.members.offers import OutsideGuest

LEFT = "名单中有人在会议当天不在这个党支部，请重新选择。"


def set_guests(meeting: Meeting, keys: Iterable[str]) -> None:
    """Invite those of ``keys`` and nobody else; whoever is registered stays."""
    wanted = set(keys)
    possible = invitable(meeting.organization, meeting.held_on or clock.today()) if wanted else {}
    there = {row.key for row in meeting.guests.all()}
    if wanted - possible.keys() - there:
        raise Invalid(LEFT, fields={"guest_keys": "请重新选择"})
    meeting.guests.filter(pk__in=[row.pk for row in _unregistered(meeting) if row.key not in wanted]).delete()
    MeetingGuest.objects.bulk_create([new_guest(meeting, key, possible[key]) for key in sorted(wanted - there)], batch_size=500)


def drop_gone_guests(meeting: Meeting) -> None:
    """Whoever has left meanwhile is not invited any more."""
    invited = _unregistered(meeting)
    if invited:
        possible = invitable(meeting.organization, meeting.held_on or clock.today())
        meeting.guests.filter(pk__in=[row.pk for row in invited if row.key not in possible]).delete()


def new_guest(meeting: Meeting, key: str, guest: OutsideGuest) -> MeetingGuest:
    """A row for them, not saved yet."""
    source = key.partition(":")[0]
    return MeetingGuest(meeting=meeting, source=source, number=guest.number, name=guest.name, home=guest.home)


def _unregistered(meeting: Meeting) -> list[MeetingGuest]:
    return list(meeting.guests.filter(presence=Presence.UNKNOWN))
