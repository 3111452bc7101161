"""Statements of a dues account at the bank, and the lines of money that came in."""

from django.conf import settings
from django.db import models

from dangjian.activities.dues.models.payment import Payment, PaymentOrder
from dangjian.kernel import clock
from dangjian.kernel.fields import NameField
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedModel


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
