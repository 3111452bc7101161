"""What is told of somebody who keeps books before they go to another branch: the books are handed over."""

from collections.abc import Mapping, Sequence

from django.db.models import Q

from dangjian.activities.dues.ledger.models import Book
from dangjian.members.models import Member
from dangjian.members.offers import Belonging
from dangjian.org.openings import register


def matters(members: Sequence[Member]) -> Mapping[int, Sequence[Belonging]]:
    """Books of which they are accountant or cashier, wherever these are."""
    by_account = {one.user_id: one.pk for one in members if one.user_id}
    kept = Q(accountant__in=by_account) | Q(cashier__in=by_account)
    found: dict[int, list[Belonging]] = {}
    for book in register(Book).filter(kept, closed_on=None).select_related("organization").order_by("organization__path"):
        for user_id, work in ((book.accountant_id, "会计"), (book.cashier_id, "出纳")):
            if user_id in by_account:
                text = f"任“{book.organization.short_name}”党费{work}，不再担任的先把账和钱移交"
                found.setdefault(by_account[user_id], []).append(Belonging(text, "settled"))
    return found
