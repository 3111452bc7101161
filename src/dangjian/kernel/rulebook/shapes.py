"""What a rule's value can be. Each shape checks itself, says itself in Chinese, and knows which of two values is tighter.

All arithmetic is exact: shares are fractions, spans of time are calendar months, days or working days.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    model_validator,
)

from dangjian.kernel import money, periods, working_days
from dangjian.kernel.citation import chinese_number
from dangjian.kernel.closed_yaml import TEXT
from dangjian.kernel.errors import Invalid


class Incomparable(ValueError):
    """Two values of which it cannot be said which is tighter."""


def _exact(raw: object) -> object:
    if isinstance(raw, float):
        raise ValueError("请写成分数，例如 1/2，不要写小数")  # noqa: TRY004 - pydantic reports ValueError only
    return raw


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Share(_Shape):
    """A threshold: ``compare`` a count with ``share`` of a base; ``of`` says in Chinese what the base is."""

    share: Annotated[Fraction, BeforeValidator(_exact), Field(gt=0, le=1)]
    compare: Literal["at_least", "more_than", "at_most"]
    of: StrictStr

    def met_by(self, count: int, base: int) -> bool:
        """Whether ``count`` of ``base`` satisfies the threshold."""
        bound = self.share * base
        if self.compare == "at_least":
            return count >= bound
        if self.compare == "more_than":
            return count > bound
        return count <= bound

    def least(self, base: int) -> int:
        """The smallest count that satisfies a lower threshold (``at_least``, ``more_than``)."""
        if self.compare == "at_most":
            raise TypeError(f"“{self}”是上限，没有最少人数")
        bound = self.share * base
        return ceil(bound) if self.compare == "at_least" else floor(bound) + 1

    def most(self, base: int) -> int:
        """The largest count that satisfies an upper threshold (``at_most``)."""
        if self.compare != "at_most":
            raise TypeError(f"“{self}”是下限，没有最多人数")
        return floor(self.share * base)

    def magnitude(self, other: "Share") -> tuple[Fraction, Fraction]:
        """Both shares, if they compare the same way and with the same base."""
        if (self.compare, self.of) != (other.compare, other.of):
            raise Incomparable("比较方式或者计算基数不同")
        return self.share, other.share

    def __str__(self) -> str:
        numerator, denominator = self.share.as_integer_ratio()
        part = "半数" if denominator == 2 else f"{chinese_number(denominator)}分之{chinese_number(numerator)}"
        return {
            "at_least": f"{self.of}的{part}以上",
            "more_than": f"超过{self.of}的{part}",
            "at_most": f"不超过{self.of}的{part}",
        }[self.compare]


class Frequency(_Shape):
    """At least ``times`` in every calendar ``per``."""

    times: Annotated[StrictInt, Field(ge=1)]
    per: Literal["month", "quarter", "half_year", "year"]

    @property
    def times_per_year(self) -> int:
        """How often in a whole year."""
        return self.times * (periods.MONTHS[periods.YEAR] // periods.MONTHS[self.per])

    def magnitude(self, other: "Frequency") -> tuple[Fraction, Fraction]:
        """Both as times in a year."""
        return Fraction(self.times_per_year), Fraction(other.times_per_year)

    def __str__(self) -> str:
        return f"每{periods.TITLES[self.per]}{self.times}次"


def _shifted(day: dt.date, months: int) -> dt.date:
    month = periods.Span.of(day, periods.MONTH).shifted(months)
    return month.start.replace(day=min(day.day, month.last.day))


class Period(_Shape):
    """A span of time in exactly one of ``years``, ``months``, ``days``, ``working_days``.

    Months and years run by the calendar; a day that the target month does not have becomes its last day
    (2024-02-29 and one year → 2025-02-28). Working days are counted by ``kernel.working_days``.
    """

    years: Annotated[StrictInt, Field(ge=0)] | None = None
    months: Annotated[StrictInt, Field(ge=0)] | None = None
    days: Annotated[StrictInt, Field(ge=0)] | None = None
    working_days: Annotated[StrictInt, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _one_unit(self) -> "Period":
        if sum(part is not None for part in (self.years, self.months, self.days, self.working_days)) != 1:
            raise ValueError("期限须写明 years、months、days、working_days 之一")
        return self

    @property
    def in_months(self) -> int:
        """Length in months; refuses a period given in days."""
        if self.days is not None or self.working_days is not None:
            raise Incomparable("按天计算的期限不能换算成月")
        return (self.years or 0) * 12 + (self.months or 0)

    def after(self, day: dt.date) -> dt.date:
        """The day this long after ``day``."""
        if self.working_days is not None:
            return working_days.table().after(day, self.working_days).value
        if self.days is not None:
            return day + dt.timedelta(days=self.days)
        return _shifted(day, self.in_months)

    def before(self, day: dt.date) -> dt.date:
        """The day this long before ``day``."""
        if self.working_days is not None:
            return working_days.table().before(day, self.working_days).value
        if self.days is not None:
            return day - dt.timedelta(days=self.days)
        return _shifted(day, -self.in_months)

    def is_provisional(self, day: dt.date) -> bool:
        """Whether the day this long after ``day`` may still change: it lies in a year whose holidays are not announced yet."""
        return self.working_days is not None and working_days.table().after(day, self.working_days).is_provisional

    def magnitude(self, other: "Period") -> tuple[Fraction, Fraction]:
        """Both as days, both as working days, or both as months."""
        if self.days is not None and other.days is not None:
            return Fraction(self.days), Fraction(other.days)
        if self.working_days is not None and other.working_days is not None:
            return Fraction(self.working_days), Fraction(other.working_days)
        return Fraction(self.in_months), Fraction(other.in_months)

    def __str__(self) -> str:
        units = {"年": self.years, "个月": self.months, "天": self.days, "个工作日": self.working_days}
        return next(f"{number}{unit}" for unit, number in units.items() if number is not None)


class Bounds(_Shape):
    """A number between bounds: at least ``at_least``, usually not above ``usually_at_most``, never above ``at_most``."""

    at_least: StrictInt | None = None
    usually_at_most: StrictInt | None = None
    at_most: StrictInt | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "Bounds":
        given = [bound for bound in (self.at_least, self.usually_at_most, self.at_most) if bound is not None]
        if not given:
            raise ValueError("范围至少要写明 at_least、usually_at_most、at_most 之一")
        if given != sorted(given):
            raise ValueError("范围的下限不能大于上限")
        return self

    @property
    def usual_limit(self) -> int | None:
        """The upper bound for ordinary cases."""
        return self.at_most if self.usually_at_most is None else self.usually_at_most

    def __str__(self) -> str:
        parts = []
        if self.at_least is not None:
            parts.append(f"不少于{self.at_least}")
        if self.usually_at_most is not None:
            parts.append(f"一般不超过{self.usually_at_most}")
        if self.at_most is not None:
            parts.append(f"最多{self.at_most}")
        return "，".join(parts)


class Choice(_Shape):
    """One entry of a list. ``when`` names the condition under which it counts (used by lists of required fields)."""

    code: StrictStr
    title: StrictStr
    when: StrictStr | None = None

    def __str__(self) -> str:
        return self.title


class Choices(tuple[Choice, ...]):
    """A closed list, in its order."""

    __slots__ = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes, in order."""
        return tuple(choice.code for choice in self)

    def titled(self, code: str) -> str:
        """The words of one code. Raises ``KeyError`` for a code that is not in the list."""
        return {choice.code: choice.title for choice in self}[code]

    def __str__(self) -> str:
        titles = [choice.title for choice in self]
        return ("；" if any(mark in title for title in titles for mark in "，、") else "、").join(titles)


class Money(_Shape):
    """An amount of money, in fen. A rule file gives it in yuan: a whole number, or a text such as ``"0.20"``."""

    fen: Annotated[StrictInt, Field(ge=0)]

    def magnitude(self, other: "Money") -> tuple[Fraction, Fraction]:
        """Both in fen."""
        return Fraction(self.fen), Fraction(other.fen)

    @property
    def short(self) -> str:
        """As regulations write it: 3000元, 0.2元."""
        return f"{Decimal(self.fen).scaleb(-2).normalize():f}元"

    def __str__(self) -> str:
        return f"{money.yuan(self.fen)}元"


def _as_money(raw: object) -> object:
    if isinstance(raw, Money):
        return raw
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        raise ValueError("金额请写整数，或者写成带引号的文字，例如 '0.20'")  # noqa: TRY004 - pydantic reports ValueError only
    try:
        return Money(fen=money.parse(raw))
    except Invalid as problem:
        raise ValueError(problem.message) from problem


def percent(rate: Fraction) -> str:
    """``rate`` for people: 1/200 → 0.5%; a rate that no decimal writes exactly stays a fraction (1/3 → 三分之一)."""
    exact = rate * 100
    places = next((places for places in range(7) if (exact * 10**places).denominator == 1), None)
    if places is None:
        return f"{chinese_number(rate.denominator)}分之{chinese_number(rate.numerator)}"
    return f"{Decimal(int(exact * 10**places)).scaleb(-places):f}%"


RATE = Annotated[Fraction, BeforeValidator(_exact), Field(ge=0, le=1)]
MONEY = Annotated[Money, BeforeValidator(_as_money)]


class Band(_Shape):
    """Amounts up to and including ``up_to`` (none = all that are higher) take ``rate``."""

    up_to: MONEY | None = None
    rate: RATE


class Bands(tuple[Band, ...]):
    """Rates by the size of an amount, from the lowest; a boundary belongs to the lower band, only the last has no ``up_to``."""

    __slots__ = ()

    @classmethod
    def checked(cls, bands: Iterable[Band]) -> "Bands":
        """``bands`` if they rise and cover every amount. Raises ``ValueError``."""
        own = cls(bands)
        limits = [band.up_to for band in own]
        if limits[-1] is not None or any(limit is None for limit in limits[:-1]):
            raise ValueError("只有最后一档不写 up_to，其他各档都要写")
        amounts = [limit.fen for limit in limits if limit]
        if amounts != sorted(set(amounts)):
            raise ValueError("各档的 up_to 须从小到大")
        return own

    def position(self, fen: int) -> int:
        """The place (from 0) of the band that ``fen`` belongs to."""
        return next(place for place, band in enumerate(self) if band.up_to is None or fen <= band.up_to.fen)

    def rate(self, fen: int) -> Fraction:
        """The rate of the band that ``fen`` belongs to."""
        return self[self.position(fen)].rate

    def reach(self, place: int) -> str:
        """From where to where the band at ``place`` goes: 3000元以上至5000元（含）."""
        below = self[place - 1].up_to if place else None
        limit = self[place].up_to
        if limit is None:
            return f"{below.short}以上" if below else "不论多少"
        return f"{below.short}以上至{limit.short}（含）" if below else f"{limit.short}以下（含）"

    def __str__(self) -> str:
        return "，".join(f"{self.reach(place)}{percent(band.rate)}" for place, band in enumerate(self))


Value = int | bool | str | Fraction | Share | Frequency | Period | Bounds | Choice | Choices | Money | Bands

ShapeName = Literal[
    "number", "share", "frequency", "period", "span", "choices", "option", "flag", "text", "rate", "money", "bands"
]

NUMBER = Annotated[StrictInt, Field(ge=0)]
RAW_TYPES: dict[str, Any] = {
    "number": NUMBER,
    "share": Share,
    "frequency": Frequency,
    "period": Period,
    "span": Bounds,
    "choices": Annotated[list[Choice], Field(min_length=1)],
    "option": TEXT,
    "flag": StrictBool,
    "text": TEXT,
    "rate": RATE,
    "money": MONEY,
    "bands": Annotated[list[Band], Field(min_length=1)],
}
"""What a value of each shape looks like in YAML, as types that pydantic can check."""

COMPARABLE = frozenset({"number", "share", "frequency", "period", "rate", "money"})
"""Shapes of which it can be said which of two values is tighter."""


def compared(left: Value, right: Value) -> int:
    """Negative, zero or positive as ``left`` is below, equal to or above ``right``. Raises ``Incomparable``."""
    if isinstance(left, (Share, Frequency, Period, Money)) and type(left) is type(right):
        low, high = left.magnitude(right)  # type: ignore[arg-type]  # of the same type, see above
        return (low > high) - (low < high)
    if type(left) is type(right) and type(left) in {int, Fraction}:
        return (left > right) - (left < right)  # type: ignore[operator]  # two numbers
    raise Incomparable("两个值不能比较宽严")


def said(value: Value, unit: str = "") -> str:
    """``value`` for people; ``unit`` is put behind plain numbers."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int):
        return f"{value}{unit}"
    if isinstance(value, Fraction):
        return percent(value)
    return f"{value}{unit}" if isinstance(value, Bounds) else str(value)
