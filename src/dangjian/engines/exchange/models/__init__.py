"""The tables of this app, kept in files by noun."""

from dangjian.engines.exchange.models.batches import (
    NOT_ENTERED,
    OPEN,
    RUNNING,
    BatchQuerySet,
    ImportBatch,
    ImportProblem,
    ImportRow,
    ImportWorkbook,
    Outcome,
    State,
)
from dangjian.engines.exchange.models.templates import SheetTemplate, TemplateVersion

__all__ = [
    "NOT_ENTERED",
    "OPEN",
    "RUNNING",
    "BatchQuerySet",
    "ImportBatch",
    "ImportProblem",
    "ImportRow",
    "ImportWorkbook",
    "Outcome",
    "SheetTemplate",
    "State",
    "TemplateVersion",
]
