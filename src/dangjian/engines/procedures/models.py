"""Cases of procedures: their steps, open and taken, and the papers that belong to them."""

import datetime as dt
import json
import secrets
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangjian.kernel import clock
from dangjian.kernel.fields import EncryptedTextField
from dangjian.kernel.pinyin import SORT_KEY_LENGTH, initials, letters, sort_key
from dangjian.org.making import UNDER_WAY, MadeDocument
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedManager, OwnedModel, OwnedQuerySet


class CaseState(models.TextChoices):
    """Where a case is."""

    OPEN = "open", "办理中"
    FINISHED = "finished", "已办结"
    REFUSED = "refused", "未通过"
    WITHDRAWN = "withdrawn", "已撤回"
    ENDED = "ended", "已终止"


class ProcedureCaseQuerySet(OwnedQuerySet["ProcedureCase"]):
    """Cases."""

    def of(self, procedure: str) -> Self:
        """Those of one procedure."""
        return self.filter(procedure=procedure)

    def running(self) -> Self:
        """Those that are not at their end."""
        return self.filter(state=CaseState.OPEN)


class ProcedureCase(OwnedModel):
    """One run of a procedure, for one subject.

    ``organization`` is the one that has it in hand. ``other_side`` is at the other end, such as the branch that somebody goes to:
    it sees the case, and takes the steps that are its own. ``subject_id`` is the row of the app that it is about (0: none); there
    is at most one open case of a ``track`` for a subject. ``account`` is the person whom it is about, who may see it and take
    their own steps. ``stage``, the day ``stage_on`` since which it is there and ``due_on`` (the earliest last day of its open
    steps) are derived, as its open steps are.
    """

    State = CaseState
    account_path = "account_id"

    procedure = models.CharField("流程", max_length=30)
    track = models.CharField("互不并行的一类", max_length=30)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党组织")
    other_side = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="对方党组织"
    )
    title = models.CharField("名称", max_length=80)
    title_sort = models.CharField(max_length=SORT_KEY_LENGTH, editable=False)
    search_key = models.CharField(max_length=240, editable=False)
    subject_id = models.BigIntegerField(default=0)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="本人"
    )
    state = models.CharField("状态", max_length=10, choices=CaseState, default=CaseState.OPEN)
    stage = models.CharField("阶段", max_length=30)
    stage_on = models.DateField("进入这个阶段的日期")
    due_on = models.DateField("最后期限", null=True, blank=True)
    started_on = models.DateField("开始日期")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    ended_on = models.DateField("结束日期", null=True, blank=True)
    end_reason = models.CharField("原因", max_length=200, blank=True)

    objects: ClassVar = OwnedManager.from_queryset(ProcedureCaseQuerySet)()

    class Meta:
        verbose_name = "办理事项"
        verbose_name_plural = "办理事项"
        ordering = ("-started_on", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["track", "subject_id"],
                condition=Q(state="open") & ~Q(subject_id=0),
                name="one_open_case_of_a_subject",
            ),
            models.CheckConstraint(condition=Q(state="open") | Q(ended_on__isnull=False), name="ended_case_has_a_day"),
        )
        indexes = (
            models.Index(fields=["procedure", "state", "stage"], name="case_stage"),
            models.Index(fields=["procedure", "state", "due_on"], name="case_due"),
            models.Index(fields=["procedure", "subject_id"], name="case_subject"),
        )

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """With what it is sorted and found by."""
        self.spell_title()
        super().save(*args, **kwargs)

    def spell_title(self) -> None:
        """Work out what it is sorted and found by, for cases that are saved with others."""
        self.title_sort = sort_key(self.title)
        self.search_key = f"{letters(self.title)} {initials(self.title)}"[:240]

    @property
    def is_open(self) -> bool:
        """Whether it is not at its end."""
        return self.state == CaseState.OPEN


class StepState(models.TextChoices):
    """Where a step of a case is."""

    OPEN = "open", "待办理"
    TAKEN = "taken", "已办理"
    RETURNED = "returned", "已退回"
    CORRECTED = "corrected", "已更正"
    TAKEN_BACK = "taken_back", "已撤销"


class CaseStepQuerySet(OwnedQuerySet["CaseStep"]):
    """Steps of cases."""

    def open(self) -> Self:
        """Those that may be taken next, or will be from their earliest day on."""
        return self.filter(state=StepState.OPEN)

    def taken(self) -> Self:
        """Those that were taken and count."""
        return self.filter(state=StepState.TAKEN)


class CaseStep(OwnedModel):
    """A step of a case: open first, then taken. What was sent back or corrected stays, with what was entered.

    ``place`` is the organisation whose turn it is, ``person`` the one that is to take it, where it is not the office.
    ``opens_on`` is the first day on which it may be taken, ``due_on`` the last one; ``is_provisional`` while they wait for the
    notice on a year's holidays. ``taken_on`` is the day on which it was done, ``taken_at`` the moment at which it was entered,
    ``version`` the first day of the text that held then. ``entry`` is a JSON object of texts by the codes of the step's entry.
    ``reason`` says why it was done otherwise than is usual, or why it corrects another. ``said`` tells how a meeting decided it:
    which one, with how many votes; empty for a step that somebody took. ``votes`` are those numbers (``offers.Votes``), empty
    where nothing was counted. ``elsewhere`` is one that was taken where the case came from, and is written down here: if nobody
    said when, its days are those on which the case came, from which what follows counts.
    """

    State = StepState
    owner_prefix = "case__organization__"
    account_path = "case__account_id"

    case = models.ForeignKey(ProcedureCase, on_delete=models.CASCADE, related_name="steps")
    code = models.CharField("步骤", max_length=30)
    round = models.PositiveSmallIntegerField("第几次", default=1)
    state = models.CharField("状态", max_length=10, choices=StepState, default=StepState.OPEN)
    place = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="办理单位")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="由谁办理"
    )
    opens_on = models.DateField("最早办理日期")
    due_on = models.DateField("最后期限", null=True, blank=True)
    is_provisional = models.BooleanField("期限待定", default=False)
    taken_on = models.DateField("办理日期", null=True, blank=True)
    taken_at = models.DateTimeField("登记时间", null=True, blank=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="办理人"
    )
    outcome = models.CharField("结果", max_length=30, blank=True)
    entry = EncryptedTextField("填写内容", blank=True)
    reason = models.CharField("说明", max_length=200, blank=True)
    said = models.CharField("表决情况", max_length=500, blank=True)
    votes = models.JSONField("票数", default=dict, blank=True)
    version = models.DateField("适用的版本", null=True, blank=True)
    corrects = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    elsewhere = models.BooleanField("在原单位办理", default=False)

    objects: ClassVar = OwnedManager.from_queryset(CaseStepQuerySet)()

    class Meta:
        verbose_name = "办理步骤"
        verbose_name_plural = "办理步骤"
        ordering = ("taken_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["case", "code", "round"], condition=Q(state__in=("open", "taken")), name="a_step_counts_once"
            ),
            models.CheckConstraint(condition=Q(state="open") | Q(taken_on__isnull=False), name="taken_step_has_a_day"),
        )
        indexes = (models.Index(fields=["state", "due_on"], name="case_step_due"),)

    def __str__(self) -> str:
        return f"{self.code} {self.round}"

    @property
    def is_open(self) -> bool:
        """Whether it waits to be taken."""
        return self.state == StepState.OPEN

    def is_due(self, day: dt.date) -> bool:
        """Whether it may be taken on ``day``."""
        return self.opens_on <= day

    @property
    def is_late(self) -> bool:
        """Taken after its last day, or not taken by today."""
        return self.due_on is not None and self.due_on < (self.taken_on or clock.today())

    @property
    def known_on(self) -> dt.date | None:
        """The day on which it was done; ``None`` for one that was done elsewhere, nobody has said when."""
        return None if self.elsewhere and self.taken_on and self.taken_on >= self.case.started_on else self.taken_on

    def read_entry(self) -> dict[str, str]:
        """What was entered, as texts by code."""
        return dict(json.loads(self.entry)) if self.entry else {}

    def write_entry(self, texts: Mapping[str, str]) -> None:
        """Keep what was entered."""
        self.entry = json.dumps(dict(texts), ensure_ascii=False) if texts else ""


def stored_name(_paper: "CasePaper", name: str) -> str:
    """Where a file is stored: by month, under the name that the action made, which nobody can guess."""
    return f"procedures/{clock.today():%Y/%m}/{name}"


class CasePaper(OwnedModel):
    """A file that belongs to a step: a scan or a document. ``pages`` are those of a PDF, 0 for any other file.

    Photos of a paper are one PDF, to which further photos of the same paper are added: ``is_of_photos``.
    """

    owner_prefix = "step__case__organization__"
    account_path = "step__case__account_id"

    step = models.ForeignKey(CaseStep, on_delete=models.CASCADE, related_name="papers")
    code = models.CharField("材料", max_length=30)
    file = models.FileField("文件", upload_to=stored_name, max_length=200)
    name = models.CharField("文件名", max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField("大小")
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveSmallIntegerField("页数", default=0)
    is_of_photos = models.BooleanField("由照片合成", default=False)
    added_at = models.DateTimeField("上传时间", default=clock.now)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "办理材料"
        verbose_name_plural = "办理材料"
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name


def dossier_name(dossier: "Dossier", _name: str) -> str:
    """Where a dossier is stored: a name nobody can guess."""
    return f"procedures/dossiers/{secrets.token_hex(16)}.{dossier.form}"


class DossierForm(models.TextChoices):
    """As what the papers of a case are put together."""

    PDF = "pdf", "PDF"
    ZIP = "zip", "压缩包"


class Dossier(MadeDocument):
    """All papers of a case in one file, made in the background and kept for some days."""

    owner_prefix = "case__organization__"

    case = models.ForeignKey(ProcedureCase, on_delete=models.CASCADE, related_name="dossiers")
    form = models.CharField("格式", max_length=4, choices=DossierForm)
    file = models.FileField(upload_to=dossier_name, max_length=120, blank=True)

    class Meta:
        verbose_name = "材料合订"
        verbose_name_plural = "材料合订"
        ordering = ("-asked_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["case", "form"], condition=Q(state__in=UNDER_WAY), name="one_dossier_under_way"),
        )

    @property
    def doing(self) -> str:
        """What the background is doing with it."""
        return "正在合成材料"

    def __str__(self) -> str:
        return f"{self.case.title}全部材料.{self.form}"
