"""What becomes of the money: passed up, used, allocated, counted, told. The committee's account has its two persons."""

import datetime as dt
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from random import Random

from dangjian.accounts.models import User
from dangjian.activities.dues.billing.models import Payment
from dangjian.activities.dues.demo.cast import Cast
from dangjian.activities.dues.demo.collecting import LARGE_GIFT_FEN
from dangjian.activities.dues.ledger.actions import books as keeping
from dangjian.activities.dues.ledger.actions import passing_up, publications, reconciliations, remittances, spendings
from dangjian.activities.dues.ledger.models import (
    Account,
    Reconciliation,
    RemittanceLevel,
    RemittancePeriod,
    Spending,
    Transfer,
    TransferKind,
    TransferState,
)
from dangjian.activities.dues.ledger.queries import books
from dangjian.activities.dues.oversight.actions.arrears import record_inspection
from dangjian.activities.dues.policy import last_day, shifted
from dangjian.engines.stories.offers import Scene
from dangjian.engines.stories.world import Place, acting, moment
from dangjian.kernel import clock
from dangjian.kernel.periods import QUARTER, Span, spans
from dangjian.org.models import Organization, PostKind

OUTSIDE = "中共虚构星河控股集团有限公司委员会"
SENDS = {"exemplary": (3, 6), "merged": (3, 4), "good": (4, 9), "late": (9, 18), "poor": (12, 20)}
"""So many days after a span a branch passes on what it received."""
WHOLE, HALF = 10000, 5000
"""Hundredths of a per cent that are passed up: by the branches, and by the committee."""
TELLING = {"exemplary", "good"}
MEMBERS = 1768
"""Sums are those of an enterprise with so many members; a smaller one spends less."""
ALLOCATED_FEN = 3000_00
USES: tuple[tuple[int, Account, int, str, str], ...] = (
    (7, Account.USE_MATERIALS, 42_600_00, "订阅党报党刊", "虚构市邮政分公司"),
    (8, Account.USE_HARDSHIP, 36_000_00, "慰问生活困难党员", "生活困难党员24名"),
    (9, Account.USE_TRAINING, 86_400_00, "党支部书记和党务骨干培训班", "虚构市委党校"),
    (10, Account.USE_COMMENDATION, 58_000_00, "表彰先进党支部和优秀党员", "受表彰的党组织和党员"),
    (11, Account.USE_DISASTER, 20_000_00, "补助受暴雨影响的党员", "受灾党员10名"),
    (12, Account.USE_TRAINING, 31_200_00, "新党员集中培训", "虚构市委党校"),
)
"""Use of dues: how many months after the first, for what, how much, what, paid to whom."""


def scenes(people: Cast, random: Random) -> Iterator[Scene]:
    """The committee's account from its opening on."""
    yield Scene(moment(people.months[0] - dt.timedelta(days=2), 9), partial(_open, people))
    for before, span in pairwise(people.spans):
        if before.per != span.per:
            yield Scene(moment(span.start, 9), partial(_ask_oftener, people, span))
    for month in [*people.months[1:], people.world.today]:
        yield Scene(moment(month, 5), passing_up.daily)
    yield from _passed_up(people, random)
    yield from _to_outside(people)
    yield from _large_gift(people)
    yield from _used(people)
    yield from _allocated(people)
    yield from _interest(people, random)
    yield from _closed(people)
    yield from _told(people)


def _committee(people: Cast) -> Organization:
    return people.world.organization(people.world.committee)


def _open(people: Cast) -> None:
    committee = _committee(people)
    with acting(people.world.office, "dues.open_book") as actor:
        keeping.open_book(
            actor=actor,
            organization=committee,
            bank="icbc",
            branch_name="虚构市星河支行",
            account_name=f"{committee.name}党费专户",
            account_number=f"99{committee.pk:014d}",
            accountant=people.accountant,
            cashier=people.cashier,
        )
        _set_terms(people, RemittancePeriod(people.spans[0].per), people.months[0], "星河党〔示范〕5号")
        if committee.parent_id is None:
            passing_up.set_terms(
                actor=actor,
                organization=committee,
                level=RemittanceLevel.OWN,
                superior_name=OUTSIDE,
                ratio_percent_x100=HALF,
                period=RemittancePeriod.QUARTER,
                due_days=20,
                from_month=people.months[0],
                document="虚构集团党组〔示范〕9号",
            )


def _ask_oftener(people: Cast, span: Span) -> None:
    """From the second month of ``span`` on, when what came before it has been worked out: it is the first of its length."""
    _set_terms(people, RemittancePeriod(span.per), shifted(span.start, 1), f"星河党〔示范〕{span.start.month + 10}号")


def _set_terms(people: Cast, period: RemittancePeriod, from_month: dt.date, document: str) -> None:
    with acting(people.world.office, "dues.set_terms") as actor:
        passing_up.set_terms(
            actor=actor,
            organization=_committee(people),
            level=RemittanceLevel.BRANCH,
            ratio_percent_x100=WHOLE,
            period=period,
            due_days=10,
            from_month=from_month,
            document=document,
        )


# Passing up


def _passed_up(people: Cast, random: Random) -> Iterator[Scene]:
    """What a span brought goes on to the committee; the poorer branches have not done it for the last one."""
    ended = people.spans[:-1]
    for span in ended:
        for place in people.world.places:
            if place.merged_on is not None and span.start >= place.merged_on:
                continue
            sends, takes = random.randint(*SENDS[place.quality]), random.randint(0, 2)
            waits = place.quality == "good" and random.random() < 0.1
            when = moment(span.last + dt.timedelta(days=sends), 10)
            if place.merged_on == span.end:  # everything is settled on the day on which the branch ends
                when, takes = moment(span.end, 8), 0
            if span == ended[-1] and place.quality in {"late", "poor"}:
                continue
            yield Scene(when, partial(_send, people, place, span))
            if span != ended[-1] or not waits:
                yield Scene(when + dt.timedelta(days=takes, hours=1), partial(_confirm, people, place.number, span))


def _send(people: Cast, place: Place, span: Span) -> None:
    first, _ = people.collectors(place)
    with acting(first, "dues.view_books") as actor:
        transfer = _transfer(place.number, span)
        if transfer is not None:
            remittances.send(actor=actor, transfer=transfer, sent_on=clock.today())


def _confirm(people: Cast, organization: int, span: Span, receipt: str = "") -> None:
    with acting(people.cashier, "dues.view_books") as actor:
        transfer = _transfer(organization, span)
        if transfer is not None and transfer.state == TransferState.SENT:
            remittances.confirm_receipt(actor=actor, transfer=transfer, received_on=clock.today(), receipt=receipt)


def _transfer(organization: int, span: Span) -> Transfer | None:
    found: Transfer | None = Transfer.objects.filter(
        organization=organization, kind=TransferKind.UP, period_end=span.last
    ).first()
    return found


def _to_outside(people: Cast) -> Iterator[Scene]:
    """Each quarter's half to the superior outside; its receipt came some days later."""
    for quarter in spans(people.months[0], people.world.today, QUARTER)[:-1]:
        when = moment(quarter.last + dt.timedelta(days=16), 10)
        yield Scene(when, partial(_send_outside, people, quarter))
        receipt = f"虚构党费收字{quarter.last:%Y%m}号"
        yield Scene(when + dt.timedelta(days=3), partial(_confirm, people, people.world.committee, quarter, receipt))


def _send_outside(people: Cast, quarter: Span) -> None:
    with acting(people.cashier, "dues.view_books") as actor:
        transfer = _transfer(people.world.committee, quarter)
        if transfer is not None and transfer.superior_id is None:
            remittances.send(actor=actor, transfer=transfer, sent_on=clock.today())


def _large_gift(people: Cast) -> Iterator[Scene]:
    """A large gift on its way: branch, committee, and from there to the superior outside."""
    world, entered = people.world, people.first_month.last
    branch, steps = world.places[0], (5, 7, 12, 14)
    plays: tuple[Callable[[], object], ...] = (
        partial(_pass_on, people, people.collectors(branch)[0], branch.number),
        partial(_take_gift, people, branch.number),
        partial(_pass_on, people, people.cashier, world.committee),
        partial(_take_gift, people, world.committee, f"虚构大额党费收据{entered:%Y%m%d}号"),
    )
    for days, play in zip(steps, plays, strict=True):
        yield Scene(moment(entered + dt.timedelta(days=days), 14), play)


def _gift() -> Payment | None:
    found: Payment | None = Payment.objects.filter(extra_fen=LARGE_GIFT_FEN).select_related("member").first()
    return found


def _pass_on(people: Cast, who: User, organization: int) -> None:
    with acting(people.world.office, "dues.view"):
        gift = _gift()
    if gift is not None:
        with acting(who, "dues.view_books") as actor:
            here = people.world.organization(organization)
            remittances.pass_large_on(actor=actor, organization=here, payment=gift, sent_on=clock.today())


def _take_gift(people: Cast, organization: int, receipt: str = "") -> None:
    with acting(people.cashier, "dues.view_books") as actor:
        sent = Transfer.objects.filter(organization=organization, kind=TransferKind.LARGE, state=TransferState.SENT)
        for transfer in sent:
            remittances.confirm_receipt(actor=actor, transfer=transfer, received_on=clock.today(), receipt=receipt)


# Use, interest, the end of months, publication


def _share(people: Cast, fen: int) -> int:
    """So much of a sum as belongs to an enterprise of this size, in whole hundreds of yuan."""
    return max(fen * len(people.world.members) // MEMBERS // 100_00, 1) * 100_00


def _used(people: Cast) -> Iterator[Scene]:
    for place, purpose, fen, title, payee in USES:
        month = people.months[place]
        yield Scene(moment(month + dt.timedelta(days=11), 10), partial(_prepare, people, purpose, fen, title, payee))
        yield Scene(moment(month + dt.timedelta(days=19), 10), partial(_pay, people, title))


def _prepare(people: Cast, purpose: Account, fen: int, title: str, payee: str) -> None:
    decided = clock.today() - dt.timedelta(days=6)
    with acting(people.accountant, "dues.view_books") as actor:
        spendings.prepare_spending(
            actor=actor,
            organization=_committee(people),
            purpose=purpose,
            amount_fen=_share(people, fen),
            title=title,
            payee=payee,
            decided_on=decided,
            decision=f"{decided.year}年{decided.month}月党委会会议",
        )


def _pay(people: Cast, title: str) -> None:
    with acting(people.cashier, "dues.view_books") as actor:
        spending = Spending.objects.get(organization=people.world.committee, title=title)
        spendings.pay_spending(actor=actor, spending=spending, paid_on=clock.today())


def _allocated(people: Cast) -> Iterator[Scene]:
    """Money for one purpose down to the first branch."""
    decided = people.months[-4] + dt.timedelta(days=5)
    yield Scene(moment(decided, 15), partial(_allocate, people, decided))
    yield Scene(moment(decided + dt.timedelta(days=12), 10), partial(_send_down, people))
    yield Scene(moment(decided + dt.timedelta(days=13), 10), partial(_take_down, people))


def _allocate(people: Cast, decided: dt.date) -> None:
    with acting(people.accountant, "dues.view_books") as actor:
        remittances.allocate(
            actor=actor,
            superior=_committee(people),
            organization=people.world.organization(people.world.places[0].number),
            amount_fen=ALLOCATED_FEN,
            use=Account.USE_MATERIALS,
            purpose="购置党员活动室学习资料",
            decided_on=decided,
            decision=f"{decided.year}年{decided.month}月党委会会议",
        )


def _allocation(people: Cast) -> Transfer:
    found: Transfer = Transfer.objects.get(superior=people.world.committee, kind=TransferKind.DOWN)
    return found


def _send_down(people: Cast) -> None:
    with acting(people.cashier, "dues.view_books") as actor:
        remittances.send(actor=actor, transfer=_allocation(people), sent_on=clock.today())


def _take_down(people: Cast) -> None:
    with acting(people.collectors(people.world.places[0])[0], "dues.view_books") as actor:
        remittances.confirm_receipt(actor=actor, transfer=_allocation(people), received_on=clock.today())


def _interest(people: Cast, random: Random) -> Iterator[Scene]:
    for month in people.months[1:]:
        if month.month % 3 == 0:
            yield Scene(moment(month.replace(day=21), 15), partial(_book_interest, people, random.randint(90_00, 260_00)))


def _book_interest(people: Cast, fen: int) -> None:
    day = clock.today()
    with acting(people.accountant, "dues.view_books") as actor:
        keeping.book_interest(actor=actor, organization=_committee(people), amount_fen=fen, booked_on=day, key=f"{day:%Y-%m}")


def _closed(people: Cast) -> Iterator[Scene]:
    """The committee's months are counted and looked over, up to the one before the last."""
    for month in people.months[:-2]:
        end = last_day(month)
        yield Scene(moment(end + dt.timedelta(days=4), 16), partial(_count, people, month))
        yield Scene(moment(end + dt.timedelta(days=5), 16), partial(_check, people, month))


def _count(people: Cast, month: dt.date) -> None:
    committee = _committee(people)
    with acting(people.cashier, "dues.view_books") as actor:
        stands = books.balance(committee, last_day(month))
        reconciliations.count(actor=actor, organization=committee, month=month, cash_fen=stands.cash, bank_fen=stands.bank)


def _check(people: Cast, month: dt.date) -> None:
    with acting(people.accountant, "dues.view_books") as actor:
        counted = Reconciliation.objects.get(organization=people.world.committee, month=month)
        reconciliations.check(actor=actor, reconciliation=counted)


def _told(people: Cast) -> Iterator[Scene]:
    """The better branches and the committee told their members in January about the year before; its work was checked."""
    world = people.world
    year = world.today.year - (1 if world.today > dt.date(world.today.year, 1, 20) else 2)
    if not any(month.year == year for month in people.months):
        return
    yield Scene(moment(dt.date(year, 12, 18), 10), partial(_inspect, people, year))
    when = moment(dt.date(year + 1, 1, 20), 10)
    yield Scene(when, partial(_publish, people, world.committee, people.accountant, year))
    for place in world.places:
        if place.quality in TELLING:
            secretary = world.officer(place.number, PostKind.SECRETARY) or people.chief
            yield Scene(when, partial(_publish, people, place.number, secretary, year))


def _publish(people: Cast, organization: int, who: User, year: int) -> None:
    with acting(who, "dues.publish") as actor:
        publications.publish(
            actor=actor,
            organization=people.world.organization(organization),
            year=year,
            note="以上情况如有疑问，请向党支部反映。",
        )


def _inspect(people: Cast, year: int) -> None:
    with acting(people.world.office, "dues.inspect") as actor:
        record_inspection(
            actor=actor,
            organization=_committee(people),
            year=year,
            checked_on=dt.date(year, 12, 16),
            inspectors="党委党务部门、纪检部门联合检查组",
            findings="抽查12个党支部的党费收缴登记和上缴情况，账实相符；3个支部收缴不够及时。",
            follow_up="收缴不及时的支部每月20日前收齐，党总支跟踪督促。",
        )
