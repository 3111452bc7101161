"""One's own meetings as a month and as a calendar that the phone's own calendar subscribes to (iCalendar, RFC 5545).

The address of the subscription is signed with the account and its password: it cannot be guessed, opens nothing but times, titles
and places of one's own meetings, and ends when the password is changed.
"""

import calendar as months
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from icalendar import Calendar, Event

from dangjian.accounts.models import User
from dangjian.activities.meetings.models import Answer, Attendance, Sitting, Status
from dangjian.activities.meetings.queries import own_attendances
from dangjian.kernel import clock

SALT = "dangjian.activities.meetings.calendar"
LOOK_BACK = dt.timedelta(days=92)
PRODUCT = "-//dangjian//组织生活//ZH"


@dataclass(frozen=True, slots=True)
class Entry:
    """A sitting of a meeting that somebody is called to: their own one, or all as long as they have not chosen."""

    row: Attendance
    sitting: Sitting

    @property
    def starts_at(self) -> dt.datetime:
        """Its beginning, local time."""
        return timezone.localtime(self.sitting.starts_at)

    @property
    def is_off(self) -> bool:
        """Whether it was called off, or they are on leave."""
        return self.row.meeting.status == Status.CANCELLED or self.row.answer == Answer.LEAVE_GRANTED

    @property
    def place(self) -> str:
        """Where it is held."""
        return self.sitting.place or self.row.meeting.place


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the month's page; ``is_other`` for those before and after the month that fill its weeks."""

    on: dt.date
    is_other: bool
    is_today: bool
    entries: Sequence[Entry]

    @property
    def css(self) -> str:
        """Its classes."""
        shown = {"other": self.is_other, "today": self.is_today, "empty": not self.entries}
        return " ".join(name for name, holds in shown.items() if holds)


def entries(user_id: int, since: dt.date, until: dt.date) -> list[Entry]:
    """The person's sittings from ``since`` to ``until``, soonest first, called-off ones included."""
    rows = own_attendances(user_id).filter(meeting__held_on__gte=since - dt.timedelta(days=14), meeting__held_on__lte=until)
    found = [
        Entry(row, sitting)
        for row in rows
        for sitting in row.meeting.sittings.all()
        if row.sitting_id in {None, sitting.pk} and since <= timezone.localtime(sitting.starts_at).date() <= until
    ]
    return sorted(found, key=lambda entry: (entry.sitting.starts_at, entry.sitting.pk))


def weeks(user_id: int, month: dt.date) -> list[list[Day]]:
    """The month that begins with ``month``, in whole weeks from Monday."""
    found = months.Calendar().monthdatescalendar(month.year, month.month)
    by_day: dict[dt.date, list[Entry]] = {}
    for entry in entries(user_id, found[0][0], found[-1][-1]):
        by_day.setdefault(entry.starts_at.date(), []).append(entry)
    today = clock.today()
    return [[Day(day, day.month != month.month, day == today, by_day.get(day, [])) for day in week] for week in found]


def key_of(user: User) -> str:
    """What the address of the person's subscription ends in."""
    return f"{user.pk}-{salted_hmac(SALT, user.password, algorithm='sha256').hexdigest()[:40]}"


def user_of(key: str) -> User | None:
    """Whose subscription it is; ``None`` for a key that was made up, or made before the password was changed."""
    number, _, _ = key.partition("-")
    user = User.objects.filter(pk=int(number), is_active=True).first() if number.isdecimal() and len(number) < 19 else None
    return user if user is not None and constant_time_compare(key_of(user), key) else None


def as_icalendar(user: User, address: str) -> bytes:
    """The person's meetings of the last three months and all to come; ``address`` is that of the platform."""
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("x-wr-calname", "组织生活")
    made.add("refresh-interval;value=duration", "PT6H")
    today = clock.today()
    for entry in entries(user.pk, today - LOOK_BACK, today + dt.timedelta(days=366)):
        made.add_component(_event(entry, address))
    return bytes(made.to_ical())


def _event(entry: Entry, address: str) -> Event:
    meeting = entry.row.meeting
    event = Event()
    event.add("uid", f"sitting-{entry.sitting.pk}@dangjian")
    event.add("dtstamp", clock.now())
    event.add("dtstart", entry.sitting.starts_at)
    event.add("dtend", entry.sitting.ends_at)
    event.add("summary", meeting.title)
    event.add("location", entry.place)
    event.add("status", "CANCELLED" if entry.is_off else "CONFIRMED")
    event.add("url", f"{address}/meetings/mine/{meeting.pk}/")
    return event
