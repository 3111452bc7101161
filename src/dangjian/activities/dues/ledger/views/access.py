"""What the pages of the books open, and for whom: the scope is where the reader holds what the page asks for."""

from dangjian.activities.dues.billing.models import Payment
from dangjian.activities.dues.ledger.actions import corrections
from dangjian.activities.dues.ledger.actions.books import require_looking_after, require_opening
from dangjian.activities.dues.ledger.actions.passing_up import require_setting_terms
from dangjian.activities.dues.ledger.actions.publications import require_publishing
from dangjian.activities.dues.ledger.actions.separation import book_of, require_accountant, require_both_named, require_cashier
from dangjian.activities.dues.ledger.models import Book, JournalEntry
from dangjian.kernel.gate import Request, let_in
from dangjian.org.gate import find
from dangjian.org.models import Kind, Organization

KEEPING = (Kind.COMMITTEE, Kind.BRANCH)
"""Who keeps a book."""


def keeping_of(_request: Request, pk: int) -> Organization:
    """The organisation whose books are asked for, where the reader may see them."""
    return find(Organization.objects.filter(kind__in=KEEPING), pk=pk)


def of_cashier(request: Request, pk: int) -> Organization:
    """The organisation, for whoever keeps the cash of its book."""
    organization = keeping_of(request, pk)
    require_cashier(request.actor, book_of(organization))
    return organization


def of_accountant(request: Request, pk: int) -> Organization:
    """The organisation, for the accountant of its book."""
    organization = keeping_of(request, pk)
    require_accountant(request.actor, book_of(organization))
    return organization


def to_prepare_for(request: Request, pk: int) -> Organization:
    """The organisation, for its accountant, while there is a cashier too who can pay what is prepared."""
    organization = of_accountant(request, pk)
    require_both_named(book_of(organization))
    return organization


def to_open_for(request: Request, pk: int) -> Organization:
    """The organisation, for somebody who may open its account."""
    organization = keeping_of(request, pk)
    require_opening(request.actor, organization)
    return organization


def book_to_hand_over(request: Request, pk: int) -> Book:
    """The open book of an organisation, for somebody who may name its people."""
    organization = keeping_of(request, pk)
    require_opening(request.actor, organization)
    return book_of(organization)


def book_to_close(request: Request, pk: int) -> Book:
    """The book of an organisation, for somebody who may close it."""
    book = find(Book.objects.select_related("organization"), organization=keeping_of(request, pk))
    let_in(request, require_looking_after, book)
    return book


def terms_to_read_or_set(request: Request, pk: int) -> Organization:
    """The organisation whose terms are read; a form on them comes from somebody who sets them."""
    organization = keeping_of(request, pk)
    if request.method == "POST":
        require_setting_terms(request.actor, organization)
    return organization


def to_read_or_publish_for(request: Request, pk: int) -> Organization:
    """The organisation whose publications are read; a form on them comes from somebody who publishes."""
    organization = keeping_of(request, pk)
    if request.method == "POST":
        require_publishing(request.actor, organization)
    return organization


def entry_to_read_or_reverse(request: Request, pk: int) -> JournalEntry:
    """The entry, to be read; a form on it comes from the accountant of its book."""
    follow = ("organization", "made_by", "reverses", "reversed_by", "spending", "sent_transfer", "received_transfer")
    entry = find(JournalEntry.objects.select_related(*follow), pk=pk)
    if request.method == "POST":
        let_in(request, corrections.require_reversing, entry)
    return entry


def gift_to_read_or_pass_on(request: Request, pk: int) -> Payment:
    """The payment, to be read; a form on it comes from whoever keeps the cash of the book that holds it."""
    payment = find(Payment.objects.select_related("member", "organization", "held_by"), pk=pk)
    if request.method == "POST":
        require_cashier(request.actor, book_of(payment.held_by))
    return payment
