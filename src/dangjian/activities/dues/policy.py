"""The arithmetic of dues. Pure: rule values in, results out; money in 分, a month is its first day.

One rate is taken on the whole base (a boundary belongs to the lower band), the result rounded half up to the unit that the
deployment uses, and what lies above the monthly cap is left to the member's own will.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from django.db import models

from dangjian.activities.dues.kinds import PayerKind
from dangjian.kernel import money
from dangjian.kernel.errors import Invalid
from dangjian.kernel.periods import MONTH, QUARTER, Span, last_of_month, spans
from dangjian.kernel.rulebook import Bands, Period

BANDED = (PayerKind.SALARIED, PayerKind.ANNUAL_SALARY, PayerKind.SELF_EMPLOYED, PayerKind.RETIRED)
"""Kinds whose dues are a rate of a base; the others pay a fixed sum."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """What holds for one kind of payer in one month: ``bands`` or a fixed ``flat_fen``, rounding and cap.

    ``unit_fen`` is 1, 10 or 100; ``cap_fen`` is ``None`` where nothing limits the sum.
    """

    kind: PayerKind
    month: dt.date
    bands: Bands | None
    flat_fen: int | None
    cap_fen: int | None
    unit_fen: int


@dataclass(frozen=True, slots=True)
class Worked:
    """``amount_fen`` a month. ``exact_fen`` is the product before rounding, ``before_cap_fen`` the one after it.

    ``rate`` and ``band`` (its place from 0) are ``None`` for kinds that pay a fixed sum (``fixed``).
    """

    amount_fen: int
    before_cap_fen: int
    exact_fen: Fraction
    base_fen: int
    rate: Fraction | None
    band: int | None
    capped: bool
    fixed: bool


def monthly_dues(base_fen: int, schedule: Schedule) -> Worked:
    """What a member with ``base_fen`` pays a month. The base of a kind with a fixed sum does not matter.

    :raises Invalid: for a base below zero.
    """
    if base_fen < 0:
        raise Invalid("计算基数不能是负数，请核对工资项目和扣除项目。")
    if schedule.bands is None:
        flat = schedule.flat_fen or 0
        return Worked(flat, flat, Fraction(flat), base_fen, rate=None, band=None, capped=False, fixed=True)
    band = schedule.bands.position(base_fen)
    rate = schedule.bands[band].rate
    exact = base_fen * rate
    before_cap = rounded(exact, schedule.unit_fen)
    cap = before_cap if schedule.cap_fen is None else schedule.cap_fen
    amount = min(before_cap, cap)
    return Worked(amount, before_cap, exact, base_fen, rate=rate, band=band, capped=amount < before_cap, fixed=False)


def rounded(exact_fen: Fraction, unit_fen: int) -> int:
    """``exact_fen`` half up to whole units of ``unit_fen`` (1 = 分, 10 = 角, 100 = 元)."""
    return int((exact_fen / unit_fen * 2 + 1) // 2) * unit_fen


class WagePart(StrEnum):
    """What becomes of a wage item in the base."""

    COUNTED = "counted"
    DEDUCTED = "deducted"
    LEFT_OUT = "left_out"


class WageItem(models.TextChoices):
    """Items of a pay slip, by what the regulations say of them."""

    BASE_PAY = "base_pay", "基本工资"
    POST_PAY = "post_pay", "岗位工资"
    REGULAR_BONUS = "regular_bonus", "按月普遍发放的奖金、绩效工资"
    OTHER_FIXED = "other_fixed", "其他按月固定发放的工资"
    BASIC_PERFORMANCE = "basic_performance", "基础性绩效工资（事业单位）"
    INCOME_TAX = "income_tax", "个人所得税"
    PENSION_INSURANCE = "pension_insurance", "养老保险（个人缴纳）"
    MEDICAL_INSURANCE = "medical_insurance", "医疗保险（个人缴纳）"
    UNEMPLOYMENT_INSURANCE = "unemployment_insurance", "失业保险（个人缴纳）"
    INJURY_INSURANCE = "injury_insurance", "工伤保险"
    MATERNITY_INSURANCE = "maternity_insurance", "生育保险"
    HOUSING_FUND = "housing_fund", "住房公积金（个人缴纳）"
    ANNUITY = "annuity", "企业年金、职业年金（个人缴纳）"
    HOUSING_ALLOWANCE = "housing_allowance", "住房补贴"
    TRANSPORT_ALLOWANCE = "transport_allowance", "交通补贴"
    CAR_ALLOWANCE = "car_allowance", "公务用车补贴"
    PHONE_ALLOWANCE = "phone_allowance", "通讯补贴"
    OVERTIME_PAY = "overtime_pay", "加班补贴"
    MEAL_ALLOWANCE = "meal_allowance", "误餐补贴"
    HEATING_ALLOWANCE = "heating_allowance", "取暖费"
    COOLING_ALLOWANCE = "cooling_allowance", "防暑降温费"
    PROPERTY_ALLOWANCE = "property_allowance", "物业费"
    OTHER_REFORM_ALLOWANCE = "other_reform_allowance", "其他改革性补贴"
    SPECIAL_ALLOWANCE = "special_allowance", "特殊岗位和部分人员的津贴补贴"
    IRREGULAR_BONUS = "irregular_bonus", "不定期、非普遍发放的奖金和绩效工资"
    REWARD_PERFORMANCE = "reward_performance", "奖励性绩效工资（事业单位）"


@dataclass(frozen=True, slots=True)
class WageRule:
    """What becomes of an item, and the key of the rule that says so."""

    part: WagePart
    key: str


def _wage_rules() -> dict[WageItem, WageRule]:
    groups: tuple[tuple[WagePart, str, tuple[str, ...]], ...] = (
        (WagePart.COUNTED, "dues.base.enterprise", ("base_pay", "post_pay", "regular_bonus")),
        (WagePart.COUNTED, "dues.base.salaried", ("other_fixed",)),
        (WagePart.COUNTED, "dues.base.public_institution", ("basic_performance",)),
        (WagePart.DEDUCTED, "dues.base.exclude.tax", ("income_tax",)),
        (
            WagePart.DEDUCTED,
            "dues.base.exclude.social",
            (
                "pension_insurance",
                "medical_insurance",
                "unemployment_insurance",
                "injury_insurance",
                "maternity_insurance",
                "housing_fund",
            ),
        ),
        (WagePart.DEDUCTED, "dues.base.exclude.annuity", ("annuity",)),
        (
            WagePart.LEFT_OUT,
            "dues.base.exclude.reform_allowance",
            (
                "housing_allowance",
                "transport_allowance",
                "car_allowance",
                "phone_allowance",
                "overtime_pay",
                "meal_allowance",
                "heating_allowance",
                "cooling_allowance",
                "property_allowance",
                "other_reform_allowance",
            ),
        ),
        (WagePart.LEFT_OUT, "dues.base.exclude.special_allowance", ("special_allowance",)),
        (WagePart.LEFT_OUT, "dues.base.exclude.irregular", ("irregular_bonus",)),
        (WagePart.LEFT_OUT, "dues.base.public_institution", ("reward_performance",)),
    )
    return {WageItem(code): WageRule(part, key) for part, key, codes in groups for code in codes}


WAGE_RULES: Mapping[WageItem, WageRule] = _wage_rules()


def counted_base(items: Mapping[str, int]) -> int:
    """The base in 分 from wage items (分 by code of ``WageItem``): what counts, less tax, insurances, housing fund and annuity.

    :raises Invalid: for an unknown item, an item below zero, or deductions above what counts.
    """
    total = 0
    for code, fen in items.items():
        if code not in WageItem.values:
            raise Invalid(f"“{code}”不是能认出的工资项目。")
        item = WageItem(code)
        if fen < 0:
            raise Invalid(f"“{item.label}”不能是负数，扣除的项目也填正数。", fields={code: "请填正数。"})
        total += fen * _SIGNS[WAGE_RULES[item].part]
    if total < 0:
        raise Invalid(f"扣除的项目比计入的工资多{money.yuan(-total)}元，请核对。")
    return total


_SIGNS = {WagePart.COUNTED: 1, WagePart.DEDUCTED: -1, WagePart.LEFT_OUT: 0}


def quarter_average(net_fen: Sequence[int]) -> int:
    """The monthly average of the three months of a quarter, half up: the base of the self-employed (article 4).

    :raises Invalid: unless three sums of which the total is not below zero are given.
    """
    if len(net_fen) != 3:
        raise Invalid("请填写上季度三个月的纯收入，没有收入的月份填0。")
    if sum(net_fen) < 0:
        raise Invalid("上季度的纯收入合计是负数，请填写0。")
    return rounded(Fraction(sum(net_fen), 3), 1)


@dataclass(frozen=True, slots=True)
class CollectionRules:
    """What holds for paying on a certain day; ``rates.collection_rules`` reads it from the rulebook."""

    start: Literal["vote_month", "next_month"]
    branch_of_month: Literal["first_day", "last_day"]
    due_day: int
    backpay: Period
    prepay: Period
    large_fen: int
    talk: Period
    case: Period

    def first_month(self, joined_on: dt.date) -> dt.date:
        """The first month that somebody pays for whom the branch meeting admitted on ``joined_on``."""
        month = month_of(joined_on)
        return month if self.start == "vote_month" else shifted(month, 1)

    def branch_day(self, month: dt.date) -> dt.date:
        """The day of ``month`` whose branch collects the month, if a member moves in it."""
        return month_of(month) if self.branch_of_month == "first_day" else last_day(month)

    def due_on(self, month: dt.date) -> dt.date:
        """The last day on which the dues of ``month`` are on time."""
        return month.replace(day=min(max(self.due_day, 1), last_day(month).day))

    def quarter_due_on(self, month: dt.date) -> dt.date:
        """The last day on which the dues of ``month`` are on time for who pays by the quarter."""
        return self.due_on(quarter_of(month)[-1])

    def backpay_oldest(self, month: dt.date) -> dt.date:
        """The oldest month that may still be paid in ``month``; older ones need a reason."""
        return self.backpay.before(month_of(month))

    def prepay_latest(self, month: dt.date) -> dt.date:
        """The furthest month that may be paid in ``month``."""
        return self.prepay.after(month_of(month))

    def is_large(self, extra_fen: int) -> bool:
        """Whether a single voluntary extra of this size goes wholly to the centre."""
        return extra_fen >= self.large_fen

    def stage(self, months_unpaid: int) -> Literal["", "talk", "case"]:
        """What so many months unpaid in a row call for: nothing, a talk with the secretary, or a case. Never a removal."""
        if months_unpaid >= self.case.in_months:
            return "case"
        return "talk" if months_unpaid >= self.talk.in_months else ""


def month_of(day: dt.date) -> dt.date:
    """The first day of the month of ``day``."""
    return day.replace(day=1)


def last_day(month: dt.date) -> dt.date:
    """The last day of the month of ``month``."""
    return last_of_month(month)


def shifted(month: dt.date, months: int) -> dt.date:
    """The month so many months later (or earlier, below zero)."""
    return Span.of(month, MONTH).shifted(months).start


def quarter_of(day: dt.date) -> tuple[dt.date, ...]:
    """The three months of the quarter of ``day``."""
    return Span.of(day, QUARTER).months


def months_between(first: dt.date, last: dt.date) -> tuple[dt.date, ...]:
    """All months from that of ``first`` to that of ``last``, both included; none if ``last`` is earlier."""
    return tuple(one.start for one in spans(first, last, MONTH))
