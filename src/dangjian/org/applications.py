"""Reads on applications for a branch: who answers, where it may stand, what waits for whom."""

import datetime as dt
from typing import cast

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from dangjian.kernel import clock
from dangjian.kernel.gate import Request
from dangjian.kernel.lists import State as ListState
from dangjian.kernel.offers import Matter
from dangjian.kernel.prepared_sql import Question
from dangjian.kernel.rulebook import book
from dangjian.org import policy
from dangjian.org.models import PARENT_KINDS, BranchApplication, Kind, Organization
from dangjian.org.openings import register
from dangjian.org.prepared import prepared_number
from dangjian.org.queries import found_by_text

State = BranchApplication.State
WITH_NAMES = ("organization", "approver", "superior", "founded", "filed_by", "answered_by")


def _line(organization: Organization) -> list[Organization]:
    """The organisation and its superiors, which are no secret to it, nearest first."""
    steps = [int(step) for step in organization.path.strip("/").split("/")]
    return list(register(Organization).filter(pk__in=steps).order_by("-path"))


def approver_of(organization: Organization) -> Organization | None:
    """The committee that answers what ``organization`` asks for: the nearest one above it. The uppermost one has none."""
    return next((one for one in _line(organization)[1:] if one.kind == Kind.COMMITTEE), None)


def approver_under(parent: Organization) -> Organization | None:
    """The committee that approves what is founded under ``parent``: this itself, or the nearest one above it."""
    return parent if parent.kind == Kind.COMMITTEE else approver_of(parent)


def places_for(organization: Organization) -> list[Organization]:
    """Where a branch may stand that ``organization`` asks for: on the line from itself to the committee that answers."""
    approver = approver_of(organization)
    line = [one for one in _line(organization) if approver and one.path.startswith(approver.path)]
    return [one for one in line if one.kind in PARENT_KINDS[Kind.BRANCH]]


def concerns(application: BranchApplication) -> list[policy.Finding]:
    """What the rules say to the numbers that were stated, for both sides to see."""
    on, full = clock.today(), application.full_members
    found = policy.branch_size_findings(full_members=full, all_members=application.all_members, book=book(), on=on)
    if application.type_code in policy.JOINT_BRANCH:
        found = [one for one in found if one.code != "branch_too_small"]
    if application.expected_end_on is None:
        return found
    until = application.expected_end_on
    return found + policy.long_task_findings(
        type_code=application.type_code, since=application.applied_on, until=until, full_members=full, book=book(), on=on
    )


def citation(application: BranchApplication) -> str:
    """The article on how long the answer may take."""
    return book().on_or_first("org.branch.approval_time", application.applied_on).citation


# How it is shown


def look(application: BranchApplication) -> ListState:
    """Its state, and what is still missing of what was agreed to."""
    if application.state == State.AGREED and not application.founded_id:
        return ListState("unfounded", "已同意，待设立", "warn")
    return ListState(*LOOKS[State(application.state)])


LOOKS = {
    State.WAITING: ("pending", "待批复"),
    State.AGREED: ("approved", "已同意"),
    State.REFUSED: ("rejected", "未同意"),
    State.WITHDRAWN: ("withdrawn", "已撤回", "neutral"),
}


# What waits


def answerable(user_id: int) -> QuerySet[BranchApplication]:
    """Those that the actor may answer, in the scope where they keep organisations; none that they filed; the first due first."""
    here = Organization.objects.standing().filter(kind=Kind.COMMITTEE)
    waiting: QuerySet[BranchApplication] = BranchApplication.objects.filter(state=State.WAITING, approver__in=here)
    return waiting.exclude(filed_by=user_id).order_by("due_on", "pk")


def waiting_number(request: HttpRequest) -> Question | int:
    """How many wait for the actor's answer."""
    return _waiting_number.of(cast("Request", request).actor.user_id)


@prepared_number
def _waiting_number(user_id: int) -> int:
    return answerable(user_id).count()


def waiting_matters(request: HttpRequest, limit: int) -> list[Matter]:
    """Those due first."""
    rows = answerable(cast("Request", request).actor.user_id).select_related("organization")[:limit]
    return [
        Matter(f"申请设立“{row}”", reverse("org:application", args=[row.pk]), row.organization.short_name, row.due_on)
        for row in rows
    ]


def unanswered(_today: dt.date) -> QuerySet[BranchApplication]:
    """Every application that waits, for whoever sees to it that it is answered in time."""
    rows: QuerySet[BranchApplication] = BranchApplication.objects.filter(state=State.WAITING)
    return rows


def answered() -> QuerySet[BranchApplication]:
    """Those that were agreed to or refused."""
    rows: QuerySet[BranchApplication] = BranchApplication.objects.filter(state__in=(State.AGREED, State.REFUSED))
    return rows


# The list

STATES = (
    (State.WAITING.value, State.WAITING.label),
    (State.AGREED.value, State.AGREED.label),
    ("unfounded", "已同意，还没有设立"),
    ("unreported", "已同意，还没有备案"),
    (State.REFUSED.value, State.REFUSED.label),
    (State.WITHDRAWN.value, State.WITHDRAWN.label),
    ("late", "超过批复期限"),
)


def in_state(rows: QuerySet[BranchApplication], state: str) -> QuerySet[BranchApplication]:
    """Those of a state of ``STATES``; all of them if it is empty."""
    if not state:
        return rows
    conditions = {
        "unfounded": Q(state=State.AGREED, founded=None),
        "unreported": Q(state=State.AGREED, reported_on=None),
        "late": Q(answered_on__gt=F("due_on")) | Q(state=State.WAITING, due_on__lt=clock.today()),
        **{one.value: Q(state=one) for one in State},
    }
    return rows.filter(conditions[state])


def found(text: str) -> Q:
    """The condition for a part of the names, of the unit, or whatever finds the applicant."""
    own = Q(name__icontains=text) | Q(short_name__icontains=text) | Q(unit_name__icontains=text)
    return own | found_by_text(text, "organization__")
