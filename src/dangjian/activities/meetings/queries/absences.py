"""Members who have stayed away from every meeting for months, without leave and without making it up."""

import datetime as dt

from django.db.models import DateField, F, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from dangjian.activities.meetings.models import Attendance
from dangjian.activities.meetings.models.attendance import Presence, Role
from dangjian.activities.meetings.models.meeting import TOOK_PLACE
from dangjian.kernel.rulebook import Period, book
from dangjian.kernel.sql import earlier, later
from dangjian.members.models import Member


def _called() -> QuerySet[Attendance]:
    rows = Attendance.objects.filter(role=Role.ATTENDEE, meeting__status__in=TOOK_PLACE, meeting__held_on__isnull=False)
    return rows.order_by()


def taking_part_again() -> QuerySet[Attendance]:
    """What ends a run of absences: somebody came, was on leave or made it up; ``held_on`` is the day."""
    rows = _called().exclude(presence__in=[Presence.ABSENT, Presence.UNKNOWN])
    return rows.annotate(held_on=F("meeting__held_on"))


def long_absences(today: dt.date) -> QuerySet[Member]:
    """Members whose run of absences is so long that somebody ought to speak with them.

    Annotated with ``first_absence`` (the number of its first ``Attendance``), ``since`` (its day), ``speak_on`` and ``ends_on``:
    the day on which the months of ``life.absent_selfexit`` are over. Leave and making up end a run; of those whose attendance
    is eased nobody is counted.
    """
    limit = book().on_or_first("life.absent_selfexit", today).expect(Period)
    ahead = book().on("life.absent_selfexit.ahead", today).expect(Period)
    mine = Q(member=OuterRef("pk"))
    excused = taking_part_again().filter(mine).values("member")
    last_excused = Subquery(excused.annotate(day=Max("meeting__held_on")).values("day"), output_field=DateField())
    away = _called().filter(mine, presence=Presence.ABSENT, meeting__held_on__gt=OuterRef("last_excused"))
    first = away.order_by("meeting__held_on", "pk")
    # Who was never absent is left out before their meetings are looked at one by one: that is nearly everybody.
    ever_absent = _called().filter(presence=Presence.ABSENT).values("member")
    rows: QuerySet[Member] = Member.objects.counted().filter(attendance_eased=False, pk__in=ever_absent)
    rows = rows.annotate(last_excused=Coalesce(last_excused, Value(dt.date.min), output_field=DateField()))
    rows = rows.annotate(
        first_absence=Subquery(first.values("pk")[:1]),
        since=Subquery(first.values("meeting__held_on")[:1], output_field=DateField()),
    )
    dated = rows.filter(since__isnull=False).annotate(ends_on=later("since", limit))
    return dated.annotate(speak_on=earlier("ends_on", ahead)).filter(speak_on__lte=today)
