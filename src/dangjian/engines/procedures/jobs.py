"""Daily work: open cases follow the text, the settings and the calendar of the day."""

from dangjian.engines.procedures.actions.following import refresh
from dangjian.org.unscoped import unscoped


def refresh_today() -> None:
    """Bring all open cases up to date before the lists of duties are."""
    with unscoped("open cases of all organisations follow the text of the day"):
        refresh()
