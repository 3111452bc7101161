"""What lists (``kernel.lists``) of owned rows have in common: the filter by organisation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import QuerySet

from dangjian.kernel.lists import Asked, Filter
from dangjian.org.choosing import OrganizationField
from dangjian.org.models import Kind


@dataclass(frozen=True, slots=True)
class OrganizationFilter(Filter):
    """Rows of an organisation and all below it; ``field`` leads from a row to its organisation. Capped as all drop-downs are."""

    name: str = "organization"
    label: str = "党组织"
    field: str = "organization"
    kinds: Sequence[str] = tuple(Kind.values)
    usual: str = "全部党组织"

    look = "select"

    def fields(self, _asked: Asked) -> dict[str, forms.Field]:
        """Organisations of the open scope."""
        return {self.name: OrganizationField(label=self.label, kinds=self.kinds, required=False, empty_label=self.usual)}

    def apply(self, rows: QuerySet[Any], values: dict[str, Any]) -> QuerySet[Any]:
        """Those at or below the one chosen."""
        unit = values.get(self.name)
        return rows.filter(**{f"{self.field}__path__startswith": unit.path}) if unit else rows
