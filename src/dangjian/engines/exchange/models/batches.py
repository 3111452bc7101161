"""A sheet that somebody uploads: the batch, its rows until they are entered, and what is wrong with them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Self

from django.conf import settings
from django.db import models

from dangjian.engines.exchange import layout, payload
from dangjian.engines.exchange.definition import Definition
from dangjian.kernel import clock
from dangjian.kernel.errors import NotFound
from dangjian.kernel.fields import EncryptedTextField
from dangjian.kernel.progress import Progress, Track
from dangjian.kernel.registry import by_code
from dangjian.kernel.spreadsheets import cell_name
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedManager, OwnedModel, OwnedQuerySet
from dangjian.org.sheet_offers import Sheet, Upload


class State(models.TextChoices):
    """How far a batch is."""

    WAITING = "waiting", "等前一份入库"
    ASIDE = "aside", "已搁置"
    CHECKING = "checking", "正在检查"
    READY = "ready", "可以入库"
    PROBLEMS = "problems", "有问题待改"
    COMMITTING = "committing", "正在入库"
    COMMITTED = "committed", "已入库"
    UNDOING = "undoing", "正在撤销"
    UNDONE = "undone", "已撤销"
    FAILED = "failed", "没有完成"


OF_COMPARISON = {
    State.CHECKING: "正在比对",
    State.READY: "待选定、采用",
    State.COMMITTING: "正在采用",
    State.COMMITTED: "已比对",
}
"""What states are called where a comparison is at them."""

TONES = {
    State.WAITING: "neutral",
    State.ASIDE: "neutral",
    State.CHECKING: "info",
    State.READY: "good",
    State.PROBLEMS: "warn",
    State.COMMITTING: "info",
    State.COMMITTED: "good",
    State.UNDOING: "info",
    State.UNDONE: "neutral",
    State.FAILED: "bad",
}
RUNNING = (State.CHECKING, State.COMMITTING, State.UNDOING)
"""The background is at work."""

OPEN = (State.READY, State.PROBLEMS)
"""Rows may be put right."""

NOT_ENTERED = (State.WAITING, State.ASIDE, *OPEN, State.FAILED)
"""It rests, and nothing of it has been entered."""


class BatchQuerySet(OwnedQuerySet["ImportBatch"]):
    """Batches."""

    def take(self, pk: int, states: tuple[State, ...], to: State) -> bool:
        """Bring the batch from one of ``states`` into ``to``; false if somebody else was first. One statement, so never twice."""
        return bool(self.filter(pk=pk, state__in=states).update(state=to, failure="", changed_at=clock.now()))

    def unfinished(self) -> Self:
        """Those never entered."""
        return self.filter(state__in=(State.CHECKING, *NOT_ENTERED))


class ImportWorkbook(OwnedModel):
    """A file with several sheets, each of which is a batch. ``passed_over`` are worksheets not taken, each with the reason."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="导入到")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="上传人")
    uploaded_at = models.DateTimeField("上传时间", default=clock.now)
    file_name = models.CharField("文件", max_length=200)
    passed_over = models.JSONField("没有导入的工作表", default=list)

    class Meta:
        verbose_name = "工作簿导入"
        verbose_name_plural = "工作簿导入"
        ordering = ("-uploaded_at", "-pk")

    def __str__(self) -> str:
        return self.file_name


class ImportBatch(OwnedModel):
    """One uploaded sheet, to be entered into ``organization`` and what is below it.

    ``sheet_code`` names the offer (``offers.Sheet``) that says what the columns mean, ``answered`` holds what was answered beside
    the file. Of a workbook it is the one at ``place``, which waits until those before it are out of the way. ``passed_over`` are
    other worksheets of its file that were not read, each with the reason; ``unanswered`` are columns of numbers that nobody knows
    and that somebody must answer for before anything is entered. With a ``system`` it is the export of that system, compared with
    what is on record before anything of it is taken.
    """

    workbook = models.ForeignKey(
        ImportWorkbook, null=True, blank=True, on_delete=models.PROTECT, related_name="batches", verbose_name="工作簿"
    )
    place = models.PositiveSmallIntegerField("在工作簿里的次序", default=0)
    sheet_code = models.CharField("表格", max_length=32)
    system = models.ForeignKey(
        "exchange.OutsideSystem",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="comparisons",
        verbose_name="外部系统",
    )
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="导入到")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="上传人")
    uploaded_at = models.DateTimeField("上传时间", default=clock.now)
    file_name = models.CharField("文件", max_length=200)
    kept_file = models.CharField(max_length=64, blank=True)
    state = models.CharField("状态", max_length=12, choices=State, default=State.CHECKING)
    changed_at = models.DateTimeField(default=clock.now)
    answered = models.JSONField("随表说明", default=dict)
    definition = models.JSONField("模板", default=dict)
    sheet_name = models.CharField(max_length=64, blank=True)
    header_row = models.PositiveIntegerField(default=1)
    places = models.JSONField("各列的位置", default=dict)
    unknown_headers = models.JSONField("没有用到的列", default=list)
    passed_over = models.JSONField("没有读的工作表", default=list)
    filled = models.JSONField("有内容的列", default=list)
    unanswered = models.JSONField("还要说明的列", default=list)
    new_count = models.PositiveIntegerField("新增", default=0)
    update_count = models.PositiveIntegerField("更新", default=0)
    problem_count = models.PositiveIntegerField("有问题", default=0)
    ignored_count = models.PositiveIntegerField("忽略", default=0)
    alike_count = models.PositiveIntegerField("一致", default=0)
    decide_count = models.PositiveIntegerField("待认定", default=0)
    warning_count = models.PositiveIntegerField("提醒", default=0)
    failure = models.CharField("没有完成的原因", max_length=300, blank=True)
    committed_at = models.DateTimeField("入库时间", null=True, blank=True)

    objects: ClassVar = OwnedManager.from_queryset(BatchQuerySet)()

    class Meta:
        verbose_name = "表格导入"
        verbose_name_plural = "表格导入"
        ordering = ("-uploaded_at", "-pk")
        indexes = (models.Index(fields=["organization", "-uploaded_at"], name="batch_organization"),)

    def __str__(self) -> str:
        return self.file_name

    @property
    def sheet(self) -> Sheet:
        """What kind of sheet it is. Raises ``NotFound`` if nobody offers it any more."""
        found = by_code(Sheet).get(self.sheet_code)
        if found is None:
            raise NotFound
        return found

    @property
    def template(self) -> Definition | None:
        """The template that the file is read by; ``None`` for the platform's own names of columns."""
        return Definition.model_validate(self.definition) if self.definition else None

    @property
    def worksheet(self) -> str:
        """The worksheet of its workbook that it is; "" of a file by itself."""
        return self.sheet_name if self.workbook_id else ""

    @property
    def answers(self) -> Mapping[str, object]:
        """What was answered beside the file, by question."""
        return payload.load(self.answered)

    def cell(self, number: int, column: str) -> str:
        """The name of a cell, of row ``number`` without such a column."""
        place = self.places.get(column)
        return f"第{number}行" if place is None else cell_name(number, place + 1)

    @property
    def upload(self) -> Upload:
        """What the sheet's own functions are told of it."""
        by = GrantedActor(self.uploaded_by)
        return Upload(self.pk, self.organization, self.answers, by, compares=self.compares)

    @property
    def compares(self) -> bool:
        """Whether it is the export of another system."""
        return self.system_id is not None

    @property
    def state_title(self) -> str:
        """What people call its state."""
        state = State(self.state)
        return OF_COMPARISON.get(state, state.label) if self.compares else state.label

    @property
    def tone(self) -> str:
        """The colour of the state's badge."""
        # Whoever compares still has to say whom to believe.
        return "warn" if self.compares and self.state == State.READY else TONES[State(self.state)]

    @property
    def check_title(self) -> str:
        """What the button is called that has its rows looked at again."""
        return "重新比对" if self.compares else "重新检查"

    @property
    def track(self) -> Track:
        """Where the background says how far it is with it."""
        return Track("exchange", self.pk)

    @property
    def progress(self) -> Progress:
        """How far the background is."""
        return replace(self.track.read(), is_over=not self.is_running)

    @property
    def is_running(self) -> bool:
        """Whether the background is at work on it."""
        return self.state in RUNNING

    @property
    def is_open(self) -> bool:
        """Whether its rows may be put right."""
        return self.state in OPEN

    @property
    def is_not_entered(self) -> bool:
        """Whether it rests and nothing of it has been entered."""
        return self.state in NOT_ENTERED

    @property
    def is_out_of_the_way(self) -> bool:
        """Whether what comes behind it in its workbook may go on: it is settled, or there is nothing to enter."""
        nothing = self.state == State.PROBLEMS and not self.problem_count
        return nothing or self.state in {State.ASIDE, State.COMMITTED, State.UNDONE}

    @property
    def left_aside(self) -> list[str]:
        """Columns that were not used and that nobody has to answer for."""
        return [header for header in self.unknown_headers if header not in self.unanswered]

    @property
    def needs_answers(self) -> bool:
        """Whether a question of its sheet has no answer yet."""
        return not self.sheet.questions().keys() <= self.answers.keys()

    @property
    def row_count(self) -> int:
        """All rows that were read."""
        counted = self.new_count, self.update_count, self.problem_count, self.ignored_count
        return sum(counted) + self.alike_count + self.decide_count

    def outcome_title(self, outcome: str) -> str:
        """What people call what becomes of a row of it."""
        found = Outcome(outcome)
        return OUTCOMES_COMPARED.get(found, found.label) if self.compares else found.label

    def outcome_count(self, outcome: str) -> int:
        """How many of its rows have the outcome."""
        number: int = getattr(self, f"{Outcome(outcome).value}_count")
        return number


class Outcome(models.TextChoices):
    """What will become of a row."""

    NEW = "new", "新增"
    UPDATE = "update", "更新"
    PROBLEM = "problem", "有问题"
    IGNORED = "ignored", "忽略"
    ALIKE = "alike", "一致"
    DECIDE = "decide", "待认定"


OUTCOMES_COMPARED = {Outcome.NEW: "本平台没有", Outcome.UPDATE: "不同"}
"""What outcomes are called of the rows of a comparison."""

OUTCOME_TONES = {
    Outcome.NEW: "good",
    Outcome.UPDATE: "info",
    Outcome.PROBLEM: "bad",
    Outcome.IGNORED: "neutral",
    Outcome.ALIKE: "good",
    Outcome.DECIDE: "warn",
}


class ImportRow(OwnedModel):
    """A row of the sheet: what was typed and what it means, encrypted, until it is entered or 30 days old.

    After entering, rows stay of which undoing needs something. ``key`` tells doubles, ``record_id`` is what the row changes.
    ``node``, ``under`` and ``level`` are the row's place in the picture of the batch (``offers.Picture``). ``candidates`` are the
    records that it may be about, each with what speaks for it, and ``decided_id`` the one a person named: 0 for none of them.
    """

    owner_prefix = "batch__organization__"

    # Its constraint and its index begin with the batch.
    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField("行号")
    outcome = models.CharField(max_length=8, choices=Outcome)
    left_out = models.BooleanField("由人排除", default=False)
    key = models.CharField(max_length=64, blank=True)
    record_id = models.BigIntegerField(null=True)
    node = models.CharField(max_length=24, blank=True)
    under = models.CharField(max_length=24, blank=True)
    level = models.CharField(max_length=20, blank=True)
    candidates = models.JSONField(default=list)
    decided_id = models.BigIntegerField(null=True)
    payload = EncryptedTextField()

    class Meta:
        verbose_name = "导入的行"
        verbose_name_plural = "导入的行"
        ordering = ("batch", "number")
        constraints = (models.UniqueConstraint(fields=["batch", "number"], name="one_row_of_a_number"),)
        indexes = (models.Index(fields=["batch", "key"], name="row_key"),)


class ImportProblem(OwnedModel):
    """What is wrong in one cell. ``shown`` is what stands there, with private values masked."""

    owner_prefix = "batch__organization__"

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="problems", db_index=False)
    number = models.PositiveIntegerField("行号")
    column = models.CharField("列", max_length=40, blank=True)
    cell = models.CharField("单元格", max_length=16)
    is_warning = models.BooleanField("仅提醒", default=False)
    kind = models.CharField("种类", max_length=16)
    message = models.CharField("说明", max_length=300)
    name = models.CharField("称呼", max_length=64, blank=True)
    shown = models.CharField("现在的内容", max_length=80, blank=True)

    class Meta:
        verbose_name = "导入的问题"
        verbose_name_plural = "导入的问题"
        ordering = ("batch", "number", "pk")
        indexes = (models.Index(fields=["batch", "is_warning", "number"], name="problem_row"),)

    @property
    def column_title(self) -> str:
        """What people call the column."""
        return layout.title(self.batch.sheet, self.column)
