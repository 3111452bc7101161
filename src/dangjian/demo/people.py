"""Members of the reference enterprise: plausible ages, posts, education, 党龄, shifts; written in bulk, as an import would."""

import datetime as dt
from collections.abc import Iterator
from random import Random
from typing import TypeVar

from dangjian.accounts.backends import masked, phone_index
from dangjian.accounts.models import User
from dangjian.demo import names
from dangjian.demo.organizations import Enterprise
from dangjian.demo.plan import BranchPlan
from dangjian.engines.stories.world import moment
from dangjian.kernel import clock
from dangjian.kernel.identity import fictional_resident_id
from dangjian.kernel.pinyin import initials, sort_key
from dangjian.members.models import Category, ChangeKind, GroupAssignment, Member, MembershipEntry, Reward
from dangjian.members.queries import completeness
from dangjian.org.models import Organization

AGE_BANDS = (((24, 30), 22), ((31, 35), 24), ((36, 40), 19), ((41, 45), 13), ((46, 50), 10), ((51, 55), 8), ((56, 59), 4))
"""Ages at work: many young members, as in the paper's company."""

EDUCATION = ((("14", "3"), 12), (("21", "4"), 46), (("31", ""), 27), (("41", ""), 6), (("61", ""), 6), (("47", ""), 3))
POSTS = (("soe_manager", 24), ("soe_specialist", 34), ("soe_worker", 42))
TITLES = {
    "soe_manager": ("主管", "部门副部长", "部门部长", "业务员"),
    "soe_specialist": ("工程师", "助理工程师", "高级工程师"),
    "soe_worker": ("操作工", "班长", "技师", "维修工"),
}
ETHNICITIES = (("01", 93), ("08", 3), ("15", 1), ("03", 1), ("11", 1), ("06", 1))
PLACES = ("虚构省星河市", "虚构省北斗市", "虚构省长庚县", "虚构省启明县", "虚构省摇光市")
CHUNK = 2000
PROBATIONARY = 0.008
"""The share of members on probation, whose way there is played by the development of members."""
LEAVER_EVERY = 8
"""In every eighth branch there was one member more, who has left since (marked ``L``)."""
REGIONS = 4
"""Regions of fictional ID numbers of one enterprise: five hundred people of each sex and birthday in one of them."""
T = TypeVar("T")


def account_of(member: Member) -> User:
    """The member's account; everybody in the demonstration has one."""
    if member.user is None:
        message = f"{member} has no account"
        raise ValueError(message)
    return member.user


def enter_all(*, random: Random, enterprise: Enterprise, begin: dt.date, password: str, number: int = 0) -> list[Member]:
    """Write accounts, members, their opening lines and groups for every branch. Returns the members, branch by branch.

    ``password`` is an encoded password, the same for all: hashing 1,768 of them would take minutes.
    """
    pool = names.people(random)
    people = list(_people(random, enterprise, begin, pool, number))
    users = [
        User(
            username=m.employee_no,
            name=m.name,
            password=password,
            must_change_password=False,
            phone_index=phone_index(m.mobile),
            phone_shown=masked(m.mobile),
            password_changed_at=clock.now(),
        )
        for m, _ in people
    ]
    User.objects.bulk_create(users, batch_size=CHUNK)
    for (member, _), user in zip(people, users, strict=True):
        member.user = user
    members = [m for m, _ in people]
    Member.objects.bulk_create(members, batch_size=CHUNK)
    known = moment(begin, 9)
    MembershipEntry.objects.bulk_create(
        [
            MembershipEntry(
                member=m, organization=m.branch, kind=kind, sign=1, effective_on=on, category=category, recorded_at=known
            )
            for m, lines in people
            for kind, on, category in lines
            if kind != ChangeKind.CONVERTED
        ]
        + [
            MembershipEntry(
                member=m, organization=m.branch, kind=kind, sign=0, effective_on=on, category=category, recorded_at=known
            )
            for m, lines in people
            for kind, on, category in lines
            if kind == ChangeKind.CONVERTED
        ],
        batch_size=CHUNK,
    )
    GroupAssignment.objects.bulk_create(
        [
            GroupAssignment(member=m, organization=m.organization, starts_on=max(lines[0][1], begin))
            for m, lines in people
            if m.organization_id != m.branch_id
        ],
        batch_size=CHUNK,
    )
    return members


def honour_some(members: list[Member]) -> None:
    """The honours of the last 1 July: for every fiftieth full member, and every fifth of these for work in the Party."""
    today = clock.today()
    day = dt.date(today.year if (today.month, today.day) >= (7, 1) else today.year - 1, 7, 1)
    full = [one for one in members if one.category == Category.FULL and not one.employee_no.endswith("L")]
    Reward.objects.bulk_create(
        Reward(
            member=one,
            title=f"{names.COMPANY}{'优秀党务工作者' if place % 5 == 4 else '优秀共产党员'}",
            level="企业",
            granted_by=f"中共{names.COMPANY}委员会",
            granted_on=day,
        )
        for place, one in enumerate(full[25::50])
    )


Line = tuple[ChangeKind, dt.date, str]


def _people(
    random: Random,
    enterprise: Enterprise,
    begin: dt.date,
    pool: list[str],
    number: int,
) -> Iterator[tuple[Member, list[Line]]]:
    serial = 0
    merged = [enterprise.merged] if enterprise.merged else []
    for plan, branch, groups in [*enterprise.branches, *merged]:
        for i in range(plan.members):
            home = groups[i % len(groups)] if groups else branch
            if plan.quality == "poor" and groups and i == plan.members - 1:
                home = branch  # somebody whom nobody has put into a group
            yield _person(random, branch, home, begin, pool[serial % len(pool)], serial, number, plan, i)
            serial += 1
        if plan.number % LEAVER_EVERY == LEAVER_EVERY - 1 and plan.quality != "merged":
            leaver = _person(random, branch, branch, begin, pool[serial % len(pool)], serial, number, plan, 1)
            leaver[0].employee_no += "L"
            yield leaver
            serial += 1


def _person(
    random: Random,
    branch: Organization,
    home: Organization,
    begin: dt.date,
    name: str,
    serial: int,
    number: int,
    plan: BranchPlan,
    place: int,
) -> tuple[Member, list[Line]]:
    today = clock.today()
    low, high = _weighted(random, AGE_BANDS)
    if place == 0:
        low, high = 38, 58
    birth = today - dt.timedelta(days=random.randint(low * 365 + low // 4 + 1, high * 365 + high // 4 + 364))
    sex = "2" if random.random() < 0.28 else "1"
    education, degree = _weighted(random, EDUCATION)
    job = "soe_manager" if place == 0 else _weighted(random, POSTS)
    probationary = place > 4 and plan.quality != "merged" and random.random() < PROBATIONARY
    joined, converted, lines = _membership(random, birth, begin, today, probationary=probationary)
    sequence = (serial * 7 + 3) % 500 * 2 + (1 if sex == "1" else 0)
    member = Member(
        organization=home,
        branch=branch,
        category=Category.PROBATIONARY if probationary else Category.FULL,
        joined_on=joined,
        converted_on=converted,
        name=name,
        name_sort=sort_key(name),
        name_initials=initials(name),
        resident_id=fictional_resident_id(birth, sequence, region=f"99{number * REGIONS + serial // 500:04d}"),
        sex=sex,
        birth_on=birth,
        ethnicity=_weighted(random, ETHNICITIES),
        native_place=random.choice(PLACES),
        education=education,
        degree=degree,
        school=random.choice(names.SCHOOLS),
        major=random.choice(names.MAJORS),
        job_post=job,
        job_title=random.choice(TITLES[job]),
        tech_rank=random.choice("123") if job == "soe_specialist" else "",
        tech_title="工程师" if job == "soe_specialist" else "",
        front_line="01" if job == "soe_worker" else "",
        mobile=f"1990{number % 100:02d}{serial % 100000:05d}",
        registered_residence=f"{random.choice(PLACES)}星光路{serial % 300 + 1}号",
        current_address=f"{random.choice(PLACES)}云岭小区{serial % 40 + 1}栋",
        archive_unit=f"{names.COMPANY}人力资源部",
        joined_branch_name=branch.name,
        applied_on=joined - dt.timedelta(days=random.randint(730, 1100)),
        activist_on=joined - dt.timedelta(days=random.randint(500, 720)),
        object_on=joined - dt.timedelta(days=random.randint(60, 200)),
        work_started_on=birth.replace(year=birth.year + 22, day=1),
        unit_name=branch.unit_name,
        site=branch.site,
        employee_no=f"{10001 + serial}" if not number else f"{number}-{10001 + serial}",
        shift=random.choice(names.SHIFTS[1:]) if job == "soe_worker" else names.SHIFTS[0],
        is_migrant_worker=job == "soe_worker" and random.random() < 0.06,
    )
    _leave_gaps(random, member, plan.quality)
    member.completeness = completeness.of_record(member).percent
    return member, lines


def _membership(
    random: Random,
    birth: dt.date,
    begin: dt.date,
    today: dt.date,
    *,
    probationary: bool,
) -> tuple[dt.date, dt.date | None, list[Line]]:
    """Dates of joining and of becoming a full member, with the lines of the account since ``begin``."""
    if probationary:
        joined = today - dt.timedelta(days=random.randint(20, 360))
        return joined, None, [(ChangeKind.ADMITTED, joined, Category.PROBATIONARY)]
    adult = birth.replace(year=birth.year + 20, day=1)
    latest = today - dt.timedelta(days=400)
    joined = adult + dt.timedelta(days=random.randint(0, max(30, min((latest - adult).days, 3600))))
    joined = min(joined, latest)
    converted = joined + dt.timedelta(days=366)
    if joined > begin:
        return (
            joined,
            converted,
            [
                (ChangeKind.ADMITTED, joined, Category.PROBATIONARY),
                (ChangeKind.CONVERTED, converted, Category.FULL),
            ],
        )
    if converted > begin:
        return (
            joined,
            converted,
            [
                (ChangeKind.OPENING, begin, Category.PROBATIONARY),
                (ChangeKind.CONVERTED, converted, Category.FULL),
            ],
        )
    return joined, converted, [(ChangeKind.OPENING, begin, Category.FULL)]


def _leave_gaps(random: Random, member: Member, quality: str) -> None:
    """Records are kept as carefully as the branch works."""
    chance = {"exemplary": 0.0, "good": 0.02, "late": 0.06, "poor": 0.18, "merged": 0.0}[quality]
    for column in ("native_place", "school", "major", "archive_unit", "current_address", "registered_residence", "education"):
        if random.random() < chance:
            setattr(member, column, "")


def _weighted(random: Random, table: tuple[tuple[T, int], ...]) -> T:
    return random.choices([value for value, _ in table], [weight for _, weight in table])[0]
