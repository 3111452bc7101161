"""Notices on holidays in their own words, such as 春节：2月15日（周日）至23日（周一）放假调休，共9天。2月14日上班.

A notice can be pasted as it is. What it says beside the days (weekdays, how many days) is checked against them; a line that
names days and cannot be understood is refused, never skipped.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from dangjian.kernel.citation import Citation
from dangjian.kernel.errors import Invalid

HOW = "请照通知原文写，每个节日一行，例如：春节：2月15日至23日放假，2月14日、28日上班。"
WEEKDAYS = "一二三四五六日"

Days = tuple[dt.date, dt.date]
"""The first and the last day of some."""

_LINE = re.compile(r"(?:[(]?[一二三四五六七八九十\d]+[)、.])?((?:(?!\d月)[^:,。]){2,40}):(.+)")
_NEXT = re.compile(r"\n|(?<=。)(?=\s*[一二三四五六七八九十]、)")
_SAYS = re.compile(r"放假|补休|上班")
_NAMES_DAYS = re.compile(r"\d月\d")
_TOKEN = re.compile(
    r"(?:(?P<year>\d{4})年)?(?:(?P<month>\d{1,2})月)?(?P<day>\d{1,2})日(?:[(](?P<note>[^()]*)[)])?"
    r"|(?P<to>[至到—–~-]+)|共?(?P<number>\d+)天|(?P<off>放假|补休)|(?P<work>上班)"
)
_WEEKDAY = re.compile(rf"(?:周|星期|礼拜)([{WEEKDAYS}天])")


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The days of one holiday, or of several that run into each other: those off, and the weekend days worked for them."""

    name: str
    off: tuple[Days, ...]
    worked: tuple[dt.date, ...]

    @property
    def days_off(self) -> list[dt.date]:
        """Every day off, weekends among them."""
        return [day for first, last in self.off for day in _each(first, last)]

    def text(self, year: int) -> str:
        """As a notice of ``year`` says it; ``read_notice`` understands it again."""
        return f"{self.name}：{self.off_text(year)}放假" + (f"，{self.worked_text(year)}上班" if self.worked else "")

    def off_text(self, year: int, *, weekdays: bool = False) -> str:
        """2月15日至23日, or 2月15日（周日）至23日（周一）."""
        written = _Written(year, weekdays)
        return "、".join(written.days(first, last) for first, last in self.off)

    def worked_text(self, year: int, *, weekdays: bool = False) -> str:
        """2月14日、28日; empty if no weekend day is worked."""
        written = _Written(year, weekdays)
        return "、".join(written.day(day) for day in self.worked)


@dataclass(frozen=True, slots=True)
class Notice:
    """What is laid down for one year, and where."""

    year: int
    arrangements: tuple[Arrangement, ...]
    citations: tuple[Citation, ...] = ()

    @property
    def days_off(self) -> list[dt.date]:
        """Every day off, weekends among them."""
        return [day for one in self.arrangements for day in one.days_off]

    @property
    def days_worked(self) -> list[dt.date]:
        """Weekend days on which one works."""
        return [day for one in self.arrangements for day in one.worked]

    @property
    def text(self) -> str:
        """A line for each holiday."""
        return "\n".join(one.text(self.year) for one in self.arrangements)


def read_notice(year: int, text: str, citations: Iterable[Citation] = ()) -> Notice:
    """What ``text`` lays down for ``year``. Raises ``Invalid``, naming the line."""
    found = []
    for line in _NEXT.split(text):
        plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", line))
        match = _LINE.fullmatch(plain)
        if match and _SAYS.search(match[2]):
            found.append(_Reader(year, match[1], match[2]).read())
        elif _SAYS.search(plain) and _NAMES_DAYS.search(plain):
            raise _wrong(f"“{line.strip()}”看不出是哪个节日。")
    if not found:
        raise _wrong("没有看到放假的日期。")
    notice = Notice(year, tuple(found), tuple(citations))
    _check(notice)
    return notice


@dataclass
class _Reader:
    """Reads one line, from left to right: days are gathered until a word says what they are."""

    year: int
    name: str
    text: str
    day: dt.date | None = None
    gathered: list[Days] = field(default_factory=list)
    reaches: bool = False

    def read(self) -> Arrangement:
        off: list[Days] = []
        worked: list[dt.date] = []
        number, at, rest = 0, 0, ""
        for token in _TOKEN.finditer(self.text):
            rest, at = rest + self.text[at : token.start()], token.end()
            if token["day"]:
                self._add(token)
            elif token["to"]:
                self.reaches = bool(self.gathered)
            elif token["off"]:
                off, self.gathered = off + self.gathered, []
            elif token["work"]:
                worked += [day for days in self.gathered for day in _each(*days)]
                self.gathered = []
            else:
                number = int(token["number"])
        if odd := re.search(r"[^,。;]*\d[^,。;]*", rest + self.text[at:]):
            raise self._wrong(f"“{odd[0]}”看不明白")
        if self.gathered or not off:
            raise self._wrong("没有写明哪些天放假、哪些天上班")
        made = Arrangement(self.name, tuple(off), tuple(worked))
        if number and number != len(made.days_off):
            raise self._wrong(f"写的是共{number}天，日期算下来是{len(made.days_off)}天")
        return made

    def _add(self, token: re.Match[str]) -> None:
        then = self.day or dt.date(self.year, 1, 1)
        if not (token["month"] or self.day):
            raise self._wrong(f"“{token[0]}”没有写月份")
        year = int(token["year"] or (self.year if token["month"] else then.year))
        try:
            day = dt.date(year, int(token["month"] or then.month), int(token["day"]))
        except ValueError:
            raise self._wrong(f"没有“{token[0]}”这一天") from None
        weekday = _WEEKDAY.search(token["note"] or "")
        if weekday and weekday[1].replace("天", "日") != WEEKDAYS[day.weekday()]:
            raise self._wrong(f"{day.year}年{day.month}月{day.day}日是周{WEEKDAYS[day.weekday()]}，写的是周{weekday[1]}")
        if not dt.date(self.year - 1, 12, 1) <= day <= dt.date(self.year, 12, 31):
            raise self._wrong(f"“{token[0]}”不在{self.year}年")
        first = self.gathered.pop()[0] if self.reaches else day
        if day < first:
            raise self._wrong(f"“{token[0]}”早于开始的一天")
        self.gathered.append((first, day))
        self.day, self.reaches = day, False

    def _wrong(self, text: str) -> Invalid:
        return _wrong(f"{self.name}：{text}。")


def _check(notice: Notice) -> None:
    """What would make a nonsense of the table."""
    days = sorted(notice.days_off + notice.days_worked)
    if twice := next((one for one, other in pairwise(days) if one == other), None):
        raise _wrong(f"{twice.month}月{twice.day}日写了两次。")
    for day in notice.days_worked:
        if day.weekday() < 5:
            raise _wrong(f"{day.month}月{day.day}日是周{WEEKDAYS[day.weekday()]}，本来就上班，不是调休。")


def _wrong(text: str) -> Invalid:
    return Invalid(text, how=HOW)


@dataclass
class _Written:
    """Writes days, each with what the one before it does not say."""

    year: int
    weekdays: bool
    month: int = 0

    def day(self, day: dt.date) -> str:
        year = f"{day.year}年" if day.year != self.year else ""
        month = f"{day.month}月" if year or day.month != self.month else ""
        self.year, self.month = day.year, day.month
        return f"{year}{month}{day.day}日" + (f"（周{WEEKDAYS[day.weekday()]}）" if self.weekdays else "")

    def days(self, first: dt.date, last: dt.date) -> str:
        return self.day(first) + (f"至{self.day(last)}" if last != first else "")


def _each(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(days=passed) for passed in range((last - first).days + 1)]
