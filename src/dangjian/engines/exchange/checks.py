"""What can be said of a row of any sheet before its own checker judges it."""

from collections.abc import Callable, Mapping
from typing import Final

from dangjian.engines.exchange.definition import Definition
from dangjian.engines.exchange.layout import columns
from dangjian.engines.exchange.noise import Noise
from dangjian.kernel.errors import Invalid
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import ERRORS, Value
from dangjian.org.sheet_offers import EXAMPLE_MARK, Checked, Sheet

KINDS: Final = {
    "required": "缺少必填",
    "text": "内容",
    "formula": "公式没有结果",
    "duplicate": "表内重复",
    "noise": "标题或合计",
    "same_record": "对应同一个人",
    "elsewhere": "不在范围内",
}
"""Titles of the problems that the engine finds itself."""

UNCALCULATED: Final = "\0formula"
"""Stands for a cell whose formula has no result; nobody can type it."""

MOST_REMEMBERED: Final = 5000
"""Values of one column; a column that holds more does not repeat itself."""

_NOT_YET: Final = object()
_WITHOUT_VALUE: Final = ERRORS | {UNCALCULATED}
_DASHES: Final = frozenset({"-", "--", "—", "——", "–", "－", "/", "／"})
"""What people draw into a cell that stays empty."""
_SAYING_NOTHING: Final[frozenset[Value]] = frozenset({*_WITHOUT_VALUE, *_DASHES})
_MAY_BE_DASHED: Final = frozenset({"text", "date", "phone"})
"""Kinds of columns; a dash among amounts may mean a nought, which is for its reader to ask."""


def kinds(sheet: Sheet) -> dict[str, str]:
    """Titles of all problems that may be found in a sheet."""
    return KINDS | dict(sheet.kinds)


class Cells:
    """Reads the cells of one upload, row after row; what repeats is read once. Words of its ``template`` are put into ours."""

    def __init__(self, sheet: Sheet, template: Definition | None = None) -> None:
        self._columns = columns(sheet)
        self._name = sheet.name_column
        self._noise = Noise(sheet, template)
        self._heard = {column.item: column.heard for column in template.items() if column.spellings} if template else {}
        self._required = [column for column in self._columns.values() if column.required and column.read]
        self._readers: dict[str, Callable[[Value], object]] = {
            code: _remembering(column.read) if column.repeats else column.read
            for code, column in self._columns.items()
            if column.read
        }

    def read(self, raw: Mapping[str, Value]) -> Checked:
        """``raw``: what stands below each column, without the empty cells."""
        row = Checked(self._in_our_words(raw) if self._heard else raw)
        raw = row.raw
        if not _SAYING_NOTHING.isdisjoint(raw.values()):
            row.raw = raw = self._without_dashes(self._without_formulas(row, raw))
        if as_text(raw.get(self._name)).startswith(EXAMPLE_MARK):
            row.is_example = True
            return row
        if self._noise.is_in(raw):
            row.is_example = row.warns = True
            row.complain("", "noise", "这一行是标题、合计、填表人或重复的表头，不导入。", is_warning=True)
            return row
        readers, clean = self._readers, row.clean
        for code, value in raw.items():
            read = readers.get(code)
            if read is None:
                continue
            try:
                clean[code] = read(value)
            except Invalid as problem:
                row.complain(code, self._columns[code].kind, problem.brief)
        for column in self._required:
            if column.code not in raw and not row.has(column.code):
                row.complain(column.code, "required", f"“{column.title}”没有填写。")
        return row

    def _in_our_words(self, raw: Mapping[str, Value]) -> Mapping[str, Value]:
        said = {code: self._heard[code].get(as_text(raw[code])) for code in self._heard.keys() & raw.keys()}
        return {**raw, **{code: word for code, word in said.items() if word is not None}}

    def _without_formulas(self, row: Checked, raw: Mapping[str, Value]) -> dict[str, Value]:
        for code, value in raw.items():
            if value in _WITHOUT_VALUE:
                text = "这一格是没有算出结果的公式或错误值。请填写结果，或在表格中重新计算并保存后再上传。"
                row.complain(code, "formula", text)
        return {code: value for code, value in raw.items() if value not in _WITHOUT_VALUE}

    def _without_dashes(self, raw: Mapping[str, Value]) -> dict[str, Value]:
        empty = {code for code, value in raw.items() if value in _DASHES}
        return {
            code: value
            for code, value in raw.items()
            if code not in empty or self._columns[code].required or self._columns[code].kind not in _MAY_BE_DASHED
        }


def _remembering(read: Callable[[Value], object]) -> Callable[[Value], object]:
    memory: dict[object, object] = {}

    def remembered(value: Value) -> object:
        # 1, 1.0 and True are equal, and mean different things.
        key = value if type(value) is str else (type(value), value)
        found = memory.get(key, _NOT_YET)
        if found is _NOT_YET:
            found = read(value)
            if len(memory) < MOST_REMEMBERED:
                memory[key] = found
        return found

    return remembered
