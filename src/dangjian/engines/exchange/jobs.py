"""What the background does for this engine."""

from django_tasks import task

from dangjian.engines.exchange import actions
from dangjian.org.scope import everything


@task()
def check_batch(pk: int) -> None:
    """Check an uploaded roster."""
    actions.check(pk=pk)


@task()
def commit_batch(pk: int) -> None:
    """Enter a roster."""
    actions.commit(pk=pk)


@task()
def undo_batch(pk: int) -> None:
    """Take a roster back."""
    actions.undo(pk=pk)


def clear_old() -> None:
    """Delete rosters that nobody entered, and what is kept for undoing, after their time."""
    with everything("old rosters of all organisations are cleared away"):
        actions.clear_old()
