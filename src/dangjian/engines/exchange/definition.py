"""What a template says: how somebody else's form names, orders and spells the columns of one of our sheets.

    title: 全国党员管理信息系统党员信息表
    sheet: roster
    issued_by: 中共中央组织部
    year: 2018
    dates: 2006.01.02
    columns:
      - {header: 姓名, item: name}
      - {header: 学历, item: education, spellings: {大学本科毕业: [大学]}}
      - {header: 年龄, item: age}
      - {header: 备注}

A column without an item is passed over when a file comes in and left empty when one goes out. The same text is what ships with
the platform as a file, what is kept of every version, and what is handed on to another unit.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, StrictInt, StrictStr, ValidationError, model_validator

from dangjian.kernel.closed_yaml import TEXT, Closed, explained
from dangjian.kernel.errors import Invalid
from dangjian.kernel.spreadsheets.cells import Value, as_text
from dangjian.kernel.spreadsheets.headers import tidy
from dangjian.org.sheet_offers import Sheet

MOST_COLUMNS: Final = 200
MOST_SPELLINGS: Final = 600

DATE_FORMS: Final[Mapping[str, str]] = {
    "cells": "日期格（表格自己的日期）",
    "dashes": "2006-01-02",
    "dots": "2006.01.02",
    "digits": "20060102",
    "words": "2006年1月2日",
    "month": "2006.01",
}
"""How a form writes days, each as people see it."""

_WRITTEN: Final = {
    "dashes": lambda day: f"{day:%Y-%m-%d}",
    "dots": lambda day: f"{day:%Y.%m.%d}",
    "digits": lambda day: f"{day:%Y%m%d}",
    "words": lambda day: f"{day.year}年{day.month}月{day.day}日",
    "month": lambda day: f"{day:%Y.%m}",
}
DateForm = Literal["cells", "dashes", "dots", "digits", "words", "month"]
NumberForm = Literal["numbers", "texts"]
NUMBER_FORMS: Final[Mapping[str, str]] = {"numbers": "数字", "texts": "文本"}

Believed = Literal["theirs", "ours", "ask"]
BELIEVED: Final[Mapping[str, str]] = {"theirs": "以对方为准", "ours": "以本平台为准", "ask": "由人核对"}
"""Who is believed where an outside system and the platform differ."""

_SHORT = Annotated[StrictStr, Field(min_length=1, max_length=60)]


class TemplateColumn(Closed):
    """A column of the form: its ``header``, other headers it is known under (``also``), the ``item`` of the sheet that it holds.

    ``spellings`` are the words of the form by ours; the first is written, all are read. ``believed`` says who is right where a
    comparison finds a difference. ``note`` is for people who fill it in.
    """

    header: _SHORT
    item: StrictStr = ""
    also: tuple[_SHORT, ...] = ()
    spellings: dict[_SHORT, Annotated[tuple[_SHORT, ...], Field(min_length=1)]] = Field(default={}, max_length=MOST_SPELLINGS)
    believed: Believed | None = None
    note: Annotated[StrictStr, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _is_unmistakable(self) -> Self:
        heard: dict[str, str] = {}
        for ours, theirs in self.spellings.items():
            for word in theirs:
                if heard.setdefault(word, ours) != ours:
                    raise ValueError(f"“{self.header}”：“{word}”既是“{heard[word]}”又是“{ours}”")
        return self

    @property
    def heard(self) -> Mapping[str, str]:
        """Our word by each of theirs."""
        return {word: ours for ours, theirs in self.spellings.items() for word in theirs}

    @property
    def written(self) -> Mapping[str, str]:
        """Their word by ours."""
        return {ours: theirs[0] for ours, theirs in self.spellings.items()}


class Definition(Closed):
    """A template, see the text of this module.

    ``set`` names the workbook of which the form is a worksheet, together with the other templates of that set.
    ``above`` are the lines over the header. ``first_row`` is where the rows of an official workbook begin, counted as
    the spreadsheet does; its header stands over it.
    """

    title: _SHORT
    sheet: TEXT
    issued_by: Annotated[StrictStr, Field(max_length=60)] = ""
    year: Annotated[StrictInt, Field(ge=1949, le=2200)] | None = None
    worksheet: Annotated[StrictStr, Field(max_length=31)] = ""
    set: Annotated[StrictStr, Field(max_length=60)] = ""
    above: Annotated[tuple[_SHORT, ...], Field(max_length=8)] = ()
    dates: DateForm = "cells"
    numbers: NumberForm = "numbers"
    first_row: Annotated[StrictInt, Field(ge=2, le=60)] | None = None
    notes: Annotated[tuple[Annotated[StrictStr, Field(max_length=300)], ...], Field(max_length=20)] = ()
    columns: Annotated[tuple[TemplateColumn, ...], Field(min_length=1, max_length=MOST_COLUMNS)]

    @model_validator(mode="after")
    def _is_unmistakable(self) -> Self:
        headers: dict[str, str] = {}
        items: dict[str, str] = {}
        for column in self.columns:
            for name in {tidy(one): one for one in (column.header, *column.also)}.values():
                if headers.setdefault(tidy(name), column.header) != column.header or name == "":
                    raise ValueError(f"“{name}”是两列的列名")
            if column.item and items.setdefault(column.item, column.header) != column.header:
                raise ValueError(f"“{items[column.item]}”和“{column.header}”是同一项目")
        if len({tidy(column.header) for column in self.columns}) < len(self.columns):
            raise ValueError("有两列的列名一样")
        return self

    @property
    def page_title(self) -> str:
        """The name of its worksheet."""
        return self.worksheet or self.title

    def items(self) -> Iterator[TemplateColumn]:
        """The columns that hold an item of the sheet."""
        return (column for column in self.columns if column.item)

    def by_item(self) -> dict[str, TemplateColumn]:
        """Columns by the item that they hold."""
        return {column.item: column for column in self.items()}

    def headers(self) -> dict[str, str]:
        """Item by every header, "" for one that is passed over."""
        return {tidy(name): column.item for column in self.columns for name in (column.header, *column.also)}

    def in_form(self, column: TemplateColumn, value: Any) -> Value:
        """A cell of ours as the form has it."""
        if isinstance(value, dt.date) and self.dates != "cells":
            return _WRITTEN[self.dates](value)
        if isinstance(value, bool) or (isinstance(value, str) and column.spellings):
            text = as_text(value)
            return column.written.get(text, text)
        if isinstance(value, int | float) and self.numbers == "texts":
            return as_text(value)
        found: Value = value
        return found


def made_of(content: Mapping[str, object]) -> Definition:
    """The definition that ``content`` says. Raises ``Invalid`` with what is wrong with it."""
    try:
        return Definition.model_validate(content)
    except ValidationError as error:
        raise Invalid(f"模板还不能用：{explained(error)}。"[:400], how="请改正后再保存。") from error


def check_items(definition: Definition, sheet: Sheet | None) -> None:
    """Raise ``ValueError`` unless every column is of an item that the sheet has, and every spelling of a word that it knows."""
    if sheet is None:
        raise ValueError(f"没有“{definition.sheet}”这种表格")
    known = {column.code: column for column in sheet.columns()}
    worked_out = sheet.out.worked_out if sheet.out else {}
    for column in definition.items():
        if column.item not in known and column.item not in worked_out:
            raise ValueError(f"“{column.header}”：{sheet.title}没有“{column.item}”这个项目")
        choices = known[column.item].choices if column.item in known else ()
        strange = [word for word in column.spellings if choices and word not in choices]
        if strange:
            raise ValueError(f"“{column.header}”：本平台没有“{'”“'.join(strange)}”这个选项")
