"""Sittings by the shift plan: a week is chosen, times are proposed, and what is taken stands in the form."""

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from dangjian.activities.meetings.fitting import Spread, Times, fewest_sittings, possible_times
from dangjian.activities.meetings.forms.rows import SITTINGS, put_sittings
from dangjian.activities.meetings.models import Audience
from dangjian.activities.meetings.queries import audience_of
from dangjian.activities.meetings.queries.work_times import sources, work_times
from dangjian.kernel import clock
from dangjian.kernel.form_rows import typed
from dangjian.kernel.gate import Request
from dangjian.kernel.typed import number
from dangjian.kernel.ui import words
from dangjian.members.models import Member
from dangjian.members.offers import WorkTimes
from dangjian.org.models import Organization

SHOW, TAKE = "shifts", "take-shifts"
"""Buttons of the form: propose sittings, put what is proposed into it."""
WEEK = dt.timedelta(days=7)
WEEKS = 4
USUAL_START, USUAL_LENGTH = dt.time(15), dt.timedelta(minutes=90)
LONGEST = dt.timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Proposed:
    """One sitting: when it is, how many can come to it."""

    times: Times
    number: int

    @property
    def label(self) -> str:
        """When it is."""
        begin, end = (timezone.localtime(moment) for moment in self.times)
        return f"{words.short_day(begin)} {begin:%H:%M}–{end:%H:%M}"


@dataclass(frozen=True, slots=True)
class ByShift:
    """What is proposed for the week from ``week``: of ``called`` people, ``planned`` have a plan, the others can always come."""

    week: dt.date
    called: int = 0
    planned: int = 0
    sittings: tuple[Proposed, ...] = ()
    cannot: tuple[str, ...] = ()
    is_taken: bool = False
    sources: list[WorkTimes] = field(default_factory=list)

    @property
    def weeks(self) -> list[tuple[str, str]]:
        """Weeks to choose from: this one and those to come."""
        monday = _monday(clock.today())
        found = [monday + WEEK * ahead for ahead in range(WEEKS + 1)]
        return [(one.isoformat(), _named(one, monday)) for one in found]

    @property
    def unplanned(self) -> int:
        """Those without a plan."""
        return self.called - self.planned


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def _named(week: dt.date, this: dt.date) -> str:
    name = {0: "本周", 1: "下周"}.get((week - this).days // WEEK.days, "")
    last = week + WEEK - dt.timedelta(days=1)
    return f"{name}{'，' if name else ''}{words.near_day(week)}至{words.near_day(last)}"


def by_shift(request: Request, organization: Organization, data: QueryDict | None) -> ByShift | None:
    """What was asked for in the form ``data``, into which the sittings are put if they are taken; ``None`` if nothing was."""
    part = request.POST.get("part", "")
    if data is None or part not in {SHOW, TAKE}:
        return None
    week = _asked(data.get("shift_week", ""))
    called = _called(organization, data, week)
    known = work_times(called.keys(), week, week + WEEK - dt.timedelta(days=1))
    if not known:
        return ByShift(week, len(called), sources=sources())
    usual, length = _first_typed(data)
    possible = possible_times(week, length, usual, after=clock.now())
    spread = fewest_sittings(possible, known)
    if part == TAKE and spread.sittings:
        put_sittings(data, [_row(times) for times in spread.sittings])
    return _told(week, called, len(known), spread, is_taken=part == TAKE)


def _told(week: dt.date, called: dict[int, str], planned: int, spread: Spread, *, is_taken: bool) -> ByShift:
    always = len(called) - planned
    proposed = tuple(Proposed(times, len(comes) + always) for times, comes in zip(spread.sittings, spread.comes, strict=True))
    cannot = tuple(name for pk, name in called.items() if pk in spread.cannot)
    return ByShift(week, len(called), planned, proposed, cannot, is_taken)


def _asked(text: str) -> dt.date:
    """The week that is asked for, the coming one for anything else."""
    this = _monday(clock.today())
    try:
        week = _monday(dt.date.fromisoformat(text))
    except ValueError:
        return this + WEEK
    return week if this <= week <= this + WEEK * WEEKS else this + WEEK


def _called(organization: Organization, data: QueryDict, on: dt.date) -> dict[int, str]:
    """Names of those who are called, by their numbers."""
    audience = data.get("audience", "")
    if audience == Audience.CHOSEN:
        wanted = {pk for text in data.getlist("member_ids") if (pk := number(text))}
        rows: QuerySet[Member] = Member.objects.counted().filter(pk__in=wanted)
    else:
        known = audience if audience in Audience.values else Audience.MEMBERS
        rows = audience_of(organization, known, max(on, clock.today()))
    return dict(rows.order_by("name_sort", "pk").values_list("pk", "name"))


def _first_typed(data: QueryDict) -> tuple[dt.time, dt.timedelta]:
    """When the meeting begins and how long it is, as it stands in the form."""
    row = next(iter(typed(data, SITTINGS)), {})
    try:
        starts, ends = (dt.datetime.fromisoformat(f"2000-01-01T{row[name]}") for name in ("starts", "ends"))
    except (KeyError, ValueError):
        return USUAL_START, USUAL_LENGTH
    length = ends - starts
    return starts.time(), length if dt.timedelta() < length <= LONGEST else USUAL_LENGTH


def _row(times: Times) -> dict[str, str]:
    begin, end = (timezone.localtime(moment) for moment in times)
    return {"on": begin.date().isoformat(), "starts": f"{begin:%H:%M}", "ends": f"{end:%H:%M}"}
