"""What keeps dues honest: talks and cases about arrears, and the yearly check."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedModel


class ArrearsStage(models.TextChoices):
    """After three months unpaid the secretary talks to the member; after six a case is opened."""

    TALK = "talk", "谈话提醒"
    CASE = "case", "长期欠交核查"


class ArrearsState(models.TextChoices):
    """How far it is. Nothing here removes anybody: what follows is decided by people in another procedure."""

    OPEN = "open", "待办理"
    TALKED = "talked", "已谈话"
    PAID = "paid", "已补交"
    EXCUSED = "excused", "有正当理由"
    REFERRED = "referred", "已报上级研究"


class ArrearsCase(OwnedModel):
    """Months unpaid in a row (``since_month`` and ``months``), opened by the daily work, handled by the secretary."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党支部")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="dues_cases")
    stage = models.CharField("阶段", max_length=8, choices=ArrearsStage)
    since_month = models.DateField("欠交起始月份")
    months = models.PositiveSmallIntegerField("连续欠交月数")
    citation = models.CharField("依据", max_length=300)
    opened_on = models.DateField("生成日期")
    due_on = models.DateField("办理期限")
    state = models.CharField("状态", max_length=10, choices=ArrearsState, default=ArrearsState.OPEN)
    handled_on = models.DateField("办理日期", null=True, blank=True)
    handled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField("谈话或核查情况", max_length=500, blank=True)
    promised_on = models.DateField("限期交纳日期", null=True, blank=True)

    class Meta:
        verbose_name = "欠交党费"
        verbose_name_plural = "欠交党费"
        ordering = ("due_on", "pk")
        constraints = (
            models.UniqueConstraint(fields=["member", "stage", "since_month"], name="one_case_of_a_stage"),
            models.CheckConstraint(condition=Q(months__gte=1), name="case_has_months"),
        )
        indexes = (models.Index(fields=["organization", "state"], name="case_branch"),)


class Inspection(OwnedModel):
    """The yearly check of dues work by an organisation."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="检查的党组织")
    year = models.PositiveSmallIntegerField("年度")
    checked_on = models.DateField("检查日期")
    inspectors = models.CharField("检查人员", max_length=120)
    findings = models.TextField("检查情况和问题")
    follow_up = models.TextField("整改要求", blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = "党费检查"
        verbose_name_plural = "党费检查"
        ordering = ("-checked_on", "-pk")
