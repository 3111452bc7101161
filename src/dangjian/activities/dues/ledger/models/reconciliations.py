"""What was counted at the end of a month beside what the books say."""

from django.conf import settings
from django.db import models

from dangjian.activities.dues.ledger.models.books import Account
from dangjian.kernel import clock, money
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedModel


class Reconciliation(OwnedModel):
    """What the cashier counted at the end of a month beside what the books say, looked over by the accountant."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党组织")
    month = models.DateField("月份")
    book_cash_fen = models.BigIntegerField("账面现金（分）")
    book_bank_fen = models.BigIntegerField("账面存款（分）")
    counted_cash_fen = models.BigIntegerField("盘点现金（分）")
    counted_bank_fen = models.BigIntegerField("对账单余额（分）")
    explanation = models.CharField("差额说明", max_length=300, blank=True)
    counted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="出纳"
    )
    counted_at = models.DateTimeField("盘点时间", default=clock.now)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="复核"
    )
    checked_at = models.DateTimeField("复核时间", null=True, blank=True)

    class Meta:
        verbose_name = "月度对账"
        verbose_name_plural = "月度对账"
        ordering = ("-month",)
        constraints = (models.UniqueConstraint(fields=["organization", "month"], name="one_reconciliation_of_a_month"),)

    @property
    def difference(self) -> str:
        """库存现金少100.00元，银行存款多5.00元, or empty: each by itself, because one may hide the other."""
        both = (
            (Account.CASH.label, self.counted_cash_fen - self.book_cash_fen),
            (Account.BANK.label, self.counted_bank_fen - self.book_bank_fen),
        )
        return "，".join(f"{name}{'多' if fen > 0 else '少'}{money.yuan(abs(fen))}元" for name, fen in both if fen)
