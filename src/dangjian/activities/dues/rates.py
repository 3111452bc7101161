"""What the rulebook says about dues in a month, and the words in which an officer explains a sum.

    worked_out(PayerKind.SALARIED, 650_000, dt.date(2026, 11, 1)).sentence
    # 计算基数6,500.00元 × 1.5% = 97.50元（5000元以上至10000元（含），按全部基数的1.5%交纳）

Every function takes ``layers`` (what units set for themselves, highest first) and, for tests, a rulebook of its own.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Literal, cast

from dangjian.activities.dues.kinds import PayerKind
from dangjian.activities.dues.policy import (
    WAGE_RULES,
    CollectionRules,
    Schedule,
    WageItem,
    WagePart,
    Worked,
    month_of,
    monthly_dues,
    shifted,
)
from dangjian.kernel import money
from dangjian.kernel.errors import Invalid
from dangjian.kernel.rulebook import (
    Bands,
    Choice,
    Citation,
    Layer,
    Money,
    NotInForce,
    Period,
    Rulebook,
    RuleValue,
    book,
    percent,
)

_BANDS = {
    PayerKind.SALARIED: "dues.salaried",
    PayerKind.ANNUAL_SALARY: "dues.salaried",
    PayerKind.SELF_EMPLOYED: "dues.salaried",
    PayerKind.RETIRED: "dues.retired",
}
_BASES = {
    PayerKind.SALARIED: "dues.base.salaried",
    PayerKind.ANNUAL_SALARY: "dues.base.annual_salary",
    PayerKind.SELF_EMPLOYED: "dues.base.self_employed",
    PayerKind.RETIRED: "dues.base.retired",
}
_FLAT = {
    PayerKind.FARMER: "dues.farmer.amount",
    PayerKind.STUDENT: "dues.student",
    PayerKind.UNEMPLOYED: "dues.unemployed",
    PayerKind.RELIEF: "dues.relief",
}
_FARMER_BOUNDS = ("dues.farmer.least", "dues.farmer.most")
_CAP = "dues.monthly_soft_cap"
_ROUNDING = "dues.rounding"
_UNITS = {"0.01": 1, "0.1": 10, "1": 100}


@dataclass(frozen=True, slots=True)
class Explained:
    """A sum with its reasons. ``sentence`` says how it came about, ``citation`` where that is written."""

    kind: PayerKind
    month: dt.date
    worked: Worked
    sentence: str
    citation: str

    @property
    def amount_fen(self) -> int:
        """What is owed a month."""
        return self.worked.amount_fen

    @property
    def rate(self) -> str:
        """``1.5%``; empty for a fixed sum."""
        return "" if self.worked.rate is None else percent(self.worked.rate)


@dataclass(frozen=True, slots=True)
class BaseRule:
    """What the base of a kind is, in the words of the rule."""

    text: str
    citation: str


@dataclass(frozen=True, slots=True)
class ItemRule:
    """A wage item and what becomes of it in the base."""

    item: WageItem
    part: WagePart
    citation: str


@dataclass(frozen=True, slots=True)
class _Reading:
    """The rulebook opened at one month."""

    rules: Rulebook
    month: dt.date
    layers: Sequence[Layer]

    def __call__(self, key: str) -> RuleValue:
        try:
            return self.rules.on(key, self.month, layers=self.layers)
        except NotInForce as gap:
            first = gap_start(self.rules, key)
            raise Invalid(
                f"{self.month.year}年{self.month.month}月的党费不能按现行规定计算，现行规定自{first}起施行。",
                how="请选择施行以后的月份；更早的党费请按当时的规定人工办理。",
                citation=written(self.rules.entry(key).validities[0].citations),
            ) from gap

    def maybe(self, key: str) -> RuleValue | None:
        """The rule, or nothing if none is in force."""
        try:
            return self.rules.on(key, self.month, layers=self.layers)
        except NotInForce:
            return None


def gap_start(rules: Rulebook, key: str) -> str:
    """The day from which ``key`` is regulated at all: 2008年4月1日."""
    first = rules.entry(key).validities[0].starts or dt.date.min
    return f"{first.year}年{first.month}月{first.day}日"


def _reading(month: dt.date, layers: Sequence[Layer], rules: Rulebook | None) -> _Reading:
    return _Reading(rules or book(), month_of(month), layers)


def schedule(kind: PayerKind, month: dt.date, *, layers: Sequence[Layer] = (), rules: Rulebook | None = None) -> Schedule:
    """The rule values for ``kind`` in ``month``. Raises ``Invalid`` for a month before the rules."""
    read = _reading(month, layers, rules)
    kind = PayerKind(kind)
    cap = read.maybe(_CAP)
    return Schedule(
        kind=kind,
        month=read.month,
        bands=read(_BANDS[kind]).expect(Bands) if kind in _BANDS else None,
        flat_fen=_flat_fen(kind, read) if kind in _FLAT else None,
        cap_fen=cap.expect(Money).fen if cap else None,
        unit_fen=_UNITS[read(_ROUNDING).expect(Choice).code],
    )


def _flat_fen(kind: PayerKind, read: _Reading) -> int:
    if kind is not PayerKind.FARMER:
        return read(_FLAT[kind]).expect(Money).fen
    least, most = (read(key).expect(Money).fen for key in _FARMER_BOUNDS)
    return min(max(read(_FLAT[kind]).expect(Money).fen, least), most)


def worked_out(
    kind: PayerKind, base_fen: int, month: dt.date, *, layers: Sequence[Layer] = (), rules: Rulebook | None = None
) -> Explained:
    """What a member of ``kind`` with ``base_fen`` owes for ``month``, and why.

    :raises Invalid: for a month before the rules, or a base below zero.
    """
    read = _reading(month, layers, rules)
    asked = schedule(kind, month, layers=layers, rules=read.rules)
    worked = monthly_dues(base_fen, asked)
    if asked.bands is None:
        sources = read(_FARMER_BOUNDS[0] if asked.kind is PayerKind.FARMER else _FLAT[asked.kind]).citations
        sentence = f"{asked.kind.label}党员每月交纳{money.yuan(worked.amount_fen)}元"
        return Explained(asked.kind, asked.month, worked, sentence, written(sources))
    sources = read(_BASES[asked.kind]).citations + read(_BANDS[asked.kind]).citations
    if worked.capped:
        sources += read(_CAP).citations
    return Explained(asked.kind, asked.month, worked, _sentence(worked, asked), written(sources))


def _sentence(worked: Worked, asked: Schedule) -> str:
    bands = cast("Bands", asked.bands)
    rate, band = cast("Fraction", worked.rate), cast("int", worked.band)
    reach = f"{bands.reach(band)}，按全部基数的{percent(rate)}交纳"
    said = f"计算基数{money.yuan(worked.base_fen)}元 × {percent(rate)} = {_exact_yuan(worked.exact_fen)}元（{reach}）"
    if worked.exact_fen != worked.before_cap_fen:
        unit = {1: "分", 10: "角", 100: "元"}[asked.unit_fen]
        said += f"，四舍五入到{unit}为{money.yuan(worked.before_cap_fen)}元"
    if worked.capped:
        said += f"，每月一般不超过{money.yuan(worked.amount_fen)}元，应交{money.yuan(worked.amount_fen)}元"
    return said


def _exact_yuan(exact_fen: Fraction) -> str:
    if exact_fen.denominator == 1:
        return money.yuan(int(exact_fen))
    return f"{(Decimal(exact_fen.numerator) / exact_fen.denominator).scaleb(-2).normalize():,f}"


def written(citations: Iterable[Citation]) -> str:
    """Citations as people read them, articles of one document side by side: 《…规定》（…）第一条、第二条."""
    distinct = dict.fromkeys(citations)
    texts = []
    for document, group in groupby(distinct, key=lambda source: Citation(source.document, source.number, titled=source.titled)):
        places = [source.text.removeprefix(document.text) for source in group]
        texts.append(document.text + "、".join(place for place in places if place))
    return "；".join(texts)


def base_rule(kind: PayerKind, month: dt.date, *, layers: Sequence[Layer] = (), rules: Rulebook | None = None) -> BaseRule:
    """What counts as the base of ``kind`` in ``month``; empty for kinds that pay a fixed sum."""
    read = _reading(month, layers, rules)
    kind = PayerKind(kind)
    if kind not in _BASES:
        return BaseRule("", "")
    rule = read(_BASES[kind])
    text, sources = rule.text, rule.citations
    if kind is PayerKind.ANNUAL_SALARY:
        year_end = read("dues.annual_salary.year_end")
        text, sources = text + year_end.text, sources + year_end.citations
    return BaseRule(text, written(sources))


def wage_items(month: dt.date, *, rules: Rulebook | None = None) -> tuple[ItemRule, ...]:
    """The wage items on which something is laid down for ``month``, in the order of ``WageItem``."""
    read = _reading(month, (), rules)
    found = ((item, WAGE_RULES[item].part, read.maybe(WAGE_RULES[item].key)) for item in WageItem)
    return tuple(ItemRule(item, part, written(rule.citations)) for item, part, rule in found if rule)


def changes_fixed_in_year(month: dt.date, *, layers: Sequence[Layer] = (), rules: Rulebook | None = None) -> bool:
    """Whether a sum assessed for the year stays as it is when the pay changes in ``month``."""
    read = _reading(month, layers, rules)
    fixed = read.maybe("dues.fixed_in_year")
    return bool(fixed and fixed.expect(bool)) and read("dues.pay_change").expect(Choice).code == "fixed"


def pay_change(month: dt.date, *, layers: Sequence[Layer] = (), rules: Rulebook | None = None) -> BaseRule:
    """Whether a sum follows a change of pay in ``month`` at once or from the next year on, in words and with the article."""
    if changes_fixed_in_year(month, layers=layers, rules=rules):
        return BaseRule("年初核定，年内一般不变动；工资变动的，从下一年起按新的工资核定。", fixed_in_year_citation(month))
    rule = _reading(month, layers, rules).maybe("dues.on_pay_change")
    return BaseRule(rule.text, written(rule.citations)) if rule else BaseRule("", "")


def start_citation(month: dt.date, *, layers: Sequence[Layer] = (), rules: Rulebook | None = None) -> str:
    """The article by which somebody begins to pay (``dues.start``); empty before the rule."""
    rule = _reading(month, layers, rules).maybe("dues.start")
    return written(rule.citations) if rule else ""


def keeps_for_the_year(held_kind: str, held_from: dt.date, kind: str, month: dt.date) -> bool:
    """Whether a member assessed as ``held_kind`` from ``held_from`` keeps the sum if assessed as ``kind`` from ``month``.

    They do in the year in which they were assessed, as long as they stay a payer of a fixed monthly income of the same kind.
    """
    steady = kind == held_kind and kind in {PayerKind.SALARIED, PayerKind.RETIRED}
    return steady and held_from.year == month.year and changes_fixed_in_year(month)


def fixed_in_year_citation(month: dt.date) -> str:
    """Where it stands that a sum is fixed for the year; empty before that rule."""
    rule = _reading(month, (), None).maybe("dues.fixed_in_year")
    return written(rule.citations) if rule else ""


@dataclass(frozen=True, slots=True)
class ReliefRule:
    """Who decides on a relief: the branch itself (``by_branch``), or the next higher Party committee; what the article says."""

    by_branch: bool
    text: str
    citation: str


def relief_rule(kind: str, studied_on: dt.date, *, rules: Rulebook | None = None) -> ReliefRule:
    """Who decides on a relief for a payer of ``kind`` that the branch studied on ``studied_on``."""
    read = _reading(studied_on, (), rules)
    own = read.maybe("dues.retired.hardship") if kind == PayerKind.RETIRED else None
    rule = own or read("dues.reduce_exempt")
    return ReliefRule(own is not None, rule.text, written(rule.citations))


def arrangement_rule(key: str, day: dt.date, *, rules: Rulebook | None = None) -> BaseRule:
    """What ``dues.period.quarterly`` or ``dues.where`` says on ``day``."""
    rule = _reading(day, (), rules)(key)
    return BaseRule(rule.text, written(rule.citations))


def extra_rule(day: dt.date, *, rules: Rulebook | None = None) -> BaseRule:
    """What holds on ``day`` for what is given freely beside what is owed: a sentence, and where it is written."""
    read = _reading(day, (), rules)
    extra, large = read("dues.voluntary_extra"), read("dues.large_to_centre")
    text = f"不多交的不用填。{extra.text}一次自愿多交{large.expect(Money).fen // 100:,}元以上的，全部转交中央。"
    return BaseRule(text, written(extra.citations + large.citations))


def collection_rules(day: dt.date, *, layers: Sequence[Layer] = (), rules: Rulebook | None = None) -> CollectionRules:
    """What holds for paying on ``day``. Raises ``Invalid`` before the rules."""
    read = _reading(day, layers, rules)
    return CollectionRules(
        start=cast("Literal['vote_month', 'next_month']", read("dues.start.month").expect(Choice).code),
        branch_of_month=cast("Literal['first_day', 'last_day']", read("dues.month_branch").expect(Choice).code),
        due_day=read("dues.collect.due_day").expect(int),
        backpay=read("dues.backpay_max").expect(Period),
        prepay=read("dues.prepay").expect(Period),
        large_fen=read("dues.large_to_centre").expect(Money).fen,
        talk=read("dues.nonpay.talk").expect(Period),
        case=read("dues.nonpay.selfexit").expect(Period),
    )


def changes_between(
    start_month: dt.date, end_month: dt.date | None = None, *, rules: Rulebook | None = None
) -> tuple[dt.date, ...]:
    """The months after ``start_month`` (until ``end_month``, included) from which a sum has to be worked out anew.

    A rule that changes within a month holds from the next one, because a month is judged by its first day.
    """
    entries = (rules or book()).entries
    months = set()
    for key in {*_BANDS.values(), *_BASES.values(), *_FLAT.values(), *_FARMER_BOUNDS, _CAP, _ROUNDING}:
        for validity in entries[key].validities:
            ended = validity.ends + dt.timedelta(days=1) if validity.ends else None
            months |= {_holds_from(day) for day in (validity.starts, ended) if day}
    later = (month for month in months if month > month_of(start_month))
    return tuple(sorted(month for month in later if end_month is None or month <= month_of(end_month)))


def _holds_from(day: dt.date) -> dt.date:
    return day if day.day == 1 else shifted(month_of(day), 1)
