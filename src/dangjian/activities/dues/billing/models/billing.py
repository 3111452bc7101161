"""What is owed: one bill for each member and month, what changed it, and the sums of a branch's month."""

import datetime as dt
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from dangjian.activities.dues.kinds import PayerKind
from dangjian.activities.dues.policy import last_day
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedManager, OwnedModel, OwnedQuerySet


class MonthRun(models.Model):
    """That bills of ``month`` were made. Whoever makes or changes bills of it holds this row, one after the other."""

    month = models.DateField(unique=True)
    first_made_at = models.DateTimeField(default=clock.now)
    last_made_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = "应交党费生成"
        verbose_name_plural = "应交党费生成"

    def __str__(self) -> str:
        return f"{self.month:%Y年%m月}"


class BillQuerySet(OwnedQuerySet["Bill"]):
    """Bills."""

    def unsettled(self) -> Self:
        """Those with something left to pay."""
        return self.filter(settled_on=None)

    def soonest_first(self) -> Self:
        """Oldest month first."""
        return self.order_by("month", "pk")

    def asked_for(self, month_end: dt.date) -> Self:
        """Those that somebody is asked for in the month ending then: the dues of a quarter in its last month, not before."""
        return self.filter(Q(later_due_on=None) | Q(later_due_on__lte=month_end))


class Bill(OwnedModel):
    """应交党费: what one member owes for one month, to the branch where their membership stood on the first day of it.

    ``standard_fen`` is the sum of the assessment, ``amount_fen`` that sum after relief when the bill was made,
    ``adjusted_fen`` the total of its adjustments, ``owed_fen = amount_fen + adjusted_fen``. ``paid_fen`` is the total of its
    payment lines. ``settled_on`` is the day on which nothing was left to pay. All in 分; ``month`` is its first day.
    ``later_due_on`` is the last day on which it is in time if the branch agreed to payment by the quarter.
    """

    account_path = "member__user_id"

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党支部", db_index=False
    )
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="dues_bills", db_index=False)
    month = models.DateField("所属月份")
    kind = models.CharField("交纳人类别", max_length=16, choices=PayerKind)
    assessment = models.ForeignKey("dues.Assessment", on_delete=models.PROTECT, related_name="+", db_index=False)
    relief = models.ForeignKey("dues.Relief", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    standard_fen = models.BigIntegerField("核定额（分）")
    amount_fen = models.BigIntegerField("应交（分）")
    adjusted_fen = models.BigIntegerField("调整（分）", default=0)
    owed_fen = models.BigIntegerField("调整后应交（分）")
    paid_fen = models.BigIntegerField("已交（分）", default=0)
    settled_on = models.DateField("交清日期", null=True, blank=True)
    later_due_on = models.DateField("按季交纳的期限", null=True, blank=True)
    made_at = models.DateTimeField("生成时间", default=clock.now)

    objects: ClassVar = OwnedManager.from_queryset(BillQuerySet)()

    class Meta:
        verbose_name = "应交党费"
        verbose_name_plural = "应交党费"
        ordering = ("-month", "member__name_sort", "pk")
        constraints = (
            models.UniqueConstraint(fields=["member", "month"], name="one_bill_of_a_month"),
            models.CheckConstraint(condition=Q(owed_fen=F("amount_fen") + F("adjusted_fen")), name="bill_adds_up"),
            models.CheckConstraint(condition=Q(owed_fen__gte=0, paid_fen__gte=0), name="bill_not_negative"),
        )
        indexes = (
            models.Index(fields=["month", "organization"], name="bill_month_branch"),
            models.Index(fields=["organization", "month"], condition=Q(settled_on=None), name="bill_unsettled"),
        )

    def __str__(self) -> str:
        return f"{self.month:%Y年%m月}党费"

    @property
    def left_fen(self) -> int:
        """What is still to pay; 0 if more was paid than owed."""
        return max(self.owed_fen - self.paid_fen, 0)

    @property
    def is_before_live(self) -> bool:
        """Whether the month was over before the branch went live: owed only as far as it is paid here."""
        return self.organization.live_on > last_day(self.month)

    @property
    def is_by_quarter(self) -> bool:
        """Whether the branch agreed that it is paid with its quarter."""
        return self.later_due_on is not None

    @property
    def over_fen(self) -> int:
        """What was paid above what is owed."""
        return max(self.paid_fen - self.owed_fen, 0)


class AdjustmentReason(models.TextChoices):
    """Why a bill came to another sum after it was made."""

    ASSESSED = "assessed", "重新核定"
    RELIEF = "relief", "减免变动"
    LEFT = "left", "党籍变动"
    WAIVED = "waived", "不再追缴"
    NOT_LIVE = "not_live", "启用前的月份，或者启用前、转来以前已交"
    ELSEWHERE = "elsewhere", "持流动党员活动证在流入地交纳"
    TEMPORARY = "temporary", "临时党支部不收缴党费"


class BillAdjustment(OwnedModel):
    """One change of a bill: ``delta_fen`` is added to what is owed. Never changed itself."""

    owner_prefix = "bill__organization__"
    account_path = "bill__member__user_id"

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="adjustments")
    delta_fen = models.BigIntegerField("调整（分）")
    reason = models.CharField("原因", max_length=10, choices=AdjustmentReason)
    note = models.CharField("说明", max_length=200, blank=True)
    assessment = models.ForeignKey("dues.Assessment", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    relief = models.ForeignKey("dues.Relief", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_by = models.CharField("调整人", max_length=64, blank=True)
    made_at = models.DateTimeField("调整时间", default=clock.now)

    class Meta:
        verbose_name = "党费调整"
        verbose_name_plural = "党费调整"
        ordering = ("bill", "pk")
        constraints = (models.CheckConstraint(condition=~Q(delta_fen=0), name="adjustment_changes_something"),)

    @property
    def size_fen(self) -> int:
        """The change without its sign."""
        return abs(self.delta_fen)


class BranchMonthQuerySet(OwnedQuerySet["BranchMonth"]):
    """Months of branches."""

    def unsettled(self) -> Self:
        """Those in which somebody still owes."""
        return self.filter(settled_on=None)


class BranchMonth(OwnedModel):
    """The sums of one branch's bills of one month, kept by the actions that change bills. Everybody counts from here.

    ``on_time_fen`` is what was paid in time; ``extra_fen`` is given freely beside the bills, in the month of payment.
    ``due_on`` is the last day of the month's bills that are open or were late, so that of a quarter if only such are left.
    ``settled_on`` is the day on which nobody owed anything any more.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党支部", db_index=False
    )
    month = models.DateField("所属月份")
    due_on = models.DateField("收缴期限")
    bills = models.PositiveIntegerField("应交人数", default=0)
    unsettled = models.PositiveIntegerField("未交清人数", default=0)
    reduced = models.PositiveIntegerField("少交人数", default=0)
    exempt = models.PositiveIntegerField("免交人数", default=0)
    owed_fen = models.BigIntegerField("应交（分）", default=0)
    paid_fen = models.BigIntegerField("已交（分）", default=0)
    on_time_fen = models.BigIntegerField("按期交纳（分）", default=0)
    settled_on = models.DateField("收齐日期", null=True, blank=True)

    objects: ClassVar = OwnedManager.from_queryset(BranchMonthQuerySet)()

    class Meta:
        verbose_name = "支部月度党费"
        verbose_name_plural = "支部月度党费"
        ordering = ("-month", "organization__path")
        constraints = (models.UniqueConstraint(fields=["organization", "month"], name="one_sum_of_a_branch_month"),)
        indexes = (models.Index(fields=["month", "organization"], name="branch_month"),)
