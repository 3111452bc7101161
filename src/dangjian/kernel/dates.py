"""Dates as people type them.

    parse_date("1998年7月")   # ParsedDate(value=date(1998, 7, 1), month_only=True)
    parse_date("19980701")    # ParsedDate(value=date(1998, 7, 1), month_only=False)
    parse_date("98.7.1")      # DateProblem: “98.7.1”没有写全年份。请写四位年份，例如1998-07-01。

What can be read in two ways is refused rather than guessed: a day that is wrong in a person's record changes ages and deadlines.
"""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from dangjian.kernel.errors import Invalid
from dangjian.kernel.periods import last_of_month

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2099
HOW: Final = "请写成1998-07-01、1998年7月1日或19980701的样子；只知道月份的写1998-07。"

_SERIAL_ZERO = dt.date(1899, 12, 30)
_SERIAL_ZERO_1904 = dt.date(1904, 1, 1)
_TIME = re.compile(r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$")
_SEPARATED = re.compile(r"(\d+) ?(?:[-/.年\\,、 —–]) ?(\d{1,2})(?: ?(?:[-/.月\\,、 —–]) ?(\d{1,2})?)? ?[日号]?\.?")
_NUMERALS: Final = "〇一二三四五六七八九"
_WRITTEN = re.compile(
    r"([〇零○一二三四五六七八九]{4})年(十?[一二三四五六七八九]|十)月(?:([一二三]?十?[一二三四五六七八九]|[二三]?十)日?)?"
)
_YEAR_LAST = re.compile(r"\d{1,2}[-/. ]\d{1,2}[-/. ]\d{4}")


class DateProblem(Invalid):
    """What was typed is not a date, or not surely one; ``message`` says why and what to type."""

    def __init__(self, message: str) -> None:
        super().__init__(message, how=HOW)


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """A day. With ``month_only`` the day was not given, and ``value`` is the first of the month."""

    value: dt.date
    month_only: bool = False


def parse_date(value: object) -> ParsedDate:
    """The date that ``value`` means: a text, a date or instant, or the number a spreadsheet gave (a day count or 19980701).

    :raises DateProblem: for what is empty, impossible, ambiguous, or outside the years 1900 to 2099.
    """
    if isinstance(value, dt.datetime):
        value = value.date()
    if isinstance(value, dt.date):
        return ParsedDate(_day(value.year, value.month, value.day, value.isoformat()))
    if isinstance(value, bool):
        raise DateProblem("这里应该填日期。")
    if isinstance(value, int | float):
        return _from_number(value)
    return _from_text(value if isinstance(value, str) else "")


def of_1904(value: object) -> object:
    """``value`` out of a book that counts its days from 1904: a number that means a day as that day, anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or len(str(int(value))) != 5:
        return value
    # What may as well be a year and a month is left for ``parse_date`` to refuse.
    return value if _may_be_month(int(value)) else _SERIAL_ZERO_1904 + dt.timedelta(days=int(value))


def _may_be_month(whole: int) -> bool:
    """Whether five digits may be a year and a month: 19987."""
    return FIRST_YEAR <= whole // 10 <= LAST_YEAR and bool(whole % 10)


MONTH_HOW: Final = "请写成2026-12、2026年12月或202612的样子。"
_COUNTED: Final = "一二三四五六七八九十"
_WRITTEN_MONTH = re.compile(rf"(?<=年)(十[一二]|[{_COUNTED}])(?=月)")
_MONTH_END = re.compile(r"(?<=月)[份底末止]+$")
_YEAR_PART = re.compile(r"(\d{4})年?(?:(全年|年?[底末])|第?([一二三四1-4])季度[底末]?|([上下])半年[底末]?)")


def parse_month(value: object) -> dt.date:
    """The first day of the month up to which something reaches: a month, a day in it, or the end of a quarter, half or year.

    >>> parse_month("2026年12月底"), parse_month("2026年三季度末"), parse_month("2026年全年")
    (date(2026, 12, 1), date(2026, 9, 1), date(2026, 12, 1))

    :raises Invalid: for what is empty, impossible or ambiguous; ``message`` says why and what to type.
    """
    typed = value
    if isinstance(value, str):
        typed = unicodedata.normalize("NFKC", value).strip().removeprefix("至").removeprefix("到")
        typed = _MONTH_END.sub("", typed)
        part = _YEAR_PART.fullmatch(re.sub(r"\s", "", typed))
        if part:
            return _day(int(part[1]), _last_month(part), 1, value)
        if re.match(r"\d{1,2}月", typed):
            raise Invalid(f"“{value}”没有写年份。", how=MONTH_HOW)
        typed = _WRITTEN_MONTH.sub(lambda found: str(_numeral(found[0])), typed)
    try:
        return parse_date(typed).value.replace(day=1)
    except DateProblem as problem:
        message = problem.message.replace("日期是空的", "月份是空的").replace("能认出的日期", "能认出的月份")
        raise Invalid(message.replace("应该填日期", "应该填月份"), how=MONTH_HOW) from None


def _last_month(part: re.Match[str]) -> int:
    _, whole, quarter, half = part.groups()
    if whole:
        return 12
    if half:
        return 6 if half == "上" else 12
    return 3 * (int(quarter) if quarter.isdecimal() else _numeral(quarter))


def _numeral(written: str) -> int:
    """十二 → 12."""
    return sum(_COUNTED.index(one) + 1 for one in written)


def _from_text(typed: str) -> ParsedDate:
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", typed)).replace("。", ".").strip()
    if not text:
        raise DateProblem("日期是空的。")
    text = _numerals(_TIME.sub("", text).strip())
    if text.isdigit():
        return _from_digits(text)
    found = _SEPARATED.fullmatch(text)
    if found and len(found[1]) == 4:
        year, month = int(found[1]), int(found[2])
        if found[3] is None:
            return ParsedDate(_day(year, month, 1, typed), month_only=True)
        return ParsedDate(_day(year, month, int(found[3]), typed))
    if re.fullmatch(r"\d{4}年", text):
        raise DateProblem(f"“{typed}”只写了年份，还要写月份。")
    if _YEAR_LAST.fullmatch(text):
        raise DateProblem(f"“{typed}”看不出哪个是月、哪个是日。请把年份写在最前面。")
    if found and len(found[1]) < 4:
        raise DateProblem(f"“{typed}”没有写全年份。请写四位年份，例如1998年，不要写98年。")
    raise DateProblem(f"“{typed}”不是能认出的日期。")


def _numerals(text: str) -> str:
    """二〇〇四年六月三十日 in digits; anything else as it is."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return text
    year = "".join(str(_NUMERALS.index(each.replace("零", "〇").replace("○", "〇"))) for each in found[1])
    parts = [(_written_number(part), unit) for part, unit in ((found[2], "月"), (found[3], "日")) if part]
    return f"{year}年" + "".join(f"{number}{unit}" for number, unit in parts)


def _written_number(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    return (_NUMERALS.index(tens) if tens else 1 if ten else 0) * 10 + (_NUMERALS.index(ones) if ones else 0)


def _from_digits(text: str) -> ParsedDate:
    if len(text) == 8:
        return ParsedDate(_day(int(text[:4]), int(text[4:6]), int(text[6:]), text))
    if len(text) == 6:
        return ParsedDate(_day(int(text[:4]), int(text[4:]), 1, text), month_only=True)
    if len(text) == 4:
        raise DateProblem(f"“{text}”只写了年份，还要写月份。")
    raise DateProblem(f"“{text}”看不出是哪一天，月和日要写成两位。")


def _from_number(number: float) -> ParsedDate:
    """A number out of a spreadsheet cell."""
    if not 0 <= number < 1e9:
        raise DateProblem("这里应该填日期。")
    whole = int(number)
    if len(str(whole)) == 4:
        return _from_month_number(number)
    if number == whole and len(str(whole)) in (6, 8):
        return _from_digits(str(whole))
    if len(str(whole)) != 5:
        raise DateProblem(f"“{number:g}”不是能认出的日期。")
    if number == whole and _may_be_month(whole):
        raise DateProblem(f"“{whole}”可能是表格内部的日期数字，也可能是{whole // 10}年{whole % 10}月，请把单元格改成日期格式。")
    day = _SERIAL_ZERO + dt.timedelta(days=whole)
    return ParsedDate(_day(day.year, day.month, day.day, f"{number:g}"))


def _from_month_number(number: float) -> ParsedDate:
    """1998.7 typed into a spreadsheet cell, which keeps it as a number and turns 1998.10 into 1998.1."""
    year, _, decimals = f"{number:.10g}".partition(".")
    if not decimals:
        raise DateProblem(f"“{year}”只写了年份，还要写月份。")
    if decimals == "1":
        raise DateProblem(f"“{year}.1”在表格里分不清是1月还是10月，请写成{year}-01或{year}-10。")
    if len(decimals) > 2:
        raise DateProblem(f"“{number:g}”不是能认出的日期。")
    return ParsedDate(_day(int(year), int(decimals), 1, f"{number:g}"), month_only=True)


def _day(year: int, month: int, day: int, typed: str) -> dt.date:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise DateProblem(f"“{typed}”的年份是{year}，应在{FIRST_YEAR}至{LAST_YEAR}之间。")
    if not 1 <= month <= 12:
        raise DateProblem(f"“{typed}”里的月份是{month}，应在1至12之间。")
    days = last_of_month(dt.date(year, month, 1)).day
    if not 1 <= day <= days:
        raise DateProblem(f"“{typed}”里的日是{day}，{year}年{month}月只有{days}天。")
    return dt.date(year, month, day)
