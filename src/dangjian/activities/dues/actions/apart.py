"""Who may touch money and who may book it: accountant and cashier are two persons, whatever else they are.

A committee's account has both by name. A branch that only collects may do without: there whoever may collect handles the cash,
and another person of the branch looks over the count.
"""

from collections.abc import Callable
from typing import Any

from dangjian.activities.dues.models import Book, BookKind
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, NotAllowed, NotThere
from dangjian.kernel.rulebook import book as rulebook
from dangjian.members.models import Member
from dangjian.members.own import require_not_own
from dangjian.org.models import Organization
from dangjian.org.scope import everything


def cited(key: str) -> str:
    """The articles that ``key`` rests on today."""
    return rulebook().on(key, clock.today()).citation


def book_of(organization: Organization) -> Book:
    """The open book of an organisation. Raises ``Conflict`` if there is none."""
    with everything("whether an organisation has a book does not depend on who asks"):
        found: Book | None = Book.objects.filter(organization=organization, closed_on=None).select_related("organization").first()
    if found is None:
        raise Conflict(f"{organization}还没有党费账户。", how="请先开设账户，指定会计和出纳；支部在第一次收到党费时自动建账。")
    return found


def require_cashier(actor: Actor, book: Book) -> None:
    """Raise unless the actor handles this book's money: its cashier, or whoever collects for a branch. Never its accountant."""
    organization = book.organization
    if not (book.kind == BookKind.CASH and actor.may("dues.collect", organization)):
        actor.require("dues.cash", organization)
    if actor.user_id is not None and actor.user_id == book.accountant_id:
        raise NotAllowed("您是这个账户的会计，不能经手收付款。", how="请由出纳办理。", citation=cited("dues.acct.roles"))


def require_accountant(actor: Actor, book: Book) -> None:
    """Raise unless the actor keeps this book: its accountant, or whoever collects for a branch without one. Never its cashier."""
    organization = book.organization
    if not (book.kind == BookKind.CASH and book.accountant_id is None and actor.may("dues.collect", organization)):
        actor.require("dues.account", organization)
    if actor.user_id is not None and actor.user_id == book.cashier_id:
        raise NotAllowed("您是这个账户的出纳，不能办理会计的事。", how="请由会计办理。", citation=cited("dues.acct.roles"))


def require_accountant_for(actor: Actor, book: Book, member: Member) -> None:
    """Like ``require_accountant``, for money of ``member``: never the actor's own.

    The accountant's own money is dealt with by whoever looks after the account (``dues.open_book``) and is not its cashier.
    """
    if is_accountants_own(book, member) and actor.user_id != book.accountant_id:
        actor.require("dues.open_book", book.organization)
        require_another(actor, book.cashier_id, "您是这个账户的出纳，不能办理会计的事。")
    else:
        require_accountant(actor, book)
    require_not_own(actor, [member], how="请由管理这个党费账户的其他同志办理。")


def is_accountants_own(book: Book, member: Member) -> bool:
    """Whether money of ``member`` is that of the book's accountant himself."""
    return book.accountant_id is not None and member.user_id == book.accountant_id


def require_both_named(book: Book) -> None:
    """Raise ``Conflict`` unless accountant and cashier are named: one person alone never spends."""
    if book.accountant_id is None or book.cashier_id is None:
        raise Conflict(
            f"{book.organization}的党费账户还没有指定会计和出纳，不能使用或者下拨党费。",
            how="请先在账户中指定会计和出纳，两人不能是同一人。",
            citation=cited("dues.acct.roles"),
        )


def require_another(actor: Actor, first_user_id: int | None, message: str) -> None:
    """Raise ``NotAllowed`` if the actor is the one who did the first half of a thing that takes two."""
    if actor.user_id is not None and actor.user_id == first_user_id:
        raise NotAllowed(message, how="请由另一位同志办理。", citation=cited("dues.acct.roles"))


def may(check: Callable[..., None], actor: Actor, *about: Any) -> bool:
    """Whether ``check`` (one of those above, with what it asks about) lets the actor pass; for the buttons of a page."""
    try:
        check(actor, *about)
    except (NotAllowed, NotThere):
        return False
    return True
