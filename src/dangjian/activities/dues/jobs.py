"""Daily work about arrears."""

from dangjian.activities.dues.oversight.actions.arrears import open_cases
from dangjian.kernel.actor import SystemActor


def follow_arrears() -> None:
    """Open talks and cases, end those that were paid. A second run on the day changes nothing."""
    open_cases(actor=SystemActor("每日核对欠交党费"))
