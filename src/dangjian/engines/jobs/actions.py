"""Writes of the background engine: signs of life, tasks taken back from dead workers, daily jobs."""

import datetime as dt
import logging
import traceback
from pathlib import Path

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from dangjian.accounts.events import record
from dangjian.engines.jobs import backup
from dangjian.engines.jobs.models import Backup, DailyRun, Pulse, Worker
from dangjian.engines.jobs.queries import due_jobs, living_workers
from dangjian.kernel import clock
from dangjian.kernel.actor import SystemActor
from dangjian.kernel.offers import DailyJob

MOST_ATTEMPTS = 3
"""A task that has taken three workers with it is given up."""

KEPT_DAYS = 90
"""How long the list of daily runs goes back."""

TASKS_KEPT_DAYS = 30
"""How long the outcome of a finished task can be looked up."""

PULSE_MILLISECONDS = 2000
"""How long a look at the health of the platform waits for somebody else who writes."""

log = logging.getLogger("dangjian.jobs")


@transaction.atomic
def beat(*, worker: str) -> None:
    """Note that ``worker`` is alive."""
    Worker.objects.update_or_create(code=worker, defaults={"beat_at": clock.now()})


@transaction.atomic
def retire(*, worker: str) -> None:
    """Forget a worker that ends in good order."""
    Worker.objects.filter(code=worker).delete()


@transaction.atomic
def take_back_abandoned() -> int:
    """Give running tasks of dead workers to the next one, or up after ``MOST_ATTEMPTS``; returns how many there were.

    Only a running task whose last worker shows no life is touched, so two processes may do this at once.
    """
    alive = living_workers()
    taken = 0
    for task in DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING):
        if task.worker_ids and task.worker_ids[-1] in alive:
            continue
        unchanged = DBTaskResult.objects.filter(pk=task.pk, status=TaskResultStatus.RUNNING, started_at=task.started_at)
        if len(task.worker_ids) < MOST_ATTEMPTS:
            taken += unchanged.update(status=TaskResultStatus.READY, started_at=None)
            continue
        taken += unchanged.update(
            status=TaskResultStatus.FAILED,
            finished_at=clock.now(),
            exception_class_path="builtins.InterruptedError",
            traceback=f"Given up: {len(task.worker_ids)} workers ended while they ran this task.",
        )
    return taken


def pulse() -> None:
    """Write the row that is kept to see that writing works, and wait for nobody longer than ``PULSE_MILLISECONDS``.

    Raises the database's own errors.
    """
    sqlite = connection.vendor == "sqlite"
    try:
        if sqlite:
            _execute(f"PRAGMA busy_timeout = {PULSE_MILLISECONDS}")
        with transaction.atomic():
            if not sqlite:
                _execute(f"SET LOCAL lock_timeout = {PULSE_MILLISECONDS}")
            if not Pulse.objects.filter(code="web").update(at=clock.now()):
                Pulse.objects.create(code="web")
    finally:
        if sqlite:
            _execute(f"PRAGMA busy_timeout = {int(connection.settings_dict['OPTIONS'].get('timeout', 5) * 1000)}")


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def back_up(*, folder: Path) -> Backup:
    """Make a backup below ``folder`` and note it. The noting is no part of the backup, so no transaction spans both."""
    place = backup.make_backup(folder.resolve())
    with transaction.atomic():
        made = Backup.objects.create(place=str(place), bytes=backup.size(place))
        record(actor=SystemActor("dangjian backup"), verb="jobs.backed_up", summary=f"备份到 {place}", subject=made)
    return made


def run_due() -> list[str]:
    """Run each daily job whose hour has come and that has not run today; returns the codes of those that went through."""
    return [job.code for job in due_jobs(clock.now()) if _claim(job) and _run(job)]


def run_all() -> dict[str, bool]:
    """Run every daily job now, whatever the hour and whether it ran today; returns which went through."""
    outcome = {}
    for job in due_jobs(None):
        if not _claim(job):
            DailyRun.objects.filter(code=job.code, day=clock.today()).update(started_at=clock.now(), attempts=F("attempts") + 1)
        outcome[job.code] = _run(job)
    return outcome


@transaction.atomic
def tidy_up() -> None:
    """Drop what no longer matters: old runs, tasks long finished, the traces of workers gone."""
    DBTaskResult.objects.finished().filter(finished_at__lt=clock.now() - dt.timedelta(days=TASKS_KEPT_DAYS)).delete()
    DailyRun.objects.filter(day__lt=clock.today() - dt.timedelta(days=KEPT_DAYS)).delete()
    Worker.objects.exclude(code__in=living_workers()).delete()


def _claim(job: DailyJob) -> bool:
    """Whether this process may run ``job`` today: it is the first, or the one before it failed or died."""
    day, now = clock.today(), clock.now()
    try:
        with transaction.atomic():
            DailyRun.objects.create(code=job.code, day=day, started_at=now)
    except IntegrityError:
        again = DailyRun.objects.retryable(now).filter(code=job.code, day=day)
        return bool(again.update(started_at=now, attempts=F("attempts") + 1, failure=""))
    return True


def _run(job: DailyJob) -> bool:
    mine = DailyRun.objects.filter(code=job.code, day=clock.today())
    try:
        job.run()
    except Exception:
        # One broken job must not keep the others from running; the reason is kept for whoever looks.
        log.exception("daily job %s failed", job.code)
        mine.update(failure=traceback.format_exc())
        return False
    mine.update(finished_at=clock.now(), failure="")
    return True
