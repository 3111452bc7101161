"""What a form is made of: a title, to whom it goes, a table, paragraphs, signatures. A new form is a few lines (``forms``).

In its texts ``{name}`` is what is known of the applicant, ``{talk.content}`` what was filled in at a step, ``{talk.day}`` its
day, ``{talk.outcome}`` what came of it, ``{talk.said}`` how a meeting decided it, ``{talk.who}`` who took it; ``{this.day}`` is
the step itself to which the paper belongs. What is not known is empty in a table and a line to write on elsewhere.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

KEY: Final = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)?)\}")
"""What is filled in."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a form's table: labels with what stands beside them. A high one has room to write, with ``seal`` at its foot."""

    cells: tuple[tuple[str, str], ...]
    height: float = 0.9
    seal: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A table with a row for each turn of ``loop``: of ``reviews``, ``papers``. ``cells`` are variables of a turn."""

    loop: str
    columns: tuple[str, ...]
    cells: tuple[str, ...]
    widths: tuple[float, ...]
    height: float = 0.8


@dataclass(frozen=True, slots=True)
class Form:
    """One form. ``each`` names a loop for every turn of which there is such a page (the letters of the political review)."""

    code: str
    title: str
    head: str = ""
    number: str = ""
    to: str = ""
    rows: tuple[Row, ...] = ()
    paragraphs: tuple[str, ...] = ()
    listing: Listing | None = None
    sign: tuple[str, ...] = ()
    each: str = ""

    @property
    def texts(self) -> Iterator[str]:
        """All its texts."""
        yield from (self.head, self.number, self.to, *self.paragraphs, *self.sign)
        for row in self.rows:
            yield row.seal
            yield from (text for _label, text in row.cells)

    @property
    def keys(self) -> frozenset[str]:
        """What is filled in."""
        return frozenset(key for text in self.texts for key in KEY.findall(text))


def row(*labels_and_texts: str) -> Row:
    """A row of labels, each with the text beside it."""
    return Row(tuple(zip(labels_and_texts[::2], labels_and_texts[1::2], strict=True)))


def box(label: str, text: str = "", height: float = 3, seal: str = "") -> Row:
    """A high row with one label."""
    return Row(((label, text),), height, seal)
