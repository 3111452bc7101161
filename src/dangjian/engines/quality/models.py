"""What checks have found: the figures of each month, what is to be mended now, and lists that were worked through."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.quality_offers import SORTS
from dangjian.org.scope import OwnedManager, OwnedModel, OwnedQuerySet


class QualityMonth(OwnedModel):
    """How many records of an organisation a check looked at in a month, and how many of them failed.

    ``month`` is its first day. ``as_of`` is the morning or moment as of which the records were judged: of a month that is over,
    the first morning after it. ``explained`` are those that failed and were explained, and count neither way.
    """

    is_worked_out = True

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", verbose_name="党组织")
    month = models.DateField("月份")
    check_code = models.CharField("检查项", max_length=60)
    sort = models.CharField("类别", max_length=12, choices=list(SORTS.items()))
    looked_at = models.PositiveIntegerField("检查的记录", default=0)
    failing = models.PositiveIntegerField("有问题的记录", default=0)
    explained = models.PositiveIntegerField("已说明的记录", default=0)
    as_of = models.DateField("截至")

    class Meta:
        verbose_name = "数据质量月度结果"
        verbose_name_plural = "数据质量月度结果"
        ordering = ("-month", "organization", "check_code")
        constraints = (models.UniqueConstraint(fields=["organization", "month", "check_code"], name="one_result_a_month"),)
        indexes = (models.Index(fields=["month", "organization"], name="quality_month"),)

    def __str__(self) -> str:
        return f"{self.organization} {self.month:%Y-%m} {self.check_code}"


class FlawQuerySet(OwnedQuerySet["Flaw"]):
    """Records that fail a check."""

    def to_mend(self) -> Self:
        """Those that can be mended, and were not explained."""
        return self.exclude(url="").filter(explained_at=None)

    def late(self) -> Self:
        """Those that were entered late: nothing can be mended about them."""
        return self.filter(url="")


class Flaw(OwnedModel):
    """A record that fails a check now. It goes when it fails no more; what it was stays in the figures of the months.

    ``found_on`` is the day on which it was found first. ``keeper`` is the organisation that has to mend it. ``own_url`` is
    the page on which the member concerned answers themselves. ``explained_at`` is set when whoever keeps the record has
    checked it and says in ``explanation`` why it stays as it is; that holds as long as the setting says.
    """

    account_path = "member__user_id"
    is_worked_out = True

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", verbose_name="党组织")
    keeper = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", verbose_name="由谁补正")
    check_code = models.CharField("检查项", max_length=60)
    sort = models.CharField("类别", max_length=12, choices=list(SORTS.items()))
    key = models.CharField(max_length=80)
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.CASCADE, related_name="+", verbose_name="党员")
    about = models.CharField("记录", max_length=120)
    text = models.CharField("问题", max_length=300)
    url = models.CharField(max_length=200, blank=True)
    permission = models.CharField(max_length=60, blank=True)
    own_url = models.CharField(max_length=200, blank=True)
    found_on = models.DateField("发现日期")
    explanation = models.CharField("说明", max_length=200, blank=True)
    explained_at = models.DateTimeField("说明时间", null=True, blank=True)
    explained_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar = OwnedManager.from_queryset(FlawQuerySet)()

    class Meta:
        verbose_name = "要补正的记录"
        verbose_name_plural = "要补正的记录"
        ordering = ("organization__path", "about", "pk")
        constraints = (models.UniqueConstraint(fields=["organization", "check_code", "key"], name="one_flaw_of_a_record"),)
        indexes = (
            models.Index(fields=["organization", "sort"], name="flaw_organization"),
            models.Index(fields=["keeper", "found_on"], name="flaw_keeper"),
        )

    def __str__(self) -> str:
        return f"{self.about}：{self.text}"

    @property
    def is_late(self) -> bool:
        """Whether it was entered late, so that nothing can be mended about it."""
        return not self.url


class WorkedThrough(OwnedModel):
    """An organisation has worked through what it had to mend in a month.

    ``left_over`` is how many it could not mend, ``note`` why; without any it follows by itself. ``ordinal`` is the number of the
    month's first day, by which the duty of the month finds it.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", verbose_name="党组织")
    month = models.DateField("月份")
    ordinal = models.PositiveIntegerField()
    done_on = models.DateField("完成日期")
    left_over = models.PositiveIntegerField("没有补正的记录", default=0)
    note = models.CharField("说明", max_length=200, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "月度核对完成情况"
        verbose_name_plural = "月度核对完成情况"
        ordering = ("-month", "organization")
        constraints = (
            models.UniqueConstraint(fields=["organization", "month"], name="worked_through_once_a_month"),
            models.CheckConstraint(condition=Q(left_over=0) | ~Q(note=""), name="left_over_is_explained"),
        )

    def __str__(self) -> str:
        return f"{self.organization} {self.month:%Y-%m}"
