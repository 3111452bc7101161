"""Columns of a list: what a row has there, and how that is shown on a page and written into a spreadsheet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from django.utils.html import format_html
from django.utils.safestring import SafeString

from dangjian.kernel import money
from dangjian.kernel.spreadsheets.cells import Value as Cell
from dangjian.kernel.ui import marks, words

Row_contra = TypeVar("Row_contra", contravariant=True)
Code = TypeVar("Code", bound=str)

Value = str | Callable[[Row_contra], object]
"""Names joined by points (``member.branch.short_name``), or a function of the row."""


class State(NamedTuple):
    """A state in a cell: its code, the word that says it and the tone."""

    code: str
    word: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """How values of one kind are ``shown`` on a page (text or safe markup) and made ``plain`` for a spreadsheet.

    A column names its value by a path or a function, so that no type says whether the kind can show it.
    """

    shown: Callable[[Any], str]
    plain: Callable[[Any], Cell | Decimal] = lambda value: value
    sheet: Literal["text", "date", "number"] = "text"
    css: str = ""


def _state(state: State) -> SafeString:
    return marks.badge(*state)


def _code(value: object) -> SafeString:
    return format_html('<span class="mono">{}</span>', value)


TEXT = Kind(str, str)
LINE = Kind(str, str, css="nowrap")
"""A short text that stays in one line, such as the name of a branch."""
PROSE = Kind(str, str, css="prewrap")
"""What somebody wrote in their own words, with its line breaks."""
CODE = Kind(_code, str)
"""Letters and digits that are copied or compared, such as a sign-in name."""
NUMBER = Kind(words.number, sheet="number", css="num")
YUAN = Kind(money.yuan, lambda fen: Decimal(fen) / 100, "number", "num")
"""An amount in fen; the header says 元."""
DAY = Kind(words.day, sheet="date", css="nowrap")
MONTH = Kind(words.month, words.month, css="nowrap")
MOMENT = Kind(words.daytime, words.daytime)
DUE = Kind(marks.due_badge, sheet="date")
"""A last day that lies ahead or was missed, as the time left."""
STATE = Kind(_state, lambda state: state.word)


def value_of(row: Row_contra, value: Value[Row_contra]) -> object:
    """What ``row`` has: ``None`` where a name on the way leads to nothing."""
    if callable(value):
        return value(row)
    found: object = row
    for name in value.split("."):
        if found is None:
            return None
        found = getattr(found, name)
        if callable(found):
            found = found()
    return found


@dataclass(frozen=True, slots=True)
class Column(Generic[Row_contra]):
    """A column of a list.

    :param value: of the row; ``None`` and an empty text leave the cell empty.
    :param sort: column of the database by which the list can be sorted, with ``-`` in front where the greatest come first.
    :param key: name of the sort in the address, by default that of its column.
    :param sub: of the row, shown small below the value.
    :param drawn: draws the cell of a row on the page where it looks special; the spreadsheet still has the value.
    :param unit: behind the value on the page; in the header of the spreadsheet the title says it.
    :param on_phone: whether a narrow screen shows it too.
    :param on_wide: whether a wide screen shows it too; without it, it says for a phone what others say in several columns.
    :param on_page: whether the page shows it; else it is in the spreadsheet alone.
    :param in_sheet: whether the spreadsheet has it; ``header`` is its name there, by default the title.
    """

    title: str
    value: Value[Row_contra]
    kind: Kind = TEXT
    sort: str = ""
    key: str = ""
    sub: Value[Row_contra] | None = None
    drawn: Callable[[Row_contra], str] | None = None
    unit: str = ""
    on_phone: bool = True
    on_wide: bool = True
    on_page: bool = True
    in_sheet: bool = True
    header: str = ""
    width: int = 0

    @property
    def sort_key(self) -> str:
        """How the address names this column as the order."""
        return self.key or self.sort.removeprefix("-")

    @property
    def attributes(self) -> SafeString:
        """Of its cells on the page: the title that a card on a phone shows, and classes."""
        seen = "of-card muted" if not self.on_wide else "" if self.on_phone else "of-row"
        css = " ".join(filter(None, (self.kind.css, seen)))
        if not self.on_wide:
            return format_html('class="{}"', css)
        return format_html('data-label="{}" class="{}"', self.title, css) if css else format_html('data-label="{}"', self.title)

    @property
    def head_css(self) -> str:
        """Classes of its header, by which a phone sorts although it leaves the column out."""
        return self.kind.css if self.on_wide else "of-card"

    def shown(self, row: Row_contra) -> str:
        """The cell's content on the page."""
        if self.drawn is not None:
            return self.drawn(row)
        value = value_of(row, self.value)
        text = "" if value is None or value == "" else self.kind.shown(value)
        if self.unit and text != "":
            text = format_html("{} {}", text, self.unit)
        below = value_of(row, self.sub) if self.sub is not None else None
        # One element, because a card on a phone sets the elements of a cell beside each other.
        return format_html('<span>{}<br><span class="faint">{}</span></span>', text, below) if below else text

    def plain(self, row: Row_contra) -> Cell | Decimal:
        """The cell's value in a spreadsheet."""
        value = value_of(row, self.value)
        return None if value is None or value == "" else self.kind.plain(value)


def state_of(field: str, tones: Mapping[Code, str]) -> Callable[[object], State]:
    """The value of a column that shows a field with choices as a state; ``tones`` by its values.

    >>> Column("状态", state_of("state", TONES), STATE)
    """

    def found(row: object) -> State:
        code: Code = getattr(row, field)
        return State(str(code), getattr(row, f"get_{field}_display")(), tones.get(code, "neutral"))

    return found
