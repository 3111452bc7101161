"""Members who are away and belong here all the same: floating members who went out."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangjian.kernel import clock
from dangjian.kernel.fields import EncryptedTextField
from dangjian.members.models import Member
from dangjian.org.scope import OwnedManager, OwnedModel, OwnedQuerySet


class Direction(models.TextChoices):
    """How far somebody went, as the yearly table asks."""

    CITY = "city", "本市内"
    PROVINCE = "province", "省内其他市"
    OTHER_PROVINCE = "other_province", "外省（区、市）"
    STUDY_ABROAD = "study_abroad", "出国（境）学习研究"
    ABROAD = "abroad", "其他出国（境）"


ABROAD = frozenset({Direction.STUDY_ABROAD, Direction.ABROAD})


class End(models.TextChoices):
    """How being away ended."""

    RETURNED = "returned", "返回"
    TRANSFERRED = "transferred", "转接组织关系"
    LEFT = "left", "不再是本支部党员"
    MISTAKE = "mistake", "登记错了"


class AwayQuerySet(OwnedQuerySet["Away"]):
    """Members who are or were away."""

    def running(self) -> Self:
        """Those who are away now."""
        return self.filter(ended_on=None)


class Away(OwnedModel):
    """A member is away from ``since_on`` on; they belong to their branch all the same, and count there.

    ``until_on`` is when they are expected back, if that is known. ``led_by`` is the Party organisation that leads them there,
    ``certificate`` the number of their 流动党员活动证. After six months at a fairly fixed place (``is_fixed``) a transfer is due;
    ``stays_on`` is the day on which the branch said why there is none for now. ``by_themselves``: they reported it.
    """

    owner_prefix = "member__organization__"
    account_path = "member__user_id"

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="away", verbose_name="党员")
    direction = models.CharField("去向", max_length=16, choices=Direction)
    place = models.CharField("外出地点", max_length=60)
    unit = EncryptedTextField("当地单位或住处", blank=True)
    phone = EncryptedTextField("当地联系电话", blank=True)
    since_on = models.DateField("外出日期")
    until_on = models.DateField("预计返回日期", null=True, blank=True)
    is_fixed = models.BooleanField("地点相对固定", default=False)
    led_by = models.CharField("流入地党组织", max_length=120, blank=True)
    certificate = models.CharField("流动党员活动证编号", max_length=60, blank=True)
    by_themselves = models.BooleanField("本人报告", default=False)
    stays_on = models.DateField("决定暂不转接的日期", null=True, blank=True)
    stays_because = models.CharField("暂不转接的原因", max_length=200, blank=True)
    ended_on = models.DateField("结束日期", null=True, blank=True)
    end = models.CharField("结束方式", max_length=12, choices=End, blank=True)
    end_note = models.CharField("结束说明", max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("登记时间", default=clock.now)

    objects: ClassVar = OwnedManager.from_queryset(AwayQuerySet)()

    class Meta:
        verbose_name = "流出党员"
        verbose_name_plural = "流出党员"
        ordering = ("-since_on", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["member"], condition=Q(ended_on=None), name="away_once_at_a_time"),
            models.CheckConstraint(condition=Q(ended_on=None) | ~Q(end=""), name="away_says_how_it_ended"),
        )
        indexes = (models.Index(fields=["ended_on", "-since_on"], name="away_running"),)

    def __str__(self) -> str:
        return f"{self.member}，{self.place}"

    @property
    def is_open(self) -> bool:
        """Whether they are away now."""
        return self.ended_on is None

    @property
    def is_abroad(self) -> bool:
        """Whether they are outside the country."""
        return self.direction in ABROAD
