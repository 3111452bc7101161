"""Letters of introduction (介绍信): those that go out with a member, and those with which somebody comes."""

from django.db import models
from django.db.models import Q

from dangjian.engines.procedures.models import CaseStep, ProcedureCase
from dangjian.kernel import clock
from dangjian.kernel.fields import NameField
from dangjian.members.models import Category, Member
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedModel


class Direction(models.TextChoices):
    """Which way somebody goes."""

    OUT = "out", "转出"
    IN = "in", "转入"


class TransferKind(models.TextChoices):
    """How far somebody goes: codes of the list ``transfer_kind``."""

    WITHIN_SYSTEM = "within_system", "本系统（集团）内"
    WITHIN_PROVINCE = "within_province", "省（区、市）内"
    CROSS_PROVINCE = "cross_province", "跨省（区、市）"
    CROSS_SYSTEM = "cross_system", "军队、铁路、民航、金融等系统"
    ABROAD = "abroad", "国（境）外"


class LetterState(models.TextChoices):
    """What became of a letter. One that is out beyond its last day has expired, which needs no state of its own."""

    OUT = "out", "有效"
    RECEIVED = "received", "已接收"
    VOID = "void", "已作废"
    RETURNED = "returned", "已收回"


class Letter(OwnedModel):
    """A letter of introduction, out with a member or in with somebody who comes.

    It was issued by ``step`` of its case, or entered by it. What became of it (``state``, ``settled_on``) follows from the steps
    of the case. ``issuer`` is the committee that issued one that goes out, whose letters of a year are numbered without a gap
    (``serial``); of one that comes in the number is what is printed on it. ``counterpart`` is the organisation at the other end.
    ``ends_on`` is the last day on which it is valid. ``paid_to`` is the month up to which dues are paid, by its first day.
    ``took_days`` are the days from asking to being received.
    """

    State = LetterState
    owner_prefix = "case__organization__"
    account_path = "case__account_id"

    case = models.ForeignKey(ProcedureCase, on_delete=models.CASCADE, related_name="letters")
    step = models.ForeignKey(CaseStep, on_delete=models.CASCADE, related_name="letters")
    direction = models.CharField("方向", max_length=3, choices=Direction)
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="letters")
    name = NameField("姓名", max_length=64)
    category = models.CharField("人员类别", max_length=1, choices=Category)
    kind = models.CharField("类型", max_length=20, choices=TransferKind)
    counterpart = models.CharField("对方党组织", max_length=200)
    issuer = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="开具单位"
    )
    year = models.PositiveSmallIntegerField("年度")
    serial = models.PositiveIntegerField("序号", null=True, blank=True)
    number = models.CharField("编号", max_length=80)
    issued_on = models.DateField("开具日期")
    valid_days = models.PositiveSmallIntegerField("有效天数")
    ends_on = models.DateField("有效期到")
    paid_to = models.DateField("党费交到", null=True, blank=True)
    state = models.CharField("状态", max_length=10, choices=LetterState, default=LetterState.OUT)
    settled_on = models.DateField("了结日期", null=True, blank=True)
    took_days = models.PositiveIntegerField("办理天数", null=True, blank=True)

    class Meta:
        verbose_name = "组织关系介绍信"
        verbose_name_plural = "组织关系介绍信"
        ordering = ("-issued_on", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["issuer", "year", "serial"], name="one_introduction_of_a_number"),
            models.CheckConstraint(
                condition=Q(direction="in") | (Q(issuer__isnull=False) & Q(serial__isnull=False)),
                name="own_introduction_is_numbered",
            ),
            models.CheckConstraint(condition=Q(state="out") | Q(settled_on__isnull=False), name="settled_introduction_has_a_day"),
        )
        indexes = (models.Index(fields=["state", "ends_on"], name="introduction_end"),)

    def __str__(self) -> str:
        return f"{self.name} {self.number}"

    @property
    def is_out(self) -> bool:
        """Whether it waits to be received."""
        return self.state == LetterState.OUT

    @property
    def is_expired(self) -> bool:
        """Whether it is out beyond its last day."""
        return self.is_out and self.ends_on < clock.today()
