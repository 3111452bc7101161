"""The tables of this app, kept in files by noun."""

from dangjian.engines.exchange.models.batches import (
    NOT_ENTERED,
    OPEN,
    OUTCOME_TONES,
    RUNNING,
    BatchQuerySet,
    ImportBatch,
    ImportProblem,
    ImportRow,
    ImportWorkbook,
    Outcome,
    State,
)
from dangjian.engines.exchange.models.systems import (
    ADDED,
    USUAL,
    Believed,
    Delivery,
    Difference,
    DifferenceKind,
    OutsideSystem,
    SystemKind,
)
from dangjian.engines.exchange.models.templates import SheetTemplate, TemplateVersion

__all__ = [
    "ADDED",
    "NOT_ENTERED",
    "OPEN",
    "OUTCOME_TONES",
    "RUNNING",
    "USUAL",
    "BatchQuerySet",
    "Believed",
    "Delivery",
    "Difference",
    "DifferenceKind",
    "ImportBatch",
    "ImportProblem",
    "ImportRow",
    "ImportWorkbook",
    "Outcome",
    "OutsideSystem",
    "SheetTemplate",
    "State",
    "SystemKind",
    "TemplateVersion",
]
