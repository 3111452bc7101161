"""The code lists: what a coded column may hold, under which name people know it, and how else they write it.

    ethnicity = codes.get("ethnicity")
    ethnicity.choices            # [("01", "汉族"), …] for a model or form field
    ethnicity.label("01")        # "汉族"
    ethnicity.find("汉")         # "01": takes the code, the name, a usual variant, or "01 汉族"
    ethnicity.suggest("维吾儿")  # ["维吾尔族"], for an error message
    codes.get("age_table2").bracket(34).label  # "31至35岁"

The lists lie in the YAML files beside this module, each with its ``standard`` and a ``confidence``: ``official`` (taken from the
published text), ``secondary`` (from other publications of it), ``unverified`` (not yet held against a text), ``own`` (codes set
by this system).
"""

import datetime as dt
import difflib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

import yaml
from django.utils.functional import cached_property

from dangjian.kernel.text import visible

Confidence = Literal["official", "secondary", "unverified", "own"]

_NOISE = re.compile(r"[\s·•．.、，,（）()〔〕\[\]“”\"'：:;；\-—－_/]+")
_EDGES: Final = frozenset({"min", "max", "from", "to"})


@dataclass(frozen=True, slots=True)
class CodeItem:
    """One code.

    ``near`` are words that do not mean it for certain, and for which it is suggested. ``parent`` is the code it is part of,
    ``low`` and ``high`` the ends of a bracket (both included, None is open), ``extra`` what else the list says of it.
    """

    code: str
    label: str
    aliases: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    parent: str = ""
    low: int | dt.date | None = None
    high: int | dt.date | None = None
    extra: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class CodeList:
    """A list of codes in its published order; one of brackets says ``of`` which dimensions of tables it divides."""

    id: str
    name: str
    standard: str
    confidence: Confidence
    note: str
    items: tuple[CodeItem, ...]
    of: tuple[str, ...] = ()

    @cached_property
    def choices(self) -> list[tuple[str, str]]:
        """Pairs of code and label."""
        return [(item.code, item.label) for item in self.items]

    @cached_property
    def labels(self) -> list[str]:
        """The labels alone, for the drop-down list of a spreadsheet column."""
        return [item.label for item in self.items]

    @cached_property
    def _by_code(self) -> dict[str, CodeItem]:
        return {item.code: item for item in self.items}

    @cached_property
    def _by_name(self) -> dict[str, set[str]]:
        """Codes by folded label and alias; a label outweighs an alias of another item."""
        names: dict[str, set[str]] = {}
        for item in self.items:
            names.setdefault(_fold(item.label), set()).add(item.code)
        labels = frozenset(names)
        for item in self.items:
            for folded in map(_fold, item.aliases):
                if folded not in labels:
                    names.setdefault(folded, set()).add(item.code)
        return names

    @cached_property
    def _by_bare_number(self) -> dict[str, str]:
        """Codes without their leading zeros, which spreadsheets drop; empty unless all codes are numbers of one length."""
        if len({len(item.code) for item in self.items}) != 1 or not all(item.code.isdigit() for item in self.items):
            return {}
        return {item.code.lstrip("0") or "0": item.code for item in self.items}

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def item(self, code: str) -> CodeItem:
        """The item with this code. :raises KeyError: if there is none."""
        return self._by_code[code]

    def label(self, code: str) -> str:
        """The name of ``code``; "" of "", and a code that is not in the list is said to be unknown."""
        if not code:
            return ""
        item = self._by_code.get(code)
        return item.label if item else f"未知代码（{code}）"

    def find(self, text: object) -> str | None:
        """The code that ``text`` means, or None if it means none of them or several."""
        if isinstance(text, float) and text.is_integer():
            text = int(text)
        typed = unicodedata.normalize("NFKC", visible(str(text if text is not None else ""))).strip()
        if not typed:
            return None
        if typed in self._by_code:
            return typed
        named = self._by_name.get(_fold(typed), set())
        if named:
            return next(iter(named)) if len(named) == 1 else None
        return self._by_bare_number.get(typed) or self._both(typed)

    def _both(self, typed: str) -> str | None:
        """The code of a text that gives code and name, in either order, if the two agree."""
        folded = _fold(typed)
        for code in self._by_code:
            bare = _fold(code)
            names = {folded.removeprefix(bare), folded.removesuffix(bare)} - {folded}
            if any(code in self._by_name.get(name, ()) for name in names):
                return code
        return None

    def suggest(self, text: object, count: int = 3) -> list[str]:
        """At most ``count`` labels that come nearest to ``text``, nearest first."""
        typed = _fold(str(text))
        if not typed:
            return []
        likeness: dict[str, float] = {item.code: 2 for item in self.items if typed in map(_fold, item.near)}
        for folded, found in self._by_name.items():
            score = difflib.SequenceMatcher(None, typed, folded).ratio()
            if typed in folded or folded in typed:
                score += 0.5
            for code in found:
                likeness[code] = max(likeness.get(code, 0), score)
        near = [code for code, score in likeness.items() if score >= 0.5]
        near.sort(key=lambda code: -likeness[code])
        return list(dict.fromkeys(self._by_code[code].label for code in near))[:count]

    def bracket(self, value: int | dt.date) -> CodeItem | None:
        """The bracket in which ``value`` lies, both ends included; for lists of ages, years, months or dates."""
        for item in self.items:
            above = item.low is None or item.low <= value  # type: ignore[operator]  # ages with ages, dates with dates
            below = item.high is None or value <= item.high  # type: ignore[operator]  # likewise
            if above and below:
                return item
        return None


def _fold(text: str) -> str:
    """What remains for comparison: half-width, without spaces and punctuation, lower case."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).lower()


def _edge(raw: int | str | None) -> int | dt.date | None:
    return dt.date.fromisoformat(raw) if isinstance(raw, str) else raw


def _item(raw: dict[str, Any]) -> CodeItem:
    known = {"code", "label", "aliases", "near", "parent"} | _EDGES
    return CodeItem(
        code=raw["code"],
        label=raw["label"],
        aliases=tuple(raw.get("aliases", ())),
        near=tuple(raw.get("near", ())),
        parent=raw.get("parent", ""),
        low=_edge(raw.get("min", raw.get("from"))),
        high=_edge(raw.get("max", raw.get("to"))),
        extra=MappingProxyType({key: value for key, value in raw.items() if key not in known}),
    )


@lru_cache(maxsize=1)
def _all() -> dict[str, CodeList]:
    lists: dict[str, CodeList] = {}
    for file in sorted(resources.files(__name__).iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".yaml"):
            continue
        for name, raw in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            if raw["confidence"] not in get_args(Confidence):
                raise ValueError(f"{file.name}: {name} has an unknown confidence")
            items = tuple(_item(item) for item in raw["items"])
            lists[name] = CodeList(
                name,
                raw["name"],
                raw["standard"],
                raw["confidence"],
                raw.get("note", ""),
                items,
                tuple(raw.get("of", ())),
            )
    return lists


def get(name: str) -> CodeList:
    """The code list called ``name``. :raises KeyError: naming those there are."""
    try:
        return _all()[name]
    except KeyError:
        raise KeyError(f"no code list “{name}”; there are {', '.join(sorted(_all()))}") from None


def brackets(dimension: str) -> list[CodeList]:
    """The lists that divide a number or a day of this name into brackets."""
    return [one for one in _all().values() if dimension in one.of]


def names() -> list[str]:
    """The names of all code lists."""
    return sorted(_all())
