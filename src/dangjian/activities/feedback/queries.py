"""Whom somebody may write to, what they wrote, and what waits for whoever answers."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse

from dangjian.activities.feedback.models import Feedback, FeedbackStep, State
from dangjian.activities.feedback.policy import reminded_from
from dangjian.kernel import clock
from dangjian.kernel.gate import Request
from dangjian.kernel.offers import DigestLine, Matter
from dangjian.kernel.once import once_a_request
from dangjian.kernel.ui.words import due
from dangjian.org.gate import roles_held
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import inside, own, register
from dangjian.org.prepared import prepared_number, prepared_rows
from dangjian.org.queries import holders

ANSWER = "feedback.answer"


def addressees(author_id: int) -> list[Organization]:
    """The organisations that somebody may write to, the nearest first: their own and those above it.

    Only those where another person answers; the enterprise's first organisation for somebody who belongs to none.
    """
    line = {int(step) for held in roles_held([author_id])[author_id] for step in held.path.strip("/").split("/")}
    return _answered_in(Q(pk__in=line) if line else Q(parent=None), author_id)


def _answered_in(whose: Q, author_id: int) -> list[Organization]:
    """Those of the standing organisations in which somebody but the author answers, the nearest first.

    Whom one may write to is no secret to those below.
    """
    rows: list[Organization] = list(register(Organization).standing().exclude(kind=Kind.GROUP).filter(whose))
    rows.sort(key=lambda one: (-one.depth, one.path))
    return [one for one in rows if holders(ANSWER, one).keys() - {author_id}]


def handlers(feedback: Feedback) -> dict[int, str]:
    """Who may answer it at the organisation where it lies: names by account, without whoever wrote it."""
    found = holders(ANSWER, feedback.organization)
    return {user_id: name for user_id, name in found.items() if user_id != feedback.author_id}


def passed_to(feedback: Feedback) -> list[Organization]:
    """Where it may be handed on: those above, and whomever its author could have written to; only where somebody answers."""
    above = [int(step) for step in feedback.organization.path.strip("/").split("/")]
    found = [*addressees(feedback.author_id), *_answered_in(Q(pk__in=above), feedback.author_id)]
    return [one for one in dict.fromkeys(found) if one.pk != feedback.organization_id]


def written_by(author_id: int) -> Any:
    """What somebody wrote themselves, wherever it is handled, the newest first."""
    return own(Feedback, author_id).select_related("organization", "owner")


def steps(feedback: Feedback) -> list[FeedbackStep]:
    """What was done with it, the oldest first."""
    with inside(feedback.organization):
        return list(feedback.steps.select_related("by"))


def inbox() -> Any:
    """All that was written to the organisations in the scope."""
    return Feedback.objects.select_related("organization", "owner", "author")


@once_a_request
def waiting_number(request: Request) -> int:
    """How much the actor could answer."""
    return _waiting_number(request.actor.user_id)


@prepared_number
def _waiting_number(user_id: int) -> int:
    return int(Feedback.objects.for_handler(user_id).count())


@prepared_rows
def _due_first(user_id: int, *, limit: int) -> Any:
    return Feedback.objects.for_handler(user_id).select_related("organization").order_by("due_on", "pk")[:limit]


def matters(request: Request, limit: int) -> list[Matter]:
    """What is due first of it."""
    rows = _due_first(request.actor.user_id, limit=limit)
    return [
        Matter(
            f"{row.get_kind_display()}：{row.title}", reverse("feedback:case", args=[row.pk]), str(row.organization), row.due_on
        )
        for row in rows
    ]


def digest_lines(user_ids: Sequence[int], day: dt.date) -> Mapping[int, Sequence[DigestLine]]:
    """What is to be answered within the next days or late, to whoever has taken it, or to all who may.

    As many questions as there are organisations with something that nobody has taken.
    """
    found: dict[int, list[DigestLine]] = defaultdict(list)
    rows = list(register(Feedback).filter(state=State.OPEN, due_on__lte=reminded_from(day)).select_related("organization"))
    places = {row.organization_id: row.organization for row in rows if row.owner_id is None}
    free = {pk: holders(ANSWER, organization) for pk, organization in places.items()}
    for row in sorted(rows, key=lambda row: (row.due_on, row.pk)):
        line = DigestLine(
            f"{row.get_kind_display()}“{row.title}”待答复，{due(row.due_on)}",
            reverse("feedback:case", args=[row.pk]),
            urgent=row.due_on < day,
        )
        for user_id in {row.owner_id} if row.owner_id else free[row.organization_id].keys() - {row.author_id}:
            found[user_id].append(line)
    wanted = set(user_ids)
    return {user_id: lines for user_id, lines in found.items() if user_id in wanted}


def unanswered(organization: Organization, _effective_on: dt.date) -> str:
    """What keeps an organisation from being dissolved: something that its people wait for an answer to."""
    with inside(organization):
        number = Feedback.objects.filter(organization=organization, state=State.OPEN).count()
    return f"还有{number}条意见建议没有答复，请先答复，或者转交上级党组织。" if number else ""


def may_raise(feedback: Feedback) -> bool:
    """Whether its author may turn to the level above on their own: it is late, or nobody is left who could answer."""
    return feedback.is_open and (feedback.due_on < clock.today() or not handlers(feedback))
