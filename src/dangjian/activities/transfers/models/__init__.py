"""What is kept of transfers beside their cases."""

from dangjian.activities.transfers.models.letter import Direction, Letter, LetterState, TransferKind

__all__ = ["Direction", "Letter", "LetterState", "TransferKind"]
