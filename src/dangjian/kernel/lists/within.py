"""A calendar period in an address: ``period=2026``, ``2026-H1``, ``2026-Q3`` or ``2026-11``. Nothing stands for this year."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Unpack

from django import forms
from django.db.models import QuerySet
from pydantic import Field

from dangjian.kernel import clock
from dangjian.kernel.forms import Cleaned, FieldOptions
from dangjian.kernel.lists.asking import Asked
from dangjian.kernel.lists.filters import LONGEST, Filter, Parameters, StandingField
from dangjian.kernel.periods import ALL, HALF_YEAR, MONTH, QUARTER, YEAR, Span, back, parsed

_WRITTEN = {MONTH: "月如 2026-11", QUARTER: "季度如 2026-Q4", HALF_YEAR: "半年如 2026-H2", YEAR: "年如 2026"}


class PeriodField(StandingField, forms.ChoiceField):
    """A drop-down of the latest periods, in which this year stands while nothing is chosen.

    An address may name any other of the same lengths, which then is offered too.
    """

    def __init__(self, *, pers: Sequence[str] = ALL, **more: Unpack[FieldOptions]) -> None:
        self.pers = tuple(pers)
        self.usual = Span.of(clock.today(), YEAR).code
        self.listed = [(one.code, one.label) for one in back(clock.today(), pers)]
        super().__init__(choices=self.listed, **more)

    def valid_value(self, value: Any) -> bool:
        """Whether it names a period of one of the lengths."""
        span = parsed(str(value))
        return span is not None and span.per in self.pers

    def clean(self, value: Any) -> Span | None:
        """The period; ``None`` where nothing is chosen."""
        return parsed(super().clean(value))

    def get_bound_field(self, form: Any, field_name: str) -> Any:
        """Offers what is chosen."""
        bound = super().get_bound_field(form, field_name)
        chosen = parsed(str(bound.value() or ""))
        if chosen is not None and chosen.per in self.pers and chosen.code not in dict(self.listed):
            self.choices = [*self.listed, (chosen.code, chosen.label)]
        return bound


@dataclass(frozen=True, slots=True)
class Within(Filter):
    """Rows whose day ``field`` lies in a period, this year if none is chosen."""

    name: str = "period"
    label: str = "期间"
    field: str = ""
    pers: Sequence[str] = ALL

    look = "select"

    def fields(self, _asked: Asked) -> dict[str, forms.Field]:
        """The latest periods, this year first."""
        return {self.name: PeriodField(label=self.label, pers=self.pers, required=False)}

    def parameters(self) -> Parameters:
        """The period as an address writes it."""
        said = "、".join(_WRITTEN[per] for per in self.pers)
        return {self.name: (str, Field("", max_length=LONGEST, description=f"{self.label}，空为今年：{said}"))}

    def apply(self, rows: QuerySet[Any], values: Cleaned) -> QuerySet[Any]:
        """Those in the period."""
        return rows.filter(**{f"{self.field}__range": chosen(values, self.name).days})

    def is_used(self, values: Cleaned) -> bool:
        """Whether it is another one than this year."""
        return chosen(values, self.name) != chosen({}, self.name)


@dataclass(frozen=True, slots=True)
class Years(Within):
    """The same by years, to be chosen by a link: for what one person did."""

    name: str = "year"
    label: str = "年份"
    pers: Sequence[str] = (YEAR,)

    look = "chips"


def chosen(values: Cleaned, name: str = "period") -> Span:
    """The period among the values of a list's form, this year if there is none."""
    found: Span | None = values.get(name)
    return found or Span.of(clock.today(), YEAR)
