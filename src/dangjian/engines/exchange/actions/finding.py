"""Which record a row of a comparison is about, by what its sheet declares (``Sheet.found_by``)."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from django.utils.functional import cached_property

from dangjian.engines.exchange.layout import columns
from dangjian.engines.exchange.models import Difference, OutsideSystem
from dangjian.engines.exchange.queries.differences import out_of
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import squeezed
from dangjian.org.sheet_offers import Candidate, Checked, OnRecord, Sheet, Way

MOST: Final = 5
"""Candidates of one row; a record that is like so many others is told by something else."""

Key = tuple[object, ...]


def told_value(row: Checked, code: str) -> Any:
    """What a row says in a column; ``None`` where that could not be understood or is for nobody to compare."""
    return row.told[code] if code in row.told else row.clean.get(code)


def told_by(row: Checked) -> dict[str, Any]:
    """All that a row says, by column."""
    found = {code: told_value(row, code) for code in row.raw}
    return {code: as_text(row.raw[code]) if value is None else value for code, value in found.items()}


class Finder:
    """Finds records by the columns in which they agree with a row; ``records`` reads those where the export goes, once."""

    def __init__(self, sheet: Sheet, records: Callable[[], Iterable[OnRecord]]) -> None:
        self._sheet, self._read = sheet, records
        self._titles = {code: column.title for code, column in columns(sheet).items()}

    def find(self, rows: Sequence[Checked]) -> list[Checked]:
        """Set outcome, record and candidates of rows; returns those without faults about which there is no record."""
        fresh = []
        for row in rows:
            if row.decided is not None:
                row.outcome, row.record_id = ("update", row.decided) if row.decided else ("new", None)
            else:
                self._find(row)
            if row.outcome == "new" and not row.is_wrong:
                fresh.append(row)
        return fresh

    def _find(self, row: Checked) -> None:
        said = {code: told_value(row, code) for code in self._titles}
        for way, known in zip(self._sheet.found_by, self._known, strict=True):
            found = known.get(_key(said, way.columns) or (), ())
            agreeing = [one for one in found if not self._against(said, one, way)]
            if len(agreeing) == 1:
                row.outcome, row.record_id = "update", agreeing[0].record_id
                return
            if found:
                self._ask(row, [(one, self._why(said, one, way)) for one in found])
                return
        near = self._sheet.near
        if near is not None:
            alike = self._alike.get(near.fold(as_text(said.get(self._sheet.name_column))), ())
            self._ask(row, [(one, why) for one in alike if (why := near.why(said, one.values))])

    def _ask(self, row: Checked, found: Sequence[tuple[OnRecord, str]]) -> None:
        if found:
            row.outcome = "decide"
            row.candidates = [Candidate(one.record_id, why) for one, why in found[:MOST]]

    def _against(self, said: Mapping[str, Any], one: OnRecord, way: Way) -> list[str]:
        """The columns in which both sides say something, and not the same, so that it is not certain."""
        return [code for code in way.unless if _part(said.get(code)) != _part(one.values.get(code)) and _both(said, one, code)]

    def _why(self, said: Mapping[str, Any], one: OnRecord, way: Way) -> str:
        alike = "、".join(self._titles[code] for code in way.columns)
        other = "、".join(self._titles[code] for code in self._against(said, one, way))
        return f"{alike}相同" + (f"，{other}不同" if other else "，这样的有几条")

    @cached_property
    def _records(self) -> list[OnRecord]:
        kept = {code for way in self._sheet.found_by for code in (*way.columns, *way.unless)} | {self._sheet.name_column}
        kept |= set(self._sheet.near.columns) if self._sheet.near else set()
        # Only what tells a record is kept, so that memory does not grow with all that is known of it.
        return [replace(one, values={code: value for code, value in one.values.items() if code in kept}) for one in self._read()]

    @cached_property
    def _known(self) -> list[dict[Key, list[OnRecord]]]:
        found: list[dict[Key, list[OnRecord]]] = []
        for way in self._sheet.found_by:
            by_key: dict[Key, list[OnRecord]] = defaultdict(list)
            for one in self._records:
                if key := _key(one.values, way.columns):
                    by_key[key].append(one)
            found.append(by_key)
        return found

    @cached_property
    def _alike(self) -> dict[str, list[OnRecord]]:
        found: dict[str, list[OnRecord]] = defaultdict(list)
        if self._sheet.near is not None:
            for one in self._records:
                found[self._sheet.near.fold(as_text(one.values.get(self._sheet.name_column)))].append(one)
        return found


def _both(said: Mapping[str, Any], one: OnRecord, code: str) -> bool:
    return _part(said.get(code)) is not None and _part(one.values.get(code)) is not None


def _key(values: Mapping[str, Any], codes: Sequence[str]) -> Key | None:
    """The values of columns as one; ``None`` where one of them is blank."""
    parts = tuple(_part(values.get(code)) for code in codes)
    return None if None in parts else parts


def _part(value: Any) -> object:
    if isinstance(value, str):
        return squeezed(unicodedata.normalize("NFKC", value)) or None
    return value


def appeared(system: OutsideSystem, rows: Sequence[Difference]) -> set[int]:
    """Those of the differences of what they alone had of which there is a record by now."""
    told = {row.pk: row.their_values for row in rows if row.theirs}
    sheet = system.sheet
    if not told:
        return set()
    if sheet.appeared is not None:
        return set(sheet.appeared(told))
    checked = {pk: Checked(raw=values, clean=dict(values)) for pk, values in told.items()}
    Finder(sheet, lambda: out_of(sheet).rows(system.organization, None)).find(list(checked.values()))
    return {pk for pk, row in checked.items() if row.outcome == "update"}


def judge_new(rows: Sequence[Checked], compare: Callable[[Sequence[Checked]], None]) -> None:
    """Let a checker judge rows about which there is no record as if they were to be entered.

    What speaks against entering one is a remark, and it is not taken; who is recognised after all is compared.
    """
    before = {id(row): len(row.problems) for row in rows}
    compare(rows)
    for row in rows:
        said = row.problems[before[id(row)] :]
        if row.decided == 0:
            row.record_id = None
        if row.record_id is not None:
            row.outcome, row.problems = "update", row.problems[: before[id(row)]]
            continue
        row.takeable = row.outcome == "new" and all(one.is_warning for one in said)
        row.outcome = "new"
        row.problems[before[id(row)] :] = [replace(one, is_warning=True) for one in said]
