"""What is measured: how a figure is shown as a tile, in a table and in a chart, and what it opens."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from dangjian.kernel.lists import NUMBER, YUAN, ListPage
from dangjian.kernel.lists.columns import Kind
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.kernel.statistics.counting import Asked, Figures
from dangjian.kernel.ui import words

PERCENT = Kind(lambda share: words.percent(share, 1), lambda share: round(Decimal(share) * 100, 1), "number", "num")
"""A share of 0–1, in a spreadsheet the number of per cent."""
NOTHING = "—"
"""What stands on a page in the place of a figure or a share that has nothing to be worked out from."""


@dataclass(frozen=True, slots=True)
class Opens:
    """A list that shows the rows behind a figure: it is asked for the same unit, period and choices, and for ``more``.

    :param by_days: where the list has the filter ``Days`` in the place of ``Within``.
    """

    listing: ListPage[Any]
    more: dict[str, str] = field(default_factory=dict)
    by_days: bool = False

    def url(self, asked: Asked, unit: dict[str, str]) -> str:
        """Its address; ``unit`` are the parameters of the unit (``Over.parameters``)."""
        days = {"since": asked.since.isoformat(), "until": asked.until.isoformat()}
        chosen = {name: value for name, value in asked.chosen.items() if value}
        period = days if self.by_days else {"period": asked.period}
        return f"{reverse(self.listing.name)}?{urlencode({**unit, **period, **chosen, **self.more})}"


class Cell(NamedTuple):
    """A figure in a table or on a tile."""

    label: str
    text: str
    url: str
    tone: str
    is_none: bool


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure with its title.

    :param figure: its name in ``Figures``, also that of a property; so it is called by the API.
    :param kind: ``NUMBER``, or ``YUAN`` for an amount in fen.
    :param of: the figure of which it is a part, with ``rate`` the title of that share: a further column, and a ring on the tile.
    :param base: the figure without which it says nothing, such as the number over which an average is taken: where that is 0,
        it is blank on the page and in the spreadsheet, and ``null`` for programs.
    :param opens: what stands behind it.
    :param tone: of a number above 0, with ``tone_at="none"`` of a 0; ``warn`` stands on the tile alone, as it would in every row.
    :param note: below it on the tile; a function works it out of the figures.
    :param header: its title in the spreadsheet where another would be clearer.
    """

    title: str
    figure: str
    kind: Kind = NUMBER
    unit: str = ""
    icon: str = ""
    of: str = ""
    rate: str = ""
    base: str = ""
    opens: Opens | None = None
    tone: Literal["", "good", "warn", "bad"] = ""
    tone_at: Literal["some", "none"] = "some"
    note: str | Callable[[Any], str] = ""
    header: str = ""
    on_tile: bool = True
    in_table: bool = True

    def value(self, figures: Figures) -> int | None:
        """Its number; of an amount in fen. ``None`` where there is nothing of its ``base``."""
        if self.base and not getattr(figures, self.base):
            return None
        found: int = getattr(figures, self.figure)
        return found

    def share(self, figures: Figures) -> float | None:
        """Its part of ``of``, 0–1; ``None`` where there is nothing to divide by."""
        whole: int = getattr(figures, self.of) if self.of else 0
        return (self.value(figures) or 0) / whole if whole else None

    def toned(self, figures: Figures) -> str:
        """The tone of its number."""
        number = self.value(figures)
        return self.tone if number is not None and bool(number) == (self.tone_at == "some") else ""

    def tile(self, figures: Figures, url: str = "") -> dict[str, object]:
        """As ``{% stat %}`` takes it."""
        number, share = self.value(figures), self.share(figures)
        note = self.note(figures) if callable(self.note) else self.note
        rate = f"{self.rate} {PERCENT.shown(share)}" if share is not None else ""
        return {
            "label": self.title,
            "value": NOTHING if number is None else self.kind.shown(number),
            "unit": "" if number is None else self.unit,
            "icon": self.icon,
            "tone": self.toned(figures),
            "share": share,
            "note": "，".join(part for part in (rate, note) if part),
            "url": url,
        }

    def cells(self, figures: Figures, url: str) -> list[Cell]:
        """Its cells in a table: the number, and its share."""
        number, share = self.value(figures), self.share(figures)
        url = url if number else ""
        tone = self.toned(figures)
        text = NOTHING if number is None else self.kind.shown(number) if number else "0"
        found = [Cell(self.title, text, url, "" if tone == "warn" else tone, not number)] if self.in_table else []
        if self.of:
            found.append(Cell(self.rate, PERCENT.shown(share), "" if self.in_table else url, "", share is None))
        return found

    @property
    def columns(self) -> list[str]:
        """Titles of its cells in a table."""
        return [*([self.title] if self.in_table else []), *([self.rate] if self.of else [])]

    @property
    def headers(self) -> list[str]:
        """Titles of its cells in a spreadsheet."""
        title = self.header or (f"{self.title}（元）" if self.kind is YUAN else self.title)
        return [title, *([f"{self.rate}%"] if self.of else [])]

    def plain(self, figures: Figures) -> list[Value | Decimal]:
        """Its cells in a spreadsheet."""
        share = self.share(figures)
        rate = [None if share is None else PERCENT.plain(share)] if self.of else []
        number = self.value(figures)
        return [None if number is None else self.kind.plain(number), *rate]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of a split. ``series`` are titles of measures or of rates, all of one unit; ``look="line"`` for what goes on."""

    title: str
    by: str
    series: tuple[str, ...]
    look: Literal["bar", "line"] = "bar"


def tiles(
    measures: Iterable[Measure], figures: Figures, asked: Asked | None = None, unit: dict[str, str] | None = None
) -> list[dict[str, object]]:
    """The tiles of some measures, for pages of their own (``ui/statistics/tiles.html``).

    With what is ``asked`` and the parameters of its ``unit`` each opens its list.
    """
    shown = [one for one in measures if one.on_tile]
    return [one.tile(figures, one.opens.url(asked, unit or {}) if one.opens and asked else "") for one in shown]
