"""Tasks of dead workers go to the next one, three times at most; tasks of living ones are left alone."""

import datetime as dt

import pytest
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from dangjian.engines.jobs import actions
from dangjian.engines.jobs.models import Worker
from dangjian.kernel import clock

pytestmark = pytest.mark.django_db


def running(*workers: str) -> DBTaskResult:
    return DBTaskResult.objects.create(
        status=TaskResultStatus.RUNNING,
        task_path="dangjian.engines.notifications.jobs.anything",
        args_kwargs={"args": [], "kwargs": {}},
        queue_name="default",
        backend_name="default",
        started_at=clock.now(),
        worker_ids=list(workers),
    )


def test_the_task_of_a_living_worker_is_left_alone() -> None:
    task = running("alive")
    actions.beat(worker="alive")
    assert actions.take_back_abandoned() == 0
    task.refresh_from_db()
    assert task.status == TaskResultStatus.RUNNING


@pytest.mark.parametrize("workers", [("gone",), ("gone", "gone too")])
def test_the_task_of_a_dead_worker_waits_again(workers: tuple[str, ...]) -> None:
    task = running(*workers)
    assert actions.take_back_abandoned() == 1
    task.refresh_from_db()
    assert (task.status, task.started_at) == (TaskResultStatus.READY, None)
    assert DBTaskResult.objects.ready().count() == 1


def test_a_task_that_took_three_workers_along_is_given_up() -> None:
    task = running("one", "two", "three")
    assert actions.take_back_abandoned() == 1
    task.refresh_from_db()
    assert task.status == TaskResultStatus.FAILED
    assert "3 workers" in task.traceback
    assert task.finished_at is not None


def test_a_worker_that_falls_silent_counts_as_dead() -> None:
    running("silent")
    actions.beat(worker="silent")
    with clock.at(clock.now() + dt.timedelta(seconds=91)):
        assert actions.take_back_abandoned() == 1


def test_a_worker_that_ends_in_good_order_is_forgotten() -> None:
    actions.beat(worker="one")
    actions.beat(worker="one")
    assert Worker.objects.count() == 1
    actions.retire(worker="one")
    assert not Worker.objects.exists()
