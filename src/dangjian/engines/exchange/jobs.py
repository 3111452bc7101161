"""What the background does for this engine."""

from dangjian.engines.exchange import actions
from dangjian.engines.exchange.models import OutsideSystem
from dangjian.org.unscoped import unscoped


def check_batch(pk: int) -> None:
    """Check an uploaded sheet."""
    actions.check(pk=pk)


def commit_batch(pk: int) -> None:
    """Enter a sheet."""
    actions.commit(pk=pk)


def undo_batch(pk: int) -> None:
    """Take a sheet back."""
    actions.undo(pk=pk)


def settle_differences() -> None:
    """Look through the differences that stand: what agrees by now is none any more."""
    with unscoped("differences of all organisations are held against what is on record now"):
        for system in OutsideSystem.objects.select_related("organization"):
            actions.settle(system=system)


def clear_old() -> None:
    """Delete sheets that nobody entered, and what is kept for undoing, after their time."""
    with unscoped("old sheets of all organisations are cleared away"):
        actions.clear_old()
