"""Tables of the books and of the money between them."""

from dangjian.activities.dues.ledger.models.books import (
    INCOME,
    MONEY_HELD,
    PURPOSES,
    USES,
    Account,
    Book,
    BookKind,
    EntryKind,
    JournalEntry,
    Posting,
)
from dangjian.activities.dues.ledger.models.publications import Publication
from dangjian.activities.dues.ledger.models.reconciliations import Reconciliation
from dangjian.activities.dues.ledger.models.remittances import (
    RemittanceLevel,
    RemittancePeriod,
    RemittanceTerm,
    Transfer,
    TransferKind,
    TransferState,
)
from dangjian.activities.dues.ledger.models.spendings import Spending, SpendingState

__all__ = [
    "INCOME",
    "MONEY_HELD",
    "PURPOSES",
    "USES",
    "Account",
    "Book",
    "BookKind",
    "EntryKind",
    "JournalEntry",
    "Posting",
    "Publication",
    "Reconciliation",
    "RemittanceLevel",
    "RemittancePeriod",
    "RemittanceTerm",
    "Spending",
    "SpendingState",
    "Transfer",
    "TransferKind",
    "TransferState",
]
