"""What waits for the actor beside their duties: the groups that modules offer as ``Waiting``."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.urls import reverse

from dangjian.engines.duties.models import ConfirmationState, DutyConfirmation, amber_until
from dangjian.engines.duties.queries import lists
from dangjian.kernel import clock, prepared_sql
from dangjian.kernel.gate import SIGNED_IN, Request
from dangjian.kernel.offers import Matter, Waiting
from dangjian.kernel.once import once_a_request
from dangjian.kernel.prepared_sql import Question
from dangjian.kernel.reach import Scope
from dangjian.kernel.registry import offers
from dangjian.org.prepared import prepared_number
from dangjian.org.scope import current, opened

AT_HOME = 3
DUTIES = "duties"


@dataclass(frozen=True, slots=True)
class Group:
    """Some of what waits under one offer, and how much there is in all."""

    offer: Waiting
    number: int
    matters: Sequence[Matter]

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.number - len(self.matters)

    @property
    def url(self) -> str:
        """The page that lists all of them."""
        return reverse(self.offer.url_name) + self.offer.query


def number(request: Request) -> int:
    """How many things wait for the actor: their duties, due soon or overdue, and what modules offer."""
    return sum(_numbers(request).values())


def groups(request: Request, limit: int = AT_HOME) -> list[Group]:
    """What waits for the actor, each kind with its first ``limit``."""
    found = []
    for offer in offers(Waiting):
        waiting = _numbers(request).get(offer.code, 0)
        if waiting:
            with opened(_where(request, offer)):
                found.append(Group(offer, waiting, offer.matters(request, limit)))
    return found


@once_a_request
def _numbers(request: Request) -> dict[str, int]:
    asked: dict[str, Question | int] = {DUTIES: lists.waiting_count.of(request.actor.user_id, amber_until(clock.today()))}
    for offer in offers(Waiting):
        if offer.permission == SIGNED_IN or request.actor.may(offer.permission):
            with opened(_where(request, offer)):
                asked[offer.code] = offer.number(request)
    return dict(zip(asked, prepared_sql.numbers(list(asked.values())), strict=True))


def _where(request: Request, offer: Waiting) -> Scope:
    where: Scope = request.actor.visible if offer.permission == SIGNED_IN else request.actor.scope_of(offer.permission)
    return where


def _confirmations(user_id: int) -> QuerySet[DutyConfirmation]:
    """Confirmations that wait and that others handed in, of duties which somebody within the open scope has set."""
    issued_here: Q = current().q("duty__local_duty__organization__")
    rows: QuerySet[DutyConfirmation] = DutyConfirmation.objects.filter(issued_here, state=ConfirmationState.WAITING)
    return rows.exclude(by=user_id)


def confirmations_number(request: Request) -> Question | int:
    """How many units have handed in a task that the actor may accept."""
    return _confirmations_number.of(request.actor.user_id)


@prepared_number
def _confirmations_number(user_id: int) -> int:
    return _confirmations(user_id).count()


def confirmations(request: Request, limit: int) -> list[Matter]:
    """The longest waiting of them."""
    rows = _confirmations(request.actor.user_id).select_related("duty__organization").order_by("at")[:limit]
    return [
        Matter(row.duty.title, reverse("duties:detail", args=[row.duty_id]), row.duty.organization.short_name) for row in rows
    ]
