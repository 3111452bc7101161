"""Duties, the local ones that a superior adds, and confirmations with evidence."""

import datetime as dt
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from dangjian.kernel import clock
from dangjian.kernel.rulebook import Period, book
from dangjian.members.models import Member
from dangjian.org.models import Kind, Organization
from dangjian.org.scope import OwnedManager, OwnedModel, OwnedQuerySet


class State(models.TextChoices):
    """What is kept of a duty. Whether an open one is due soon or overdue follows from its last day and the clock."""

    OPEN = "open", "未完成"
    DONE = "done", "已完成"
    EXCUSED = "excused", "免办"
    VOID = "void", "不再需要"


def amber_until(day: dt.date) -> dt.date:
    """Open duties due up to this day are due soon, seen from ``day``."""
    return book().on("duties.amber", day).expect(Period).after(day)


def is_overdue(day: dt.date) -> Q:
    """Open past the last day, and nothing handed in."""
    return Q(state=State.OPEN, due_on__lt=day, submitted_on=None)


def is_soon(day: dt.date, until: dt.date | None = None) -> Q:
    """Open and wanting attention now: due within the amber days (``until``), without a last day, or waiting to be accepted."""
    near = Q(due_on__gte=day, due_on__lte=until or amber_until(day)) | Q(due_on=None) | Q(submitted_on__isnull=False)
    return Q(near, state=State.OPEN, opens_on__lte=day)


SOONEST_FIRST = (F("due_on").asc(nulls_last=True), "organization__path", "rule")
"""By last day; those without one after those that have one."""


class DutyQuerySet(OwnedQuerySet["Duty"]):
    """Duties."""

    def live(self) -> Self:
        """Those that count: needed still, of organisations that stand."""
        return self.exclude(state=State.VOID).filter(organization__dissolved_on=None)

    def unfinished(self) -> Self:
        """The open ones."""
        return self.filter(state=State.OPEN)

    def opened(self, day: dt.date) -> Self:
        """Those whose time has come."""
        return self.filter(opens_on__lte=day)

    def falling_in(self, start: dt.date, end: dt.date) -> Self:
        """Those of a span of time: by their last day; those without one while they stood."""
        standing = Q(due_on=None, opens_on__lte=end) & (Q(done_on=None) | Q(done_on__gte=start))
        return self.filter(Q(due_on__gte=start, due_on__lte=end) | standing)

    def soonest_first(self) -> Self:
        """By last day; those without one after those that have one."""
        return self.order_by(*SOONEST_FIRST, "pk")


class Duty(OwnedModel):
    """What one organisation (or member) owes under one rule in one period. Everything but people's decisions is derived.

    ``rule`` is the code of the ``DutyRule``, or ``local:<number>`` of a ``LocalDuty``. ``period_end`` is ``None`` for dated
    and standing duties, ``due_on`` for standing ones that are mere warnings. ``occasion`` is the number of the row a dated
    duty comes from, else 0. ``evidence_id`` is the row that shows it done; ``reassigned`` keeps the daily refresh from
    putting the post's holder back.
    """

    State = State
    account_path = "responsible_id"

    rule = models.CharField("规则", max_length=80)
    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="duties",
        verbose_name="党组织",
        db_index=False,
    )
    member = models.ForeignKey(
        Member, null=True, blank=True, on_delete=models.CASCADE, related_name="duties", verbose_name="党员"
    )
    occasion = models.BigIntegerField(default=0)
    title = models.CharField("事项", max_length=120)
    period_start = models.DateField("周期开始")
    period_end = models.DateField("周期结束", null=True, blank=True)
    opens_on = models.DateField("开始办理日期")
    due_on = models.DateField("最后期限", null=True, blank=True)
    needed = models.PositiveSmallIntegerField("应办次数", default=1)
    state = models.CharField("状态", max_length=8, choices=State, default=State.OPEN)
    done_on = models.DateField("完成日期", null=True, blank=True)
    submitted_on = models.DateField("提交日期", null=True, blank=True)
    evidence_id = models.BigIntegerField(null=True, blank=True)
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="duties",
        verbose_name="责任人",
    )
    reassigned = models.BooleanField("已改派", default=False)
    excuse_reason = models.CharField("免办原因", max_length=200, blank=True)
    excused_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    excused_at = models.DateTimeField("免办时间", null=True, blank=True)
    local_duty = models.ForeignKey("LocalDuty", null=True, blank=True, on_delete=models.PROTECT, related_name="duties")

    objects: ClassVar = OwnedManager.from_queryset(DutyQuerySet)()

    class Meta:
        verbose_name = "应办事项"
        verbose_name_plural = "应办事项"
        ordering = ("due_on", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["rule", "organization", "period_start", "occasion"],
                condition=Q(member=None),
                name="one_duty_of_an_organization",
            ),
            models.UniqueConstraint(
                fields=["rule", "organization", "member", "period_start", "occasion"],
                condition=Q(member__isnull=False),
                name="one_duty_of_a_member",
            ),
        )
        indexes = (
            models.Index(fields=["responsible", "state", "due_on"], name="duty_responsible"),
            models.Index(fields=["organization", "due_on"], name="duty_organization"),
            models.Index(fields=["due_on", "state"], name="duty_due"),
            models.Index(fields=["rule", "state", "period_start"], name="duty_rule"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def is_late(self) -> bool:
        """Done after the last day."""
        return self.done_on is not None and self.due_on is not None and self.done_on > self.due_on

    @property
    def is_open(self) -> bool:
        """Still to be done."""
        return self.state == State.OPEN

    @property
    def was_done_on_paper(self) -> bool:
        """Done before its organisation was kept on the platform, as somebody noted (``DoneBefore``)."""
        return (
            self.state == State.DONE and self.period_end is not None and self.evidence_id is None and self.local_duty_id is None
        )

    @property
    def look(self) -> str:
        """The state as people see it today, a code of ``kernel.ui.states``."""
        today = clock.today()
        if self.state != State.OPEN:
            return {State.EXCUSED: "waived", State.VOID: "cancelled"}.get(State(self.state), "late" if self.is_late else "done")
        if self.submitted_on:
            return "submitted"
        if self.due_on is None:
            return "pending"
        if self.due_on < today:
            return "overdue"
        if self.opens_on > today:
            return "upcoming"
        return "due_soon" if self.due_on <= amber_until(today) else "due"


class DoneBefore(OwnedModel):
    """What an organisation had done on paper, before it was kept on the platform, of a duty whose period was still running.

    It settles the whole duty, however often it is to be done in the period. ``batch`` is the import that brought it.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", verbose_name="党组织")
    rule = models.CharField("规则", max_length=80)
    period_start = models.DateField("周期开始")
    done_on = models.DateField("办理日期")
    note = models.CharField("说明", max_length=200, blank=True)
    batch = models.BigIntegerField(null=True, blank=True)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField("登记时间", default=clock.now)

    class Meta:
        verbose_name = "启用前已办事项"
        verbose_name_plural = "启用前已办事项"
        ordering = ("organization", "rule", "period_start")
        constraints = (
            models.UniqueConstraint(fields=["organization", "rule", "period_start"], name="done_before_once_a_period"),
        )

    def __str__(self) -> str:
        return f"{self.organization} {self.done_on}"


class Pace(models.TextChoices):
    """How often a local duty comes back."""

    ONCE = "once", "一次性"
    MONTH = "month", "每月"
    QUARTER = "quarter", "每季度"
    HALF_YEAR = "half_year", "每半年"
    YEAR = "year", "每年"


class LocalDuty(OwnedModel):
    """A duty that a superior adds for organisations below it, from ``starts_on`` until it is ended.

    Those who owe it are the organisations of ``kind`` below ``organization``, or the ``chosen`` ones. ``due_on`` is the last
    day of a single one; one that comes back is due at the end of each period. ``satisfied_by`` is the code of a
    ``LocalEvidence``; empty = the unit confirms with evidence and the superior accepts.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="local_duties", verbose_name="布置单位")
    title = models.CharField("事项", max_length=80)
    how = models.TextField("办理要求", max_length=2000, blank=True)
    document = models.CharField("依据文件", max_length=120, blank=True)
    kind = models.CharField("由谁办理", max_length=20, choices=Kind, default=Kind.BRANCH)
    chosen = models.ManyToManyField(Organization, blank=True, related_name="+", verbose_name="指定的党组织")
    pace = models.CharField("周期", max_length=10, choices=Pace, default=Pace.ONCE)
    starts_on = models.DateField("开始日期")
    due_on = models.DateField("完成期限", null=True, blank=True)
    ended_on = models.DateField("停止日期", null=True, blank=True)
    satisfied_by = models.CharField("怎样算完成", max_length=40, blank=True)
    needs_file = models.BooleanField("须上传材料", default=False)
    created_at = models.DateTimeField("布置时间", default=clock.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "自定任务"
        verbose_name_plural = "自定任务"
        ordering = ("-created_at", "-pk")
        constraints = (
            models.CheckConstraint(condition=~Q(pace="once") | Q(due_on__isnull=False), name="single_duty_has_last_day"),
            models.CheckConstraint(condition=Q(due_on=None) | Q(due_on__gte=F("starts_on")), name="local_duty_due_after_start"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def rule(self) -> str:
        """The ``rule`` of its duties."""
        return f"local:{self.pk}"


class ConfirmationState(models.TextChoices):
    """What the superior said to a confirmation."""

    WAITING = "waiting", "待验收"
    ACCEPTED = "accepted", "已验收"
    RETURNED = "returned", "已退回"


class DutyConfirmation(OwnedModel):
    """A unit says that it has done a local duty, with what shows it."""

    owner_prefix = "duty__organization__"

    duty = models.ForeignKey(Duty, on_delete=models.CASCADE, related_name="confirmations")
    text = models.TextField("完成情况", max_length=2000)
    file = models.FileField("证明材料", upload_to="duties/%Y/%m/", blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="提交人")
    at = models.DateTimeField("提交时间", default=clock.now)
    state = models.CharField("状态", max_length=10, choices=ConfirmationState, default=ConfirmationState.WAITING)
    note = models.CharField("意见", max_length=200, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("办理时间", null=True, blank=True)

    class Meta:
        verbose_name = "完成确认"
        verbose_name_plural = "完成确认"
        ordering = ("-at", "-pk")
        constraints = (models.UniqueConstraint(fields=["duty"], condition=Q(state="waiting"), name="one_waiting_confirmation"),)
