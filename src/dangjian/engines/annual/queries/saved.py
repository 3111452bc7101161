"""Questions that are kept: whose they are, and who else reads them."""

from django.db.models import Q, QuerySet

from dangjian.engines.annual.models import SavedQuestion
from dangjian.engines.annual.queries.breakdowns import BELOW, BELOW_TITLE, dated, ways
from dangjian.kernel import clock
from dangjian.kernel.actor import Visitor
from dangjian.kernel.registry import by_code
from dangjian.kernel.tabulation import Population, Worded
from dangjian.org.openings import register


def readable(actor: Visitor) -> QuerySet[SavedQuestion]:
    """One's own, and those shared by an organisation where the reader may see statistics, or by one above it."""
    above = {path for reach in actor.scope_of("annual.view").reaches or () for path in _line_of(reach.path)}
    shared = Q(is_shared=True, organization__path__in=above)
    rows: QuerySet[SavedQuestion] = register(SavedQuestion).filter(Q(owner=actor.user_id) | shared)
    return rows.select_related("organization", "owner")


def _line_of(path: str) -> list[str]:
    """Paths of an organisation and of all above it."""
    steps = path.split("/")[:-1]
    return ["/".join(steps[:depth]) + "/" for depth in range(1, len(steps) + 1)]


def content_of(question: SavedQuestion) -> str:
    """What it counts by what, in words; what there is no more is left out."""
    asked = question.asked
    of = by_code(Population).get(asked.get("of", ""))
    if of is None:
        return ""
    today = clock.today()
    offered = {**ways(of.code), **dated(of.code, today, today)}
    worded = {one.code: one.title for one in of.dimensions if isinstance(one, Worded)}
    titles = {BELOW: BELOW_TITLE, **worded, **{name: way.title for name, way in offered.items()}}
    by = [titles[name] for key in ("down", "across") if (name := asked.get(key)) in titles]
    where = [titles[name] for part in asked.get("where", "").split(";") if (name := part.partition(":")[0]) in titles]
    return f"{of.title}：{'、'.join(by)}" + (f"（只数符合条件的：{'、'.join(where)}）" if where else "")
