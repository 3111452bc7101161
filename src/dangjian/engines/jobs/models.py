"""What the background does: which workers are alive, which daily jobs have run. Neither belongs to an organisation."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q

from dangjian.kernel import clock

MOST_RUNS = 3
"""A daily job that failed so often is left for tomorrow, or for ``dangjian daily``."""

PAUSE = dt.timedelta(minutes=10)
"""Between a failure and the next try."""

GIVEN_UP = dt.timedelta(hours=2)
"""After this long without an end, the process that ran a job is taken for dead."""


class Worker(models.Model):
    """A process that works off the task queue. ``beat_at`` is its last sign of life."""

    code = models.CharField("编号", max_length=64, unique=True)
    beat_at = models.DateTimeField("最近心跳", default=clock.now)

    class Meta:
        verbose_name = "后台进程"
        verbose_name_plural = "后台进程"
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class DailyRunQuerySet(models.QuerySet["DailyRun"]):
    """Runs of daily jobs."""

    def retryable(self, now: dt.datetime) -> Self:
        """Those that failed or were cut off and may be tried again at ``now``."""
        failed = ~Q(failure="") & Q(started_at__lte=now - PAUSE)
        cut_off = Q(failure="", started_at__lte=now - GIVEN_UP)
        return self.filter(failed | cut_off, finished_at=None, attempts__lt=MOST_RUNS)


class DailyRun(models.Model):
    """A daily job on one day: claimed when it starts, ``finished_at`` when it is through; ``failure`` says why it is not."""

    code = models.CharField("任务", max_length=64)
    day = models.DateField("日期")
    started_at = models.DateTimeField("开始时间", default=clock.now)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("次数", default=1)
    failure = models.TextField("失败原因", blank=True)

    objects = DailyRunQuerySet.as_manager()

    class Meta:
        verbose_name = "每日任务"
        verbose_name_plural = "每日任务"
        ordering = ("-day", "code")
        constraints = (models.UniqueConstraint(fields=["code", "day"], name="one_run_a_day"),)

    def __str__(self) -> str:
        return f"{self.day} {self.code}"


class Backup(models.Model):
    """A backup that was made: when, where it lies on the server, how large it is."""

    made_at = models.DateTimeField("备份时间", default=clock.now)
    place = models.CharField("位置", max_length=300)
    bytes = models.BigIntegerField("大小")

    class Meta:
        verbose_name = "备份"
        verbose_name_plural = "备份"
        ordering = ("-made_at",)

    def __str__(self) -> str:
        return self.place


class Pulse(models.Model):
    """A row that ``health`` writes again and again, to see that writing works."""

    code = models.CharField("编号", max_length=16, unique=True)
    at = models.DateTimeField("最近写入", default=clock.now)

    class Meta:
        verbose_name = "写入检查"
        verbose_name_plural = "写入检查"

    def __str__(self) -> str:
        return self.code
