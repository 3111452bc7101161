"""The members on a day, and the changes of membership in a period, read for the tables of the annual report.

Each is a handful of plain scans that are put together in memory: so the number of statements is the same for thirty members and
for a million, and what somebody was on an earlier day comes from the dated lines and rows of that day.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from dangjian.kernel import codes
from dangjian.kernel.tabulation import MISSING, Coded, Day, Flag, Number, Regrouped, Wanted, Years
from dangjian.kernel.tabulation.dimensions import Whole, whole_months
from dangjian.members.models import Education, JobRecord, Member, MembershipEntry
from dangjian.members.queries.account import branches_below
from dangjian.org.openings import register

RECORD, DETAILS, ACCOUNT = "record", "details", "account"
"""Tabs of a member's page where something is entered."""

CATEGORY = Coded("category", "人员类别", ACCOUNT, codes="member_category")
SEX = Coded("sex", "性别", RECORD)
ETHNICITY = Coded("ethnicity", "民族", RECORD)
BIRTH = Day("birth_on", "出生日期", RECORD)
JOINED = Day("joined_on", "入党时间", RECORD)
CONVERTED = Day("converted_on", "转正时间", RECORD)
EDUCATION = Coded("education", "学历", DETAILS)
EDUCATION_GROUP = Regrouped("education_group", "学历分组", DETAILS, of="education")
JOB = Coded("job_post", "工作岗位", RECORD, codes="job_label")
OCCUPATION = Coded("occupation", "职业", RECORD, codes="job_prefix")
TECH_RANK = Coded("tech_rank", "专业技术职务等级", RECORD)
STRATUM = Coded("new_social_stratum", "新的社会阶层", RECORD)
FRONT_LINE = Coded("front_line", "一线情况", RECORD)
MIGRANT = Flag("is_migrant_worker", "农民工", RECORD)
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
    sums: dict[tuple[int, int], int] = {}
    categories: dict[int, tuple[tuple[dt.date, int], str]] = {}
    reversed_lines = set(lines.exclude(reverses=None).values_list("reverses", flat=True))
    rows = lines.order_by().values_list("pk", "member_id", "organization_id", "sign", "category", "effective_on", "reverses")
    for pk, member, branch, sign, category, effective_on, reverses in rows.iterator(chunk_size=20_000):
        if sign:
            sums[member, branch] = sums.get((member, branch), 0) + sign
        if not category or reverses or pk in reversed_lines:
            continue
        found = categories.get(member)
        if found is None or (effective_on, pk) > found[0]:
            categories[member] = ((effective_on, pk), category)
    return {
        member: Place(branch, categories[member][1] if member in categories else "")
        for (member, branch), total in sums.items()
        if total > 0
    }


def scan_members(wanted: Wanted) -> dict[str, Any]:
    """The members on the last day of what is asked for."""
    places = members_on(wanted.until, wanted.unit)
    columns = personal(list(places), wanted)
    numbers = columns["id"].tolist()
    columns["organization"] = np.fromiter((places[pk].branch for pk in numbers), np.int64, len(numbers))
    columns["category"] = CATEGORY.values(places[pk].category for pk in numbers)
    return columns


def personal(numbers: list[int], wanted: Wanted) -> dict[str, Any]:
    """What the records of these members say of the last day that is asked for, in the order of their numbers."""
    day = wanted.until
    members = register(Member).order_by("pk")
    educations = register(Education).filter(level__gt="").exclude(ends_on__gt=day).order_by()
    jobs = register(JobRecord).filter(job_post__gt="", starts_on__lte=day).order_by("starts_on")
    if wanted.unit is not None:  # else everybody's are read, and a list of a million numbers helps nobody
        members = members.filter(pk__in=numbers)
        educations, jobs = educations.filter(member__in=numbers), jobs.filter(member__in=numbers)
    asked = set(numbers)
    names = ("pk", "sex", "ethnicity", "birth_on", "joined_on", "converted_on", "education", "job_post", "tech_rank")
    more = ("new_social_stratum", "front_line", "is_migrant_worker", "party_age_correction_months")
    rows = [row for row in members.values_list(*names, *more).iterator(chunk_size=20_000) if row[0] in asked]
    pk, sex, ethnicity, born, joined, converted, education, job, rank, stratum, front, migrant, correction = (
        zip(*rows, strict=True) if rows else [()] * (len(names) + len(more))
    )
    highest: dict[int, str] = {}
    for member, level in educations.values_list("member", "level").iterator(chunk_size=20_000):
        highest[member] = min(level, highest.get(member, level))
    posts: dict[int, str] = dict(jobs.values_list("member", "job_post").iterator(chunk_size=20_000))
    at_work = [posts.get(number, own) for number, own in zip(pk, job, strict=True)]
    found: dict[str, Any] = {
        "id": np.array(pk, np.int64),
        "person": np.array(pk, np.int64),
        "sex": SEX.values(sex),
        "ethnicity": ETHNICITY.values(ethnicity),
        "birth_on": BIRTH.values(born),
        "joined_on": JOINED.values(joined),
        "converted_on": CONVERTED.values(one if one and one <= day else None for one in converted),
        "education": EDUCATION.values(highest.get(number, own) for number, own in zip(pk, education, strict=True)),
        "job_post": JOB.values(at_work),
        "occupation": OCCUPATION.values(_occupations(at_work, migrant)),
        "tech_rank": TECH_RANK.values(rank),
        "new_social_stratum": STRATUM.values(stratum),
        "front_line": FRONT_LINE.values(front),
        "is_migrant_worker": MIGRANT.values(migrant),
    }
    found["party_age"] = _party_ages(found["converted_on"], np.array(correction, np.int32), day)
    return found


def _occupations(posts: list[str], migrants: tuple[bool, ...]) -> Iterator[str]:
    """The group of each post at work among the occupations of the tables."""
    groups = {item.code: str(item.extra["stat"]) for item in codes.get("job_label").items}
    for post, is_migrant in zip(posts, migrants, strict=True):
        group = groups.get(post, "")
        yield _MIGRANTS.get(group, group) if is_migrant else group


def _party_ages(converted: Whole, correction: Whole, day: dt.date) -> Whole:
    """党龄 as ``policy.party_age`` counts it: 0 for whoever is on probation, never below 0 (rule ``member.party_age``)."""
    months = whole_months(converted, np.full(len(converted), day.toordinal(), np.int32))
    return np.where(months == MISSING, 0, np.maximum(0, months + correction) // 12).astype(np.int32)
