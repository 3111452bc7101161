"""Reads of the background engine."""

import datetime as dt

from dangjian.engines.jobs.models import DailyRun, Worker
from dangjian.kernel import clock
from dangjian.kernel.offers import DailyJob
from dangjian.kernel.registry import by_code

SILENCE = dt.timedelta(seconds=90)
"""A worker beats every 15 seconds; after six missed beats it counts as dead."""


def living_workers() -> set[str]:
    """Codes of the workers that gave a sign of life lately."""
    return set(Worker.objects.filter(beat_at__gt=clock.now() - SILENCE).values_list("code", flat=True))


def due_jobs(now: dt.datetime | None) -> list[DailyJob]:
    """Daily jobs in their order: those whose hour has come at ``now`` and that are not done today, or all for ``None``."""
    jobs = sorted(by_code(DailyJob).values(), key=lambda job: (job.at, job.order, job.code))
    if now is None:
        return jobs
    done = set(DailyRun.objects.filter(day=now.date()).exclude(finished_at=None).values_list("code", flat=True))
    return [job for job in jobs if job.code not in done and dt.time.fromisoformat(job.at) <= now.time()]
