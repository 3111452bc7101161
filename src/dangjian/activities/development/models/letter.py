"""Letters of the political review: written, sent, reminded of, answered."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangjian.activities.development.models.applicant import Applicant
from dangjian.kernel import clock
from dangjian.kernel.fields import EncryptedTextField, NameField
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedManager, OwnedModel, OwnedQuerySet


class LetterState(models.TextChoices):
    """Where a letter is."""

    WRITTEN = "written", "待发出"
    SENT = "sent", "等回函"
    RETURNED = "returned", "已回函"
    CANCELLED = "cancelled", "已作废"


OPEN = (LetterState.WRITTEN, LetterState.SENT)


class LetterQuerySet(OwnedQuerySet["ReviewLetter"]):
    """Letters."""

    def open(self) -> Self:
        """Those that are neither answered nor cancelled."""
        return self.filter(state__in=OPEN)

    def late(self) -> Self:
        """Those whose answer should have come by now."""
        return self.filter(state=LetterState.SENT, due_on__lt=clock.today())


class ReviewLetter(OwnedModel):
    """A letter (函调) that asks an organisation about the applicant or one of their family.

    ``issuer`` is the branch that wrote it, whose letters of a year are numbered; the letter itself moves with the applicant.
    ``answer`` is what came back, kept encrypted; ``returned_on`` the day on which it did. ``cancelled_on`` is set where it was
    written by mistake, or is not needed any more.
    """

    owner_prefix = "applicant__organization__"

    applicant = models.ForeignKey(Applicant, on_delete=models.CASCADE, related_name="letters")
    issuer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="发函单位")
    year = models.PositiveSmallIntegerField("年度")
    serial = models.PositiveIntegerField("序号")
    number = models.CharField("编号", max_length=80)
    state = models.CharField("状态", max_length=10, choices=LetterState, default=LetterState.WRITTEN)
    about = NameField("被调查人", max_length=64)
    relation = models.CharField("与申请人的关系", max_length=20)
    to = models.CharField("收函单位", max_length=120)
    questions = models.TextField("需要了解的情况", max_length=1000)
    due_on = models.DateField("请于何日前函复")
    sent_on = models.DateField("发函日期", null=True, blank=True)
    reminded_on = models.DateField("催办日期", null=True, blank=True)
    returned_on = models.DateField("回函日期", null=True, blank=True)
    answer = EncryptedTextField("函复内容", blank=True)
    cancelled_on = models.DateField("作废日期", null=True, blank=True)
    cancel_reason = models.CharField("作废原因", max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("登记时间", default=clock.now)

    objects: ClassVar = OwnedManager.from_queryset(LetterQuerySet)()

    class Meta:
        verbose_name = "政审函调"
        verbose_name_plural = "政审函调"
        ordering = ("-made_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["issuer", "year", "serial"], name="one_letter_of_a_number"),
            models.CheckConstraint(
                condition=~Q(state__in=("sent", "returned")) | Q(sent_on__isnull=False), name="sent_letter_has_a_day"
            ),
        )
        indexes = (models.Index(fields=["state", "due_on"], name="letter_due"),)

    def __str__(self) -> str:
        return f"{self.number} {self.about}"

    @property
    def is_open(self) -> bool:
        """Whether it is neither answered nor cancelled."""
        return self.state in OPEN

    @property
    def is_late(self) -> bool:
        """Whether the answer should have come by now."""
        return self.state == LetterState.SENT and self.due_on < clock.today()
