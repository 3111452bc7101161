"""What people ask, propose or complain of, and what became of it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangjian.kernel import clock
from dangjian.kernel.fields import EncryptedTextField
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedManager, OwnedModel, OwnedQuerySet


class Kind(models.TextChoices):
    """What somebody wants with it."""

    TROUBLE = "trouble", "使用问题"
    SUGGESTION = "suggestion", "意见建议"
    COMPLAINT = "complaint", "投诉"


class State(models.TextChoices):
    """What became of it."""

    OPEN = "open", "待答复"
    ANSWERED = "answered", "已答复"
    WITHDRAWN = "withdrawn", "已撤回"


class FeedbackQuerySet(OwnedQuerySet["Feedback"]):
    """Feedback inside the open scope."""

    def for_handler(self, user_id: int | None) -> "FeedbackQuerySet":
        """What this account may answer itself: not its own, and taken by nobody else."""
        free = Q(owner=None) | Q(owner=user_id)
        return self.filter(free, state=State.OPEN).exclude(author=user_id)


class Feedback(OwnedModel):
    """Something that somebody wrote to an organisation, which answers it by ``due_on``. What it says is encrypted.

    ``organization`` is the one that handles it now, ``owner`` whoever of it has taken it.
    """

    account_path = "author_id"

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="由谁办理")
    kind = models.CharField("类型", max_length=12, choices=Kind)
    title = models.CharField("标题", max_length=60)
    text = EncryptedTextField("内容")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="提出人")
    written_at = models.DateTimeField("提出时间", default=clock.now)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="办理人"
    )
    due_on = models.DateField("答复期限")
    state = models.CharField("状态", max_length=12, choices=State, default=State.OPEN)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)

    objects: ClassVar = OwnedManager.from_queryset(FeedbackQuerySet)()

    class Meta:
        verbose_name = "意见建议"
        verbose_name_plural = "意见建议"
        ordering = ("-written_at", "-pk")
        indexes = (
            models.Index(fields=["organization", "state", "due_on"], name="feedback_waiting"),
            models.Index(fields=["author", "-written_at"], name="feedback_own"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.state == State.OPEN

    @property
    def is_late(self) -> bool:
        """Whether the day by which it should have been answered has passed without an answer."""
        return self.is_open and self.due_on < clock.today()


class Step(models.TextChoices):
    """What somebody did with it, after it had been written."""

    ADDED = "added", "补充"
    TAKEN = "taken", "办理人"
    PASSED = "passed", "转交"
    ANSWERED = "answered", "答复"
    WITHDRAWN = "withdrawn", "撤回"


class FeedbackStep(OwnedModel):
    """One step on the way to the answer; the author and whoever handles it read all of them."""

    owner_prefix = "feedback__organization__"

    feedback = models.ForeignKey(Feedback, on_delete=models.CASCADE, related_name="steps")
    step = models.CharField("事项", max_length=12, choices=Step)
    text = EncryptedTextField("内容", blank=True)
    at = models.DateTimeField("时间", default=clock.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "办理过程"
        verbose_name_plural = "办理过程"
        ordering = ("at", "pk")
