"""Money between two levels: sent from one book and received in another; large gifts; allocations. What is due: ``passing_up``.

A sum that has been sent is in neither book until the other side confirms it. What was sent or confirmed by mistake is taken back
by the opposite entry, and the transfer stands again where it stood before.
"""

import datetime as dt
from functools import partial

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.activities.dues.billing.models import Payment
from dangjian.activities.dues.ledger.actions import taking
from dangjian.activities.dues.ledger.actions.passing_up import large_row
from dangjian.activities.dues.ledger.actions.posting import Line, post, reverse
from dangjian.activities.dues.ledger.actions.separation import (
    book_of,
    cited,
    last_step,
    require_accountant,
    require_both_named,
    require_cancelling,
    require_cashier,
    require_receiving,
    require_sending,
    require_taking_back,
)
from dangjian.activities.dues.ledger.models import (
    USES,
    Account,
    Book,
    EntryKind,
    JournalEntry,
    Posting,
    Transfer,
    TransferKind,
    TransferState,
)
from dangjian.activities.dues.ledger.queries import books, remittances
from dangjian.engines.duties.actions import refresh
from dangjian.kernel import clock, money
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.ui.words import day as written_day
from dangjian.org.models import Organization
from dangjian.org.openings import at, inside, locked, register

_OUT = {
    TransferKind.UP: (EntryKind.PASSED_UP, Account.PASSED_UP, "上缴"),
    TransferKind.DOWN: (EntryKind.ALLOCATED_DOWN, Account.ALLOCATED_DOWN, "下拨"),
    TransferKind.LARGE: (EntryKind.LARGE_PASSED, Account.LARGE, "转交大额党费"),
}
_IN = {
    TransferKind.UP: (EntryKind.FROM_BELOW, Account.FROM_BELOW, "收到上缴"),
    TransferKind.DOWN: (EntryKind.ALLOCATED_IN, Account.ALLOCATED_IN, "收到下拨"),
    TransferKind.LARGE: (EntryKind.LARGE_RECEIVED, Account.LARGE, "收到大额党费"),
}

WITH_SIDES = ("organization", "superior", "sent_entry__organization", "received_entry__organization", "payment")
"""What is read with a transfer to judge who may take its next step."""


@transaction.atomic
def pass_large_on(*, actor: Actor, organization: Organization, payment: Payment, sent_on: dt.date) -> Transfer:
    """Pass a large gift on to the next level, wholly. Raises ``Conflict`` if it is not in this book or has left it."""
    # The step of a gift belongs to the organisation that holds it.
    with at(organization):
        row = Transfer.objects.filter(organization=organization, payment=payment, kind=TransferKind.LARGE)
        found = row.exclude(state=TransferState.CANCELLED).first()
        if found is None:
            gift = next(
                (g for g in remittances.gifts_held() if g.organization.pk == organization.pk and g.payment_id == payment.pk), None
            )
            if gift is None:
                raise Conflict("这笔大额党费不在本组织的账上。")
            require_cashier(actor, book_of(organization))
            found = large_row(gift, clock.today())
            found.save()
    return send(actor=actor, transfer=found, sent_on=sent_on)


@transaction.atomic
def send(*, actor: Actor, transfer: Transfer, sent_on: dt.date, in_cash: bool = False) -> Transfer:
    """The money leaves the book of the sender: the lower organisation, for an allocation the upper one.

    Sent by the cashier (for a branch: whoever collects). ``in_cash`` pays out of the cash that a committee holds.
    """
    transfer = locked(transfer, *WITH_SIDES, check=partial(require_sending, actor))
    sender = transfer.sender
    amount = transfer.amount_fen or transfer.due_fen
    account = Account.CASH if in_cash else book_of(sender).money_account
    taking.require_money(sender, account, amount, sent_on)
    if transfer.kind != TransferKind.LARGE:
        is_reserved = transfer.kind == TransferKind.DOWN or transfer.opening_id is not None
        taking.require_free(sender, amount, own_reservation_fen=amount if is_reserved else 0)
    kind, debit, word = _OUT[TransferKind(transfer.kind)]
    other = transfer.organization if sender != transfer.organization else transfer.superior_name
    entry = _post(actor, sender, transfer, "sent", kind, sent_on, f"{word}{_about(transfer)}（{other}）", debit, account, amount)
    transfer.amount_fen, transfer.state, transfer.sent_on, transfer.sent_entry = amount, TransferState.SENT, sent_on, entry
    _save(transfer)
    _record(actor, "dues.sent", transfer, f"{sender}{word}{money.yuan(amount)}元，待确认到账", sender)
    _settle(actor, transfer)
    return transfer


@transaction.atomic
def confirm_receipt(
    *, actor: Actor, transfer: Transfer, received_on: dt.date, in_cash: bool = False, receipt: str = ""
) -> Transfer:
    """The money has arrived: the cashier of the receiving book says so. Not the person who sent it.

    For a superior that is not on this platform the sender records its ``receipt`` number, which ends the transfer.
    """
    transfer = locked(transfer, *WITH_SIDES, check=partial(require_receiving, actor))
    if transfer.sent_on and not transfer.sent_on <= received_on <= clock.today():
        raise Invalid("到账日期应在转出日期和今天之间。", fields={"received_on": f"转出日期是{written_day(transfer.sent_on)}"})
    receiver = transfer.receiver
    if receiver is None:
        return _record_receipt(actor, transfer, received_on, receipt)
    book = _receiving_book(receiver)
    kind, credit, word = _IN[TransferKind(transfer.kind)]
    account = Account.CASH if in_cash else book.money_account
    other = transfer.superior_name if transfer.kind == TransferKind.DOWN else transfer.organization
    entry = _post(
        actor,
        receiver,
        transfer,
        "received",
        kind,
        received_on,
        f"{word}{_about(transfer)}（{other}）",
        account,
        credit,
        transfer.amount_fen,
    )
    transfer.state, transfer.received_on, transfer.received_entry = TransferState.RECEIVED, received_on, entry
    transfer.receipt = receipt.strip() or f"{entry.number}"
    _save(transfer)
    if transfer.kind == TransferKind.LARGE and transfer.payment_id:
        _save(large_row(remittances.Gift(receiver, transfer.payment_id, transfer.amount_fen), clock.today()))
    _record(actor, "dues.received", transfer, f"{receiver}{word}{money.yuan(transfer.amount_fen)}元", receiver)
    return transfer


def _receiving_book(receiver: Organization) -> Book:
    """A branch that has never collected gets its cash book with the first allocation."""
    if receiver.is_branch:
        with at(receiver):
            Book.objects.get_or_create(organization=receiver, defaults={"kind": "cash", "opened_on": clock.today()})
    return book_of(receiver)


def _record_receipt(actor: Actor, transfer: Transfer, received_on: dt.date, receipt: str) -> Transfer:
    if not receipt.strip():
        raise Invalid("请填写上级开具的收据号。", fields={"receipt": "必须填写"})
    transfer.state, transfer.received_on, transfer.receipt = TransferState.RECEIVED, received_on, receipt.strip()
    _save(transfer)
    _record(actor, "dues.receipt_recorded", transfer, f"登记上级收据{transfer.receipt}", transfer.organization)
    return transfer


@transaction.atomic
def receive_from_outside(
    *,
    actor: Actor,
    organization: Organization,
    superior_name: str,
    amount_fen: int,
    use: str,
    purpose: str,
    received_on: dt.date,
    receipt: str = "",
) -> Transfer:
    """An allocation has come from a superior that is not on this platform."""
    book = book_of(organization)
    require_cashier(actor, book)
    if books.superior_of(organization) is not None:
        raise Conflict("上级党委就在平台上。", how="上级下拨后，请在“上缴下拨”中确认到账。")
    _check_use(use)
    if not superior_name.strip():
        raise Invalid("请填写下拨的上级党组织。", fields={"superior_name": "必须填写"})
    made = Transfer(
        organization=organization,
        superior_name=superior_name.strip(),
        kind=TransferKind.DOWN,
        use=use,
        purpose=purpose.strip(),
        amount_fen=amount_fen,
        due_fen=amount_fen,
        state=TransferState.RECEIVED,
        received_on=received_on,
        receipt=receipt.strip(),
    )
    _save(made)
    made.received_entry = _post(
        actor,
        organization,
        made,
        "received",
        EntryKind.ALLOCATED_IN,
        received_on,
        f"收到上级下拨（{made.superior_name}）{made.purpose}",
        book.money_account,
        Account.ALLOCATED_IN,
        amount_fen,
    )
    _save(made)
    _record(actor, "dues.received", made, f"收到{made.superior_name}下拨{money.yuan(amount_fen)}元", organization)
    return made


@transaction.atomic
def allocate(
    *,
    actor: Actor,
    superior: Organization,
    organization: Organization,
    amount_fen: int,
    purpose: str,
    decided_on: dt.date,
    decision: str,
    use: str = "",
    decision_url: str = "",
    earmark: Transfer | None = None,
) -> Transfer:
    """The accountant prepares an allocation to one level below, after the collective decision; the cashier sends it.

    ``use`` (one of the five, or ``""`` for work of the lower organisation within them) and ``purpose`` bind it; ``earmark``
    passes on an allocation from above.
    """
    book = book_of(superior)
    require_accountant(actor, book)
    require_both_named(book)
    with inside(superior):
        is_below = books.directly_below(superior).filter(pk=organization.pk).exists()
    if not is_below:
        raise Invalid(
            "只能下拨给直接的下级党组织。",
            how="请选择本级直接管理的党支部或者下级党委。",
            fields={"organization": "不是直接下级"},
            citation=cited("dues.use.request"),
        )
    if use:
        _check_use(use)
    check_decision(decided_on, decision)
    if not purpose.strip():
        raise Invalid("请写明下拨的用途。", fields={"purpose": "必须填写"}, citation=cited("dues.use.request"))
    taking.require_money(superior, book.money_account, amount_fen, clock.today())
    if earmark is not None:
        taking.require_earmark(earmark, superior, use, amount_fen)
    else:
        taking.require_free(superior, amount_fen)
    made = Transfer(
        organization=organization,
        superior=superior,
        superior_name=superior.name,
        kind=TransferKind.DOWN,
        amount_fen=amount_fen,
        due_fen=amount_fen,
        use=use,
        purpose=purpose.strip(),
        earmark=earmark,
        decided_on=decided_on,
        decision=decision.strip(),
        decision_url=decision_url,
        prepared_by_id=actor.user_id,
    )
    _save(made)
    _record(actor, "dues.allocation_prepared", made, f"拟下拨{organization}{money.yuan(amount_fen)}元：{made.purpose}", superior)
    return made


def _check_use(use: str) -> None:
    if use not in USES:
        raise Invalid("党费只能用于规定的五个方面。", fields={"use": "请从列表中选择"}, citation=cited("dues.use.scope"))


def check_decision(decided_on: dt.date, decision: str) -> None:
    """Raise ``Invalid`` unless a collective decision is named, of a day that has come."""
    if not decision.strip():
        raise Invalid("请写明集体研究决定的会议。", fields={"decision": "必须填写"}, citation=cited("dues.use.decision"))
    if decided_on > clock.today():
        raise Invalid("集体研究日期不能晚于今天。", fields={"decided_on": "不能晚于今天"})


@transaction.atomic
def cancel(*, actor: Actor, transfer: Transfer, reason: str) -> Transfer:
    """Give up a transfer that has not left: an allocation prepared, or a remittance that the superior no longer asks."""
    transfer = locked(transfer, *WITH_SIDES, check=partial(require_cancelling, actor))
    if not reason.strip():
        raise Invalid("请写明取消的原因。", fields={"reason": "必须填写"})
    transfer.state = TransferState.CANCELLED
    _save(transfer)
    where = transfer.superior or transfer.organization
    _record(actor, "dues.transfer_cancelled", transfer, f"取消{_about(transfer)}：{reason.strip()}", where)
    _settle(actor, transfer)
    return transfer


@transaction.atomic
def take_back(*, actor: Actor, transfer: Transfer, reason: str) -> Transfer:
    """Undo the last step, entered by mistake: the receipt if there is one, else the sending. Booked as the opposite entry.

    By the accountant of the book concerned (for a branch without one: whoever collects).
    """
    transfer = locked(transfer, *WITH_SIDES, check=partial(require_taking_back, actor))
    entry = last_step(transfer)
    if transfer.received_entry is not None:
        _check_unused(transfer, entry)
    reverse(actor=actor, entry=entry, reason=reason)
    if transfer.received_entry is not None:
        after = TransferState.SENT if transfer.sent_entry_id else TransferState.CANCELLED
        transfer.state, transfer.received_entry, transfer.received_on, transfer.receipt = after, None, None, ""
    else:
        transfer.state, transfer.sent_entry, transfer.sent_on = TransferState.DUE, None, None
    _save(transfer)
    _record(actor, "dues.taken_back", transfer, f"撤回{_about(transfer)}：{reason.strip()}", entry.organization)
    _settle(actor, transfer)
    return transfer


def _check_unused(transfer: Transfer, entry: JournalEntry) -> None:
    """What came in is still there: not spent, not passed on."""
    account = Account(register(Posting).get(entry=entry).debit)
    if transfer.kind == TransferKind.LARGE:
        # The next step belongs to the one who received the gift.
        with at(entry.organization):
            further = Transfer.objects.filter(organization=transfer.superior, payment=transfer.payment)
            further.filter(state=TransferState.DUE).update(state=TransferState.CANCELLED)
            if further.filter(state__in=(TransferState.SENT, TransferState.RECEIVED)).exists():
                raise Conflict("这笔大额党费已经继续转交上级，不能撤回。", how="请先撤回后面的转交。")
    if transfer.kind == TransferKind.DOWN:
        left = {one.transfer.pk: one.left_fen for one in books.earmarks(transfer.organization)}
        if left.get(transfer.pk, 0) < transfer.amount_fen:
            raise Conflict("这笔下拨已经动用，不能撤回到账。", how="请先冲销用这笔下拨列支的业务。")
    taking.require_money(entry.organization, account, transfer.amount_fen, clock.today())
    if transfer.kind == TransferKind.UP:
        taking.require_free(entry.organization, transfer.amount_fen)


def _settle(actor: Actor, transfer: Transfer) -> None:
    """The duty to pass up follows at once."""
    if transfer.kind != TransferKind.DOWN:
        refresh(actor=actor, organizations=[transfer.organization_id], rules={"dues_pass_up"})


def _save(transfer: Transfer) -> None:
    """Both sides of a transfer work on it, in turn; the row is the lower one's."""
    with at(transfer.organization):
        transfer.save()


def _post(
    actor: Actor,
    organization: Organization,
    transfer: Transfer,
    step: str,
    kind: EntryKind,
    day: dt.date,
    summary: str,
    debit: Account,
    credit: Account,
    amount_fen: int,
) -> JournalEntry:
    """Book one step. A step taken back may be taken again: the key counts how often."""
    key = f"transfer:{transfer.pk}:{step}:"
    before = register(JournalEntry).filter(organization=organization, key__startswith=key).count()
    return post(
        actor=actor,
        organization=organization,
        kind=kind,
        booked_on=day,
        summary=summary,
        key=f"{key}{before + 1}",
        lines=[Line(debit, credit, amount_fen, transfer.payment, transfer)],
    )


def _about(transfer: Transfer) -> str:
    if transfer.kind == TransferKind.UP:
        return f"{transfer.period}党费"
    return f"：{transfer.purpose}" if transfer.purpose else ""


def _record(actor: Actor, verb: str, transfer: Transfer, summary: str, organization: Organization) -> None:
    record(actor=actor, verb=verb, summary=summary, organization=organization, subject=transfer)
