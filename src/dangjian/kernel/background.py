"""Work for later: handed to the background worker by its code, so that whoever asks need not know who does it.

later("exchange.check", batch.pk)      # from an action; the task is offered as ``BackgroundTask("exchange.check", check)``
"""

from typing import Any

from django.db import transaction
from django_tasks import task

from dangjian.kernel.offers import BackgroundTask
from dangjian.kernel.registry import by_code


def later(code: str, *values: Any) -> None:
    """Have the task of this code run with ``values`` (plain values: numbers, texts) once this transaction is through."""
    if code not in by_code(BackgroundTask):
        raise LookupError(f"no background task is offered as {code!r}")
    transaction.on_commit(lambda: carry_out.enqueue(code, *values))


@task()
def carry_out(code: str, *values: Any) -> None:
    """What the worker does: the work of the task that is offered under ``code``."""
    by_code(BackgroundTask)[code].run(*values)
