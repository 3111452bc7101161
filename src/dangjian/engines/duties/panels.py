"""Parts of other pages: the to-do list at home, figures on the workbench, duties on an organisation's page."""

from typing import Any

from django.db.models import Count, QuerySet

from dangjian.engines.duties.models import Duty, is_overdue
from dangjian.engines.duties.queries import lists, matrix
from dangjian.engines.duties.queries import waiting as waiting_matters
from dangjian.kernel import clock
from dangjian.kernel.gate import Request
from dangjian.kernel.once import once_a_request
from dangjian.kernel.windows import Window
from dangjian.org.models import Organization
from dangjian.org.prepared import prepared_number, prepared_rows
from dangjian.org.scope import opened

AT_HOME = 6
WORST = 6


@once_a_request
def waiting(request: Request) -> int:
    """The badge of 待办: duties due soon or overdue, and whatever else waits for the person."""
    return waiting_matters.number(request)


def todo(request: Request) -> dict[str, object]:
    """What waits for the person, and the soonest of their duties: the one list of what is to be done."""
    rows = _soonest(request.actor.user_id)
    items = lists.present(rows[:AT_HOME], request.actor)
    return {"items": items, "more": len(rows) > AT_HOME, "groups": waiting_matters.groups(request)}


@prepared_rows
def _soonest(user_id: int) -> QuerySet[Duty]:
    return lists.to_present(lists.to_do(user_id))[: AT_HOME + 1]


def overview(request: Request) -> dict[str, object] | None:
    """Figures of the quarter for those who oversee several branches, and where most is overdue."""
    quarter = Window.of(clock.today(), "quarter")
    where = request.actor.scope_of("duties.matrix")
    with opened(where):
        if not _sections_number():
            return None
        return {"window": quarter, "figures": lists.figures(quarter.start, quarter.last), "worst": _worst()}


@prepared_number
def _sections_number() -> int:
    return Organization.objects.standing().filter(kind__in=matrix.SECTIONS).count()


def _worst() -> list[dict[str, object]]:
    worst = {row["line"]: row["n"] for row in _most_overdue()}
    names = {organization.pk: organization for organization in _organizations(tuple(sorted(worst)))}
    return [{"organization": names[pk], "overdue": number} for pk, number in worst.items() if pk in names]


@prepared_rows
def _most_overdue() -> QuerySet[Duty, dict[str, Any]]:
    rows = Duty.objects.live().filter(is_overdue(clock.today())).order_by().annotate(line=matrix.OWNERS["body"]).values("line")
    return rows.annotate(n=Count("pk")).order_by("-n", "line")[:WORST]


@prepared_rows
def _organizations(numbers: tuple[int, ...]) -> QuerySet[Organization]:
    return Organization.objects.filter(pk__in=numbers).only("short_name")


def of_object(request: Request, obj: Organization) -> dict[str, object]:
    """Open duties of one organisation, and how its year stands."""
    year = Window.of(clock.today(), "year")
    rows = matrix.behind(matrix.duties_in(year), "section" if obj.kind in matrix.SECTIONS else "body", obj.pk)
    actor = request.actor
    own = lists.of_organization(obj).filter(lists.may_be_seen_by(actor))
    counted = rows.aggregate(total=Count("pk"), **matrix.counts(clock.today()))
    return {"items": lists.present(own[:30], actor), "figures": lists.Figures(**counted), "window": year, "organization": obj}
