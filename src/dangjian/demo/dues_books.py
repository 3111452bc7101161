"""The books of the reference enterprise: what branches received and passed up, what the committee spent, checked and told."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random

from django.utils import timezone

from dangjian.activities.dues import rates
from dangjian.activities.dues.ledger.queries import books, publications
from dangjian.activities.dues.models import (
    Account,
    Book,
    BookKind,
    EntryKind,
    Inspection,
    JournalEntry,
    Payment,
    PaymentLine,
    Posting,
    Publication,
    Reconciliation,
    RemittanceLevel,
    RemittancePeriod,
    RemittanceTerm,
    Spending,
    SpendingState,
    Transfer,
    TransferKind,
    TransferState,
)
from dangjian.activities.dues.policy import last_day
from dangjian.demo.treasuries import Treasury
from dangjian.kernel import clock
from dangjian.org.models import Organization

CHUNK = 2000
OUTSIDE = "中共虚构星河控股集团有限公司委员会"
SHARE_OF_OUTSIDE = 5000
"""Hundredths of a per cent of the dues that go to the superior outside."""
SENDS = {"exemplary": (3, 6), "merged": (3, 4), "good": (4, 9), "late": (9, 18), "poor": (12, 20)}
"""So many days after a month a branch passes on what it received."""
ALLOCATED_FEN = 3000_00
TELLING = {"exemplary", "good"}
USES: tuple[tuple[int, Account, int, str, str], ...] = (
    (2, Account.USE_MATERIALS, 42_600_00, "订阅党报党刊", "虚构市邮政分公司"),
    (4, Account.USE_HARDSHIP, 36_000_00, "春节慰问生活困难党员", "生活困难党员24名"),
    (6, Account.USE_TRAINING, 86_400_00, "党支部书记和党务骨干培训班", "虚构市委党校"),
    (9, Account.USE_COMMENDATION, 58_000_00, "七一表彰先进党支部和优秀党员", "受表彰的党组织和党员"),
    (10, Account.USE_DISASTER, 20_000_00, "补助受暴雨影响的党员", "受灾党员10名"),
    (12, Account.USE_TRAINING, 31_200_00, "新党员集中培训", "虚构市委党校"),
)
"""Use of dues: how many months after the first, for what, how much, what, paid to whom."""


@dataclass
class Planned:
    """An entry to be written: its postings are (debit, credit, amount, payment, transfer)."""

    organization_id: int
    booked_on: dt.date
    kind: EntryKind
    summary: str
    made_by: int | None
    lines: list[tuple[Account, Account, int, Payment | None, Transfer | None]]
    row: JournalEntry = field(default_factory=JournalEntry)


def write(
    *, random: Random, treasury: Treasury, payments: list[tuple[Payment, list[tuple[int, int]]]], months: list[dt.date]
) -> None:
    """Write the payments with their entries, and everything that became of the money, in bulk."""
    _open(treasury, months)
    plans = [*_received(payments)]
    transfers, moved = _passed_up(random, treasury, payments, months)
    plans += moved
    spendings, used = _spent(treasury, months)
    plans += [*used, *_interest(random, treasury, months)]
    given = _allocated(treasury, months)
    if given.sent_on is not None:
        transfers.append(given)
        plans += _moved(treasury, given, treasury.cashier.user_id)
    _number(plans)
    for plan in plans:
        for place, line in enumerate(plan.lines, 1):
            if plan.kind == EntryKind.RECEIVED and line[3] is not None and not line[3].receipt_no:
                line[3].receipt_no = f"{plan.booked_on.year}{plan.organization_id:05d}-{plan.row.number:05d}-{place:02d}"
    Payment.objects.bulk_create([payment for payment, _ in payments], batch_size=CHUNK)
    PaymentLine.objects.bulk_create(
        [PaymentLine(payment=payment, bill_id=bill, amount_fen=fen) for payment, bills in payments for bill, fen in bills],
        batch_size=CHUNK,
    )
    JournalEntry.objects.bulk_create([plan.row for plan in plans], batch_size=CHUNK)
    Transfer.objects.bulk_create(transfers, batch_size=CHUNK)
    Spending.objects.bulk_create(spendings)
    _post(plans)


def finish(*, treasury: Treasury, months: list[dt.date]) -> None:
    """What rests on the sums of the branches: months looked over, last year told and checked."""
    _close_months(treasury, months)
    _tell(treasury, months)


def _post(plans: list[Planned]) -> None:
    Posting.objects.bulk_create(
        [
            Posting(entry=plan.row, debit=debit, credit=credit, amount_fen=fen, payment=payment, transfer=transfer)
            for plan in plans
            for debit, credit, fen, payment, transfer in plan.lines
        ],
        batch_size=CHUNK,
    )


def _open(treasury: Treasury, months: list[dt.date]) -> None:
    """The committee's account at a bank, and the terms: all of a branch's dues monthly, half of them on to the superior."""
    committee = treasury.enterprise.committee
    Book.objects.create(
        organization=committee,
        kind=BookKind.BANK,
        bank="icbc",
        branch_name="虚构市星河支行",
        account_name=f"{committee.name}党费专户",
        account_number=f"99{committee.pk:014d}",
        accountant=treasury.accountant.user,
        cashier=treasury.cashier.user,
        opened_on=committee.established_on,
    )
    whole = {"ratio_percent_x100": 10000, "period": RemittancePeriod.MONTH, "due_days": 10}
    RemittanceTerm.objects.create(
        organization=committee, level=RemittanceLevel.BRANCH, from_month=months[0], document="星河党〔示范〕5号", **whole
    )
    if committee.parent_id is None:
        RemittanceTerm.objects.create(
            organization=committee,
            level=RemittanceLevel.OWN,
            superior_name=OUTSIDE,
            ratio_percent_x100=SHARE_OF_OUTSIDE,
            period=RemittancePeriod.QUARTER,
            due_days=20,
            from_month=months[0],
            document="虚构集团党组〔示范〕9号",
        )


def _received(payments: list[tuple[Payment, list[tuple[int, int]]]]) -> Iterator[Planned]:
    """One entry for each branch and day; the postings tell dues from what was given freely."""
    groups: dict[tuple[int, dt.date], list[Payment]] = {}
    for payment, _ in payments:
        groups.setdefault((payment.held_by_id, payment.paid_on), []).append(payment)
    for (branch, day), some in groups.items():
        lines: list[tuple[Account, Account, int, Payment | None, Transfer | None]] = []
        for payment in some:
            lines.append((Account.CASH, Account.DUES, payment.amount_fen - payment.extra_fen, payment, None))
            if payment.extra_fen:
                extra = Account.LARGE if _is_large(payment) else Account.EXTRA
                lines.append((Account.CASH, extra, payment.extra_fen, payment, None))
        yield Planned(branch, day, EntryKind.RECEIVED, f"收缴党费：{len(some)}人", some[0].recorded_by_id, lines)


def _is_large(payment: Payment) -> bool:
    return payment.extra_fen > 0 and rates.collection_rules(payment.paid_on).is_large(payment.extra_fen)


# Passing up


def _passed_up(
    random: Random, treasury: Treasury, payments: list[tuple[Payment, list[tuple[int, int]]]], months: list[dt.date]
) -> tuple[list[Transfer], list[Planned]]:
    """Remittances of every branch, those of the committee, and the steps of a large gift."""
    by_branch: dict[int, list[Payment]] = {}
    for payment, _ in payments:
        by_branch.setdefault(payment.held_by_id, []).append(payment)
    transfers: list[Transfer] = []
    plans: list[Planned] = []
    for branch in [branch for _, branch, _ in treasury.enterprise.branches] + _merged(treasury):
        own = by_branch.get(branch.pk, [])
        if own:
            Book.objects.create(organization=branch, kind=BookKind.CASH, opened_on=min(one.paid_on for one in own))
        for transfer in _of_branch(random, treasury, branch, own, months):
            plans += _moved(treasury, transfer, own[0].recorded_by_id)
            transfers.append(transfer)
        for payment in filter(_is_large, own):
            for transfer in _large(treasury, branch, payment):
                plans += _moved(treasury, transfer, payment.recorded_by_id)
                transfers.append(transfer)
    for transfer in _to_outside(treasury, payments, months):
        plans += _moved(treasury, transfer, treasury.cashier.user_id)
        transfers.append(transfer)
    return transfers, plans


def _merged(treasury: Treasury) -> list[Organization]:
    if treasury.enterprise.merged is None:
        return []
    branch = treasury.enterprise.merged[1]
    branch.refresh_from_db()
    return [branch]


def _of_branch(
    random: Random, treasury: Treasury, branch: Organization, own: list[Payment], months: list[dt.date]
) -> Iterator[Transfer]:
    """A month's receipts on to the committee; the poorer branches have not done it for the last month."""
    quality, today = treasury.quality[branch.pk], clock.today()
    counted = 0
    for month in months[:-1]:
        end = last_day(month)
        base = sum(_passes(one) for one in own if one.paid_on <= end) - counted
        if base <= 0:
            continue
        sent = end + dt.timedelta(days=random.randint(*SENDS[quality]))
        arrived = sent + dt.timedelta(days=random.randint(0, 2))
        if branch.dissolved_on is not None:
            sent = arrived = min(sent, branch.dissolved_on)
        if month == months[-2] and quality in {"late", "poor"}:
            return
        counted += base
        waits = month == months[-2] and quality == "good" and random.random() < 0.1
        yield _transfer(
            branch,
            treasury.enterprise.committee,
            (month, end, base, 10000, 10),
            sent if sent < today else None,
            arrived if arrived < today and not waits else None,
        )


def _passes(payment: Payment) -> int:
    return payment.amount_fen - (payment.extra_fen if _is_large(payment) else 0)


def _transfer(
    organization: Organization,
    superior: Organization | None,
    about: tuple[dt.date, dt.date, int, int, int],
    sent_on: dt.date | None,
    received_on: dt.date | None,
) -> Transfer:
    start, end, base, ratio, days = about
    due = (base * ratio + 5000) // 10000
    state = TransferState.DUE if sent_on is None else TransferState.SENT if received_on is None else TransferState.RECEIVED
    return Transfer(
        organization=organization,
        superior=superior,
        superior_name=superior.name if superior else OUTSIDE,
        kind=TransferKind.UP,
        period_start=start,
        period_end=end,
        base_fen=base,
        ratio_percent_x100=ratio,
        due_fen=due,
        amount_fen=due if sent_on else 0,
        due_on=end + dt.timedelta(days=days),
        state=state,
        sent_on=sent_on,
        received_on=received_on,
        made_at=min(_at(end + dt.timedelta(days=1)), clock.now()),
    )


def _to_outside(
    treasury: Treasury, payments: list[tuple[Payment, list[tuple[int, int]]]], months: list[dt.date]
) -> Iterator[Transfer]:
    """Each quarter's half to the superior outside; its receipt came some days later."""
    committee, today = treasury.enterprise.committee, clock.today()
    if committee.parent_id is not None:
        return
    counted = 0
    for month in months[:-1]:
        end = last_day(month)
        sent = end + dt.timedelta(days=16)
        if month.month % 3 or sent >= today:
            continue
        base = sum(_passes(one) for one, _ in payments if one.paid_on <= end) - counted
        counted += base
        start = max(month.replace(month=month.month - 2), months[0])
        received = sent + dt.timedelta(days=3)
        made = _transfer(committee, None, (start, end, base, SHARE_OF_OUTSIDE, 20), sent, received if received < today else None)
        made.receipt = f"虚构党费收字{end:%Y%m}号" if made.received_on else ""
        yield made


def _large(treasury: Treasury, branch: Organization, payment: Payment) -> Iterator[Transfer]:
    """A large gift on its way: branch, committee, and from there to the superior outside."""
    steps = ((branch, treasury.enterprise.committee), (treasury.enterprise.committee, None))
    day = payment.paid_on
    for organization, superior in steps:
        day += dt.timedelta(days=5)
        if day + dt.timedelta(days=2) >= clock.today():
            return
        yield Transfer(
            organization=organization,
            superior=superior,
            superior_name=superior.name if superior else OUTSIDE,
            kind=TransferKind.LARGE,
            base_fen=payment.extra_fen,
            due_fen=payment.extra_fen,
            amount_fen=payment.extra_fen,
            due_on=day + dt.timedelta(days=10),
            payment=payment,
            state=TransferState.RECEIVED,
            sent_on=day,
            received_on=day + dt.timedelta(days=2),
            receipt="" if superior else f"虚构大额党费收据{payment.paid_on:%Y%m%d}号",
            made_at=_at(day),
        )
        day += dt.timedelta(days=2)


OUT = {
    TransferKind.UP: (EntryKind.PASSED_UP, Account.PASSED_UP, "上缴"),
    TransferKind.DOWN: (EntryKind.ALLOCATED_DOWN, Account.ALLOCATED_DOWN, "下拨"),
    TransferKind.LARGE: (EntryKind.LARGE_PASSED, Account.LARGE, "转交大额党费"),
}
IN = {
    TransferKind.UP: (EntryKind.FROM_BELOW, Account.FROM_BELOW, "收到上缴"),
    TransferKind.DOWN: (EntryKind.ALLOCATED_IN, Account.ALLOCATED_IN, "收到下拨"),
    TransferKind.LARGE: (EntryKind.LARGE_RECEIVED, Account.LARGE, "收到大额党费"),
}


def _moved(treasury: Treasury, transfer: Transfer, by: int | None) -> Iterator[Planned]:
    """The entries of a transfer: out of one book, into the other if that is on the platform. ``by`` acts for the lower one."""
    kind = TransferKind(transfer.kind)
    lower, upper = transfer.organization, transfer.superior
    sender, receiver = (upper, lower) if kind == TransferKind.DOWN else (lower, upper)
    if transfer.sent_on is not None and sender is not None:
        plan = _step(treasury, transfer, sender, OUT[kind], transfer.sent_on, by)
        transfer.sent_entry = plan.row
        yield plan
    if transfer.received_on is not None and receiver is not None:
        plan = _step(treasury, transfer, receiver, IN[kind], transfer.received_on, by)
        transfer.received_entry = plan.row
        yield plan


def _step(
    treasury: Treasury,
    transfer: Transfer,
    organization: Organization,
    booked: tuple[EntryKind, Account, str],
    day: dt.date,
    by: int | None,
) -> Planned:
    kind, account, word = booked
    held = Account.CASH if organization.is_branch else Account.BANK
    other = transfer.superior_name if organization.pk == transfer.organization_id else transfer.organization.short_name
    leaves = booked in OUT.values()
    debit, credit = (account, held) if leaves else (held, account)
    return Planned(
        organization.pk,
        day,
        kind,
        f"{word}{_about(transfer)}（{other}）",
        by if organization.is_branch else treasury.cashier.user_id,
        [(debit, credit, transfer.amount_fen, transfer.payment, transfer)],
    )


def _about(transfer: Transfer) -> str:
    if transfer.period:
        return f"{transfer.period}党费"
    return f"：{transfer.purpose}" if transfer.purpose else ""


# Use, interest, the end of months, publication


def _spent(treasury: Treasury, months: list[dt.date]) -> tuple[list[Spending], list[Planned]]:
    committee = treasury.enterprise.committee
    spendings, plans = [], []
    for place, purpose, fen, title, payee in USES:
        paid_on = months[place] + dt.timedelta(days=19)
        if paid_on >= clock.today():
            continue
        text = f"{purpose.label}：{title}（{payee}）"
        plan = Planned(
            committee.pk, paid_on, EntryKind.USED, text, treasury.cashier.user_id, [(purpose, Account.BANK, fen, None, None)]
        )
        decided = months[place] + dt.timedelta(days=5)
        plans.append(plan)
        spendings.append(
            Spending(
                organization=committee,
                purpose=purpose,
                amount_fen=fen,
                title=title,
                payee=payee,
                decided_on=decided,
                decision=f"{decided.year}年{decided.month}月党委会会议",
                state=SpendingState.PAID,
                prepared_by=treasury.accountant.user,
                prepared_at=_at(decided + dt.timedelta(days=6)),
                paid_by=treasury.cashier.user,
                paid_on=paid_on,
                entry=plan.row,
            )
        )
    return spendings, plans


def _allocated(treasury: Treasury, months: list[dt.date]) -> Transfer:
    """Money for one purpose down to the first branch."""
    committee, branch = treasury.enterprise.committee, treasury.enterprise.branches[0][1]
    decided = months[-4] + dt.timedelta(days=5)
    sent = months[-4] + dt.timedelta(days=17)
    return Transfer(
        organization=branch,
        superior=committee,
        superior_name=committee.name,
        kind=TransferKind.DOWN,
        due_fen=ALLOCATED_FEN,
        amount_fen=ALLOCATED_FEN,
        use=Account.USE_MATERIALS,
        purpose="购置党员活动室学习资料",
        decided_on=decided,
        decision=f"{decided.year}年{decided.month}月党委会会议",
        prepared_by=treasury.accountant.user,
        state=TransferState.RECEIVED,
        sent_on=sent,
        received_on=sent + dt.timedelta(days=1),
        made_at=_at(decided),
    )


def _interest(random: Random, treasury: Treasury, months: list[dt.date]) -> Iterator[Planned]:
    for month in months[1:]:
        day = month.replace(day=21)
        if month.month % 3 == 0 and day < clock.today():
            fen = random.randint(90_00, 260_00)
            yield Planned(
                treasury.enterprise.committee.pk,
                day,
                EntryKind.INTEREST,
                "党费专户利息",
                treasury.accountant.user_id,
                [(Account.BANK, Account.INTEREST, fen, None, None)],
            )


def _number(plans: Iterable[Planned]) -> None:
    """Give the entries of each book their numbers by day, and the book its last one."""
    last: dict[int, int] = {}
    for plan in sorted(plans, key=lambda one: (one.booked_on, one.kind != EntryKind.RECEIVED)):
        number = last[plan.organization_id] = last.get(plan.organization_id, 0) + 1
        row = plan.row
        row.organization_id, row.number, row.kind, row.booked_on = plan.organization_id, number, plan.kind, plan.booked_on
        row.summary, row.key, row.made_by_id = plan.summary[:200], f"opening:{number}", plan.made_by
        row.made_at = _at(plan.booked_on)
    for book in (rows := list(Book.objects.filter(organization__in=last))):
        book.last_number = last[book.organization_id]
    Book.objects.bulk_update(rows, ["last_number"])


def _close_months(treasury: Treasury, months: list[dt.date]) -> None:
    """The committee's months are counted and looked over, up to the one before the last."""
    committee = treasury.enterprise.committee
    rows = []
    for month in months[:-2]:
        stands = books.balance(committee, last_day(month))
        after = _at(last_day(month) + dt.timedelta(days=4))
        rows.append(
            Reconciliation(
                organization=committee,
                month=month,
                book_cash_fen=stands.cash,
                book_bank_fen=stands.bank,
                counted_cash_fen=stands.cash,
                counted_bank_fen=stands.bank,
                counted_by=treasury.cashier.user,
                counted_at=after,
                checked_by=treasury.accountant.user,
                checked_at=after + dt.timedelta(days=1),
            )
        )
    Reconciliation.objects.bulk_create(rows)


def _tell(treasury: Treasury, months: list[dt.date]) -> None:
    """The better branches and the committee told their members in January about the year before; its work was checked."""
    today = clock.today()
    year = today.year - (1 if today > dt.date(today.year, 1, 20) else 2)
    if not any(month.year == year for month in months):
        return
    committee = treasury.enterprise.committee
    told = [committee, *(branch for plan, branch, _ in treasury.enterprise.branches if plan.quality in TELLING)]
    Publication.objects.bulk_create(
        [
            Publication(
                organization=organization,
                year=year,
                figures=publications.figures(organization, year),
                note="以上情况如有疑问，请向党支部反映。",
                published_on=dt.date(year + 1, 1, 20),
                published_by=treasury.accountant.user if organization is committee else None,
            )
            for organization in told
        ]
    )
    Inspection.objects.create(
        organization=committee,
        year=year,
        checked_on=dt.date(year, 12, 16),
        inspectors="党委党务部门、纪检部门联合检查组",
        findings="抽查12个党支部的党费收缴登记和上缴情况，账实相符；3个支部收缴不够及时。",
        follow_up="收缴不及时的支部每月20日前收齐，党总支跟踪督促。",
        recorded_by=treasury.accountant.user,
        recorded_at=_at(dt.date(year, 12, 18)),
    )


def _at(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime(day.year, day.month, day.day, 10))  # noqa: DTZ001 - made aware here
