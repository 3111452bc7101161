"""Work handed to the background worker by its code, so that whoever asks need not know who does it.

enqueue("exchange.check", batch.pk)      # from an action; the task is offered as ``BackgroundTask("exchange.check", check)``
"""

from django_tasks import task

from dangjian.kernel.offers import BackgroundTask
from dangjian.kernel.registry import by_code


def enqueue(code: str, *values: int | str) -> None:
    """Have the task of this code run with ``values`` (plain values: numbers, texts) once this transaction is through.

    The task is a row of the same database, written with whatever it follows from: there are both or neither, and no worker sees
    it before the end of the transaction.
    """
    if code not in by_code(BackgroundTask):
        raise LookupError(f"no background task is offered as {code!r}")
    run_task.enqueue(code, *values)


@task()
def run_task(code: str, *values: int | str) -> None:
    """What the worker does: the work of the task that is offered under ``code``."""
    by_code(BackgroundTask)[code].run(*values)
