"""What is looked at every month in records of meetings: that they are finished, and soon enough after the meeting."""

import datetime as dt

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone

from dangjian.activities.meetings.models import Meeting, Status
from dangjian.activities.meetings.models.meeting import TOOK_PLACE
from dangjian.kernel import clock
from dangjian.kernel.rulebook import Period, book
from dangjian.kernel.ui import words
from dangjian.org.models import Kind
from dangjian.org.quality_offers import Asking, Examined, FoundFlaw, QualityCheck

YEAR = Period(years=1)


def unfinished(asking: Asking) -> Examined:
    """Of the meetings of a year those whose record is not closed though it should be by now."""
    today = clock.today()
    within = book().on("life.record_within", today).expect(Period)
    rows = _meetings(asking).filter(status__in=TOOK_PLACE, held_on__gt=YEAR.before(today), held_on__lte=within.before(today))
    found = list(rows.exclude(status=Status.CLOSED).select_related("organization").order_by("pk"))
    flaws = [
        FoundFlaw(
            _body(one),
            str(one.pk),
            one.title,
            f"{_day(one.held_on)}召开，会议记录还没有归档",
            reverse("meetings:detail", args=[one.pk]),
            "meetings.view",
        )
        for one in found
    ]
    return Examined(_numbers(rows), flaws)


def late(asking: Asking) -> Examined:
    """Meetings whose record was closed in the month, and those of them that had been held too long before."""
    within = book().on("life.record_within", clock.today()).expect(Period)
    rows = _meetings(asking).filter(
        status=Status.CLOSED, closed_at__gte=_midnight(asking.month.start), closed_at__lt=_midnight(asking.month.end)
    )
    flaws = []
    for one in rows.select_related("organization").order_by("pk"):
        closed_on = timezone.localdate(one.closed_at) if one.closed_at else None
        if one.held_on and closed_on and within.after(one.held_on) < closed_on:
            text = f"{_day(one.held_on)}召开，{_day(closed_on)}才归档"
            flaws.append(FoundFlaw(_body(one), str(one.pk), one.title, text))
    return Examined(_numbers(rows), flaws)


def _meetings(asking: Asking) -> QuerySet[Meeting]:
    """Those held since their organisation went live; meetings of a group belong to its branch."""
    rows: QuerySet[Meeting] = Meeting.objects.filter(held_on__gte=F("organization__live_on"))
    if asking.organizations is None:
        return rows
    return rows.filter(organization__in=asking.organizations) | rows.filter(
        organization__kind=Kind.GROUP, organization__parent__in=asking.organizations
    )


def _numbers(rows: QuerySet[Meeting]) -> dict[int, int]:
    found: dict[int, int] = {}
    for kind, own, parent in rows.order_by().values_list("organization__kind", "organization_id", "organization__parent_id"):
        pk = parent if kind == Kind.GROUP and parent else own
        found[pk] = found.get(pk, 0) + 1
    return found


def _body(one: Meeting) -> int:
    return one.organization.body_id


def _day(day: dt.date | None) -> str:
    return words.day(day) if day else ""


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


CHECKS = (
    QualityCheck(
        "meetings.unfinished", "会议记录归档", "completeness", "一年内开过的会议，会议记录有没有归档", unfinished, order=20
    ),
    QualityCheck("meetings.late", "会议记录及时归档", "timeliness", "本月归档的会议，是不是会后及时归档的", late, order=60),
)
