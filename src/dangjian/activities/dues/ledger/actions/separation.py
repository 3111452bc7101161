"""Who may touch money and who may book it: accountant and cashier are two persons, whatever else they are.

A committee's account has both by name. A branch that only collects may do without: there whoever may collect handles the cash,
and another person of the branch looks over the count.

The steps of a transfer and of a use have one function each, which raises unless the actor may take it now: the action asks it,
and so does the page before it offers the step.
"""

from dangjian.activities.dues.ledger.models import (
    Book,
    BookKind,
    JournalEntry,
    Spending,
    SpendingState,
    Transfer,
    TransferKind,
    TransferState,
)
from dangjian.activities.dues.ledger.queries.books import open_book
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor, may, require_another
from dangjian.kernel.errors import Conflict, PermissionDenied
from dangjian.kernel.rulebook import book as rulebook
from dangjian.members.models import Member
from dangjian.members.own import require_not_own
from dangjian.org.models import Organization
from dangjian.org.openings import register


def cited(key: str) -> str:
    """The articles that ``key`` rests on today."""
    return rulebook().on(key, clock.today()).citation


def book_of(organization: Organization) -> Book:
    """The open book of an organisation. Raises ``Conflict`` if there is none."""
    found = open_book(organization)
    if found is None:
        raise Conflict(f"{organization}还没有党费账户。", how="请先开设账户，指定会计和出纳；支部在第一次收到党费时自动建账。")
    return found


def require_cashier(actor: Actor, book: Book) -> None:
    """Raise unless the actor handles this book's money: its cashier, or whoever collects for a branch. Never its accountant."""
    organization = book.organization
    if not (book.kind == BookKind.CASH and actor.may("dues.collect", organization)):
        actor.require("dues.cash", organization)
    if actor.user_id is not None and actor.user_id == book.accountant_id:
        raise PermissionDenied("您是这个账户的会计，不能经手收付款。", how="请由出纳办理。", citation=cited("dues.acct.roles"))


def require_accountant(actor: Actor, book: Book) -> None:
    """Raise unless the actor keeps this book: its accountant, or whoever collects for a branch without one. Never its cashier."""
    organization = book.organization
    if not (book.kind == BookKind.CASH and book.accountant_id is None and actor.may("dues.collect", organization)):
        actor.require("dues.account", organization)
    if actor.user_id is not None and actor.user_id == book.cashier_id:
        raise PermissionDenied("您是这个账户的出纳，不能办理会计的事。", how="请由会计办理。", citation=cited("dues.acct.roles"))


def require_accountant_for(actor: Actor, book: Book, member: Member) -> None:
    """Like ``require_accountant``, for money of ``member``: never the actor's own.

    The accountant's own money is dealt with by whoever looks after the account (``dues.open_book``) and is not its cashier.
    """
    if is_accountants_own(book, member) and actor.user_id != book.accountant_id:
        actor.require("dues.open_book", book.organization)
        require_second(actor, book.cashier_id, "您是这个账户的出纳，不能办理会计的事。")
    else:
        require_accountant(actor, book)
    require_not_own(actor, [member], how="请由管理这个党费账户的其他同志办理。")


def is_accountants_own(book: Book, member: Member) -> bool:
    """Whether money of ``member`` is the book's accountant's own."""
    return book.accountant_id is not None and member.user_id == book.accountant_id


def require_both_named(book: Book) -> None:
    """Raise ``Conflict`` unless accountant and cashier are named: one person alone never spends."""
    if book.accountant_id is None or book.cashier_id is None:
        raise Conflict(
            f"{book.organization}的党费账户还没有指定会计和出纳，不能使用或者下拨党费。",
            how="请先在账户中指定会计和出纳，两人不能是同一人。",
            citation=cited("dues.acct.roles"),
        )


def require_second(actor: Actor, first: int | None, message: str) -> None:
    """Raise ``PermissionDenied`` if the actor is the one who did the first half of a thing that takes two."""
    require_another(actor, first, message, how="请由另一位同志办理。", citation=cited("dues.acct.roles"))


def receiving_book(receiver: Organization) -> Book:
    """The open book of the receiver; for a branch that has never collected, the cash book that its first allocation opens."""
    begins = receiver.is_branch and not register(Book).filter(organization=receiver).exists()
    return Book(organization=receiver, kind=BookKind.CASH, opened_on=clock.today()) if begins else book_of(receiver)


def require_sending(actor: Actor, transfer: Transfer) -> None:
    """The cashier of the book that the money leaves; an allocation is never sent by who prepared it."""
    if transfer.state != TransferState.DUE:
        raise Conflict(f"这笔款项{transfer.get_state_display()}，不能再转出。", how="请刷新页面查看最新情况。")
    require_cashier(actor, book_of(transfer.sender))
    require_second(actor, transfer.done_by, "这笔下拨是您制的单，不能再由您付款。")


def require_receiving(actor: Actor, transfer: Transfer) -> None:
    """The cashier of the receiving book, never who sent it; the sender's cashier if the superior is not on this platform."""
    if transfer.state != TransferState.SENT or transfer.sent_on is None or transfer.sent_entry is None:
        raise Conflict(f"这笔款项{transfer.get_state_display()}，不能确认到账。", how="请刷新页面查看最新情况。")
    if transfer.receiver is None:
        require_cashier(actor, book_of(transfer.organization))
        return
    require_cashier(actor, receiving_book(transfer.receiver))
    require_second(actor, transfer.done_by, "这笔款项是您转出的，不能再由您确认到账。")


def require_cancelling(actor: Actor, transfer: Transfer) -> None:
    """The accountant who allocates, or whoever asks for the remittance; never of a large gift."""
    if transfer.state != TransferState.DUE:
        raise Conflict(f"这笔款项{transfer.get_state_display()}，不能取消。", how="已经转出的，请先撤回转出。")
    if transfer.kind == TransferKind.LARGE:
        raise Conflict("大额党费必须全部转交。", how="如果收错了，请冲销原来的交纳。", citation=cited("dues.large_to_centre"))
    if transfer.kind == TransferKind.DOWN and transfer.superior:
        require_accountant(actor, book_of(transfer.superior))
    else:
        actor.require("dues.set_terms", transfer.superior or transfer.organization)


def last_step(transfer: Transfer) -> JournalEntry:
    """The entry of the last step. Raises ``Conflict`` if there is none that could be taken back."""
    entry = transfer.received_entry or transfer.sent_entry
    if entry is None or transfer.state not in {TransferState.SENT, TransferState.RECEIVED}:
        raise Conflict("这笔款项还没有转出，没有可以撤回的。")
    if transfer.received_entry is None and transfer.state == TransferState.RECEIVED:
        raise Conflict("上级已经开具收据，不能撤回。", how="如有差错，请与上级联系后另行登记。")
    return entry


def require_taking_back(actor: Actor, transfer: Transfer) -> None:
    """The accountant of the book in which the last step was booked."""
    require_accountant(actor, book_of(last_step(transfer).organization))


def require_paying(actor: Actor, spending: Spending) -> None:
    """The cashier, never who prepared it; nobody while one of the two is not named."""
    book = book_of(spending.organization)
    require_cashier(actor, book)
    require_second(actor, spending.prepared_by_id, "这笔支出是您制的单，不能再由您付款。")
    require_both_named(book)
    if spending.state != SpendingState.PREPARED:
        raise Conflict(f"这笔支出{spending.get_state_display()}，不能再付款。", how="请刷新页面查看最新情况。")


def require_withdrawing(actor: Actor, spending: Spending) -> None:
    """The accountant, or whoever may pay at this book and sends it back."""
    book = book_of(spending.organization)
    if not may(require_cashier, actor, book):
        require_accountant(actor, book)
    if spending.state != SpendingState.PREPARED:
        raise Conflict(f"这笔支出{spending.get_state_display()}，不能撤回。", how="已经付款的，请办理冲销。")


def require_reversing(actor: Actor, spending: Spending) -> None:
    """The accountant, never who paid it."""
    require_accountant(actor, book_of(spending.organization))
    require_second(actor, spending.paid_by_id, "这笔支出是您付的款，不能再由您冲销。")
    paid_entry(spending)


def paid_entry(spending: Spending) -> JournalEntry:
    """The entry of the payment. Raises ``Conflict`` if it was not paid, or is reversed."""
    if spending.state != SpendingState.PAID or spending.entry is None:
        raise Conflict(f"这笔支出{spending.get_state_display()}，不能冲销。")
    return spending.entry
