"""The two ways to pay that come with the platform, and how any of them is found."""

from dangjian.activities.dues.ledger.models import Book
from dangjian.activities.dues.offers import PaymentProvider
from dangjian.kernel.errors import NotFound
from dangjian.kernel.registry import by_code, offers


def provider(code: str) -> PaymentProvider:
    """The provider of that code. Raises ``NotFound``."""
    found = by_code(PaymentProvider).get(code)
    if found is None:
        raise NotFound("没有这种支付方式，可能已经停用。")
    return found


def ready_for(book: Book) -> list[PaymentProvider]:
    """Those by which money can reach an account, in order."""
    return [one for one in offers(PaymentProvider) if one.ready(book)]


def title_of(code: str) -> str:
    """What a provider is called; its code if it is gone."""
    found = by_code(PaymentProvider).get(code)
    return found.title if found else code
