"""Letters of the political review: asked elsewhere, answered, reminded of."""

from django.conf import settings
from django.db import models

from dangjian.activities.development.models.applicant import Applicant
from dangjian.kernel import clock
from dangjian.kernel.fields import EncryptedTextField, NameField
from dangjian.org.scope import OwnedModel


class ReviewLetter(OwnedModel):
    """A letter (函调) that asks an organisation about the applicant or one of their family.

    ``answer`` is what came back, kept encrypted; ``returned_on`` the day on which it did. ``cancelled_on`` is set where it was
    sent by mistake, or is not needed any more.
    """

    owner_prefix = "applicant__organization__"

    applicant = models.ForeignKey(Applicant, on_delete=models.CASCADE, related_name="letters")
    number = models.CharField("编号", max_length=40)
    about = NameField("被调查人", max_length=64)
    relation = models.CharField("与申请人的关系", max_length=20)
    to = models.CharField("收函单位", max_length=120)
    questions = models.TextField("需要了解的情况", max_length=1000)
    sent_on = models.DateField("发函日期")
    due_on = models.DateField("请于何日前函复")
    reminded_on = models.DateField("催办日期", null=True, blank=True)
    returned_on = models.DateField("回函日期", null=True, blank=True)
    answer = EncryptedTextField("函复内容", blank=True)
    cancelled_on = models.DateField("作废日期", null=True, blank=True)
    cancel_reason = models.CharField("作废原因", max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("登记时间", default=clock.now)

    class Meta:
        verbose_name = "政审函调"
        verbose_name_plural = "政审函调"
        ordering = ("-sent_on", "-pk")
        constraints = (models.UniqueConstraint(fields=["number"], name="one_letter_of_a_number"),)

    def __str__(self) -> str:
        return f"{self.number} {self.about}"

    @property
    def is_open(self) -> bool:
        """Whether an answer is waited for."""
        return self.returned_on is None and self.cancelled_on is None

    @property
    def is_late(self) -> bool:
        """Whether the answer should have come by now."""
        return self.is_open and self.due_on < clock.today()
