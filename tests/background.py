"""Background work of the test run: done at the end of the transaction that asked for it, by the test's own process."""

from functools import partial
from typing import Any

from django.db import transaction
from django_tasks.backends.immediate import ImmediateBackend


class AtTheEnd(ImmediateBackend):
    """Like the database's own backend, whose workers see a task only once its transaction is through."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        transaction.on_commit(partial(super().enqueue, task, args, kwargs))
