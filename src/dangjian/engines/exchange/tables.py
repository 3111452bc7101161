"""The rows of a worksheet as they are typed, column by column, and what is seen on the way."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dangjian.engines.exchange.checks import UNCALCULATED
from dangjian.engines.exchange.layout import columns, known_headers
from dangjian.engines.exchange.models import ImportBatch
from dangjian.kernel import spreadsheets
from dangjian.kernel.dates import of_1904
from dangjian.kernel.spreadsheets import column_letters
from dangjian.kernel.spreadsheets.cells import Value, column_number

Typed = tuple[int, Mapping[str, Value], bool]
"""A row by number, what was typed, and whether a person left it out."""

LARGEST_AMOUNT = 10_000_000
"""A larger number is no amount of a month: a telephone or the number of a card."""


@dataclass
class Reading:
    """Goes through a worksheet once; afterwards ``numbers`` are the places of columns unknown to us that hold amounts."""

    batch: ImportBatch
    table: spreadsheets.Sheet
    numbers: set[int] = field(default_factory=set)

    def __iter__(self) -> Iterator[Typed]:
        sheet = self.batch.sheet
        places = list(self.batch.places.items())
        lacking = self._lacking({place: name for name, place in places})
        unknown = self._unknown() if sheet.answer_for(self.batch.places.keys()) else []
        days = {name for name, column in columns(sheet).items() if column.holds_days} if self.table.since_1904 else set()
        for row in self.table:
            values, width = row.values, len(row.values)
            raw = {name: values[place] for name, place in places if place < width and values[place] is not None}
            for name in lacking.pop(row.number, ()):
                raw[name] = UNCALCULATED
            for name in days & raw.keys():
                raw[name] = of_1904(raw[name])
            self.numbers.update(place for place in unknown if place < width and _is_amount(values[place]))
            if raw:
                yield row.number, raw, False

    def unanswered(self) -> list[str]:
        """The columns of ``numbers`` as people find them."""
        return [f"{self.table.headers[place]}（{column_letters(place + 1)}列）" for place in sorted(self.numbers)]

    def _unknown(self) -> list[int]:
        known = known_headers(self.batch.sheet, self.batch.template)
        return [place for place, header in enumerate(self.table.headers) if header and header not in known]

    def _lacking(self, names: Mapping[int, str]) -> dict[int, list[str]]:
        """Columns without a usable value by the number of the row."""
        found: dict[int, list[str]] = {}
        for cell in self.table.uncalculated:
            letters = cell.rstrip("0123456789")
            name = names.get(column_number(letters) - 1)
            if name:
                found.setdefault(int(cell[len(letters) :]), []).append(name)
        return found


def _is_amount(value: Value) -> bool:
    if isinstance(value, bool) or value is None:
        return False
    if isinstance(value, str):
        try:
            value = float(value.replace(",", ""))
        except ValueError:
            return False
    return isinstance(value, int | float) and 0 < abs(value) < LARGEST_AMOUNT
