"""What the background does for organisational life."""

from dangjian.activities.meetings import actions
from dangjian.org.unscoped import unscoped


def make_register(pk: int) -> None:
    """Make a yearly register."""
    actions.compile_register(pk=pk)


def clear_registers() -> None:
    """Delete yearly registers after their time."""
    with unscoped("old documents of all organisations are cleared away"):
        actions.clear_registers()
