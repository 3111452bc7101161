"""Reads on yearly plans: how far each is used up, what speaks against one more person, what waits for an answer."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse

from dangjian.activities.development.models import Applicant, Quota, QuotaRequest, RequestState, Stage
from dangjian.activities.development.policy import Over, Standing, standing_of
from dangjian.activities.development.queries.way import PROCEDURE
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase, StepState
from dangjian.engines.procedures.offers import Objection
from dangjian.kernel import clock
from dangjian.kernel.gate import Request
from dangjian.kernel.offers import Matter
from dangjian.kernel.prepared_sql import Question
from dangjian.kernel.rulebook import Choice, RuleValue, book
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import register
from dangjian.org.prepared import prepared_number

UNITS = (Kind.COMMITTEE, Kind.GENERAL_BRANCH, Kind.BRANCH)
"""Kinds of organisations that have a plan."""


@dataclass(frozen=True, slots=True)
class YearPlan:
    """All plans of a year at and below one place, and what was taken of them, by the paths of organisations."""

    year: int
    plans: Mapping[str, int]
    used: Mapping[str, int]
    reserved: Mapping[str, int]

    @property
    def taken(self) -> Mapping[str, int]:
        """Places that somebody has or is about to have."""
        return {path: self.used.get(path, 0) + self.reserved.get(path, 0) for path in {*self.used, *self.reserved}}

    def of(self, organization: Organization) -> Standing:
        """How far the plan of an organisation is."""
        return standing_of(organization.path, self.plans, self.used, self.reserved)


def year_plan(year: int, below: str = "") -> YearPlan:
    """The plans of a year, whoever asks, with three questions; what of it is shown is for the caller to say."""
    quotas = register(Quota).filter(year=year, organization__path__startswith=below, organization__dissolved_on=None)
    plans = dict(quotas.order_by().values_list("organization__path", "places"))
    return YearPlan(year, plans, _used(year, below), _reserved(year, below))


def _used(year: int, below: str) -> Counter[str]:
    """Members admitted in a year, by the branch that admitted them: whoever has moved since still counts there."""
    passed = register(CaseStep).filter(case__procedure=PROCEDURE, case__subject_id=OuterRef("pk"), state=StepState.TAKEN)
    admitted_by = passed.filter(code="admission_meeting").order_by("-taken_at").values("place__path")[:1]
    # Whom the superior did not approve took no place.
    rows = register(Applicant).filter(admitted_on__year=year).exclude(stage=Stage.ENDED, approved_on=None)
    found = rows.annotate(place=Coalesce(Subquery(admitted_by), F("organization__path"))).filter(place__startswith=below)
    return Counter(dict(found.order_by().values_list("place").annotate(number=Count("pk"))))


def _reserved(year: int, below: str) -> Counter[str]:
    """People who passed the check of the committee and are not admitted yet. They count in the year that runs."""
    if year != clock.today().year:
        return Counter()
    waiting = register(Applicant).not_admitted().filter(pk=OuterRef("case__subject_id"), admitted_on=None)
    rows = register(CaseStep).filter(
        Exists(waiting),
        case__procedure=PROCEDURE,
        case__state=CaseState.OPEN,
        case__organization__path__startswith=below,
        code="prereview",
        state=StepState.TAKEN,
        outcome="agreed",
    )
    counted = rows.order_by().values_list("case__organization__path").annotate(number=Count("case", distinct=True))
    return Counter(dict(counted))


# One organisation


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan by which an organisation goes in a year: its own, or that of ``holder``, the nearest above it that has one."""

    year: int
    holder: Organization | None
    standing: Standing

    @property
    def plan(self) -> int | None:
        """Places of the holder; ``None`` where nobody has a plan."""
        return self.standing.plan

    @property
    def used(self) -> int:
        """Of them, taken by those who were admitted."""
        return self.standing.used

    @property
    def reserved(self) -> int:
        """Of them, taken by those who are about to be admitted."""
        return self.standing.reserved

    @property
    def left(self) -> int | None:
        """How many the organisation may still admit."""
        return self.standing.free

    @property
    def in_words(self) -> str:
        """For people: what the plan is and how far it is used up."""
        if self.holder is None:
            return f"{self.year}年没有下达发展党员计划。"
        others = self.standing.given - self.standing.taken
        return "".join(
            (
                f"“{self.holder}”{self.year}年发展党员计划{self.plan}名，已接收{self.used}名",
                f"，预审通过待接收{self.reserved}名" if self.reserved else "",
                f"，已下达给下级还没有使用{others}名" if others else "",
                f"，还可接收{max(self.left or 0, 0)}名。",
            )
        )


def quota_of(organization: Organization, year: int) -> Quota | None:
    """The plan that was handed down to an organisation itself; whether it may be shown is for the caller to say."""
    found: Quota | None = register(Quota).select_related("organization").filter(organization=organization, year=year).first()
    return found


def quota_for(organization: Organization, year: int) -> Quota | None:
    """The plan by which an organisation goes: its own, or the nearest above it."""
    line = [int(step) for step in organization.path.strip("/").split("/")]
    rows = register(Quota).select_related("organization").filter(year=year, organization__in=line)
    found: Quota | None = rows.order_by("-organization__path").first()
    return found


def standing(organization: Organization, year: int) -> Plan:
    """How far the plan is by which an organisation goes in a year: for whoever chooses candidates there."""
    quota = quota_for(organization, year)
    if quota is None:
        return Plan(year, None, Standing(None, 0, 0, 0))
    return Plan(year, quota.organization, year_plan(year, quota.organization.path).of(quota.organization))


def is_candidate(case: ProcedureCase) -> bool:
    """Whether the person of a case is an activist or further on, and not admitted yet."""
    candidates = register(Applicant).filter(pk=case.subject_id, stage__in=(Stage.ACTIVIST, Stage.OBJECT), admitted_on=None)
    return bool(candidates.exists())


def over_rule(day: dt.date) -> RuleValue:
    """What the enterprise has set for whoever would go over the plan."""
    return book().on("development.plan.over", day)


def objection(organization: Organization, day: dt.date, extra: int = 1) -> Objection | None:
    """What speaks against ``extra`` more people of an organisation in the year of ``day``.

    Nothing where nobody has handed down a plan, or where the enterprise has set that plans are only shown. Asked in the
    transaction of a step, it holds the plan until the end: two who take the last place at the same moment take turns.
    """
    rule = over_rule(day)
    over = cast("Over", rule.expect(Choice).code)
    quota = quota_for(organization, day.year)
    if quota is None or over == "off":
        return None
    if connection.in_atomic_block:
        register(Quota).select_for_update(of=("self",)).filter(pk=quota.pk).first()
    plan = standing(organization, day.year)
    if plan.left is None or plan.left >= extra:
        return None
    how = "请先向上级申请追加计划，答复以后再办理。" if over == "refuse" else ""
    return Objection(f"{plan.in_words}名额不够。", how, rule.citation, is_usual_only=over == "warn")


# Requests for more


def requests_of(organization: Organization, year: int) -> QuerySet[QuotaRequest]:
    """What an organisation has asked for in a year, the latest first."""
    rows: QuerySet[QuotaRequest] = QuotaRequest.objects.filter(organization=organization, year=year)
    return rows.select_related("organization__parent", "asked_by", "answered_by").order_by("-asked_at", "-pk")


def answerable(user_id: int) -> QuerySet[QuotaRequest]:
    """Those that the actor may answer, in the scope where they hand plans down; none that they asked for themselves."""
    here = Organization.objects.standing()
    rows: QuerySet[QuotaRequest] = QuotaRequest.objects.filter(state=RequestState.ASKED, organization__parent__in=here)
    return rows.exclude(asked_by=user_id).order_by("asked_at", "pk")


def waiting_number(request: HttpRequest) -> Question | int:
    """How many wait for the actor's answer."""
    return _waiting_number.of(cast("Request", request).actor.user_id)


@prepared_number
def _waiting_number(user_id: int) -> int:
    return answerable(user_id).count()


def waiting_matters(request: HttpRequest, limit: int) -> list[Matter]:
    """Those that have waited longest."""
    rows = answerable(cast("Request", request).actor.user_id).select_related("organization")[:limit]
    return [
        Matter(
            f"{row.organization.short_name}申请追加{row.year}年发展计划{row.wanted}名",
            reverse("development:quota_request", args=[row.pk]),
            row.organization.short_name,
        )
        for row in rows
    ]


# Lists


def last_document(organization: Organization, year: int) -> str:
    """The document by which an organisation handed its plan down last."""
    rows = register(Quota).filter(organization__parent=organization, year=year).order_by("-given_at", "-pk")
    found: str | None = rows.values_list("document", flat=True).first()
    return found or ""


def units(year: int) -> QuerySet[Organization]:
    """Organisations of the scope that have a plan or could have one, with what they were handed in the year."""
    quota = Quota.objects.filter(organization=OuterRef("pk"), year=year)
    rows: QuerySet[Organization] = Organization.objects.standing().filter(kind__in=UNITS).select_related("parent")
    return rows.annotate(
        places=Subquery(quota.values("places")[:1]),
        document=Subquery(quota.values("document")[:1]),
        given_at=Subquery(quota.values("given_at")[:1]),
    )


def has_plan(rows: QuerySet[Organization], which: str) -> QuerySet[Organization]:
    """Those that were handed a plan (``given``), or not (``none``)."""
    conditions = {"given": Q(places__isnull=False), "none": Q(places=None)}
    return rows.filter(conditions[which]) if which in conditions else rows


def years() -> Sequence[int]:
    """The years whose plans are looked at, the next one first: its plan is handed down before it begins."""
    this = clock.today().year
    return range(this + 1, this - 5, -1)
