"""What everybody pays: assessed every year and when somebody joins, and reduced or forgone in hardship."""

import datetime as dt
from collections.abc import Iterator
from random import Random

from dangjian.accounts.models import User
from dangjian.activities.dues import rates
from dangjian.activities.dues.assessment.actions.assessing import Row, assess_many
from dangjian.activities.dues.assessment.actions.reliefs import approve_relief, propose_relief
from dangjian.activities.dues.assessment.models import Relief, ReliefKind
from dangjian.activities.dues.demo.cast import Cast
from dangjian.activities.dues.kinds import PayerKind
from dangjian.activities.dues.policy import last_day, shifted
from dangjian.engines.stories.offers import Scene
from dangjian.engines.stories.world import acting, moment
from dangjian.members.models import Member
from dangjian.org.models import PostKind
from dangjian.org.openings import register

RETIRED_SHARE = 0.12
WAGES = {"soe_manager": (7200, 12600), "soe_specialist": (5600, 9800), "soe_worker": (4000, 7400)}
PENSIONS = (2900, 5900)
ANNUAL = (15000, 26000)
STEP = 50
"""Bases are multiples of so many yuan."""
RELIEVED, WAITING = 8, 2
"""So many reliefs were approved, and so many wait."""
REDUCED_FEN = 500
HARDSHIPS = (
    (ReliefKind.EXEMPT, "本人患重病长期住院，医药费负担重。"),
    (ReliefKind.REDUCED, "配偶患病、子女上学，家庭生活困难。"),
    (ReliefKind.REDUCED, "父母重病，本人是家中唯一收入来源。"),
    (ReliefKind.EXEMPT, "遭遇火灾，家庭财产损失严重。"),
)
Wage = tuple[PayerKind, int, int]
"""What somebody pays by, the base in yuan in the last year, and by how many per cent it rises a year."""


def scenes(people: Cast, random: Random) -> Iterator[Scene]:
    """Everybody before the first month and every January, who joins in the month they join; hardship at its time."""
    wages, years = _wages(people, random), sorted({month.year for month in people.months})
    for year in years:
        day = max(dt.date(year, 1, 1), people.months[0])
        yield _assessed(people, wages, moment(day - dt.timedelta(days=1), 16), dt.date(year, 1, 1), people.months[0])
    for month in people.months:
        when = min(moment(last_day(month), 15), people.world.now - dt.timedelta(hours=2))
        yield _assessed(people, wages, when, month, month, joined=True)
    yield from _relieved(people, random, wages)


def _wages(people: Cast, random: Random) -> dict[int, Wage]:
    officers = people.world.officers
    leading = {user.pk for held in officers.values() for user in held.values()}
    bosses = {user.pk for user in officers[people.world.committee].values()}
    members = people.world.members
    eldest = sorted((one for one in members if one.user_id not in leading), key=lambda one: (one.birth_on or dt.date.max, one.pk))
    retired = {member.pk for member in eldest[: round(len(members) * RETIRED_SHARE)]}
    found = {}
    for member in members:
        kind, base = _kind_and_base(random, member, is_retired=member.pk in retired, leads=member.user_id in bosses)
        found[member.pk] = (kind, base, random.choice((2, 3, 3, 4, 5)))
    return found


def _kind_and_base(random: Random, member: Member, *, is_retired: bool, leads: bool) -> tuple[PayerKind, int]:
    luck = random.random()
    low, high = WAGES.get(member.job_post, WAGES["soe_worker"])
    if leads:
        return PayerKind.ANNUAL_SALARY, _between(random, *ANNUAL)
    if is_retired:
        return PayerKind.RETIRED, _between(random, *PENSIONS)
    if luck < 0.003:
        return PayerKind.UNEMPLOYED, 0
    if luck < 0.005:
        return PayerKind.RELIEF, 0
    return PayerKind.SALARIED, _between(random, low, high)


def _between(random: Random, low: int, high: int) -> int:
    return random.randint(low // STEP, high // STEP) * STEP


def _assessed(
    people: Cast, wages: dict[int, Wage], when: dt.datetime, first: dt.date, since: dt.date, *, joined: bool = False
) -> Scene:
    """The office assesses those who are members by then, or who ``joined`` since; the committee's secretary the office itself."""
    by = when.date()

    def play() -> None:
        rows = register(Member).counted().filter(pk__in=list(wages)).select_related("branch", "organization").order_by("pk")
        if joined:
            there = rows.filter(joined_on__gte=since, joined_on__lte=by)
        else:
            there = rows.exclude(joined_on__gte=since).exclude(joined_on__gt=by)
        members = list(there)
        office = people.world.office
        for who, some in (
            (office, [member for member in members if member.user_id != office.pk]),
            (people.chief, [member for member in members if member.user_id == office.pk]),
        ):
            if some:
                _assess(who, [_row(member, wages[member.pk], first, people.months[-1].year) for member in some])

    return Scene(when, play)


def _assess(who: User, rows: list[Row]) -> None:
    with acting(who, "dues.assess") as actor:
        assess_many(actor=actor, rows=rows)


def _row(member: Member, wage: Wage, first: dt.date, last_year: int) -> Row:
    kind, base, percent = wage
    begins = rates.collection_rules(first).first_month(member.joined_on) if member.joined_on else first
    starts = max(first, begins)
    lower = base * (100 + percent * (starts.year - last_year)) // 100 // STEP * STEP
    return Row(member, kind, starts, base_fen=lower * 100, reason=f"{starts.year}年度核定")


def _relieved(people: Cast, random: Random, wages: dict[int, Wage]) -> Iterator[Scene]:
    """Some members in hardship: reliefs that were approved, with and without an end, and two that wait for approval."""
    world, months = people.world, people.months
    quality = {place.number: place.quality for place in world.places}
    busy = world.taken | {user.pk for held in world.officers.values() for user in held.values()}
    seen = [
        member
        for member in world.members
        if quality.get(member.branch_id) in {"exemplary", "good"}
        and wages[member.pk][0] == PayerKind.SALARIED
        and member.user_id not in busy
        and not member.employee_no.endswith("L")
        and (member.joined_on or months[0]) < months[0]
    ]
    for number, member in enumerate(random.sample(seen, RELIEVED + WAITING)):
        waits = number >= RELIEVED
        begins = months[-1] if waits else months[number]
        kind, reason = HARDSHIPS[number % len(HARDSHIPS)]
        until = None if number % 3 == 0 else shifted(begins, 6)
        when = min(moment(begins + dt.timedelta(days=1), 9), world.now - dt.timedelta(hours=1))
        yield _proposed(people, member, when, (kind, reason, begins, until))
        if not waits:
            yield _approved(people, member, when + dt.timedelta(hours=6), f"星河党〔示范〕{30 + number}号")


def _proposed(people: Cast, member: Member, when: dt.datetime, what: tuple[ReliefKind, str, dt.date, dt.date | None]) -> Scene:
    kind, reason, begins, until = what

    def play() -> None:
        secretary = people.world.officer(member.branch_id, PostKind.SECRETARY) or people.chief
        with acting(secretary, "dues.propose_relief") as actor:
            propose_relief(
                actor=actor,
                member=register(Member).select_related("branch", "organization").get(pk=member.pk),
                kind=kind,
                from_month=begins,
                until_month=until,
                monthly_fen=REDUCED_FEN if kind == ReliefKind.REDUCED else None,
                reason=reason,
                studied_on=when.date(),
                studied_at=f"{begins.year}年{begins.month}月支部委员会会议",
            )

    return Scene(when, play)


def _approved(people: Cast, member: Member, when: dt.datetime, document: str) -> Scene:
    def play() -> None:
        with acting(people.world.office, "dues.approve_relief") as actor:
            relief = Relief.objects.select_related("member__branch__parent", "member__organization").get(member=member.pk)
            approve_relief(actor=actor, relief=relief, document=document)

    return Scene(when, play)
