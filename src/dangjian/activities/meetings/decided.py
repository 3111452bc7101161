"""Meetings that decide: what other activities may name as the collective decision they rest on."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.urls import resolve, reverse
from django.urls.exceptions import Resolver404

from dangjian.activities.meetings.kinds import MEETING_KINDS
from dangjian.activities.meetings.models import Meeting, MeetingKindRow
from dangjian.org.offers import Decided, DecisionSource

DECIDING = [kind.code for kind in MEETING_KINDS.values() if kind.vote is not None]


def find(organization_id: int, text: str, limit: int) -> Sequence[Decided]:
    """Meetings of the organisation that took place and may decide, by title or archive number, latest first."""
    rows = _deciding(organization_id).filter(Q(title__icontains=text) | Q(number__icontains=text))
    return [_decided(row) for row in rows.order_by("-held_on", "-pk")[:limit]]


def named(organization_id: int, url: str) -> Decided | None:
    """The meeting whose page is ``url``, if it is one of those."""
    try:
        found = resolve(url)
    except Resolver404:
        return None
    if found.view_name != "meetings:detail":
        return None
    row = _deciding(organization_id).filter(pk=found.kwargs["pk"]).first()
    return _decided(row) if row else None


def _deciding(organization_id: int) -> QuerySet[Meeting]:
    kinds = MeetingKindRow.objects.filter(kind__in=DECIDING)
    rows: QuerySet[Meeting] = Meeting.objects.held().filter(organization=organization_id, pk__in=kinds.values("meeting"))
    return rows.exclude(held_on=None).prefetch_related("kinds")


def _decided(row: Meeting) -> Decided:
    assert row.held_on is not None  # noqa: S101 - ``_deciding`` left out meetings without a day
    return Decided(row.title, row.held_on, reverse("meetings:detail", args=[row.pk]), row.kind_titles)


OFFER = DecisionSource("meetings", find, named)
