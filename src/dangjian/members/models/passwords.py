"""First passwords on their way to their owners, and the background's work on the accounts of a whole organisation."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangjian.kernel import clock
from dangjian.kernel.fields import EncryptedTextField
from dangjian.kernel.progress import Progress
from dangjian.kernel.ui.words import number
from dangjian.members.models.member import Member
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedModel


class Who(models.TextChoices):
    """Whose accounts are meant."""

    OFFICERS = "officers", "书记、委员和党小组组长"
    EVERYBODY = "everybody", "全体党员"


class RunState(models.TextChoices):
    """How far the background is."""

    WAITING = "waiting", "等待后台处理"
    OPENING = "opening", "正在开通账号"
    SEALING = "sealing", "正在制作登录条"
    READY = "ready", "已办完"
    FAILED = "failed", "没有办完"


UNDER_WAY = (RunState.WAITING, RunState.OPENING, RunState.SEALING)


class AccountRun(OwnedModel):
    """Accounts of an organisation and all below it opened at once, with slips of first passwords if ``makes_slips``.

    With ``again`` those who were given a first password before and never used it get a new one; the old one ends. ``done`` of
    ``total`` is how far it is.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党组织")
    who = models.CharField("范围", max_length=10, choices=Who, default=Who.EVERYBODY)
    makes_slips = models.BooleanField("制作登录条", default=True)
    again = models.BooleanField("重新制作", default=False)
    state = models.CharField("状态", max_length=8, choices=RunState, default=RunState.WAITING)
    opened = models.PositiveIntegerField("开通的账号", default=0)
    made = models.PositiveIntegerField("制作的登录条", default=0)
    done = models.PositiveIntegerField("已办", default=0)
    total = models.PositiveIntegerField("共办", default=0)
    failure = models.CharField("没有办完的原因", max_length=300, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    asked_at = models.DateTimeField("办理时间", default=clock.now)

    class Meta:
        verbose_name = "批量开通账号"
        verbose_name_plural = "批量开通账号"
        ordering = ("-asked_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["organization"], condition=Q(state__in=UNDER_WAY), name="one_account_run"),
        )

    @property
    def is_under_way(self) -> bool:
        """Whether the background still has to do with it."""
        return self.state in UNDER_WAY

    @property
    def share(self) -> int:
        """How far it is, in percent."""
        return self.done * 100 // self.total if self.total else 0

    @property
    def progress(self) -> Progress:
        """How far the background is."""
        counted = f"（{number(self.done)} / {number(self.total)}）" if self.total else ""
        return Progress(self.share, f"{self.get_state_display()}{counted}", is_over=not self.is_under_way)


class FirstPassword(OwnedModel):
    """The first password of a member who has not chosen their own yet.

    ``password`` lies here, encrypted, only until its slip is printed or for some days (``FIRST_PASSWORD_DAYS``). Of one that was
    handed out remains when and how.
    """

    class How(models.TextChoices):
        """How it reached its owner."""

        SLIP = "slip", "已打印登录条"
        TOLD = "told", "已当面告知"

    owner_prefix = "member__organization__"

    member = models.OneToOneField(Member, on_delete=models.CASCADE, related_name="first_password", verbose_name="党员")
    password = EncryptedTextField("初始密码", blank=True)
    made_at = models.DateTimeField("制作时间", default=clock.now)
    run = models.ForeignKey(AccountRun, null=True, on_delete=models.SET_NULL, related_name="+")
    handed_at = models.DateTimeField("发放时间", null=True, blank=True)
    how = models.CharField("发放方式", max_length=4, choices=How, blank=True)

    class Meta:
        verbose_name = "初始密码"
        verbose_name_plural = "初始密码"
        ordering = ("member",)
