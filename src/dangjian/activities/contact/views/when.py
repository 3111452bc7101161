"""By which day rows are found: of what the filter before it names, or as they stood on the last day, as figures at an end do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from dangjian.activities.contact.queries.running import running_at
from dangjian.kernel import clock, codes
from dangjian.kernel.forms import Cleaned
from dangjian.kernel.lists import Days
from dangjian.kernel.rulebook import Period

THERE = "there"
"""Of a filter ``counted``: those that were running on the last day."""


@dataclass(frozen=True, slots=True)
class CountedDays(Days):
    """From a day to a day: of the column that the filter ``counted`` names, of ``field`` if it names none.

    :param columns: by what ``counted`` names, the column with its day.
    :param ends: columns of which one has a day for rows that do not run any more.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    ends: tuple[str, ...] = ()

    def apply(self, rows: QuerySet[Any], values: Cleaned) -> QuerySet[Any]:
        """Those in between, or those running on the last day."""
        counted, since, until = values.get("counted"), values.get("since"), values.get("until")
        column = self.columns.get(counted or "", self.field)
        if counted == THERE:
            return rows.filter(running_at(until or clock.today(), column, *self.ends))
        rows = rows.filter(**{f"{column}__gte": since}) if since else rows
        rows = rows.filter(**{f"{column}__lte": until}) if until else rows
        return rows.exclude(**{column: None}) if counted else rows


def in_bracket(column: str, code: str, bracket: str, months: int) -> Q:
    """The condition that the time since ``column`` lies in a bracket of the codes ``bracket``, whose unit is so many months."""
    item, today = codes.get(bracket).item(code), clock.today()
    found = Q(**{f"{column}__isnull": False})
    if isinstance(item.low, int) and item.low:
        found &= Q(**{f"{column}__lte": Period(months=item.low * months).before(today)})
    if isinstance(item.high, int):
        found &= Q(**{f"{column}__gt": Period(months=(item.high + 1) * months).before(today)})
    return found
