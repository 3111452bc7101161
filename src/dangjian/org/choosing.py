"""Choosing an organisation from a drop-down: for filters, and for forms with few of them (``org.lookup`` finds one of thousands).

organization = OrganizationField(label="党组织", required=False, empty_label="全部党组织")
"""

from collections.abc import Iterator, Sequence
from typing import Any, Unpack

from django import forms
from django.db.models import Count, QuerySet
from django.forms.models import ModelChoiceIterator

from dangjian.kernel.forms import FieldOptions
from dangjian.kernel.typed import number
from dangjian.org.models import Kind, Organization

MOST_LISTED = 400
"""More are not listed; then groups are left out, then branches, then general branches."""


def listed(rows: QuerySet[Organization]) -> list[Organization]:
    """``rows`` in the order of the tree, without the lower levels if they would be too many. One query if they are not."""
    ordered = rows.order_by("path")
    found = list(ordered[: MOST_LISTED + 1])
    if len(found) <= MOST_LISTED:
        return found
    numbers = dict(rows.order_by().values_list("kind").annotate(number=Count("pk")))
    kinds: list[str] = []
    for kind in Kind.values:
        if kinds and sum(numbers.get(each, 0) for each in [*kinds, kind]) > MOST_LISTED:
            break
        kinds.append(kind)
    return list(ordered.filter(kind__in=kinds)[:MOST_LISTED])


def indented(found: Sequence[Organization]) -> list[tuple[Organization, str]]:
    """Each with its name behind as many blanks as it has superiors among those found."""
    top = min((one.depth for one in found), default=0)
    return [(one, f"{'　' * (one.depth - top)}{one.short_name}") for one in found]


def choices(rows: QuerySet[Organization]) -> list[tuple[str, str]]:
    """``listed`` as choices of a plain field."""
    return [(str(one.pk), name) for one, name in indented(listed(rows))]


class _Listed(ModelChoiceIterator):
    """What is listed; also what is chosen already, be it of a level that is left out."""

    field: "OrganizationField"

    def __iter__(self) -> Iterator[tuple[Any, str]]:
        if self.field.empty_label is not None:
            yield ("", str(self.field.empty_label))
        found = listed(self.queryset)
        chosen = self.field.chosen
        pk = number(chosen)
        if pk is not None and pk not in {one.pk for one in found}:
            found += self.queryset.filter(pk=pk)
        yield from ((self.choice(one)[0], name) for one, name in indented(found))


class OrganizationField(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django's class takes no parameters at run time
    """One of the standing organisations of the scope in which the form is made, of ``kinds`` if they are named.

    Any of them may come by the address; the drop-down leaves the lower levels out when there are too many.
    """

    iterator = _Listed
    chosen = ""

    def __init__(
        self,
        *,
        kinds: Sequence[str] = tuple(Kind.values),
        empty_label: str | None = "请选择",
        **more: Unpack[FieldOptions],
    ) -> None:
        self.kinds = frozenset(kinds)
        super().__init__(queryset=None, empty_label=empty_label, **more)

    def __deepcopy__(self, memo: Any) -> object:
        """For a form that is made: only then a scope is open."""
        made = super().__deepcopy__(memo)  # type: ignore[misc]  # Django has it, its types do not
        made.queryset = Organization.objects.standing().filter(kind__in=self.kinds).order_by("path")
        return made

    def get_bound_field(self, form: Any, field_name: str) -> Any:
        """Knows what is chosen."""
        bound = super().get_bound_field(form, field_name)
        self.chosen = str(self.prepare_value(bound.value()) or "")
        return bound
