"""What dues are spent on."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangjian.activities.dues.ledger.models.books import PURPOSES, Account, JournalEntry
from dangjian.activities.dues.ledger.models.remittances import Transfer
from dangjian.kernel import clock
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedModel


class SpendingState(models.TextChoices):
    """The accountant prepares it after the collective decision; the cashier pays it."""

    PREPARED = "prepared", "待出纳付款"
    PAID = "paid", "已付款"
    WITHDRAWN = "withdrawn", "已撤回"
    REVERSED = "reversed", "已冲销"


class Spending(OwnedModel):
    """Use of dues for one of the five purposes, with the collective decision it rests on.

    ``earmark`` is the allocation of the superior that it is paid from, if it is.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党组织")
    purpose = models.CharField("用途", max_length=4, choices=PURPOSES)
    amount_fen = models.BigIntegerField("金额（分）")
    title = models.CharField("事项", max_length=120)
    payee = models.CharField("收款方", max_length=120)
    earmark = models.ForeignKey(Transfer, null=True, on_delete=models.PROTECT, related_name="spendings", verbose_name="专款")
    decided_on = models.DateField("集体研究日期")
    decision = models.CharField("研究决定的会议", max_length=160)
    decision_url = models.CharField(max_length=200, blank=True)
    state = models.CharField("状态", max_length=10, choices=SpendingState, default=SpendingState.PREPARED)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="会计"
    )
    prepared_at = models.DateTimeField("制单时间", default=clock.now)
    paid_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="出纳"
    )
    paid_on = models.DateField("付款日期", null=True, blank=True)
    entry = models.OneToOneField(JournalEntry, null=True, on_delete=models.PROTECT, related_name="spending")

    class Meta:
        verbose_name = "党费使用"
        verbose_name_plural = "党费使用"
        ordering = ("-decided_on", "-pk")
        constraints = (models.CheckConstraint(condition=Q(amount_fen__gt=0), name="spending_is_positive"),)

    @property
    def done_by(self) -> int | None:
        """The account that did the half before: who prepared it does not pay it, who paid it does not reverse it."""
        return self.prepared_by_id if self.state == SpendingState.PREPARED else self.paid_by_id

    @property
    def account(self) -> Account:
        """The account it is booked to."""
        return Account(self.purpose)
