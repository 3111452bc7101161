"""What the leader of a group collects for the branch."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangjian.kernel import clock
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedModel


class GroupCollecting(OwnedModel):
    """The branch lets the leader of one of its groups collect that group's dues, from ``since`` until ``ended_on``."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党支部")
    group = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="dues_collecting", verbose_name="党小组")
    since = models.DateField("开始日期")
    ended_on = models.DateField("停止日期", null=True, blank=True)
    allowed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "党小组收缴党费"
        verbose_name_plural = "党小组收缴党费"
        ordering = ("-since", "-pk")
        constraints = (models.UniqueConstraint(fields=["group"], condition=Q(ended_on=None), name="one_collecting_of_a_group"),)

    def __str__(self) -> str:
        return f"{self.group}收缴党费"


class Handover(OwnedModel):
    """What a leader had collected went into the branch's hands: ``amount_fen``, from ``giver`` to ``taken_by``.

    In the books the money is the branch's from the moment in which it was collected; this says who holds it.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党支部")
    group = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党小组")
    giver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="交款人")
    amount_fen = models.BigIntegerField("金额（分）")
    taken_on = models.DateField("交接日期")
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="接收人"
    )
    taken_at = models.DateTimeField("登记时间", default=clock.now)

    class Meta:
        verbose_name = "党小组党费交接"
        verbose_name_plural = "党小组党费交接"
        ordering = ("-taken_at", "-pk")
        constraints = (models.CheckConstraint(condition=Q(amount_fen__gt=0), name="handover_is_positive"),)

    def __str__(self) -> str:
        return f"{self.group}交接"
