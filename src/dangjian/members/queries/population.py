"""The members on a day, and the changes of membership in a period, read for the tables of the annual report.

Each is a handful of plain scans that are put together in memory: so the number of statements is the same for thirty members and
for a million, and what somebody was on an earlier day comes from the dated lines and rows of that day.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from django.db.models import QuerySet

from dangjian.kernel import codes
from dangjian.kernel.sql import DayNumber, numbered
from dangjian.kernel.tabulation import MISSING, Coded, Day, Flag, Number, Regrouped, Wanted, Worded, Years
from dangjian.kernel.tabulation.dimensions import Whole, whole_months
from dangjian.members.columns import DATED
from dangjian.members.models import EarlierValue, Education, JobRecord, Member, MembershipEntry
from dangjian.members.queries.account import branches_below
from dangjian.org.openings import register
from dangjian.org.unit_dimensions import of_organizations

AT_ONCE = 20_000
"""Rows fetched at once."""
RECORD, DETAILS, ACCOUNT = "record", "details", "account"
"""Tabs of a member's page where something is entered."""


def _sites() -> set[str]:
    """Sites on record."""
    return set(register(Member).order_by().values_list("site", flat=True).distinct())


def _shifts() -> set[str]:
    """Shifts on record, and those that somebody had before."""
    now = register(Member).order_by().values_list("shift", flat=True).distinct()
    before = register(EarlierValue).order_by().filter(column="shift").values_list("value", flat=True).distinct()
    return {*now, *before}


CATEGORY = Coded("category", "人员类别", ACCOUNT, codes="member_category")
SEX = Coded("sex", "性别", RECORD)
ETHNICITY = Coded("ethnicity", "民族", RECORD)
BIRTH = Day("birth_on", "出生日期", RECORD)
JOINED = Day("joined_on", "入党时间", RECORD)
CONVERTED = Day("converted_on", "转正时间", RECORD)
EDUCATION = Coded("education", "学历", DETAILS)
EDUCATION_GROUP = Regrouped("education_group", "学历分组", DETAILS, of=EDUCATION)
JOB = Coded("job_post", "工作岗位", RECORD, codes="job_label")
OCCUPATION = Coded("occupation", "职业", RECORD, codes="job_prefix")
TECH_RANK = Coded("tech_rank", "专业技术职务等级", RECORD)
STRATUM = Coded("new_social_stratum", "新的社会阶层", RECORD)
FRONT_LINE = Coded("front_line", "一线情况", RECORD)
MIGRANT = Flag("is_migrant_worker", "农民工", RECORD)
SITE = Worded("site", "工作场区", RECORD, source=_sites)
SHIFT = Worded("shift", "班次", RECORD, source=_shifts)
JOIN_TYPE = Coded("join_type", "入党类型", RECORD)
AGE = Years("age", "年龄", RECORD, unit="岁", since="birth_on")
PARTY_AGE = Number("party_age", "党龄", ACCOUNT, unit="年")

DIMENSIONS = (
    CATEGORY,
    SEX,
    ETHNICITY,
    BIRTH,
    AGE,
    JOINED,
    CONVERTED,
    PARTY_AGE,
    EDUCATION,
    EDUCATION_GROUP,
    JOB,
    OCCUPATION,
    TECH_RANK,
    STRATUM,
    FRONT_LINE,
    MIGRANT,
    SITE,
    SHIFT,
    JOIN_TYPE,
)

_MIGRANTS = {"016": "0164", "025": "0253"}
"""Workers who are migrant workers, among the occupations."""


class Place(NamedTuple):
    """Where somebody was a member on a day, and as what."""

    branch: int
    category: str


def members_on(day: dt.date, unit: int | None = None) -> dict[int, Place]:
    """Everybody who was counted on ``day`` by the lines of the account, in the branches that stood under ``unit`` on that day."""
    lines = register(MembershipEntry).until(day)
    if unit is not None:
        lines = lines.filter(organization__in=branches_below(unit, day))
    reversed_lines = set(lines.exclude(reverses=None).values_list("reverses", flat=True))
    sums: dict[tuple[int, int], int] = {}
    categories: dict[int, str] = {}
    rows = lines.order_by("effective_on", "pk").values_list("pk", "member_id", "organization_id", "sign", "category", "reverses")
    for pk, member, branch, sign, category, reverses in rows.iterator(chunk_size=AT_ONCE):
        if sign:
            sums[member, branch] = sums.get((member, branch), 0) + sign
        if category and not reverses and pk not in reversed_lines:
            categories[member] = category
    return {member: Place(branch, categories.get(member, "")) for (member, branch), total in sums.items() if total > 0}


def scan_members(wanted: Wanted) -> dict[str, Any]:
    """The members on the last day of what is asked for."""
    places = members_on(wanted.until, wanted.unit)
    columns = personal(list(places), wanted)
    numbers = columns["id"].tolist()
    columns["organization"] = np.fromiter((places[pk].branch for pk in numbers), np.int64, len(numbers))
    columns["category"] = CATEGORY.values(places[pk].category for pk in numbers)
    return columns | of_organizations((places[pk].branch for pk in numbers), wanted)


def personal(numbers: list[int], wanted: Wanted) -> dict[str, Any]:
    """What the records of these members say of the last day that is asked for, in the order of their numbers."""
    needed = {source for name, sources in _SOURCES.items() if wanted.asks(name) for source in sources}
    read = _read(numbers, wanted, needed)
    found: dict[str, Any] = {"id": np.array(read["pk"], np.int64), "person": np.array(read["pk"], np.int64)}
    for dimension in _AS_READ:
        if wanted.asks(dimension.code):
            found[dimension.code] = dimension.values(read[dimension.code])
    for name in _DAYS & needed:
        found[name] = np.array(read[name], np.int32)
    if CONVERTED.code in found:
        last = wanted.until.toordinal()
        found[CONVERTED.code] = np.where(found[CONVERTED.code] <= last, found[CONVERTED.code], MISSING).astype(np.int32)
    if wanted.asks(PARTY_AGE.code):
        correction = np.array(read["party_age_correction_months"], np.int32)
        found[PARTY_AGE.code] = _party_ages(found[CONVERTED.code], correction, wanted.until)
    if wanted.asks(EDUCATION.code):
        found[EDUCATION.code] = EDUCATION.values(_educations(wanted, numbers, read["pk"], read["education"]))
    if wanted.asks(JOB.code) or wanted.asks(OCCUPATION.code):
        at_work = list(_of_day(_at_work(wanted, numbers), read["pk"], read["job_post"]))
        found[JOB.code] = JOB.values(at_work)
        found[OCCUPATION.code] = OCCUPATION.values(occupations(at_work, read["is_migrant_worker"]))
    return found


def _read(numbers: list[int], wanted: Wanted, needed: set[str]) -> dict[str, tuple[Any, ...]]:
    """Columns of the records, dated ones as they were on the day."""
    members = _of(numbers, "pk", wanted, register(Member).order_by("pk"))
    asked = set(numbers)
    names = ("pk", *sorted(needed))
    values = members.values_list(*(DayNumber(name) if name in _DAYS else name for name in names))
    rows = [row for row in values.iterator(chunk_size=AT_ONCE) if row[0] in asked]
    read = dict(zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True))
    for name, earlier in _earlier(wanted, numbers, needed & DATED).items():
        read[name] = tuple(_of_day(earlier, read["pk"], read[name]))
    return read


def personal_in_order(members: list[int], wanted: Wanted) -> dict[str, Any]:
    """The same in the order of ``members``, among whom somebody may be several times, without their numbers as ``id``."""
    known = personal(sorted(set(members)), wanted)
    places = {int(pk): place for place, pk in enumerate(known["id"])}
    of = np.fromiter((places[one] for one in members), np.intp, len(members))
    return {name: values[of] for name, values in known.items() if name != "id"}


_AS_READ = (SEX, ETHNICITY, TECH_RANK, STRATUM, FRONT_LINE, MIGRANT, SITE, SHIFT, JOIN_TYPE)
"""Dimensions whose values are those of the record."""
_DAYS = frozenset({"birth_on", "joined_on", "converted_on"})
_SOURCES: dict[str, tuple[str, ...]] = {
    **{one.code: (one.code,) for one in (*_AS_READ, BIRTH, JOINED, CONVERTED, EDUCATION)},
    PARTY_AGE.code: ("converted_on", "party_age_correction_months"),
    JOB.code: ("job_post", "is_migrant_worker"),
    OCCUPATION.code: ("job_post", "is_migrant_worker"),
}
"""Columns of the record that a dimension is worked out from."""


def _of_day(dated: dict[int, Any], numbers: Iterable[int], own: Iterable[Any]) -> Iterator[Any]:
    """What dated rows say of each, else what the record says."""
    return (dated.get(number, value) for number, value in zip(numbers, own, strict=True))


def _earlier(wanted: Wanted, numbers: list[int], items: set[str]) -> dict[str, dict[int, Any]]:
    """What dated items were on the day, by item and member, for those that have become something else since."""
    rows = register(EarlierValue).filter(column__in=sorted(items), held_until__gt=wanted.until).order_by("-held_until", "pk")
    values = _of(numbers, "member", wanted, rows).values_list("member", "column", "value")
    found: dict[str, dict[int, Any]] = defaultdict(dict)
    for member, name, value in values.iterator(chunk_size=AT_ONCE):  # the first change after the day stands last, and stays
        found[name][member] = bool(value) if name == MIGRANT.code else value
    return found


def _educations(wanted: Wanted, numbers: list[int], members: Iterable[int], said: Iterable[str]) -> Iterator[str]:
    """The highest education on the day: what the record said, or one finished by then; none that was finished after it."""
    rows = _of(numbers, "member", wanted, register(Education).filter(level__gt="").order_by())
    finished: dict[int, str] = {}
    for member, level in rows.exclude(ends_on__gt=wanted.until).values_list("member", "level").iterator(chunk_size=AT_ONCE):
        if level < finished.get(member, "99"):
            finished[member] = level
    still_to_come: dict[int, set[str]] = defaultdict(set)
    for member, level in rows.filter(ends_on__gt=wanted.until).values_list("member", "level"):
        still_to_come[member].add(level)
    for member, level in zip(members, said, strict=True):
        recorded = "" if level in still_to_come.get(member, ()) else level
        yield min(filter(None, (recorded, finished.get(member, ""))), default="")


def _at_work(wanted: Wanted, numbers: list[int]) -> dict[int, str]:
    """Posts that were held on the day and have been left since."""
    day = wanted.until
    rows = register(JobRecord).filter(job_post__gt="", starts_on__lte=day, ends_on__gt=day).order_by("starts_on", "pk")
    return dict(_of(numbers, "member", wanted, rows).values_list("member", "job_post").iterator(chunk_size=AT_ONCE))


def _of(numbers: list[int], column: str, wanted: Wanted, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Rows about these members. Of a great many of everybody all are read: a list of a million numbers helps nobody."""
    return rows if wanted.unit is None and len(numbers) > AT_ONCE else rows.filter(numbered(column, numbers))


def occupations(posts: Iterable[str], migrants: Iterable[bool]) -> Iterator[str]:
    """The group of each post at work among the occupations of the tables (``job_prefix``), of migrant workers one of its own."""
    groups = {item.code: str(item.extra["stat"]) for item in codes.get("job_label").items}
    for post, is_migrant in zip(posts, migrants, strict=True):
        group = groups.get(post, "")
        yield _MIGRANTS.get(group, group) if is_migrant else group


def _party_ages(converted: Whole, correction: Whole, day: dt.date) -> Whole:
    """党龄 as ``policy.party_age`` counts it: 0 for whoever is on probation, never below 0 (rule ``member.party_age``)."""
    months = whole_months(converted, np.full(len(converted), day.toordinal(), np.int32))
    return np.where(months == MISSING, 0, np.maximum(0, months + correction) // 12).astype(np.int32)
