"""Money that comes without the treasurer: orders at a provider, what providers told, statements of the bank."""

import datetime as dt

from django.conf import settings
from django.db import models

from dangjian.activities.dues.billing.models import Payment
from dangjian.kernel import clock
from dangjian.kernel.fields import NameField
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedModel


class OrderState(models.TextChoices):
    """How far an order is."""

    OPEN = "open", "待支付"
    PAID = "paid", "已到账"
    CANCELLED = "cancelled", "已取消"
    EXPIRED = "expired", "已过期"
    SETTLED = "settled", "已另行交清"


class PaymentOrder(OwnedModel):
    """A member's intention to pay through a provider, known to it by ``reference``.

    ``months`` are the ISO days of the months of the bills it will settle, ``held_by`` the organisation whose account is to
    receive the money.
    """

    account_path = "member__user_id"

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党支部")
    held_by = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="收款单位")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="dues_orders")
    provider = models.CharField("支付渠道", max_length=24)
    reference = models.CharField("附言码", max_length=20, unique=True)
    months = models.JSONField("所属月份", default=list)
    amount_fen = models.BigIntegerField("金额（分）")
    extra_fen = models.BigIntegerField("其中自愿多交（分）", default=0)
    state = models.CharField("状态", max_length=10, choices=OrderState, default=OrderState.OPEN)
    made_at = models.DateTimeField("下单时间", default=clock.now)
    expires_at = models.DateTimeField("有效至")
    payment = models.OneToOneField(Payment, null=True, on_delete=models.PROTECT, related_name="order")

    class Meta:
        verbose_name = "网上交纳"
        verbose_name_plural = "网上交纳"
        ordering = ("-made_at", "-pk")
        indexes = (
            models.Index(fields=["member", "state"], name="order_member"),
            models.Index(fields=["held_by", "state"], name="order_held"),
        )

    @property
    def bill_months(self) -> list[dt.date]:
        """The months that it is for."""
        return [dt.date.fromisoformat(month) for month in self.months]


class NoticeResult(models.TextChoices):
    """What became of a provider's notice."""

    BOOKED = "booked", "已入账"
    REPEATED = "repeated", "重复通知"
    UNMATCHED = "unmatched", "待人工核对"
    SETTLED = "settled", "已人工处理"


class ProviderNotice(OwnedModel):
    """A signed notice of a provider that money came, kept once for each transaction.

    ``held_by`` is the organisation whose account has the money. ``amount_fen`` is below 0 for money that went back to the
    payer. ``payment`` is what was booked for it. ``repeats`` counts how often the provider sent it again.
    """

    owner_prefix = "held_by__"

    held_by = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="收款单位")
    provider = models.CharField(max_length=24)
    transaction_no = models.CharField(max_length=80)
    reference = models.CharField(max_length=40)
    amount_fen = models.BigIntegerField()
    paid_at = models.DateTimeField()
    received_at = models.DateTimeField(default=clock.now)
    repeats = models.PositiveIntegerField(default=0)
    result = models.CharField(max_length=10, choices=NoticeResult)
    problem = models.CharField(max_length=200, blank=True)
    order = models.ForeignKey(PaymentOrder, null=True, on_delete=models.PROTECT, related_name="notices")
    payment = models.OneToOneField(Payment, null=True, on_delete=models.PROTECT, related_name="notice")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = "到账通知"
        verbose_name_plural = "到账通知"
        ordering = ("-received_at", "-pk")
        constraints = (models.UniqueConstraint(fields=["provider", "transaction_no"], name="one_notice_of_a_transaction"),)

    def __str__(self) -> str:
        return self.transaction_no


class BankStatement(OwnedModel):
    """One file of a bank. ``digest`` keeps the same file from being read twice."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党费账户")
    file_name = models.CharField("文件", max_length=200)
    layout = models.CharField("格式", max_length=24)
    digest = models.CharField(max_length=64)
    lines_read = models.PositiveIntegerField("流水笔数", default=0)
    lines_known = models.PositiveIntegerField("以前导入过", default=0)
    lines_out = models.PositiveIntegerField("支出（不导入）", default=0)
    lines_failed = models.PositiveIntegerField("没有成功（不导入）", default=0)
    unused = models.JSONField("没有用到的列", default=list)
    first_on = models.DateField("起始日期", null=True)
    last_on = models.DateField("截止日期", null=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField("导入时间", default=clock.now)

    class Meta:
        verbose_name = "银行流水"
        verbose_name_plural = "银行流水"
        ordering = ("-uploaded_at", "-pk")
        constraints = (models.UniqueConstraint(fields=["organization", "digest"], name="one_statement_of_a_file"),)


class LineState(models.TextChoices):
    """What became of a line."""

    UNMATCHED = "unmatched", "待认领"
    BOOKED = "booked", "已入账"
    LEFT_OUT = "left_out", "不是党费"


class StatementLine(OwnedModel):
    """Money that came in. ``fingerprint`` is the same for the same line of two files, so that it is booked once.

    So is ``by_balance``, if the bank gives the balance, even where one file leaves out what the other has. A line with a
    ``doubt`` is never booked by itself.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党费账户")
    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="lines")
    fingerprint = models.CharField(max_length=64)
    by_balance = models.CharField(max_length=64, blank=True)
    row = models.PositiveIntegerField("行号")
    booked_on = models.DateField("交易日期")
    amount_fen = models.BigIntegerField("金额（分）")
    payer_name = NameField("对方户名", max_length=64, blank=True)
    remark = models.CharField("附言", max_length=200, blank=True)
    serial = models.CharField("流水号", max_length=80, blank=True)
    state = models.CharField("状态", max_length=10, choices=LineState, default=LineState.UNMATCHED)
    matched_by = models.CharField("匹配方式", max_length=40, blank=True)
    doubt = models.CharField("存疑", max_length=200, blank=True)
    problem = models.CharField("没有匹配的原因", max_length=200, blank=True)
    member = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(PaymentOrder, null=True, on_delete=models.PROTECT, related_name="statement_lines")
    payment = models.OneToOneField(Payment, null=True, on_delete=models.PROTECT, related_name="statement_line")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = "银行流水明细"
        verbose_name_plural = "银行流水明细"
        ordering = ("-booked_on", "-pk")
        constraints = (models.UniqueConstraint(fields=["organization", "fingerprint"], name="one_line_of_a_fingerprint"),)
        indexes = (models.Index(fields=["organization", "state"], name="statement_line_state"),)
