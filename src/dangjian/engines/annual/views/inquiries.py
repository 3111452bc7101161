"""What a page is asked in a question of the reader's own: an organisation and a day, and what is counted of it by what."""

from dataclasses import dataclass

from dangjian.engines.annual.queries.breakdowns import Answer, Breakdown, Given, counted, read
from dangjian.engines.annual.views.asking import FILTERS, Question, span_asked
from dangjian.kernel.errors import PermissionDenied
from dangjian.kernel.gate import Request
from dangjian.kernel.tabulation import Population, Table
from dangjian.org.models import Organization

KEYS = ("of", "down", "across", "where")
"""Parameters of the address."""


@dataclass(frozen=True)
class Inquiry(Question):
    """A question whose ``report`` answers a breakdown."""

    breakdown: Breakdown

    @property
    def parameters(self) -> dict[str, str]:
        """Organisation, day and breakdown as an address names them."""
        return {**super().parameters, **self.breakdown.parameters}

    @property
    def table(self) -> Table:
        """That of the breakdown."""
        return self.breakdown.table


def given_in(request: Request) -> Given:
    """What the address asks; a condition may stand there several times, as a form sends it."""
    return {name: ";".join(request.GET.getlist(name)) for name in KEYS}


def may_ask(request: Request, population: Population, unit: Organization) -> bool:
    """Whether the reader may know whom a population counts."""
    permission = population.behind.permission
    return not permission or request.actor.may(permission, unit)


def inquiry(request: Request, code: str = "") -> Inquiry:
    """What ``request`` asks, of the population ``code`` if the page says which.

    Figures that can be narrowed at will lead to a person. So where not everybody may know whom a population counts, only those
    ask who may (``Behind.permission``). Raises ``PermissionDenied``.
    """
    asked, given = FILTERS.asked(request), given_in(request)
    unit, since, until = span_asked(asked)
    breakdown = read(given, code or counted(given), unit, since, until)
    if not may_ask(request, breakdown.population, unit):
        raise PermissionDenied(
            f"“{breakdown.population.title}”涉及个人，自定义统计只对经办的人开放。", how="需要数字的，请看党内统计的固定表格。"
        )
    return Inquiry(asked, Answer.ready(unit, since, until, breakdown=breakdown), breakdown)
