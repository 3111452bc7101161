"""What lists (``kernel.lists``) of owned rows have in common: the filter by organisation, the trail of what went out, the API."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django import forms
from django.db.models import QuerySet
from ninja import Query, Router, Schema
from ninja.pagination import paginate
from pydantic import Field

from dangjian.accounts.events import record
from dangjian.kernel.api import REFUSED, Key, Pages
from dangjian.kernel.forms import Cleaned
from dangjian.kernel.gate import Finder, Request
from dangjian.kernel.lists import Asked, Filter, ListPage, ProgramList
from dangjian.kernel.lists.api import OFFERED, Offered, filters_of, name_of, rows_for_program
from dangjian.kernel.lists.filters import Parameters
from dangjian.kernel.typed import number
from dangjian.org.choosing import OrganizationField
from dangjian.org.gate import api_operation, find
from dangjian.org.models import Kind, Organization

OWN = "own"
"""The parameter that leaves out what is below the organisation chosen."""


def on_trail(verb: str) -> Callable[[Asked], None]:
    """For ``exported`` of a list that names people: the trail says that it went out, and of which organisation.

    >>> ListPage(…, exported=on_trail("dues.people_exported"))
    """

    def note(asked: Asked) -> None:
        unit = asked.values.get("organization")
        summary = f"导出{f'“{unit}”' if unit else ''}{asked.title}（{asked.rows.count()}条）"
        record(actor=asked.request.actor, verb=verb, summary=summary, organization=unit)

    return note


@dataclass(frozen=True, slots=True)
class OrganizationFilter(Filter):
    """Rows of an organisation and all below it; ``field`` leads from a row to its organisation. Capped as all drop-downs are.

    One that is ``hidden`` is named by links and programs alone. With ``tells_own`` an address can ask for the organisation's
    own rows alone, as those of statistics do.
    """

    name: str = "organization"
    label: str = "党组织"
    field: str = "organization"
    kinds: Sequence[str] = tuple(Kind.values)
    usual: str = "全部党组织"
    tells_own: bool = False
    look: Literal["select", "hidden"] = "select"

    def fields(self, asked: Asked) -> dict[str, forms.Field]:
        """Organisations of the open scope."""
        found: dict[str, forms.Field] = {
            self.name: OrganizationField(label=self.label, kinds=self.kinds, required=False, empty_label=self.usual)
        }
        if self.tells_own and asked.given.get(OWN):
            found[OWN] = forms.ChoiceField(label="级别", required=False, choices=[("", "含下级"), ("1", "只看本级")])
        return found

    def parameters(self) -> Parameters:
        """The number of an organisation."""
        found: Parameters = {self.name: (Key | None, Field(None, description="只列这个党组织及其下级的"))}
        if self.tells_own:
            own: Any = {"enum": ["", "1"]}
            found[OWN] = (str, Field("", max_length=1, description="1 只列本级的，不含下级", json_schema_extra=own))
        return found

    def require(self, given: Mapping[str, str]) -> None:
        """Raise ``NotFound`` for one that is not seen, ``PermissionDenied`` for one that may only be read."""
        if self.name in given:
            find(Organization, pk=given[self.name])

    def apply(self, rows: QuerySet[Any], values: Cleaned) -> QuerySet[Any]:
        """Those at or below the one chosen."""
        unit = values.get(self.name)
        if not unit:
            return rows
        if values.get(OWN):
            return rows.filter(**{self.field: unit})
        return rows.filter(**{f"{self.field}__path__startswith" if self.field else "path__startswith": unit.path})


def chosen_in(asked: Asked, rows: Any = Organization) -> Organization | None:
    """The one of ``rows`` that an ``OrganizationFilter`` is asked for.

    Raises ``NotFound`` for one that is not seen, ``PermissionDenied`` for one that may only be read.
    """
    pk = number(asked.given.get("organization"))
    found: Organization | None = None if pk is None else find(rows, pk=pk)
    return found


def operation(
    router: Router,
    address: str,
    listing: ListPage[Any] | ProgramList[Any],
    answer: type[Schema],
    *,
    description: str,
    summary: str = "",
    of: Finder | None = None,
    also: Callable[[Any], Any] = lambda rows: rows,
) -> None:
    """Offer the rows of ``listing`` to programs at ``address``: the same filters, orders, scope and permission as on its page.

    >>> operation(router, "/dues/payments", PAYMENTS, PaymentOut, description="…")

    :param answer: what is said of a row.
    :param summary: in few words, by default the list's title.
    :param of: finds the object in the address to which the list belongs, as ``asked.of``.
    :param also: reads with the rows what ``answer`` says beyond the page; that is read once the scope is closed.
    """
    filters, name = filters_of(listing), name_of(listing)
    OFFERED.append(Offered(listing, name))
    offered = router.get(
        address,
        response={200: list[answer], **REFUSED},  # type: ignore[valid-type]  # a schema that was handed in
        summary=summary or str(listing.title),
        description=description,
        url_name=name,
        operation_id=name,
    )

    def listed(request: Request, filters: Query[filters]) -> Any:  # type: ignore[valid-type]  # a schema made here
        """The rows asked for."""
        return also(rows_for_program(listing, request, filters.dict()))  # type: ignore[attr-defined]  # a schema made here

    def listed_of(request: Request, found: Any, filters: Query[filters]) -> Any:  # type: ignore[valid-type]  # as above
        """Those of the object in the address."""
        return also(rows_for_program(listing, request, filters.dict(), found))  # type: ignore[attr-defined]  # as above

    offered(paginate(Pages)(api_operation(listing.permission, on=of)(listed_of if of else listed)))
