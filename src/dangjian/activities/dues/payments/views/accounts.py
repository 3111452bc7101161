"""Which account at a bank the reader looks at."""

from typing import Any

from dangjian.activities.dues.ledger.actions.separation import require_accountant
from dangjian.activities.dues.ledger.models import Book, BookKind
from dangjian.activities.dues.payments.models import LineState, NoticeResult, ProviderNotice, StatementLine
from dangjian.kernel import parameters
from dangjian.kernel.actor import may
from dangjian.kernel.gate import Request
from dangjian.kernel.lists import Asked, Empty


def account_in(request: Request) -> dict[str, Any]:
    """The variables of pages about one account: ``?account=`` or the first that may be seen, ``None`` if there is none."""
    rows = Book.objects.filter(kind=BookKind.BANK, closed_on=None).select_related("organization").order_by("organization__path")
    books = list(rows)
    asked = parameters.number(request, "account")
    # Whoever keeps one account and may look into others begins with their own.
    own = next((book for book in books if may(require_accountant, request.actor, book)), None)
    chosen = next((book for book in books if book.organization_id == asked), own or next(iter(books), None))
    waiting = 0
    if chosen is not None:
        waiting = StatementLine.objects.filter(organization=chosen.organization_id, state=LineState.UNMATCHED).count()
        waiting += ProviderNotice.objects.filter(held_by=chosen.organization_id, result=NoticeResult.UNMATCHED).count()
    return {
        "book": chosen,
        "account": chosen.organization if chosen else None,
        "books": books,
        "keeps": chosen is not None and may(require_accountant, request.actor, chosen),
        "waiting_number": waiting,
    }


def account_missing(asked: Asked) -> Empty | None:
    """What a list ``of`` an account says while there is none."""
    if asked.of["account"] is not None:
        return None
    return Empty(
        "building-bank",
        "还没有党费专户",
        "党委开设党费专户，并指定会计和出纳以后，可以在这里导入银行流水、核对网上交纳。",
    )


def account_named(asked: Asked) -> str:
    """Whose account a list ``of`` an account is about."""
    account = asked.of["account"]
    return f"{account.name}党费专户" if account else ""
