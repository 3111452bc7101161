"""Dues of the reference enterprise: everybody assessed, fifteen months of bills, paid with the uneven quality of real life."""

import datetime as dt
from random import Random

from django.db.models import F, Max, OuterRef, Subquery, Sum

from dangjian.activities.dues import rates
from dangjian.activities.dues.billing.actions import bill_sql, billing
from dangjian.activities.dues.kinds import PayerKind
from dangjian.activities.dues.ledger.actions import passing_up
from dangjian.activities.dues.models import (
    ArrearsCase,
    ArrearsStage,
    Assessment,
    Bill,
    Payment,
    PaymentLine,
    PaymentMethod,
    Relief,
    ReliefKind,
    ReliefState,
)
from dangjian.activities.dues.oversight.actions.arrears import open_cases, record_talk
from dangjian.activities.dues.rates import Explained
from dangjian.demo import dues_books
from dangjian.demo.calendar import months_back
from dangjian.demo.sizes import know_sizes
from dangjian.demo.treasuries import Treasury
from dangjian.engines.duties import actions as duties
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.sql import update_from
from dangjian.members.models import Member
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Post, PostKind

CHUNK = 2000
MONTHS = 15
RETIRED_SHARE = 0.12
UNDER_ARREARS = (7, 4, 3)
"""Months up to the last that three members have not paid."""
WAGES = {"soe_manager": (7200, 12600), "soe_specialist": (5600, 9800), "soe_worker": (4000, 7400)}
PENSIONS = (2900, 5900)
ANNUAL = (15000, 26000)
STEP = 50
"""Bases are multiples of so many yuan."""
LARGE_GIFT_FEN = 2000_00


def fill(*, actor: Actor, random: Random, treasuries: list[Treasury]) -> None:
    """Assess everybody, make the bills of fifteen months, and pay them as each branch does."""
    know_sizes()
    today = clock.today()
    months = months_back(today)[-MONTHS:]
    for one in treasuries:
        _assess(random, one, months)
        _relieve(random, one, months)
    for month in months:
        billing.make_bills(actor=actor, month=month)
    duties.refresh(actor=actor, rules={"dues_collect"})
    for one in treasuries:
        payments = _payments(random, one, months)
        dues_books.write(random=random, treasury=one, payments=payments, months=months)
    know_sizes()
    _settle(months)
    for one in treasuries:
        dues_books.finish(treasury=one, months=months)
    passing_up.prepare_remittances(today)
    open_cases(actor=actor)
    _talk()


def _talk() -> None:
    """The secretary has talked to those who are in arrears for longest."""
    talk = ArrearsCase.objects.select_related("organization", "member").filter(
        stage=ArrearsStage.TALK, months__gte=UNDER_ARREARS[0]
    )
    for case in talk:
        secretary = (
            Post.objects.select_related("user").get(organization=case.organization, kind=PostKind.SECRETARY, ends_on=None).user
        )
        if case.member.user_id == secretary.pk:  # somebody else talks to him, if anybody
            continue
        record_talk(
            actor=GrantedActor(secretary),
            case=case,
            talked_on=clock.today() - dt.timedelta(days=3),
            note="电话联系本人，长期在外地照顾家人，答应年底前回来补交。",
            promised_on=clock.today() + dt.timedelta(days=30),
        )


# Assessments and reliefs


def _assess(random: Random, treasury: Treasury, months: list[dt.date]) -> None:
    """Each member's base, fixed for every year the months fall in; a little more each year."""
    officers = set(
        Post.objects.filter(ends_on=None, organization=treasury.enterprise.committee).values_list("user_id", flat=True)
    )
    leading = set(Post.objects.filter(ends_on=None).values_list("user_id", flat=True))
    eldest = sorted((m for m in treasury.members if m.user_id not in leading), key=lambda m: (m.birth_on or clock.today(), m.pk))
    retired = {member.pk for member in eldest[: round(len(treasury.members) * RETIRED_SHARE)]}
    years = sorted({month.year for month in months})
    known: dict[tuple[PayerKind, int, int], Explained] = {}
    rows = []
    for member in treasury.members:
        kind, base = _kind_and_base(random, member, is_retired=member.pk in retired, leads=member.user_id in officers)
        raised = random.choice((2, 3, 3, 4, 5))
        for year in years:
            fen = _raised(base, raised * (year - years[-1])) * 100
            key = (kind, fen, year)
            if key not in known:
                known[key] = rates.worked_out(kind, fen, dt.date(year, 1, 1))
            rows += _assessment(member, known[key], year, last=year == years[-1])
    Assessment.objects.bulk_create(rows, batch_size=CHUNK)


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


def _raised(base: int, percent: int) -> int:
    """Years back the base was lower; by whole steps."""
    return base * (100 + percent) // 100 // STEP * STEP


def _assessment(member: Member, found: Explained, year: int, *, last: bool) -> list[Assessment]:
    begins = dt.date(year, 1, 1)
    joined = (member.joined_on or begins).replace(day=1)
    until = None if last else dt.date(year + 1, 1, 1)
    if until is not None and joined >= until:
        return []
    return [
        Assessment(
            member=member,
            kind=found.kind,
            from_month=max(begins, joined),
            until_month=until,
            base_fen=found.worked.base_fen,
            rate=found.rate,
            amount_fen=found.amount_fen,
            explanation=found.sentence[:300],
            citation=found.citation[:300],
            reason=f"{year}年度核定",
            assessed_at=clock.now(),
        )
    ]


HARDSHIPS = (
    (ReliefKind.EXEMPT, "本人患重病长期住院，医药费负担重。"),
    (ReliefKind.REDUCED, "配偶患病、子女上学，家庭生活困难。"),
    (ReliefKind.REDUCED, "父母重病，本人是家中唯一收入来源。"),
    (ReliefKind.EXEMPT, "遭遇火灾，家庭财产损失严重。"),
)


def _relieve(random: Random, treasury: Treasury, months: list[dt.date]) -> None:
    """Some members in hardship: reliefs that were approved, with and without an end, and two that wait for approval."""
    seen = [member for member in treasury.members if treasury.quality.get(member.branch_id) in {"exemplary", "good"}]
    chosen = random.sample(seen[:-1], 10)
    rows = []
    for number, member in enumerate(chosen):
        kind, reason = HARDSHIPS[number % len(HARDSHIPS)]
        begins = months[number] if number < 8 else months[-1]
        waits = number >= 8
        ends = None if number % 3 == 0 else _month_after(begins, 6)
        rows.append(
            Relief(
                member=member,
                kind=kind,
                monthly_fen=500 if kind == ReliefKind.REDUCED else 0,
                from_month=begins,
                until_month=ends,
                reason=reason,
                studied_on=min(begins + dt.timedelta(days=3), clock.today()),
                studied_at=f"{begins.year}年{begins.month}月支部委员会会议",
                state=ReliefState.PROPOSED if waits else ReliefState.APPROVED,
                proposed_at=clock.now(),
                decided_at=None if waits else clock.now(),
                decided_by=None if waits else treasury.accountant.user,
                document="" if waits else f"星河党〔示范〕{30 + number}号",
            )
        )
    Relief.objects.bulk_create(rows)


def _month_after(month: dt.date, months: int) -> dt.date:
    number = month.year * 12 + month.month - 1 + months
    return dt.date(number // 12, number % 12 + 1, 1)


# Payments

HABITS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "exemplary": ((100, 4, 9),),
    "merged": ((100, 4, 6),),
    "good": ((88, 8, 12), (10, 20, 24), (2, 33, 40)),
    "late": ((60, 16, 20), (28, 26, 28), (12, 34, 42)),
    "poor": ((45, 22, 25), (35, 35, 40), (20, 48, 58)),
}
"""For each quality: so many of a hundred pay on a day between so many and so many days after the first of the month."""


def _payments(random: Random, treasury: Treasury, months: list[dt.date]) -> list[tuple[Payment, list[tuple[int, int]]]]:
    """Payments with the bills they settle, not written yet. The first branch has this month still before it."""
    today = clock.today()
    behind = _behind(treasury, months)
    collectors = _collectors(treasury)
    first = treasury.enterprise.branches[0][1].pk
    days: dict[tuple[int, dt.date], list[tuple[int, dt.date]]] = {}
    made = []
    bills = Bill.objects.filter(owed_fen__gt=0, organization__path__startswith=treasury.enterprise.committee.path)
    for pk, member_id, branch_id, month, owed in bills.order_by("month", "organization", "member").values_list(
        "pk", "member_id", "organization_id", "month", "owed_fen"
    ):
        key = (branch_id, month)
        if key not in days:
            days[key] = [(share, _day(random, month, low, high)) for share, low, high in HABITS[treasury.quality[branch_id]]]
        paid_on = _chosen(random, days[key])
        if paid_on >= today or (member_id, month) in behind or (branch_id == first and month == months[-1]):
            continue
        payment = Payment(
            organization_id=branch_id,
            held_by_id=branch_id,
            member_id=member_id,
            paid_on=paid_on,
            method=PaymentMethod.CASH if random.random() < 0.35 else PaymentMethod.TRANSFER,
            extra_fen=random.choice((1000, 2000, 5000, 10000)) if random.random() < 0.006 else 0,
            recorded_by_id=collectors.get(branch_id),
        )
        payment.amount_fen = owed + payment.extra_fen
        made.append((payment, [(pk, owed)]))
    _give_largely(made, months)
    return made


def _give_largely(made: list[tuple[Payment, list[tuple[int, int]]]], months: list[dt.date]) -> None:
    """One member gives so much at once that all of it goes to the centre."""
    since = months[MONTHS // 2]
    payment = next((one for one, _ in made if one.paid_on >= since and not one.extra_fen), None)
    if payment is not None:
        payment.extra_fen = LARGE_GIFT_FEN
        payment.amount_fen += LARGE_GIFT_FEN


def _day(random: Random, month: dt.date, low: int, high: int) -> dt.date:
    return month + dt.timedelta(days=random.randint(low, high) - 1)


def _chosen(random: Random, days: list[tuple[int, dt.date]]) -> dt.date:
    luck = random.randrange(100)
    for share, day in days:
        if luck < share:
            return day
        luck -= share
    return days[-1][1]


def _behind(treasury: Treasury, months: list[dt.date]) -> set[tuple[int, dt.date]]:
    """What the three members in arrears have not paid: everything since so many months before this one."""
    slow = [
        m for m in treasury.members if treasury.quality.get(m.branch_id) in {"late", "poor"} and not m.employee_no.endswith("L")
    ]
    long = [member for member in slow if (member.joined_on or months[-1]) < months[0]]
    found = set()
    for place, number in enumerate(UNDER_ARREARS):
        member = long[(place + 1) * len(long) // (len(UNDER_ARREARS) + 1)]
        found |= {(member.pk, month) for month in months[-number - 1 :]}
    return found


def _collectors(treasury: Treasury) -> dict[int, int]:
    """The account that receives for each branch: its organisation member, else its secretary."""
    kinds = (PostKind.SECRETARY, PostKind.ORGANISATION_MEMBER)
    posts = Post.objects.filter(ends_on=None, kind__in=kinds, organization__kind="branch")
    rows = posts.filter(organization__path__startswith=treasury.enterprise.committee.path).values_list(
        "organization_id", "kind", "user_id"
    )
    return {branch: user for branch, _, user in sorted(rows, key=lambda row: kinds.index(PostKind(row[1])))}


def _settle(months: list[dt.date]) -> None:
    """Carry the payments into the bills and the sums of the branches."""
    lines = PaymentLine.objects.order_by().filter(bill=OuterRef("pk")).values("bill")
    rows = Bill.objects.annotate(
        paid=Subquery(lines.annotate(n=Sum("amount_fen")).values("n")),
        last=Subquery(lines.annotate(n=Max("payment__paid_on")).values("n")),
    )
    update_from(
        rows.filter(owed_fen__gt=F("paid_fen")),
        ["paid", "last"],
        "paid_fen = found.paid, settled_on = CASE WHEN found.paid >= self.owed_fen THEN found.last END",
        "found.paid IS NOT NULL",
    )
    for month in months:
        bill_sql.add_up(month, rates.collection_rules(month).due_on(month), None)
