"""Money between organisations: what is asked from below, and what goes up or down."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangjian.activities.dues.ledger.models.books import PURPOSES, JournalEntry
from dangjian.kernel import clock
from dangjian.kernel.ui import words
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedModel


class RemittancePeriod(models.TextChoices):
    """How often dues are passed up."""

    MONTH = "month", "每月"
    QUARTER = "quarter", "每季度"
    HALF_YEAR = "half_year", "每半年"
    YEAR = "year", "每年"


class RemittanceLevel(models.TextChoices):
    """Of whom a remittance is asked."""

    BRANCH = "branch", "所属党支部"
    COMMITTEE = "committee", "下级党委"
    OWN = "own", "本级向平台以外的上级"


class RemittanceTerm(OwnedModel):
    """What a committee (``organization``) asks of the branches or committees below it, from ``from_month`` until the next row.

    ``ratio_percent_x100`` is hundredths of a per cent of the dues paid (10000 is all of it). An organisation at the top, whose
    superior ``superior_name`` is not on this platform, keeps here what that one asks (``level`` own).
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="规定的上级")
    level = models.CharField("适用于", max_length=10, choices=RemittanceLevel)
    superior_name = models.CharField("上级党组织", max_length=120, blank=True)
    ratio_percent_x100 = models.PositiveIntegerField("上缴比例（万分比）")
    period = models.CharField("上缴周期", max_length=10, choices=RemittancePeriod)
    due_days = models.PositiveSmallIntegerField("期满后多少天内", default=10)
    from_month = models.DateField("执行月份")
    document = models.CharField("依据文号", max_length=120, blank=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = "上缴规定"
        verbose_name_plural = "上缴规定"
        ordering = ("organization", "-from_month", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(ratio_percent_x100__lte=10000), name="ratio_at_most_all"),
            models.UniqueConstraint(fields=["organization", "level", "from_month"], name="one_term_from_a_month"),
        )


class TransferKind(models.TextChoices):
    """Which way money goes between two levels."""

    UP = "up", "上缴"
    DOWN = "down", "下拨"
    LARGE = "large", "大额党费转交中央"


class TransferState(models.TextChoices):
    """How far it is. A transfer to a superior outside this platform ends when its receipt is recorded."""

    DUE = "due", "待上缴"
    SENT = "sent", "已转出，待确认"
    RECEIVED = "received", "已到账"
    CANCELLED = "cancelled", "已取消"


class Transfer(OwnedModel):
    """Money from one organisation to another, booked on both sides: when it is sent and when it is received.

    ``organization`` is the lower of the two, ``superior`` the upper one, or ``None`` with ``superior_name`` if that one is not
    on this platform. For ``up``: what was paid in the period is ``base_fen``, the share of it ``due_fen``. ``use`` and
    ``purpose`` bind what was allocated; the accountant ``prepared_by`` names the ``decision``, and ``earmark`` if it is passed on
    from an allocation received. ``payment`` is the single gift that a ``large`` transfer passes on wholly. ``opening`` is the
    entry of the opening balance that holds the money of a transfer which was owed, or had come, before the platform.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="下级党组织")
    superior = models.ForeignKey(Organization, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="上级党组织")
    superior_name = models.CharField("上级党组织", max_length=120)
    kind = models.CharField("类别", max_length=8, choices=TransferKind)
    period_start = models.DateField("所属期起", null=True, blank=True)
    period_end = models.DateField("所属期止", null=True, blank=True)
    base_fen = models.BigIntegerField("实收基数（分）", default=0)
    ratio_percent_x100 = models.PositiveIntegerField("比例（万分比）", default=10000)
    due_fen = models.BigIntegerField("应缴（分）", default=0)
    amount_fen = models.BigIntegerField("金额（分）", default=0)
    due_on = models.DateField("期限", null=True, blank=True)
    use = models.CharField("专款用途", max_length=4, choices=PURPOSES, blank=True)
    purpose = models.CharField("用途", max_length=200, blank=True)
    earmark = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="passed_on", verbose_name="专款")
    decided_on = models.DateField("集体研究日期", null=True, blank=True)
    decision = models.CharField("研究决定的会议", max_length=160, blank=True)
    decision_url = models.CharField(max_length=200, blank=True)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="会计"
    )
    payment = models.ForeignKey("dues.Payment", null=True, on_delete=models.PROTECT, related_name="large_transfers")
    state = models.CharField("状态", max_length=10, choices=TransferState, default=TransferState.DUE)
    sent_on = models.DateField("转出日期", null=True, blank=True)
    sent_entry = models.OneToOneField(JournalEntry, null=True, on_delete=models.PROTECT, related_name="sent_transfer")
    received_on = models.DateField("到账日期", null=True, blank=True)
    received_entry = models.OneToOneField(JournalEntry, null=True, on_delete=models.PROTECT, related_name="received_transfer")
    receipt = models.CharField("上级收据号", max_length=80, blank=True)
    opening = models.ForeignKey(JournalEntry, null=True, on_delete=models.PROTECT, related_name="opening_transfers")
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = "上缴下拨"
        verbose_name_plural = "上缴下拨"
        ordering = ("-period_end", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "period_start", "period_end"],
                condition=Q(kind="up") & ~Q(state="cancelled"),
                name="one_remittance_of_a_period",
            ),
            models.UniqueConstraint(
                fields=["organization", "payment"], condition=~Q(payment=None) & ~Q(state="cancelled"), name="one_step_of_a_gift"
            ),
        )
        indexes = (models.Index(fields=["superior", "state"], name="transfer_superior"),)

    @property
    def sender(self) -> Organization:
        """Whose book the money leaves: the lower organisation's, for an allocation the upper one's."""
        return self.superior if self.kind == TransferKind.DOWN and self.superior else self.organization

    @property
    def receiver(self) -> Organization | None:
        """Whose book the money reaches; ``None`` if that one is not on this platform."""
        return self.organization if self.kind == TransferKind.DOWN else self.superior

    @property
    def done_by(self) -> int | None:
        """The account that did the half before: the next step is somebody else's. ``None`` if one person may take both."""
        if self.state == TransferState.DUE:
            return self.prepared_by_id if self.kind == TransferKind.DOWN else None
        waits = self.state == TransferState.SENT and self.receiver is not None
        return self.sent_entry.made_by_id if waits and self.sent_entry else None

    @property
    def state_word(self) -> str:
        """How far it is, in the words of its kind: what waits to go down or on is not 待上缴."""
        waiting = {TransferKind.DOWN: "待付款", TransferKind.LARGE: "待转交"}
        word = waiting.get(TransferKind(self.kind)) if self.state == TransferState.DUE else None
        return word or TransferState(self.state).label

    @property
    def passing(self) -> str:
        """How far a step of a large gift has come: 已转交集团党委，待确认."""
        if self.state == TransferState.DUE:
            return f"待转交{self.superior_name}"
        if self.state == TransferState.SENT:
            return f"已转交{self.superior_name}，待{'确认' if self.superior_id else '登记收据'}"
        return f"转交{self.superior_name}，" + ("已到账" if self.superior_id else f"收据号 {self.receipt}")

    @property
    def passing_on(self) -> str:
        """The day on which it came so far, or by which it must be sent: 2026年7月15日前."""
        came_on = self.received_on or self.sent_on
        return words.day(came_on) if came_on else f"{words.day(self.due_on)}前"

    @property
    def period(self) -> str:
        """2026年10月, 2026年7月至9月, 启用前; empty for anything but ``up``."""
        if self.period_start is None or self.period_end is None:
            return "启用前" if self.kind == TransferKind.UP and self.opening_id else ""
        first = f"{self.period_start.year}年{self.period_start.month}月"
        return first if self.period_start.month == self.period_end.month else f"{first}至{self.period_end.month}月"
