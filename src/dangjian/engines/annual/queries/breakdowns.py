"""A question of one's own: what is counted, by what it is broken down, and what narrows it; turned into a table like any other.

>>> one = read({"down": "sex", "across": "age.age_table2", "where": "category:1"}, "members", unit, since, until)
>>> Answer(unit, since, until, breakdown=one).figures(one.table)
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
from django.utils.functional import cached_property

from dangjian.engines.annual.installed import population
from dangjian.engines.annual.queries.reports import Report
from dangjian.kernel import codes
from dangjian.kernel.periods import MONTH, YEAR, Span
from dangjian.kernel.registry import by_code
from dangjian.kernel.tabulation import MISSING, Coded, Cut, Day, Dimension, Flag, Line, Population, Table, Worded, Years
from dangjian.kernel.tabulation.conditions import EVERYTHING, All, Among, AnyOf, Between, Condition, Not
from dangjian.kernel.tabulation.definition import WrittenLine, asked, each
from dangjian.kernel.tabulation.dimensions import Whole
from dangjian.org.models import Kind, Organization, OrganizationVersion
from dangjian.org.openings import register

MOST_ROWS, MOST_COLUMNS = 60, 40
"""More nobody reads."""
YEARS, MONTHS = 50, 36
"""As many years and months have a line of their own."""
USUAL = "members"
BELOW, BELOW_TITLE = "below", "下级党组织"
TOTAL, OWN, OTHER, UNKNOWN = BESIDE = "_total", "_own", "_other", "_unknown"
"""Lines beside those of the codes: all, in the organisation asked for itself, known but in none of them, not known."""
Given = Mapping[str, str]
"""What is asked, as an address says it: ``down``, ``across`` and ``where``; ``of`` says what is counted.

``where`` is ``sex:2;age.age_table2:le30,31_35``: several codes of one dimension are any of them, several dimensions all.
"""


@dataclass(frozen=True, slots=True)
class Below(Dimension):
    """The organisation right below the one asked for to which a row's own belonged; the first is the one asked for itself."""

    numbers: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    places: Mapping[int, int] = field(default_factory=dict, hash=False)

    def text(self, value: int) -> str:
        """Its name."""
        return self.names[value] if value >= 0 else ""

    def derive(self, cut: Cut) -> Whole:
        """Places in ``names``."""
        own, of = np.unique(cut.columns["organization"], return_inverse=True)
        return np.fromiter((self.places.get(one, MISSING) for one in own.tolist()), np.int32, len(own))[of]


def below(unit: Organization, until: dt.date) -> Below:
    """What stood right below an organisation by a day; whatever left it before that, where it stood last."""
    mark = f"{unit.pk:07d}/"
    rows = register(OrganizationVersion).filter(path__contains=mark, starts_on__lte=until).order_by("starts_on")
    under: dict[int, int] = {}
    named: dict[int, tuple[int, str]] = {}
    for pk, path, order, name in rows.values_list("organization_id", "path", "order", "short_name"):
        under[pk] = int(path.partition(mark)[2].partition("/")[0] or pk)
        named[pk] = order, name
    numbers = (unit.pk, *sorted(set(under.values()) - {unit.pk}, key=lambda pk: (named[pk][0], pk)))
    places = {pk: place for place, pk in enumerate(numbers)}
    names = (f"{unit.short_name}本级", *(named[pk][1] for pk in numbers[1:]))
    return Below(BELOW, BELOW_TITLE, "", numbers, names, {pk: places[child] for pk, child in under.items()})


@dataclass(frozen=True, slots=True)
class Way:
    """A way to break a population down: by the codes of a dimension, by yes and no, by brackets of a number or a day.

    :param code: its name in an address: ``sex``, ``age.age_table2``, ``joined_on.year``.
    :param goes_on: whether its lines follow each other as years do, so that one of them without anybody says something.
    """

    code: str
    title: str
    lines: tuple[Line, ...]
    goes_on: bool = False

    def line(self, code: str) -> Line | None:
        """The one with this code."""
        return next((one for one in self.lines if one.code == code), None)

    def says(self, lines: Iterable[Line]) -> str:
        """Of rows that are in any of the lines."""
        return f"{self.title}为{'或'.join(f'“{one.title}”' for one in lines)}"


Ways = Mapping[str, Way]


@cache
def ways(code: str) -> Ways:
    """How a population can be broken down, by the name that an address has for each way."""
    of = population(code)
    return {one.code: one for dimension in of.dimensions for one in _ways(dimension, of)}


def _ways(of: Dimension, population: Population) -> Iterator[Way]:
    if isinstance(of, Flag):
        lines = [_line(str(value), of.text(value), Among(of.code, (value,)), population) for value in (1, 0)]
        yield Way(of.code, of.title, tuple(lines))
    elif isinstance(of, Worded):
        return
    elif isinstance(of, Coded):
        yield _each(of.code, of.title, WrittenLine(each=of.code), population)
    else:
        for listed in codes.brackets(of.code):
            title = f"{of.title}{listed.name[listed.name.find('（') :] if '（' in listed.name else ''}"
            yield _each(f"{of.code}.{listed.id}", title, WrittenLine(each=of.code, by=listed.id), population)


def _each(code: str, title: str, written: WrittenLine, population: Population) -> Way:
    dimension = written.each
    lines = [replace(one, code=one.code.removeprefix(f"{dimension}.")) for one in each(written, population)]
    known = Between(dimension, None, None)
    if written.by:
        rest = All((known, Not(AnyOf(tuple(one.condition for one in lines)))))
        lines.append(_line(OTHER, "其他", rest, population))
    return Way(code, title, (*lines, _line(UNKNOWN, "没有填写", Not(known), population)))


def worded(of: Population) -> Ways:
    """How a population can be broken down by words that people here have written themselves, as they are now."""
    found = {}
    for one in of.dimensions:
        if isinstance(one, Worded):
            # A word may hold what separates things in an address; its number does not.
            lines = [_line(f"w{one.place(word)}", word, Among(one.code, (one.place(word),)), of) for word in one.words]
            unknown = _line(UNKNOWN, "没有填写", Not(Between(one.code, None, None)), of)
            found[one.code] = Way(one.code, one.title, (*lines, unknown))
    return found


def dated(code: str, since: dt.date, until: dt.date) -> Ways:
    """How a population can be broken down by its days: the last years, and the months of the period of what happened in it."""
    of = population(code)
    births = {one.since for one in of.dimensions if isinstance(one, Years)}
    found = {}
    for day in (one for one in of.dimensions if isinstance(one, Day)):
        years = [Span(YEAR, dt.date(until.year - back, 1, 1)) for back in reversed(range(YEARS))]
        found[f"{day.code}.{YEAR}"] = _spans(f"{day.code}.{YEAR}", f"{day.title}（按年）", day, years, of)
        if "{since}" in of.says and day.code not in births:
            months = _months(since, until)
            found[f"{day.code}.{MONTH}"] = _spans(f"{day.code}.{MONTH}", f"{day.title}（按月）", day, months, of)
    return found


def _months(since: dt.date, until: dt.date) -> list[Span]:
    """Those of a period, the last ``MONTHS`` of one that is longer."""
    found = [Span.of(until, MONTH)]
    while found[0].start > since and len(found) < MONTHS:
        found.insert(0, found[0].previous())
    return found


def _spans(code: str, title: str, day: Day, spans: list[Span], population: Population) -> Way:
    """A line for each of ``spans``; days outside all of them stand together."""
    known = Between(day.code, None, None)
    inside = [Between(day.code, one.start.toordinal(), one.last.toordinal()) for one in spans]
    lines = [_line(one.code, one.label, condition, population) for one, condition in zip(spans, inside, strict=True)]
    rest = _line(OTHER, "其他时间", All((known, Not(AnyOf(tuple(inside))))), population)
    return Way(code, title, (*lines, rest, _line(UNKNOWN, "没有填写", Not(known), population)), goes_on=True)


def _line(code: str, title: str, condition: Condition, population: Population) -> Line:
    return Line(code, title, condition, population.code)


@dataclass(frozen=True)
class Breakdown:
    """What is asked.

    :param population: what is counted; it knows where in the organisation asked for each row was (``Below``).
    :param ways: how it can be broken down.
    :param where: what narrows it, each dimension with the lines of which one must be met.
    """

    population: Population
    ways: Ways
    down: Way
    across: Way | None
    where: tuple[tuple[Way, tuple[Line, ...]], ...]

    @cached_property
    def parameters(self) -> dict[str, str]:
        """As an address names it."""
        where = ";".join(f"{way.code}:{','.join(one.code for one in lines)}" for way, lines in self.where)
        across = self.across.code if self.across else ""
        found = {"of": self.population.code, "down": self.down.code, "across": across, "where": where}
        return {name: value for name, value in found.items() if value}

    @cached_property
    def title(self) -> str:
        """党员：性别、学历."""
        return f"{self.population.title}：{'、'.join(one.title for one in (self.down, self.across) if one)}"

    @property
    def conditions(self) -> list[Way]:
        """What can narrow it: whatever does not depend on the organisation asked for."""
        return [one for one in self.ways.values() if one.code != BELOW]

    @property
    def narrowed(self) -> list[str]:
        """What narrows it, in words."""
        return [way.says(lines) for way, lines in self.where]

    @cached_property
    def table(self) -> Table:
        """The rows are narrowed, so that every cell is."""
        total = _line(TOTAL, "合计", EVERYTHING, self.population)
        rows = tuple(map(self._narrowed, (total, *_said(self.down))))
        columns = (total, *(_said(self.across) if self.across else ()))
        return Table("", self.title, self.population.code, "", (), "", rows[0], rows, columns, ())

    def _narrowed(self, line: Line) -> Line:
        narrowing = (_any(one.condition for one in lines) for _, lines in self.where)
        says = "、".join(said for said in (*self.narrowed, line.says) if said)
        return replace(line, condition=_all((*narrowing, line.condition)), says=says)

    @property
    def asked(self) -> frozenset[str]:
        """Codes of the dimensions that it asks."""
        return frozenset(name for line in (*self.table.rows, *self.table.columns) for name in asked(line.condition))


def _said(way: Way) -> Iterator[Line]:
    """Its lines, which say their dimension in a sentence."""
    return (replace(one, says=way.says([one])) for one in way.lines)


def _any(conditions: Iterable[Condition]) -> Condition:
    parts = tuple(conditions)
    return parts[0] if len(parts) == 1 else AnyOf(parts)


def _all(conditions: Iterable[Condition]) -> Condition:
    parts = tuple(one for one in conditions if one.narrows)
    return parts[0] if len(parts) == 1 else All(parts)


def read(given: Given, code: str, unit: Organization, since: dt.date, until: dt.date) -> Breakdown:
    """What an address asks of a population; what it names that there is not, is left out."""
    place = below(unit, until)
    known = (one.asked if isinstance(one, Worded) else one for one in population(code).dimensions)
    found = replace(population(code), dimensions=(place, *known))
    named = enumerate(zip(place.numbers, place.names, strict=True))
    own = [_line(str(pk) if at else OWN, name, Among(BELOW, (at,)), found) for at, (pk, name) in named]
    rest = _line(UNKNOWN, "其他", Not(Between(BELOW, None, None)), found)
    narrowing = {**ways(code), **worded(found), **dated(code, since, until)}
    offered = {BELOW: Way(BELOW, place.title, (*own, rest)), **narrowing}
    usual = next((one for one in offered if one != BELOW), BELOW) if unit.kind == Kind.BRANCH else BELOW
    down = offered.get(given.get("down", "")) or offered[usual]
    across = offered.get(given.get("across", ""))
    return Breakdown(found, offered, down, None if across is down else across, tuple(_where(given.get("where", ""), narrowing)))


def _where(written: str, offered: Ways) -> Iterator[tuple[Way, tuple[Line, ...]]]:
    wanted: dict[str, set[str]] = {}
    for one in written.split(";"):
        name, _, listed = one.partition(":")
        wanted.setdefault(name, set()).update(listed.split(","))
    for name, way in offered.items():
        if lines := tuple(one for one in way.lines if one.code in wanted.get(name, ())):
            yield way, lines


def counted(given: Given) -> str:
    """Code of the population that an address asks for, the usual one where there is none of that name."""
    offered = by_code(Population)
    code = given.get("of", "")
    return code if code in offered else USUAL if USUAL in offered else next(iter(offered))


@dataclass
class Answer(Report):
    """The figures of a breakdown: of its population what it asks is read, and nothing else."""

    breakdown: Breakdown = field(kw_only=True)

    def population(self, _code: str) -> Population:
        """The one that is counted."""
        return self.breakdown.population

    def needed(self, _code: str, _at_start: bool) -> frozenset[str]:
        """What is asked."""
        return self.breakdown.population.needed(self.breakdown.asked)
