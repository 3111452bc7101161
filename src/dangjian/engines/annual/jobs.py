"""What the background does for the annual statistics."""

from dangjian.engines.annual.actions import gatherings
from dangjian.org.unscoped import unscoped


def gather(pk: int) -> None:
    """Gather the figures of a large organisation."""
    gatherings.carry_out(pk=pk)


def gather_all() -> None:
    """Gather those of this year for all large organisations, every night."""
    with unscoped("figures of all large organisations are gathered"):
        gatherings.gather_all()
