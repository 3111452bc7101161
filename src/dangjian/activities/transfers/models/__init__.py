"""What is kept of transfers beside their cases."""

from dangjian.activities.transfers.models.letter import Direction, Letter, LetterState, TransferKind
from dangjian.activities.transfers.models.national import NationalAnswer, NationalRow
from dangjian.activities.transfers.models.unit import UnitMember, UnitTransfer

__all__ = [
    "Direction",
    "Letter",
    "LetterState",
    "NationalAnswer",
    "NationalRow",
    "TransferKind",
    "UnitMember",
    "UnitTransfer",
]
