"""A member's dates, the effect of penalties, and the completeness of a record. Pure functions over the rulebook."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dangjian.kernel.rulebook import Bounds, Choice, Choices, NotInForce, Period, Rulebook

PROBATION_WITHIN_PARTY = "probation_within_party"
"""留党察看."""
EFFECT_RULES = {
    "warning": "disc.effect.warning",
    "serious_warning": "disc.effect.serious_warning",
    "removal_from_post": "disc.effect.removal_from_post",
    PROBATION_WITHIN_PARTY: "disc.probation.after",
}
"""By kind of penalty, the rule that says for how long it keeps somebody from higher posts."""

_FULL = "1"
"""正式党员 among the codes of 人员类别."""
_GRADUATE_LEVELS = ("1", "2", "3")
"""First digits of 学历 (GB/T 4658) from 大专 upward, which name a school and a subject."""


def whole_months(since: dt.date, on: dt.date) -> int:
    """Calendar months completed from ``since`` to ``on``. A day the month lacks counts as its last day.

    Raises ``ValueError`` if ``on`` is the earlier one.
    """
    if on < since:
        raise ValueError(f"{on} 早于 {since}，不能计算年限")
    months = (on.year - since.year) * 12 + on.month - since.month
    return months if Period(months=months).after(since) <= on else months - 1


def age(birth_on: dt.date, on: dt.date) -> int:
    """Age in full years (周岁) on ``on``."""
    return whole_months(birth_on, on) // 12


def born_by(years: int, on: dt.date) -> dt.date:
    """The last birthday of those who are at least ``years`` old on ``on``, as ``age`` counts.

    On 28 February of an ordinary year that is 29 February, if the year of birth has one.
    """
    day = Period(years=years).before(on)
    following = day + dt.timedelta(days=1)
    return following if age(following, on) >= years else day


def party_age(converted_on: dt.date | None, on: dt.date, correction_months: int = 0) -> int:
    """党龄 in whole years on ``on`` (rule ``member.party_age``): from the day of becoming a full member, corrected by months.

    0 for a probationary member (``converted_on`` is ``None``); never negative.
    """
    if converted_on is None:
        return 0
    return max(0, whole_months(converted_on, on) + correction_months) // 12


def party_age_reached_on(converted_on: dt.date, age: Period, correction_months: int = 0) -> dt.date:
    """The day from which somebody has been a full member for ``age``, corrected by months as ``party_age`` is."""
    day = age.after(converted_on)
    shift = Period(months=abs(correction_months))
    return shift.before(day) if correction_months > 0 else shift.after(day)


def is_full(converted_on: dt.date | None, on: dt.date) -> bool:
    """Whether somebody is a full member on ``on``: the day of conversion counts."""
    return converted_on is not None and converted_on <= on


def probation_ends_on(joined_on: dt.date, *, extended_months: int = 0, book: Rulebook) -> dt.date:
    """预备期满: the day on which probation is over and the branch discusses conversion.

    Raises ``ValueError`` for an extension the rule does not admit, ``NotInForce`` for somebody who joined before 2014-05-28,
    whose probation (if any) followed older rules.
    """
    ends_on = book.on("dev.probation", joined_on).expect(Period).after(joined_on)
    if extended_months == 0:
        return ends_on
    rule = book.on("dev.probation.extend", ends_on)
    span = rule.expect(Bounds)
    if not (span.at_least or 0) <= extended_months <= (span.at_most or extended_months):
        raise ValueError(
            f"延长预备期应为{span.at_least}至{span.at_most}个月，现在填的是{extended_months}个月（{rule.citation}）。"
        )
    return Period(months=extended_months).after(ends_on)


def effect_period_ends_on(kind: str, starts_on: dt.date, ends_on: dt.date | None, *, book: Rulebook) -> dt.date | None:
    """The end of the effect period (影响期) of a penalty in force from ``starts_on``; of 留党察看, from ``ends_on`` on.

    ``None`` for kinds without one, for 留党察看 of which no end is on record, and where no rule of that day is known.
    """
    since = ends_on if kind == PROBATION_WITHIN_PARTY else starts_on
    if kind not in EFFECT_RULES or since is None:
        return None
    try:
        return book.on(EFFECT_RULES[kind], since).expect(Period).after(since)
    except NotInForce:
        return None


def probation_within_party_limit(decided_on: dt.date, *, book: Rulebook) -> dt.date:
    """The latest day to which 留党察看 decided on ``decided_on`` may run, extension included."""
    years = book.on("disc.probation", decided_on).expect(Bounds).at_most
    return Period(years=years).after(decided_on)


@dataclass(frozen=True, slots=True)
class Completeness:
    """How much of a record is there. 100 percent only if nothing is missing."""

    percent: int
    missing: tuple[Choice, ...]

    @property
    def titles(self) -> tuple[str, ...]:
        """The missing fields in Chinese."""
        return tuple(field.title for field in self.missing)


def required_fields(*, book: Rulebook, on: dt.date) -> Choices:
    """The fields a record must have (``rec.member_required``), in order; ``when`` names the condition of a conditional one."""
    return book.on("rec.member_required", on).expect(Choices)


def record_completeness(values: Mapping[str, object], fields: Iterable[Choice], *, in_joint_branch: bool = False) -> Completeness:
    """How complete a record is: ``values`` by field code; ``None`` and blank text are missing, ``False`` and 0 are not.

    Conditions are read from the record itself (人员类别, 学历, 失去联系), save ``in_joint_branch``.
    """
    conditions = _conditions(values, in_joint_branch)
    needed = [field for field in fields if field.when is None or field.when in conditions]
    missing = tuple(field for field in needed if _is_blank(values.get(field.code)))
    percent = (len(needed) - len(missing)) * 100 // len(needed) if needed else 100
    return Completeness(percent, missing)


def _conditions(values: Mapping[str, object], in_joint_branch: bool) -> frozenset[str]:
    holds = {
        "full": values.get("category") == _FULL,
        "graduate": str(values.get("education") or "").startswith(_GRADUATE_LEVELS),
        "joint_branch": in_joint_branch,
        "lost_contact": not (_is_blank(values.get("lost_reason")) and _is_blank(values.get("lost_on"))),
    }
    return frozenset(condition for condition, is_true in holds.items() if is_true)


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
