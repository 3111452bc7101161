"""What the background does: open cases follow the text, the settings and the calendar of the day; papers are put together."""

from dangjian.engines.procedures.actions import dossiers
from dangjian.engines.procedures.actions.following import refresh
from dangjian.org.unscoped import unscoped


def refresh_today() -> None:
    """Bring all open cases up to date before the lists of duties are."""
    with unscoped("open cases of all organisations follow the text of the day"):
        refresh()


def make_dossier(pk: int) -> None:
    """Put the papers of a case together."""
    dossiers.compile_dossier(pk=pk)


def clear_dossiers() -> None:
    """Delete papers that were put together, after their time."""
    with unscoped("old files of all organisations are cleared away"):
        dossiers.clear_dossiers()
