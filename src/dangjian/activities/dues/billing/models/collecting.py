"""What was paid: payments with the bills they settle."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangjian.activities.dues.billing.models.billing import Bill
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
