"""What a branch arranged about paying and collecting: by the quarter, at another place, by the leader of a group."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from dangjian.activities.dues.models.profile import SpanQuerySet
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedManager, OwnedModel


class ArrangementKind(models.TextChoices):
    """How a member pays otherwise than every month to their branch."""

    QUARTERLY = "quarterly", "按季交纳"
    ELSEWHERE = "elsewhere", "在流入地交纳"


class ArrangementQuerySet(SpanQuerySet["Arrangement"]):
    """Arrangements."""

    def holding(self) -> Self:
        """Those that were not withdrawn."""
        return self.filter(withdrawn_at=None)


class Arrangement(OwnedModel):
    """What the branch agreed with one member, in the months from ``from_month`` until before ``until_month``.

    ``quarterly``: the months of a quarter are due at its end (2008 regulation, article 12). ``elsewhere``: the holder of a
    certificate of mobile members (``certificate``) pays where they are (``place``), so that nothing is owed here (article 9). It
    holds for what they owe at ``branch``, which agreed, and no longer once they belong to another. Ending one early shortens
    ``until_month``; at ``from_month`` itself it is withdrawn.
    """

    owner_prefix = "member__organization__"

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="dues_arrangements", verbose_name="党员")
    branch = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="同意的党支部")
    kind = models.CharField("方式", max_length=10, choices=ArrangementKind)
    from_month = models.DateField("起始月份")
    until_month = models.DateField("止于月份之前")
    reason = models.CharField("原因", max_length=200)
    agreed_on = models.DateField("支部同意日期")
    certificate = models.CharField("流动党员活动证编号", max_length=60, blank=True)
    place = models.CharField("流入地党组织", max_length=120, blank=True)
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField("登记时间", default=clock.now)
    end_reason = models.CharField("提前结束的原因", max_length=200, blank=True)
    withdrawn_at = models.DateTimeField("撤销时间", null=True, blank=True)

    objects: ClassVar = OwnedManager.from_queryset(ArrangementQuerySet)()

    class Meta:
        verbose_name = "党费交纳约定"
        verbose_name_plural = "党费交纳约定"
        ordering = ("-from_month", "-pk")
        constraints = (models.CheckConstraint(condition=Q(until_month__gt=F("from_month")), name="arrangement_not_empty"),)
        indexes = (models.Index(fields=["member", "kind", "from_month"], name="arrangement_member"),)

    def __str__(self) -> str:
        return f"{self.member}{self.get_kind_display()}"

    @property
    def is_open(self) -> bool:
        """Whether it can still be ended: neither withdrawn nor over."""
        return self.withdrawn_at is None and self.until_month > clock.today().replace(day=1)


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
