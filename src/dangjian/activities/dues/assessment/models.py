"""What a member's dues rest on: dated assessments of their base, reliefs that were approved, what was arranged about paying."""

import datetime as dt
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from dangjian.activities.dues.kinds import PayerKind
from dangjian.activities.dues.policy import shifted
from dangjian.kernel import clock
from dangjian.kernel.ui import words
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedManager, OwnedModel, OwnedQuerySet, Row


class SpanQuerySet(OwnedQuerySet[Row]):
    """Rows that hold from ``from_month`` until before ``until_month``, both the first day of a month."""

    def holding(self) -> Self:
        """Those that count: not replaced, and approved where approval is needed."""
        return self.filter(replaced_at=None)

    def in_month(self, month: dt.date) -> Self:
        """Those that hold in the month that begins on ``month``."""
        return self.holding().filter(Q(until_month=None) | Q(until_month__gt=month), from_month__lte=month)


class Assessment(OwnedModel):
    """党费核定: from ``from_month`` on the member pays ``amount_fen`` a month.

    It is worked out from ``base_fen`` by the rule of that time.
    ``until_month`` (exclusive) follows from the next assessment and from a change of the rules; an assessment of the same
    month that was put right has ``replaced_at``. ``items`` are the wage items it was added up from, in 分 by code of
    ``policy.WageItem``; empty if the base was given as one sum.
    """

    owner_prefix = "member__organization__"
    account_path = "member__user_id"

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="dues_assessments")
    kind = models.CharField("交纳人类别", max_length=16, choices=PayerKind)
    from_month = models.DateField("起交月份")
    until_month = models.DateField("止于月份之前", null=True, blank=True)
    base_fen = models.BigIntegerField("计算基数（分）", default=0)
    items = models.JSONField("工资项目（分）", default=dict)
    rate = models.CharField("比例", max_length=16, blank=True)
    amount_fen = models.BigIntegerField("月交纳额（分）")
    explanation = models.CharField("计算说明", max_length=300)
    citation = models.CharField("依据", max_length=300)
    reason = models.CharField("核定原因", max_length=200, blank=True)
    batch = models.BigIntegerField("导入批次", null=True)
    assessed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    assessed_at = models.DateTimeField("核定时间", default=clock.now)
    replaced_at = models.DateTimeField("更正时间", null=True, blank=True)

    objects: ClassVar = OwnedManager.from_queryset(SpanQuerySet)()

    class Meta:
        verbose_name = "党费核定"
        verbose_name_plural = "党费核定"
        ordering = ("member", "-from_month", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["member", "from_month"], condition=Q(replaced_at=None), name="one_assessment_from_a_month"
            ),
            models.CheckConstraint(condition=Q(amount_fen__gte=0, base_fen__gte=0), name="assessment_not_negative"),
            models.CheckConstraint(
                condition=Q(until_month=None) | Q(until_month__gt=F("from_month")), name="assessment_not_empty"
            ),
        )
        indexes = (models.Index(fields=["batch"], name="assessment_batch"),)

    def __str__(self) -> str:
        return self.explanation


class PaidUntil(OwnedModel):
    """党费已交至: the month up to which (included) a member's dues were paid elsewhere. No bill is made for what was paid so.

    On paper before the platform, as a table of bases says (``batch``), or where the member came from, as their letter of
    introduction says: ``source`` is that letter in words, ``arrival`` its number in transfers, ``from_month`` the month in which
    they came, before which nothing is said, ``former`` what stood here before.
    """

    owner_prefix = "member__organization__"
    account_path = "member__user_id"

    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="dues_paid_until", verbose_name="党员")
    month = models.DateField("已交至")
    batch = models.BigIntegerField("导入批次", null=True)
    source = models.CharField("依据", max_length=200, blank=True)
    arrival = models.BigIntegerField("介绍信", null=True)
    from_month = models.DateField("转入的月份", null=True)
    former = models.JSONField(null=True)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField("登记时间", default=clock.now)

    class Meta:
        verbose_name = "别处已交党费"
        verbose_name_plural = "别处已交党费"

    def __str__(self) -> str:
        if self.from_month is None:
            return f"启用前已交至{words.month(self.month)}"
        paid, begins = words.month(self.month), words.month(max(shifted(self.month, 1), self.from_month))
        return f"转来以前党费已交到{paid}（{self.source}），从{begins}起在本支部交纳"


class ReliefKind(models.TextChoices):
    """What a relief does to the monthly sum."""

    REDUCED = "reduced", "少交"
    EXEMPT = "exempt", "免交"


class ReliefState(models.TextChoices):
    """How far the approval is: the branch studies it, the next higher committee decides."""

    PROPOSED = "proposed", "待上级党委批准"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "未批准"
    WITHDRAWN = "withdrawn", "已撤回"


class ReliefQuerySet(SpanQuerySet["Relief"]):
    """Reliefs."""

    def holding(self) -> Self:
        """Those approved."""
        return self.filter(state=ReliefState.APPROVED)


class Relief(OwnedModel):
    """减免: in the months from ``from_month`` until before ``until_month`` the member pays ``monthly_fen``, or nothing.

    The branch committee or meeting studies it (``studied_on``), the next higher Party committee ``decided_at`` approves
    (2008 regulation, article 7). Ending one early shortens ``until_month``; at ``from_month`` itself it becomes withdrawn.
    """

    owner_prefix = "member__organization__"

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="dues_reliefs")
    kind = models.CharField("减免方式", max_length=8, choices=ReliefKind)
    monthly_fen = models.BigIntegerField("减免后月交纳额（分）", default=0)
    from_month = models.DateField("起始月份")
    until_month = models.DateField("止于月份之前", null=True, blank=True)
    reason = models.CharField("困难情况", max_length=300)
    studied_on = models.DateField("支部研究日期")
    studied_at = models.CharField("研究的会议", max_length=120)
    state = models.CharField("状态", max_length=10, choices=ReliefState, default=ReliefState.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField("报批时间", default=clock.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("批复时间", null=True, blank=True)
    document = models.CharField("批复文号", max_length=120, blank=True)
    answer = models.CharField("批复意见", max_length=200, blank=True)

    objects: ClassVar = OwnedManager.from_queryset(ReliefQuerySet)()

    class Meta:
        verbose_name = "党费减免"
        verbose_name_plural = "党费减免"
        ordering = ("-proposed_at", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(monthly_fen__gte=0), name="relief_not_negative"),
            models.CheckConstraint(condition=Q(until_month=None) | Q(until_month__gt=F("from_month")), name="relief_not_empty"),
        )
        indexes = (models.Index(fields=["member", "state", "from_month"], name="relief_member"),)

    def __str__(self) -> str:
        return f"{self.member} {self.get_kind_display()}"

    @property
    def duration(self) -> str:
        """2026年7月起，2027年1月恢复."""
        back = f"，{words.month(self.until_month)}恢复" if self.until_month else ""
        return f"{words.month(self.from_month)}起{back}"


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
