"""What statistics (``kernel.statistics``) of owned rows have in common: organisations with all below them, and the API."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from ninja import Query, Router

from dangjian.kernel.api import REFUSED
from dangjian.kernel.gate import Request
from dangjian.kernel.statistics import Asked, Figures, Over, Row, Statistics
from dangjian.kernel.statistics.api import answer_of, answered, filters_of
from dangjian.org.choosing import OrganizationField
from dangjian.org.gate import api_operation, find
from dangjian.org.lists import OWN
from dangjian.org.models import Kind, Organization


@dataclass(frozen=True, slots=True)
class Organizations(Over):
    """Organisations of the open scope, of ``kinds``. Keys of the figures are their numbers.

    One row for each right below the one that is asked for, with all below it, and first one for what is its own.
    """

    name: str = "organization"
    title: str = "党组织"
    kinds: Sequence[str] = tuple(Kind.values)

    def fields(self) -> dict[str, forms.ChoiceField]:
        """Organisations of the scope."""
        return {self.name: OrganizationField(label=self.title, kinds=self.kinds, required=False, empty_label=None)}

    def usual(self) -> Organization | None:
        """The highest one of the scope."""
        found: Organization | None = Organization.objects.standing().filter(kind__in=self.kinds).order_by("path").first()
        return found

    def names(self, unit: Organization) -> tuple[str, str]:
        """In full, and short."""
        return unit.name, unit.short_name

    def parameters(self, asked: Asked) -> dict[str, str]:
        """Its number."""
        return {self.name: str(asked.unit.pk)}

    def rows(self, asked: Asked, found: Mapping[int, Figures], none: Callable[[], Figures]) -> list[Row]:
        """Those right below that have figures, or that stand and were live in the period. One question."""
        below = list(Organization.objects.below(asked.unit).order_by("path"))
        heads = {one.pk: one for one in below if one.parent_id == asked.unit.pk and one.kind in self.kinds}
        sums: dict[int, Figures] = {}
        for one in below:
            head = next((pk for pk in _numbers(one.path) if pk in heads), asked.unit.pk)
            if one.pk in found:
                sums.setdefault(head, none()).add(found[one.pk])
            elif one.pk == head and one.pk in heads and one.dissolved_on is None and one.live_on <= asked.until:
                sums.setdefault(head, none())
        rows = [self._row(heads[pk], figures, asked) for pk, figures in sums.items() if pk != asked.unit.pk]
        if asked.unit.pk not in sums:
            return rows
        own = asked.choosing(**{OWN: "1"}) if rows else asked
        return [Row(asked.unit.pk, f"{asked.unit.short_name}（本级）", sums[asked.unit.pk], own), *rows]

    def _row(self, head: Organization, figures: Figures, asked: Asked) -> Row:
        return Row(head.pk, head.short_name, figures, asked.at(head), self._leads_down(head))

    def _leads_down(self, one: Organization) -> bool:
        return one.kind in {Kind.COMMITTEE, Kind.GENERAL_BRANCH} or (one.is_branch and Kind.GROUP in self.kinds)


def _numbers(path: str) -> list[int]:
    return [int(number) for number in path.split("/") if number]


def operation_name(statistics: Statistics) -> str:
    """Of the operation's address."""
    return statistics.name.replace(":", "_")


def operation(router: Router, address: str, statistics: Statistics, *, description: str) -> None:
    """Offer the figures of ``statistics`` to programs at ``address``: the same as on the page, between any two days.

    >>> operation(router, "/dues/statistics", STATISTICS, description="…")
    """
    filters, answer = filters_of(statistics), answer_of(statistics)

    @router.get(
        address,
        response={200: answer, **REFUSED},
        summary=statistics.title,
        description=description,
        url_name=operation_name(statistics),
        operation_id=operation_name(statistics),
    )
    @api_operation(statistics.permission)
    def read(request: Request, filters: Query[filters]) -> dict[str, Any]:  # type: ignore[valid-type]  # noqa: ARG001
        """Of one organisation and all below it."""
        given = filters.dict()  # type: ignore[attr-defined]  # a schema made of the declaration
        unit = find(Organization, pk=given.pop(statistics.over.name))
        return answered(statistics, unit, given.pop("since"), given.pop("until"), given)
