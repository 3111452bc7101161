"""The books: for each organisation that handles dues, entries of balanced postings that are never changed."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from dangjian.kernel import clock
from dangjian.kernel.fields import EncryptedTextField
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedManager, OwnedModel, OwnedQuerySet


class Account(models.TextChoices):
    """The chart of accounts of dues. Debit raises cash, bank and outgoing; credit raises what came in."""

    CASH = "1001", "库存现金"
    BANK = "1002", "银行存款"
    LARGE = "2001", "待转交大额党费"
    OPENING = "3001", "启用前结存"
    DUES = "4001", "党员交纳党费"
    EXTRA = "4002", "党员自愿多交党费"
    FROM_BELOW = "4003", "下级上缴党费"
    ALLOCATED_IN = "4004", "上级下拨党费"
    INTEREST = "4005", "党费利息"
    PASSED_UP = "5001", "上缴上级党费"
    ALLOCATED_DOWN = "5002", "下拨下级党费"
    USE_TRAINING = "5101", "培训党员"
    USE_MATERIALS = "5102", "党员教育报刊、资料和设备"
    USE_COMMENDATION = "5103", "表彰先进"
    USE_HARDSHIP = "5104", "补助生活困难党员"
    USE_DISASTER = "5105", "补助受灾党员和修缮设施"


MONEY_HELD = (Account.CASH, Account.BANK)
INCOME = (Account.DUES, Account.EXTRA, Account.FROM_BELOW, Account.ALLOCATED_IN, Account.INTEREST)
USES = (
    Account.USE_TRAINING,
    Account.USE_MATERIALS,
    Account.USE_COMMENDATION,
    Account.USE_HARDSHIP,
    Account.USE_DISASTER,
)
"""The five purposes of article 19; the codes of ``dues.use.scope`` in the rulebook."""

PURPOSES = [(account.value, account.label) for account in USES]


class BookKind(models.TextChoices):
    """Where an organisation keeps its dues."""

    CASH = "cash", "支部经手（现金和代收）"
    BANK = "bank", "党费专户"


class Book(OwnedModel):
    """The dues account of an organisation. Accountant and cashier are different persons.

    A branch that collects gets a book of kind ``cash`` by itself; a committee opens one of kind ``bank`` with one of the six
    banks that the regulation names. ``last_number`` numbers the entries; whoever posts holds this row. ``balanced_on`` is the day
    at whose end the opening balance stood: what was booked on paper until then is in it, and no entry may fall there.
    """

    organization = models.OneToOneField(Organization, on_delete=models.PROTECT, related_name="dues_book", verbose_name="党组织")
    kind = models.CharField("账户", max_length=8, choices=BookKind)
    bank = models.CharField("开户银行", max_length=16, blank=True)
    branch_name = models.CharField("开户网点", max_length=80, blank=True)
    account_name = models.CharField("户名", max_length=120, blank=True)
    account_number = EncryptedTextField("账号", blank=True)
    accountant = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="会计"
    )
    cashier = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="出纳"
    )
    opened_on = models.DateField("开户日期")
    closed_on = models.DateField("销户日期", null=True, blank=True)
    balanced_on = models.DateField("期初余额日期", null=True, blank=True)
    last_number = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "党费账户"
        verbose_name_plural = "党费账户"
        constraints = (
            models.CheckConstraint(
                condition=Q(accountant=None) | Q(cashier=None) | ~Q(accountant=F("cashier")), name="accountant_is_not_cashier"
            ),
        )

    def __str__(self) -> str:
        return f"{self.organization}党费账户"

    @property
    def money_account(self) -> Account:
        """Where money that comes in is held."""
        return Account.BANK if self.kind == BookKind.BANK else Account.CASH


class EntryKind(models.TextChoices):
    """What an entry records."""

    RECEIVED = "received", "收缴党费"
    PASSED_UP = "passed_up", "上缴党费"
    FROM_BELOW = "from_below", "收到下级上缴"
    ALLOCATED_DOWN = "allocated_down", "下拨党费"
    ALLOCATED_IN = "allocated_in", "收到上级下拨"
    LARGE_PASSED = "large_passed", "转交大额党费"
    LARGE_RECEIVED = "large_received", "收到大额党费"
    INTEREST = "interest", "利息收入"
    USED = "used", "使用党费"
    MOVED = "moved", "现金存入银行"
    OPENING = "opening", "期初余额"
    REVERSAL = "reversal", "冲销"


class JournalQuerySet(OwnedQuerySet["JournalEntry"]):
    """Entries."""


class JournalEntry(OwnedModel):
    """记账凭证: one business with its postings. Put right only by an entry that ``reverses`` it.

    ``key`` names the business it comes from (``payment:<uuid>``), so that the same one is booked once.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党组织")
    number = models.PositiveIntegerField("凭证号")
    kind = models.CharField("业务", max_length=16, choices=EntryKind)
    booked_on = models.DateField("记账日期")
    summary = models.CharField("摘要", max_length=200)
    key = models.CharField(max_length=80)
    reverses = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="制单"
    )
    made_at = models.DateTimeField("记账时间", default=clock.now)

    objects: ClassVar = OwnedManager.from_queryset(JournalQuerySet)()

    class Meta:
        verbose_name = "记账凭证"
        verbose_name_plural = "记账凭证"
        ordering = ("-booked_on", "-number")
        constraints = (
            models.UniqueConstraint(fields=["organization", "number"], name="one_entry_of_a_number"),
            models.UniqueConstraint(fields=["organization", "key"], name="one_entry_of_a_business"),
        )
        indexes = (models.Index(fields=["organization", "booked_on"], name="entry_booked"),)

    def __str__(self) -> str:
        return f"第{self.number}号 {self.summary}"


class Posting(OwnedModel):
    """One line: ``amount_fen`` from the account ``credit`` to the account ``debit``. A line balances by its shape.

    ``payment`` is whose money it is, ``transfer`` between which two books it goes; a reversal names the same.
    """

    owner_prefix = "entry__organization__"

    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="postings")
    debit = models.CharField("借", max_length=4, choices=Account)
    credit = models.CharField("贷", max_length=4, choices=Account)
    amount_fen = models.BigIntegerField("金额（分）")
    payment = models.ForeignKey("dues.Payment", null=True, on_delete=models.PROTECT, related_name="postings")
    transfer = models.ForeignKey("dues.Transfer", null=True, on_delete=models.PROTECT, related_name="postings")

    class Meta:
        verbose_name = "分录"
        verbose_name_plural = "分录"
        ordering = ("entry", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="posting_is_positive"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="posting_moves_something"),
        )
