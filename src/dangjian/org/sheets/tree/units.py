"""Organisations that a table may speak of: those on record and those that are rows, found by what people call them."""

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import squeezed
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import Checked
from dangjian.org.written.nearest import Nearest, folded

BETWEEN: Final = re.compile(r"[/>→\\]+")
"""What stands between the names of a path from above, once letters are half-width."""

_ENDINGS: Final = (
    ("总支部委员会", "党总支"),
    ("支部委员会", "党支部"),
    ("工作委员会", "党工委"),
    ("委员会", "党委"),
)


@dataclass(eq=False, slots=True)
class Unit:
    """An organisation on record (``record``) or of a row (``row``), or both where a row speaks of one on record.

    ``above`` is its superior: known of those on record, found out for rows. ``called`` is what a row names as its superior.
    """

    name: str
    short_name: str
    code: str
    kind: str
    established_on: dt.date | None
    record: Organization | None = None
    row: Checked | None = None
    above: "Unit | None" = None
    called: str = ""

    @classmethod
    def of_record(cls, one: Organization) -> "Unit":
        """An organisation on record; its superior is still to be put in."""
        return cls(one.name, one.short_name, one.code, one.kind, one.established_on, record=one)

    @property
    def key(self) -> str:
        """What the picture knows it by."""
        if self.record is not None:
            return f"o{self.record.pk}"
        return f"r{self.row.number}" if self.row is not None else ""

    @property
    def title(self) -> str:
        """What people call it."""
        return self.short_name or self.name

    @property
    def place(self) -> str:
        """Where it is to be looked for: its superior, and its row or code."""
        superior = self.above.title if self.above else self.called
        under = f"上级“{superior}”" if superior else ""
        where = f"编码{self.code}" if self.record else f"第{self.row.number}行" if self.row else ""
        return "，".join(part for part in (where, under) if part)

    def superiors(self) -> Iterator["Unit"]:
        """Those above it, nearest first. Not to be called before loops were cut."""
        unit = self.above
        while unit is not None:
            yield unit
            unit = unit.above


def tidy(text: str) -> str:
    """A name as it is compared when people write it exactly: half-width, without blanks."""
    return squeezed(unicodedata.normalize("NFKC", text))


def short_of(name: str) -> str:
    """The short name that follows from a full one: 机电第一党支部 of 中共机电第一支部委员会."""
    bare = name.removeprefix("中国共产党").removeprefix("中共")
    for ending, short in _ENDINGS:
        if bare.endswith(ending):
            return f"{bare.removesuffix(ending).removesuffix('党')}{short}"
    return bare


class Register:
    """Finds units by code, full name, short name, or what is left of a name without its forms: the surest way that finds any."""

    def __init__(self, units: Iterable[Unit], also_coded: Iterable[tuple[str, Unit]] = ()) -> None:
        self._ways: tuple[dict[str, list[Unit]], ...] = tuple(defaultdict(list) for _ in range(4))
        codes, names, short_names, barest = self._ways
        for unit in units:
            if unit.code:
                codes[tidy(unit.code)].append(unit)
            names[tidy(unit.name)].append(unit)
            short_names[tidy(unit.short_name)].append(unit)
            # A row whose name could not be read has none, and nothing is meant by it.
            for bare in {folded(unit.name), folded(unit.short_name)} - {""}:
                barest[bare].append(unit)
        for code, unit in also_coded:
            codes[tidy(code)].append(unit)
        self._answers: dict[str, list[Unit]] = {}
        self._nearest = Nearest()

    def find(self, text: str) -> list[Unit]:
        """All that ``text`` may mean."""
        if text not in self._answers:
            written = tidy(text)
            ways = [*(way.get(written, []) for way in self._ways[:3]), self._ways[3].get(folded(text), [])]
            self._answers[text] = next((found for found in ways if found), [])
        return self._answers[text]

    def segments(self, text: str) -> list[str]:
        """The names of a path from above; a single one if ``text`` is a name as it stands."""
        if self.find(text):
            return [text]
        return [part.strip() for part in BETWEEN.split(unicodedata.normalize("NFKC", text)) if part.strip()]

    def names(self, unit: Unit, segments: list[str]) -> bool | None:
        """Whether ``segments`` name ``unit``: the last one itself, those before it some of its superiors in that order.

        ``None`` if that cannot be said yet, because a superior of the unit is not known.
        """
        *upper, last = segments
        if unit not in self.find(last):
            return False
        steps = 0
        for name in reversed(upper):
            wanted = self.find(name)
            while True:
                if unit.above is None:
                    return None if unit.record is None else False
                unit, steps = unit.above, steps + 1
                if unit in wanted:
                    break
                if steps > MOST_STEPS:
                    return False
        return True

    def like(self, text: str) -> list[str]:
        """Names that come near."""
        return self._nearest.like(text, {bare: found[0].title for bare, found in self._ways[3].items()})


MOST_STEPS: Final = 64
"""Superiors that are looked at above a unit: more levels do not fit, and in a loop there is no end."""


def called(row: Checked) -> str:
    """What a row names as its superior."""
    return as_text(row.raw.get("parent"))
