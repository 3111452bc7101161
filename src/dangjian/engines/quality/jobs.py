"""Daily work."""

from dangjian.engines.quality.actions.refresh import refresh
from dangjian.kernel.actor import SystemActor


def examine_today() -> None:
    """Examine all records anew. A second run on the day changes nothing."""
    refresh(actor=SystemActor("每日检查数据质量"))
