"""Daily work."""

from dangjian.engines.duties.actions import refresh
from dangjian.kernel.actor import SystemActor


def refresh_today() -> None:
    """Derive all duties anew. A second run on the day changes nothing."""
    refresh(actor=SystemActor("每日刷新应办事项"))
