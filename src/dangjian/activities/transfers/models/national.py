"""What the national system last said of transfers."""

from django.conf import settings
from django.db import models

from dangjian.engines.procedures.models import ProcedureCase
from dangjian.kernel import clock
from dangjian.kernel.fields import NameField
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedModel


class NationalAnswer(models.TextChoices):
    """Where the national system has a transfer; what the side that sends somebody did there are answers of their own."""

    PENDING = "pending", "办理中"
    RELEASED = "released", "已转出"
    RECEIVED = "received", "已接收"
    CONFIRMED = "confirmed", "回执已确认"
    RETURNED = "returned", "已退回"


class NationalRow(OwnedModel):
    """A row of the table that came back: what the national system says of a transfer, the last time that it was read.

    ``case`` is ours; ``None`` where we have none. ``key`` tells rows of an organisation apart: the number of our case, or a blind
    index of the person with the direction. ``organization`` is that of our case, or the one for which the table was read.
    """

    Answer = NationalAnswer

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党组织")
    case = models.ForeignKey(ProcedureCase, null=True, blank=True, on_delete=models.CASCADE, related_name="national")
    key = models.CharField(max_length=80)
    name = NameField("姓名", max_length=64)
    direction = models.CharField("转接类型", max_length=20)
    sent_from = models.CharField("转出党组织", max_length=200, blank=True)
    sent_to = models.CharField("转入党组织", max_length=200, blank=True)
    answer = models.CharField("全国系统的结果", max_length=10, choices=NationalAnswer)
    answered_on = models.DateField("办理日期", null=True, blank=True)
    reason = models.CharField("原因", max_length=200, blank=True)
    read_at = models.DateTimeField("导入时间", default=clock.now)
    read_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "全国系统转接记录"
        verbose_name_plural = "全国系统转接记录"
        ordering = ("-read_at", "-pk")
        constraints = (models.UniqueConstraint(fields=["organization", "key"], name="national_row_once"),)

    def __str__(self) -> str:
        return self.name
