"""Reports of a period: of which periods, by whom, until when, how far each is, and what waits for a superior."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from dangjian.engines.annual.models import STANDING_STATES, State, Submission, title_of
from dangjian.kernel import clock
from dangjian.kernel.errors import NotFound
from dangjian.kernel.offers import Matter
from dangjian.kernel.periods import HALF_YEAR, YEAR, Span, parsed
from dangjian.kernel.prepared_sql import Question
from dangjian.kernel.rulebook import Period, book
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import register
from dangjian.org.prepared import prepared_number

KINDS = (Kind.BRANCH, Kind.GENERAL_BRANCH, Kind.COMMITTEE)
"""Those that confirm a report, from below upwards."""
RULES = {YEAR: "stat.period", HALF_YEAR: "stat.half_year"}
"""The rule of each sort of report."""
_TIMES: Mapping[str, str] = {
    Kind.BRANCH: "stat.report.branch",
    Kind.GENERAL_BRANCH: "stat.report.general_branch",
    Kind.COMMITTEE: "stat.report.committee",
}
"""How long each has after the end of the period."""
YEARS_BACK = 3


def spans() -> list[Span]:
    """Periods of which reports are made, the latest that is over first: calendar years and first half-years (``stat.period``)."""
    today = clock.today()
    years = [Span(YEAR, dt.date(today.year - back, 1, 1)) for back in range(YEARS_BACK + 1)]
    halves = [Span(HALF_YEAR, one.start) for one in years] if uses_half_years() else []
    return sorted((one for one in (*years, *halves) if one.last < today), key=lambda one: one.last, reverse=True)


def uses_half_years() -> bool:
    """Whether half-year reports are made here (setting ``stat.half_year.used``)."""
    return book().on("stat.half_year.used", clock.today()).expect(bool)


def span_named(code: str) -> Span:
    """The period that an address names. :raises NotFound: for one of which no report is made."""
    found = parsed(code)
    if found is None or not is_reported(found):
        raise NotFound("没有这个报告期。")
    return found


def is_reported(span: Span) -> bool:
    """Whether reports are made of it: years, and first half-years."""
    return span.per == YEAR or (span.per == HALF_YEAR and span.start.month == 1)


def is_owed(span: Span) -> bool:
    """Whether reports of it are made here (settings ``stat.report.first_year`` and ``stat.half_year.used``)."""
    first = int(book().on("stat.report.first_year", clock.today()).expect(int))
    if span.per == YEAR:
        return span.start.year >= first
    return is_reported(span) and span.start.year > first and uses_half_years()


def due_on(span: Span, kind: str) -> dt.date:
    """The last day on which an organisation of this kind confirms."""
    return book().on(_TIMES[kind], clock.today()).expect(Period).after(span.last)


def owing(rows: QuerySet[Organization], span: Span) -> QuerySet[Organization]:
    """Organisations of ``rows`` that stand, and that the platform kept when the period ended."""
    return rows.filter(dissolved_on=None, kind__in=KINDS, established_on__lte=span.last, live_on__lte=span.last)


def submission_of(organization: Organization, span: Span) -> Submission:
    """The report of an organisation for a period, or one that is still to be made."""
    since, until = span.days
    found = register(Submission).filter(organization=organization, since=since, until=until).first()
    return found or Submission(organization=organization, per=span.per, since=since, until=until)


def below(organization: Organization, span: Span) -> list[tuple[Organization, Submission | None]]:
    """What reports to an organisation itself, with how far each is."""
    rows = owing(register(Organization).filter(parent=organization), span).order_by("order", "path")
    since, until = span.days
    there = {one.organization_id: one for one in register(Submission).filter(organization__in=rows, since=since, until=until)}
    return [(one, there.get(one.pk)) for one in rows]


def waiting_below(organization: Organization, span: Span) -> list[Submission]:
    """Reports that wait to be accepted by an organisation."""
    return [row for _, row in below(organization, span) if row is not None and row.state == State.SUBMITTED]


def missing_below(organization: Organization, span: Span) -> list[str]:
    """Names of those whose report has not been accepted."""
    return [one.short_name for one, row in below(organization, span) if row is None or row.state != State.ACCEPTED]


# Lists


def units(span: Span) -> QuerySet[Organization]:
    """Those in the scope that owe a report of the period."""
    return owing(Organization.objects.all(), span)


def in_state(rows: QuerySet[Organization], state: str, span: Span) -> QuerySet[Organization]:
    """Those whose report is so far; ``open`` for those that have not confirmed."""
    since, until = span.days
    reports = Submission.objects.filter(organization=OuterRef("pk"), since=since, until=until)
    if state == "open":
        return rows.exclude(Exists(reports.filter(state__in=STANDING_STATES)))
    return rows.filter(Exists(reports.filter(state=state))) if state else rows


def states_of(organizations: Sequence[Organization], span: Span) -> dict[int, Submission]:
    """The reports of those on a page, by organisation."""
    since, until = span.days
    rows = Submission.objects.filter(organization__in=organizations, since=since, until=until)
    return {one.organization_id: one for one in rows.select_related("submitted_by", "decided_by")}


def duty_code(per: str, kind: str) -> str:
    """The duty of organisations of a kind to report."""
    return f"annual.{per}.{kind}"


def confirmed(per: str) -> QuerySet[Submission]:
    """What shows that a report of this sort was made."""
    rows: QuerySet[Submission] = Submission.objects.filter(per=per, state__in=STANDING_STATES)
    return rows


# What waits


def acceptable() -> QuerySet[Submission]:
    """Those that wait for the actor, in the scope where they accept."""
    here = Organization.objects.standing()
    rows: QuerySet[Submission] = Submission.objects.filter(state=State.SUBMITTED, organization__parent__in=here)
    return rows.order_by("submitted_at", "pk")


def waiting_number(_request: HttpRequest) -> Question | int:
    """How many wait to be accepted."""
    return _waiting_number.of()


@prepared_number
def _waiting_number() -> int:
    return acceptable().count()


def waiting_matters(_request: HttpRequest, limit: int) -> list[Matter]:
    """Those that have waited longest."""
    return [
        Matter(
            f"{one.organization.short_name}{title_of(one.span)}",
            reverse("annual:submission", args=[one.organization_id, one.span.code]),
            one.organization.short_name,
        )
        for one in acceptable().select_related("organization")[:limit]
    ]
