"""Documents that the background makes for somebody, kept for some days: how far one is, what came of it.

class RegisterPaper(MadeDocument):           # the columns that say which document it is, its file, and ``doing``

make(paper, "meetings.view", lambda: content, replaces=older)     # what its background task does
"""

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.core.files.base import File
from django.db import models, transaction
from django.db.models import QuerySet

from dangjian.kernel import clock
from dangjian.kernel.progress import WAITING, Progress
from dangjian.org.errands import do_for
from dangjian.org.openings import at
from dangjian.org.scope import OwnedModel

KEPT: Final = dt.timedelta(days=7)
"""A document is made anew within seconds, and grows out of date with everything that is done."""
STUCK: Final = dt.timedelta(minutes=30)
"""After this long the background has given it up."""


class Making(models.TextChoices):
    """How far the background is with a document."""

    WAITING = "waiting", "等待生成"
    RUNNING = "running", "正在生成"
    READY = "ready", "已生成"
    FAILED = "failed", "没有生成"


UNDER_WAY: Final = (Making.WAITING, Making.RUNNING)


class MadeDocument(OwnedModel):
    """A document of an organisation, made in the background. Its model has the ``file``, which goes when the row goes.

    ``share`` says in percent how far it is.
    """

    file: Any

    state = models.CharField("状态", max_length=8, choices=Making, default=Making.WAITING)
    share = models.PositiveSmallIntegerField("进度", default=0)
    failure = models.CharField("没有生成的原因", max_length=300, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("生成时间", default=clock.now)

    class Meta:
        abstract = True

    @property
    def doing(self) -> str:
        """What the background is doing with it."""
        return "正在排版"

    @property
    def is_under_way(self) -> bool:
        """Whether the background still has to do with it."""
        return self.state in UNDER_WAY

    @property
    def progress(self) -> Progress:
        """How far the background is."""
        text = WAITING if self.state == Making.WAITING else self.doing
        return Progress(self.share, text, is_over=not self.is_under_way)


def make(
    row: MadeDocument, permission: str, content: Callable[[], File[bytes]], *, replaces: Callable[[], QuerySet[Any]]
) -> None:
    """Make a document for whoever asked for it, with the rights they have now; the older ones that it ``replaces`` go."""
    if row.asked_by is None:
        return
    do_for(
        row.asked_by,
        permission,
        row.its_organization(),
        lambda _actor: _finish(row, content(), replaces),
        fail=lambda reason: tell(row, state=Making.FAILED, failure=reason),
        broken="系统出错，没有生成。请重新生成；仍不行的，请联系管理员。",
    )


@transaction.atomic
def _finish(row: MadeDocument, content: File[bytes], replaces: Callable[[], QuerySet[Any]]) -> None:
    with at(row.its_organization()):
        remove(replaces().exclude(pk=row.pk).exclude(state__in=UNDER_WAY))
        row.file.save("", content, save=False)
        rows = type(row).objects.filter(pk=row.pk)
        rows.update(file=row.file.name, state=Making.READY, share=100, asked_at=clock.now())


@transaction.atomic
def tell(row: MadeDocument, **values: object) -> None:
    """Leave behind how far it is, in a transaction of its own."""
    with at(row.its_organization()):
        type(row).objects.filter(pk=row.pk).update(**values)


def remove(rows: QuerySet[Any]) -> None:
    """Delete documents, and their files once that is certain."""
    for row in rows:
        if row.file:
            transaction.on_commit(partial(row.file.storage.delete, row.file.name))
    rows.delete()


def give_up_stuck(model: type[MadeDocument]) -> None:
    """Say of those on which the background gave up that they have failed."""
    stuck = model.objects.filter(state__in=UNDER_WAY, asked_at__lt=clock.now() - STUCK)
    stuck.update(state=Making.FAILED, failure="后台处理中断，没有生成。请重新生成。")


@transaction.atomic
def clear(model: type[MadeDocument]) -> None:
    """Delete those whose time is over."""
    give_up_stuck(model)
    remove(model.objects.filter(asked_at__lt=clock.now() - KEPT))
