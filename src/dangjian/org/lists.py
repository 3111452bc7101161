"""What lists (``kernel.lists``) of owned rows have in common: the filter by organisation, the trail of what went out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import QuerySet

from dangjian.accounts.events import record
from dangjian.kernel.lists import Asked, Filter
from dangjian.org.choosing import OrganizationField
from dangjian.org.models import Kind

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

    With ``tells_own`` an address can ask for the organisation's own rows alone, as those of statistics do.
    """

    name: str = "organization"
    label: str = "党组织"
    field: str = "organization"
    kinds: Sequence[str] = tuple(Kind.values)
    usual: str = "全部党组织"
    tells_own: bool = False

    look = "select"

    def fields(self, asked: Asked) -> dict[str, forms.Field]:
        """Organisations of the open scope."""
        found: dict[str, forms.Field] = {
            self.name: OrganizationField(label=self.label, kinds=self.kinds, required=False, empty_label=self.usual)
        }
        if self.tells_own and asked.request.GET.get(OWN):
            found[OWN] = forms.ChoiceField(label="级别", required=False, choices=[("", "含下级"), ("1", "只看本级")])
        return found

    def apply(self, rows: QuerySet[Any], values: Mapping[str, Any]) -> QuerySet[Any]:
        """Those at or below the one chosen."""
        unit = values.get(self.name)
        if not unit:
            return rows
        return rows.filter(**({self.field: unit} if values.get(OWN) else {f"{self.field}__path__startswith": unit.path}))
