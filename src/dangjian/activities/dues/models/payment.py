"""What was paid: payments with the bills they settle, orders at a provider, and what providers told."""

import datetime as dt
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangjian.activities.dues.models.bill import Bill
from dangjian.kernel import clock
from dangjian.kernel.fields import NameField
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedManager, OwnedModel, OwnedQuerySet


class PaymentMethod(models.TextChoices):
    """How money came. Deduction from wages is not among them: article 14 forbids it."""

    CASH = "cash", "现金"
    TRANSFER = "transfer", "转给收款人后代交"
    BANK = "bank", "银行转账"
    ONLINE = "online", "网上支付"


class PaymentQuerySet(OwnedQuerySet["Payment"]):
    """Payments."""

    def standing(self) -> Self:
        """Those that count: neither reversed nor a reversal."""
        return self.filter(reverses=None, reversed_by=None)


class Payment(OwnedModel):
    """One member's payment on one day, to settle bills (``lines``) and to give ``extra_fen`` freely beside them.

    ``organization`` is the branch it was paid to, ``held_by`` the organisation in whose books the money is. ``payer_name`` is
    filled if a relative or another member paid, ``group`` if the leader of that group collected it. A reversal is a
    payment of its own with ``reverses`` and the negative ``amount_fen``.
    """

    account_path = "member__user_id"

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党支部")
    held_by = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="入账单位")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="dues_payments")
    paid_on = models.DateField("交纳日期")
    method = models.CharField("方式", max_length=10, choices=PaymentMethod)
    amount_fen = models.BigIntegerField("金额（分）")
    extra_fen = models.BigIntegerField("其中自愿多交（分）", default=0)
    payer_name = NameField("代交人", max_length=64, blank=True)
    provider = models.CharField("支付渠道", max_length=24, blank=True)
    transaction_no = models.CharField("渠道流水号", max_length=80, blank=True)
    receipt_no = models.CharField("收据号", max_length=40)
    note = models.CharField("说明", max_length=200, blank=True)
    group = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="经手党小组"
    )
    reverses = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField("登记时间", default=clock.now)

    objects: ClassVar = OwnedManager.from_queryset(PaymentQuerySet)()

    class Meta:
        verbose_name = "党费交纳"
        verbose_name_plural = "党费交纳"
        ordering = ("-paid_on", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["receipt_no"], name="one_payment_of_a_receipt"),
            models.UniqueConstraint(
                fields=["provider", "transaction_no"], condition=~Q(transaction_no=""), name="one_payment_of_a_transaction"
            ),
        )
        indexes = (
            models.Index(fields=["organization", "paid_on"], name="payment_branch"),
            models.Index(fields=["held_by", "paid_on"], name="payment_held"),
        )

    def __str__(self) -> str:
        return f"收据{self.receipt_no}"


class PaymentLine(OwnedModel):
    """So much of a payment settles one bill; negative in a reversal."""

    owner_prefix = "payment__organization__"

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="lines")
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="lines")
    amount_fen = models.BigIntegerField("金额（分）")

    class Meta:
        verbose_name = "交纳明细"
        verbose_name_plural = "交纳明细"
        ordering = ("payment", "pk")


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
