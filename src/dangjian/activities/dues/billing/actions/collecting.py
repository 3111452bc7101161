"""Money that comes in: a treasurer receives it, or a bank or provider tells of it; ``reversing`` takes back what was a mistake.

Each payment is booked once: ``key`` names the business, and the same key again returns what was booked. Locks in the order of
``billing``: months, branch months, then the book, so that two treasurers wait for each other and never for ever.
"""

import datetime as dt
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from django.db import transaction
from django.urls import reverse

from dangjian.accounts.events import record, record_many
from dangjian.activities.dues import policy, rates
from dangjian.activities.dues.billing.actions import bill_sql, billing, own_money
from dangjian.activities.dues.billing.models import Bill, BranchMonth, Payment, PaymentLine, PaymentMethod
from dangjian.activities.dues.ledger.actions import posting
from dangjian.activities.dues.ledger.actions.posting import Draft, Line
from dangjian.activities.dues.ledger.models import Account, Book, EntryKind, JournalEntry
from dangjian.activities.dues.oversight.actions import arrears
from dangjian.activities.dues.payments.models import OrderState, PaymentOrder
from dangjian.engines.notifications.actions import notify
from dangjian.kernel import clock, money
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.rulebook import book as rulebook
from dangjian.members.models import Member
from dangjian.members.own import require_for
from dangjian.org.models import Organization
from dangjian.org.openings import at, register

BY_HAND = (PaymentMethod.CASH, PaymentMethod.TRANSFER)
"""How a treasurer may receive; what comes through a bank or provider is booked by ``take_in``."""
LONGEST_KEY = 64


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one member pays: 分 by number of the bill, whole months that may have no bill yet, and what they give freely."""

    member: Member
    bills: Mapping[int, int] = field(default_factory=dict)
    months: Sequence[dt.date] = ()
    extra_fen: int = 0
    payer_name: str = ""


@dataclass(frozen=True, slots=True)
class Business:
    """What all payments of one booking have in common.

    ``held_by`` is whose book the money comes into, ``group`` whose leader collected it.
    """

    actor: Actor
    held_by: Organization
    paid_on: dt.date
    method: str
    key: str
    note: str = ""
    provider: str = ""
    transaction_no: str = ""
    group: Organization | None = None


@dataclass(frozen=True, slots=True)
class SheetDay:
    """What a branch received on one day in one way: a part of its register of receipts."""

    paid_on: dt.date
    method: str
    rows: Sequence[Receipt]


@dataclass(frozen=True, slots=True)
class _Share:
    """One member's part of it: which bills it settles, and what is over."""

    member: Member
    organization: Organization
    bills: Mapping[Bill, int]
    extra_fen: int
    payer_name: str

    @property
    def dues_fen(self) -> int:
        return sum(self.bills.values())


@transaction.atomic
def receive(
    *,
    actor: Actor,
    organization: Organization,
    rows: Sequence[Receipt],
    paid_on: dt.date,
    method: str,
    key: str,
    note: str = "",
) -> list[Payment]:
    """A treasurer of the branch ``organization`` receives money of its members, all of them or none.

    A bill may be paid in part, never above what is left. ``note`` is needed for months further back than back-pay goes.
    Raises ``Conflict`` naming those of whom somebody else has received it meanwhile. Nobody receives their own dues. A member who
    was about to pay the same months online is told not to.
    """
    require_receiving(actor, organization, [row.member for row in rows])
    return take(Business(actor, organization, paid_on, method, key, note.strip()), rows)


def require_receiving(actor: Actor, organization: Organization, members: Iterable[Member]) -> None:
    """Raise unless the actor may receive money of these members for the branch, which nobody does of their own."""
    require_for(actor, "dues.collect", organization, members)


@transaction.atomic
def receive_sheet(
    *, actor: Actor, organization: Organization, days: Sequence[SheetDay], key: str, note: str = ""
) -> list[Payment]:
    """A treasurer enters the register of several days at once: as ``receive`` for each of them, all of them or none.

    Each day and way is an entry of its own, in the order of ``days``. The number of SQL statements does not grow with them.
    """
    require_receiving(actor, organization, [row.member for day in days for row in day.rows])
    parts = [
        (Business(actor, organization, day.paid_on, day.method, f"{key}-{place}" if key else "", note.strip()), day.rows)
        for place, day in enumerate(days, 1)
    ]
    if not parts:
        raise Invalid("登记簿中没有交费的党员。", how="请至少填写一名党员。")
    return _take(parts)


def take(business: Business, rows: Sequence[Receipt]) -> list[Payment]:
    """What ``receive`` does, for actions that have checked their own permission; ``business.held_by`` is the branch."""
    return _take([(business, rows)])


def _take(parts: Sequence[tuple[Business, Sequence[Receipt]]]) -> list[Payment]:
    """Check, hold and book what one branch received in one or several businesses of one actor."""
    actor, organization = parts[0][0].actor, parts[0][0].held_by
    rows = [row for _, some in parts for row in some]
    for business, some in parts:
        _check_head(organization, some, business.method, business.key)
        _check_day(business)
        own_money.require_collecting(organization, business.paid_on)
        for row in some:
            own_money.require_person(row.payer_name, business.note, business.paid_on)
    waiting = _held_orders(rows)
    book, known = hold_for(
        [business for business, _ in parts], [organization], [bill for row in rows for bill in row.bills], rows
    )
    if known is not None:
        return known
    # Of the branch that receives, and no other: what somebody named of another one is not found.
    with at(organization):
        bills = Bill.objects.select_related("organization").in_bulk(bill for row in rows for bill in row.bills)
        _check_open(rows, bills)
        shared, settled = [], set[int]()
        for business, some in parts:
            oldest = rates.collection_rules(business.paid_on).backpay_oldest(business.paid_on)
            shares = [_shared_out(row, organization, bills, business, oldest, settled) for row in some]
            credit([share.bills for share in shares], business.paid_on)
            settled |= {bill.pk for share in shares for bill in share.bills if not bill.left_fen}
            shared.append((business, shares))
    payments = _booked(book, shared)
    shares = [share for _, some in shared for share in some]
    _close_orders(actor, waiting, shares)
    arrears.follow_payments(actor=actor, member_ids=[share.member.pk for share in shares], organization_ids=[organization.pk])
    return payments


def _held_orders(rows: Sequence[Receipt]) -> list[PaymentOrder]:
    """Orders of these members that wait for their money, held before the months and the book as by whoever books arrivals."""
    waiting = register(PaymentOrder).filter(member__in=[row.member.pk for row in rows], state=OrderState.OPEN)
    return list(waiting.select_for_update(of=("self",)).select_related("organization").order_by("pk"))


def _check_open(rows: Sequence[Receipt], bills: Mapping[int, Bill]) -> None:
    paid = [row.member.name for row in rows if any(pk in bills and not bills[pk].left_fen for pk in row.bills)]
    if paid:
        raise Conflict(
            f"{'、'.join(paid)}的党费已经交清，可能是其他人刚刚登记过。这次没有登记任何人。",
            how="已去掉他们的勾选，请核对金额后重新登记。",
        )


def _close_orders(actor: Actor, waiting: Iterable[PaymentOrder], shares: Sequence[_Share]) -> None:
    """An order for a month that was just received by hand is closed, and its member asked not to transfer as well."""
    received: dict[int, set[str]] = {}
    for share in shares:
        received.setdefault(share.member.pk, set()).update(bill.month.isoformat() for bill in share.bills)
    members = {share.member.pk: share.member for share in shares}
    for order in waiting:
        months, member = received[order.member_id], members[order.member_id]
        if not months & set(order.months):
            continue
        order.state = OrderState.SETTLED
        with at(order.organization):
            order.save(update_fields=["state"])
        record(
            actor=actor,
            verb="dues.order_settled",
            summary=f"{member}的党费已另行收到，关闭待支付的{money.yuan(order.amount_fen)}元",
            organization=order.organization,
            member_id=member.pk,
            subject=order,
        )
        if member.user_id:
            notify(
                actor=actor,
                user_ids=[member.user_id],
                title=f"请不要再转账：党支部已收到您的党费（网上待支付的{money.yuan(order.amount_fen)}元已关闭）",
                body="如果您已经转了账，请告诉党支部：钱到账后由会计与您核对，退回或转作以后月份的党费。",
                url=reverse("dues:order", args=[order.pk]),
                topic="dues",
                organization=order.organization,
            )


def _check_head(organization: Organization, rows: Sequence[Receipt], method: str, key: str) -> None:
    if not organization.is_branch:
        raise Invalid("党费由党支部收缴，请选择党支部。")
    if not rows:
        raise Invalid("还没有选择交费的党员。", how="请至少勾选一名党员。")
    if len({row.member.pk for row in rows}) < len(rows):
        raise Invalid("同一名党员在一次登记中出现了两次。", how="请刷新页面后重新登记。")
    if method not in BY_HAND:
        raise Invalid("请选择收款方式：现金，或转给收款人后代交。", fields={"method": "请选择"})
    if not key or len(key) > LONGEST_KEY:
        raise Invalid("这次登记缺少编号。", how="请刷新页面后重新登记。")


def _check_day(business: Business) -> None:
    if business.paid_on > clock.today():
        raise Invalid("交纳日期不能晚于今天。", fields={"paid_on": "不能晚于今天"})


def hold_for(
    businesses: Sequence[Business],
    branches: Iterable[Organization],
    bill_ids: Sequence[int],
    rows: Sequence[Receipt],
    alone: Collection[dt.date] = (),
) -> tuple[Book, list[Payment] | None]:
    """The book, with everything held that the booking touches; and what was booked under these keys before, if it was.

    ``alone`` are months whose bills will be brought up to date. Held is whatever is named, wherever it stands; the caller judges.
    """
    paid = set(register(Bill).filter(pk__in=bill_ids).values_list("month", flat=True))
    ahead = sorted({policy.month_of(month) for row in rows for month in row.months})
    _check_ahead(ahead)
    billing.hold_months(shared=paid, alone=[*ahead, *alone])
    for month in ahead:
        asking = [row.member.pk for row in rows if month in map(policy.month_of, row.months)]
        billing.brought_up_to_date(actor=businesses[0].actor, month=month, members=asking, pays_now=True)
    bills = register(Bill).filter(pk__in=bill_ids)
    concerned = set(bills.values_list("organization_id", flat=True)) | {one.pk for one in branches}
    sums = register(BranchMonth).filter(organization__in=concerned, month__in={*paid, *ahead})
    list(sums.select_for_update(of=("self",)).order_by("month", "organization_id").values_list("pk"))
    book = posting.held_book(businesses[0].held_by)
    return book, _known(businesses)


def _check_ahead(months: Sequence[dt.date]) -> None:
    if not months:
        return
    latest = rates.collection_rules(clock.today()).prepay_latest(clock.today())
    if months[-1] > latest:
        raise Invalid(f"最多预交到{latest.year}年{latest.month}月。", fields={"months": "月份太远"})


def _known(businesses: Sequence[Business]) -> list[Payment] | None:
    keys = [entry_key(business.key) for business in businesses]
    entries = list(register(JournalEntry).filter(organization=businesses[0].held_by, key__in=keys).values_list("pk", flat=True))
    if not entries:
        return None
    return list(register(Payment).filter(postings__entry__in=entries).distinct().order_by("pk"))


def entry_key(key: str) -> str:
    """The key of the entry in the books for the business of this key."""
    return f"payment:{key}"


def _shared_out(
    row: Receipt, organization: Organization, bills: dict[int, Bill], business: Business, oldest: dt.date, before: set[int]
) -> _Share:
    """Which bills a row settles. ``bills`` are as the days ``before`` left them; those of months ahead come to them here."""
    chosen: dict[Bill, int] = {}
    for number, amount_fen in row.bills.items():
        bill = bills.get(number)
        if bill is None or bill.member_id != row.member.pk or bill.organization_id != organization.pk:
            raise Conflict(f"{row.member}的应交党费有变化，这次没有登记。", how="请刷新页面后重新登记。")
        chosen[bill] = amount_fen
    for month in row.months:
        own = Bill.objects.filter(member=row.member, month=policy.month_of(month), organization=organization)
        found = own.select_related("organization").first()
        if found is None:
            raise Conflict(
                f"{row.member}{month.year}年{month.month}月还没有核定应交党费，不能登记。",
                how="请先核定，再登记这个月的交纳。",
            )
        found = bills.setdefault(found.pk, found)
        if found not in chosen and found.left_fen:
            chosen[found] = found.left_fen
    for bill, amount_fen in chosen.items():
        _check_amount(row.member, bill, amount_fen, business, oldest)
    if row.extra_fen < 0 or (not chosen and not row.extra_fen):
        raise Invalid(f"{row.member}的金额必须大于0。", how="请勾选要交的月份，或填写自愿多交的金额。")
    settled = before | {bill.pk for bill, amount_fen in chosen.items() if amount_fen == bill.left_fen}
    own_money.require_more_than_owed(row.member, row.extra_fen, settled, business.note, business.paid_on)
    return _Share(row.member, organization, chosen, row.extra_fen, row.payer_name.strip()[:64])


def _check_amount(member: Member, bill: Bill, amount_fen: int, business: Business, oldest: dt.date) -> None:
    if not bill.left_fen:
        raise Conflict(f"{member}{bill}已经交清，这次没有登记。", how="可能是其他人刚刚登记过，请刷新页面核对。")
    if amount_fen <= 0:
        raise Invalid(f"{member}{bill}的金额必须大于0。")
    if amount_fen > bill.left_fen:
        raise Invalid(
            f"{member}{bill}只需再交{money.yuan(bill.left_fen)}元，填写的是{money.yuan(amount_fen)}元。",
            how="多交的部分请填在“自愿多交”。",
        )
    if bill.month < oldest and not business.note:
        raise Invalid(
            f"{member}{bill}已经超过补交期限（一般可以补交到{oldest.year}年{oldest.month}月）。",
            how="确需补交的，请写明原因。",
            citation=rulebook().on("dues.backpay_max", business.paid_on).citation,
            fields={"note": "请写明补交原因"},
        )


@transaction.atomic
def take_in(
    *,
    actor: Actor,
    member: Member,
    amount_fen: int,
    paid_on: dt.date,
    method: str,
    held_by: Organization,
    key: str,
    months: Sequence[dt.date] = (),
    bill_ids: Sequence[int] = (),
    extra_fen: int = 0,
    provider: str = "",
    transaction_no: str = "",
    payer_name: str = "",
    note: str = "",
) -> Payment:
    """Book money that is there already, in the account of ``held_by``: told by a bank statement or a provider.

    It settles the bills of ``months`` and ``bill_ids`` first, then whatever else the member owes, oldest first; what is over is
    given freely, beside ``extra_fen``. Months ahead get their bill. The caller has checked who may do it.
    """
    if amount_fen <= 0 or not 0 <= extra_fen <= amount_fen:
        raise Invalid("到账金额必须大于0，自愿多交不能超过到账金额。")
    business = Business(actor, held_by, paid_on, method, key, note, provider, transaction_no)
    _check_day(business)
    # What the member owes, in whichever branches it arose.
    own = register(Bill).filter(member=member).select_related("organization")
    named = own.filter(pk__in=bill_ids) | own.filter(month__in=list(months))
    there = dict((named | own.unsettled()).values_list("pk", "month"))
    book, known = hold_for([business], [], list(there), [Receipt(member, months=_without_bill(months, there.values()))])
    if known is not None:
        return known[0]
    bills = _first_named((own.filter(pk__in=there) | named).distinct(), set(named.values_list("pk", flat=True)))
    share = _spread(member, bills, amount_fen, extra_fen, payer_name)
    credit([share.bills], paid_on)
    [payment] = _booked(book, [(business, [share])])
    branches = {bill.organization_id for bill in bills}
    arrears.follow_payments(actor=actor, member_ids=[member.pk], organization_ids=branches)
    return payment


def _without_bill(months: Iterable[dt.date], known: Iterable[dt.date]) -> list[dt.date]:
    """The months that get their bill only now, as far ahead as may be paid."""
    latest, there = rates.collection_rules(clock.today()).prepay_latest(clock.today()), set(known)
    return [month for month in map(policy.month_of, months) if month not in there and month <= latest]


def _first_named(bills: Iterable[Bill], named: Container[int]) -> list[Bill]:
    return sorted(bills, key=lambda bill: (bill.pk not in named, bill.month))


def _spread(member: Member, bills: Iterable[Bill], amount_fen: int, extra_fen: int, payer_name: str) -> _Share:
    left, chosen = amount_fen - extra_fen, {}
    for bill in bills:
        part = min(left, bill.left_fen)
        if part:
            chosen[bill] = part
            left -= part
    return _Share(member, member.branch, chosen, extra_fen + left, payer_name[:64])


def _booked(book: Book, parts: Sequence[tuple[Business, Sequence[_Share]]]) -> list[Payment]:
    """Write payments, lines, bills, an entry for each business, and the events. Everything is checked, held and credited."""
    shares = [share for _, some in parts for share in some]
    # The branches that the money was paid to, and those of the bills that it settles.
    with at(*(share.organization for share in shares), *(bill.organization for share in shares for bill in share.bills)):
        numbered = enumerate(parts, book.last_number + 1)
        new = [payment for number, (business, some) in numbered for payment in _payments(business, number, some)]
        payments: list[Payment] = Payment.objects.bulk_create(new)
        settle(payments, [share.bills for share in shares])
    left = iter(zip(payments, shares, strict=True))
    posting.post_many(
        actor=parts[0][0].actor,
        organization=book.organization,
        drafts=[_draft(business, book.money_account, list(islice(left, len(some)))) for business, some in parts],
    )
    record_many(
        [
            {
                "actor": parts[0][0].actor,
                "verb": "dues.received",
                "summary": f"收到{share.member}党费{money.yuan(payment.amount_fen)}元",
                "organization": share.organization,
                "member_id": share.member.pk,
                "subject": payment,
            }
            for payment, share in zip(payments, shares, strict=True)
        ]
    )
    return payments


def _draft(business: Business, account: Account, received: Sequence[tuple[Payment, _Share]]) -> Draft:
    return Draft(
        kind=EntryKind.RECEIVED,
        booked_on=business.paid_on,
        summary=_summary([share for _, share in received]),
        key=entry_key(business.key),
        lines=[line for payment, share in received for line in lines_of(payment, account, share.dues_fen, share.extra_fen)],
    )


def _payments(business: Business, number: int, shares: Sequence[_Share]) -> list[Payment]:
    return [
        Payment(
            organization=share.organization,
            held_by=business.held_by,
            member=share.member,
            paid_on=business.paid_on,
            method=business.method,
            amount_fen=share.dues_fen + share.extra_fen,
            extra_fen=share.extra_fen,
            payer_name=share.payer_name,
            provider=business.provider,
            transaction_no=business.transaction_no,
            receipt_no=receipt_number(business.held_by, number, place),
            note=business.note[:200],
            group=business.group,
            recorded_by_id=business.actor.user_id,
            recorded_at=clock.now(),
        )
        for place, share in enumerate(shares, 1)
    ]


def receipt_number(held_by: Organization, number: int, place: int) -> str:
    """The number on a receipt: year, book, entry and place in the entry; no two payments share one."""
    return f"{clock.today().year}{held_by.pk:05d}-{number:05d}-{place:02d}"


def credit(parts: Iterable[Mapping[Bill, int]], day: dt.date) -> None:
    """Carry what was paid on ``day`` into the bills, which are held; ``settle`` writes them."""
    for bills in parts:
        for bill, amount_fen in bills.items():
            bill.paid_fen += amount_fen
            bill.settled_on = None if bill.left_fen else (bill.settled_on or day)


def settle(payments: Sequence[Payment], parts: Sequence[Mapping[Bill, int]]) -> None:
    """Write the lines, the bills that were credited, and the sums of their branches' months."""
    lines = [
        PaymentLine(payment=payment, bill=bill, amount_fen=amount_fen)
        for payment, bills in zip(payments, parts, strict=True)
        for bill, amount_fen in bills.items()
    ]
    if not lines:
        return
    PaymentLine.objects.bulk_create(lines)
    bills = list(dict.fromkeys(line.bill for line in lines))
    bill_sql.carry(bills)
    billing.add_up(bills)


def lines_of(payment: Payment, account: Account, dues_fen: int, extra_fen: int) -> list[Line]:
    """How a payment stands in the books: dues, and what was given beyond them, in fen."""
    is_large = extra_fen > 0 and rates.collection_rules(payment.paid_on).is_large(extra_fen)
    extra = Account.LARGE if is_large else Account.EXTRA
    pairs = ((Account.DUES, dues_fen), (extra, extra_fen))
    return [Line(account, credit, amount_fen, payment) for credit, amount_fen in pairs if amount_fen]


def _summary(shares: Sequence[_Share]) -> str:
    months = sorted({bill.month for share in shares for bill in share.bills})
    span = ""
    if months:
        span = f"{months[0].year}年{months[0].month}月" + (f"至{months[-1].year}年{months[-1].month}月" if months[1:] else "")
    who = f"{shares[0].member}" if len(shares) == 1 else f"{len(shares)}人"
    return f"收缴{span}党费：{who}"
