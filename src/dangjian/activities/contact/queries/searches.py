"""Searches for members out of contact: which go on, what was tried, what the branch is to decide."""

import datetime as dt
from typing import Any

from django.db.models import CharField, DateField, F, Q, QuerySet, Value
from django.db.models.functions import Concat

from dangjian.activities.contact.models import Search, SearchState, SearchTry
from dangjian.activities.contact.models.search import OPEN
from dangjian.activities.contact.policy import length
from dangjian.kernel.lists import ALL
from dangjian.kernel.rulebook import book
from dangjian.kernel.sql import later
from dangjian.members.models import ChangeKind, Standing
from dangjian.org.openings import register

SUSPEND_DUTY, DECIDE_DUTY = "contact.suspend", "contact.decide"


def in_state(rows: QuerySet[Search], state: str) -> QuerySet[Search]:
    """Those of a state; without one those that go on or are to be decided about."""
    if state == ALL:
        return rows
    if state:
        return rows.filter(state=state)
    return rows.filter(state__in=OPEN) | rows.filter(_undecided())


def running_of(member_id: int) -> Search | None:
    """The search for a member that goes on; whether it may be shown is for the caller to say."""
    found: Search | None = register(Search).running().filter(member=member_id).select_related("member__branch").first()
    return found


def tries_of(search: Search) -> QuerySet[SearchTry]:
    """What was tried, the latest first."""
    rows: QuerySet[SearchTry] = register(SearchTry).filter(search=search)
    return rows.select_related("made_by")


def ways_tried(search: Search) -> int:
    """In how many ways somebody was searched for."""
    return tries_of(search).order_by().values("way").distinct().count()


def ways_wanted(day: dt.date) -> int:
    """In how many ways at least, before all means count as tried."""
    return book().on("lost.ways", day).expect(int)


def to_suspend(day: dt.date) -> QuerySet[Search]:
    """Members who were searched for by all means, without contact for so long that their suspension is to be decided."""
    concluded = Search.objects.filter(state=SearchState.CONCLUDED, member__standing=Standing.NORMAL)
    rows: QuerySet[Any] = concluded.annotate(suspend_on=later(F("silent_since"), length("lost.suspend", day)))
    rows = rows.annotate(opens_on=F("concluded_on"), no_day=Value(None, output_field=DateField()))
    return rows.filter(suspend_on__lte=day).annotate(duty_title=_named("研究停止党籍："))


def to_decide(day: dt.date) -> QuerySet[Search]:
    """Members who were found again after they were lost, about whom nothing is decided yet."""
    rows = Search.objects.filter(_undecided(), member__standing=Standing.NORMAL, found_on__lte=day)
    return rows.annotate(no_day=Value(None, output_field=DateField()), duty_title=_named("重新取得联系，研究限期改正："))


def decided() -> QuerySet[Search]:
    """What was decided about those who were found, as evidence."""
    rows: QuerySet[Search] = Search.objects.exclude(outcome="")
    return rows


def suspended() -> QuerySet[Search]:
    """Searches that ended with 停止党籍, as evidence."""
    rows: QuerySet[Search] = Search.objects.filter(state=SearchState.ENDED, end_note=ChangeKind.SUSPENDED.label)
    return rows


def _undecided() -> Q:
    return Q(state=SearchState.FOUND, lost_on__isnull=False, outcome="")


def _named(before: str) -> Concat:
    return Concat(Value(before), F("member__name"), output_field=CharField())
