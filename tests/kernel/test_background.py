"""A task and what it follows from are written together: there are both or neither."""

from typing import Any

import pytest
from django.db import transaction
from django_tasks_db.models import DBTaskResult

from dangjian.kernel.background import enqueue

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_the_database(settings: Any) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}


def test_the_task_is_there_before_anything_that_follows_the_commit_has_run() -> None:
    with transaction.atomic():
        enqueue("exchange.check", 7)
    # The transaction of the test goes on, so that nothing was carried out that waits for a commit.
    row = DBTaskResult.objects.get()
    assert row.args_kwargs == {"args": ["exchange.check", 7], "kwargs": {}}


def test_a_transaction_that_is_undone_takes_its_task_along() -> None:
    with transaction.atomic():
        enqueue("exchange.check", 7)
        transaction.set_rollback(True)
    assert not DBTaskResult.objects.exists()


def test_a_code_that_nobody_offers_is_a_mistake() -> None:
    with pytest.raises(LookupError):
        enqueue("nothing.of.the.kind")
    assert not DBTaskResult.objects.exists()
