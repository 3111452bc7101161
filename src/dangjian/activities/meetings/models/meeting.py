"""A meeting, the kinds it serves, its sittings and its agenda."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from dangjian.engines.procedures.models import ProcedureCase
from dangjian.kernel import clock, codes
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedManager, OwnedModel, OwnedQuerySet


class Status(models.TextChoices):
    """Where a meeting stands. It goes down this list; only a draft or a called meeting can be cancelled."""

    DRAFT = "draft", "草稿"
    CALLED = "called", "已通知"
    RUNNING = "running", "进行中"
    HELD = "held", "待整理记录"
    CONFIRMED = "confirmed", "记录已确认"
    CLOSED = "closed", "已归档"
    CANCELLED = "cancelled", "已取消"


BEFORE = frozenset({Status.DRAFT, Status.CALLED})
"""The meeting has not begun: when, where and who may still change."""
TOOK_PLACE = frozenset({Status.HELD, Status.CONFIRMED, Status.CLOSED})
"""The meeting is over and counts as held."""


class Mode(models.TextChoices):
    """How people take part."""

    ONSITE = "onsite", "现场"
    ONLINE = "online", "线上"
    BOTH = "both", "现场和线上"


class Audience(models.TextChoices):
    """Who is called."""

    MEMBERS = "members", "全体党员"
    COMMITTEE = "committee", "委员会成员"
    CHOSEN = "chosen", "指定人员"


class MeetingQuerySet(OwnedQuerySet["Meeting"]):
    """Meetings."""

    def held(self) -> Self:
        """Those that took place, whether or not their record is finished."""
        return self.filter(status__in=TOOK_PLACE)

    def coming(self) -> Self:
        """Those that are called or running."""
        return self.filter(status__in=(Status.CALLED, Status.RUNNING))


class Meeting(OwnedModel):
    """One meeting of an organisation. Several sittings of it count as one meeting, held on the day of the first.

    ``held_on`` is that day, ``None`` while no time is set. ``number`` is the archive number given when the record is closed.
    ``for_year`` is the year for which it counts where the yearly notice lets it be held in the next one, else ``None``.
    """

    Audience = Audience
    Mode = Mode
    Status = Status

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="meetings", verbose_name="党组织")
    title = models.CharField("会议名称", max_length=120)
    status = models.CharField("状态", max_length=12, choices=Status, default=Status.DRAFT)
    mode = models.CharField("召开方式", max_length=8, choices=Mode, default=Mode.ONSITE)
    place = models.CharField("地点", max_length=120, blank=True)
    online_url = models.URLField("线上会议链接", max_length=300, blank=True)
    audience = models.CharField("参加人员", max_length=12, choices=Audience, default=Audience.MEMBERS)
    chair = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="主持人")
    recorder = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="记录人")
    for_year = models.PositiveSmallIntegerField("算哪一年度的", null=True, blank=True)
    is_fixed_day = models.BooleanField("在固定党日开展", default=False)
    notes = models.TextField("会议要求", max_length=1000, blank=True)
    held_on = models.DateField("召开日期", null=True, blank=True)
    called_at = models.DateTimeField("通知时间", null=True, blank=True)
    begun_at = models.DateTimeField("开始时间", null=True, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    closed_at = models.DateTimeField("归档时间", null=True, blank=True)
    cancelled_at = models.DateTimeField("取消时间", null=True, blank=True)
    cancel_reason = models.CharField("取消原因", max_length=200, blank=True)
    appraisal_reason = models.CharField("优秀超出比例的原因", max_length=200, blank=True)
    reported_on = models.DateField("向上级报送情况的日期", null=True, blank=True)
    report_document = models.CharField("报送的文号", max_length=120, blank=True)
    number = models.CharField("档案编号", max_length=40, blank=True)
    created_at = models.DateTimeField("建立时间", default=clock.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar = OwnedManager.from_queryset(MeetingQuerySet)()

    class Meta:
        verbose_name = "会议"
        verbose_name_plural = "会议"
        ordering = ("-held_on", "-pk")
        indexes = (
            models.Index(fields=["organization", "-held_on"], name="meeting_organization"),
            models.Index(fields=["status", "held_on"], name="meeting_status"),
        )
        constraints = (
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="one_meeting_of_a_number"),
            models.CheckConstraint(condition=~Q(status="closed") | ~Q(number=""), name="closed_meeting_has_number"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def kind_codes(self) -> list[str]:
        """Codes of the kinds it serves, in the order of the code list. Uses prefetched ``kinds``."""
        order = [item.code for item in codes.get("meeting_kind").items]
        return sorted((row.kind for row in self.kinds.all()), key=order.index)

    @property
    def kind_titles(self) -> str:
        """支部党员大会、主题党日."""
        return "、".join(codes.get("meeting_kind").label(code) for code in self.kind_codes)

    @property
    def is_before_live(self) -> bool:
        """Whether it was held before its organisation went live: history, to which nobody is counted as due."""
        return self.held_on is not None and self.held_on < self.organization.live_on

    @property
    def is_before(self) -> bool:
        """Whether it has not begun."""
        return self.status in BEFORE

    @property
    def took_place(self) -> bool:
        """Whether it is over and counts as held."""
        return self.status in TOOK_PLACE


class MeetingKindRow(OwnedModel):
    """A kind that a meeting serves.

    ``organization`` and ``held_on`` repeat the meeting's, so that duties are counted without a join. ``body`` is the branch for a
    meeting of one of its groups, else the organisation itself. ``counts_on`` is the last day of the year before if the meeting
    counts for that one.
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="kinds")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    body = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField("类型", max_length=30)
    held_on = models.DateField("召开日期", null=True, blank=True)
    counts_on = models.DateField("算在哪一天", null=True, blank=True)

    class Meta:
        verbose_name = "会议类型"
        verbose_name_plural = "会议类型"
        ordering = ("meeting", "pk")
        constraints = (models.UniqueConstraint(fields=["meeting", "kind"], name="one_row_a_kind"),)
        indexes = (
            models.Index(fields=["organization", "kind", "held_on"], name="meeting_kind_held"),
            models.Index(fields=["body", "kind", "held_on"], name="meeting_kind_of_body"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The kind in Chinese."""
        return codes.get("meeting_kind").label(self.kind)


class OfMeeting(OwnedModel):
    """A row of a meeting."""

    owner_prefix = "meeting__organization__"

    class Meta:
        abstract = True


class Sitting(OfMeeting):
    """One time at which the meeting is held; people on shifts come to one of several."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="sittings")
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间")
    place = models.CharField("地点", max_length=120, blank=True)

    class Meta:
        verbose_name = "场次"
        verbose_name_plural = "场次"
        ordering = ("starts_at", "pk")
        constraints = (
            models.UniqueConstraint(fields=["meeting", "starts_at", "place"], name="one_sitting_a_time_and_place"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="sitting_not_empty"),
        )

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"


class AgendaType(models.TextChoices):
    """What is done under an item of the agenda."""

    FIRST_AGENDA = "first_agenda", "第一议题"
    STUDY = "study", "学习"
    REPORT = "report", "通报或报告"
    DISCUSSION = "discussion", "讨论"
    VOTE = "vote", "表决"
    LECTURE = "lecture", "讲党课"
    APPRAISAL = "appraisal", "评议"
    LEADERS = "leaders", "评议领导班子"
    OTHER = "other", "其他"


class AgendaItem(OfMeeting):
    """One item of the agenda; ``notes`` is what the recorder captured while it was treated.

    It may carry the step ``case_step`` of a case, which the meeting decides here: ``case_outcome`` is put to the vote. The step
    is named by its code, as an open one goes and comes back with what is done to its case.
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="agenda")
    order = models.PositiveSmallIntegerField("顺序")
    type = models.CharField("类型", max_length=14, choices=AgendaType, default=AgendaType.STUDY)
    title = models.CharField("议题", max_length=200)
    speaker = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="主讲人")
    speaker_name = models.CharField("主讲人（非本组织党员）", max_length=64, blank=True)
    notes = models.TextField("记录", max_length=20_000, blank=True)
    case = models.ForeignKey(
        ProcedureCase, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="办理事项"
    )
    case_step = models.CharField("表决的步骤", max_length=30, blank=True)
    case_outcome = models.CharField("提请表决的结果", max_length=30, blank=True)

    class Meta:
        verbose_name = "议题"
        verbose_name_plural = "议程"
        ordering = ("order", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(case=None, case_step="") | Q(Q(case__isnull=False), ~Q(case_step="")), name="carried_step_of_a_case"
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def speaker_text(self) -> str:
        """Who speaks, by name."""
        return self.speaker.name if self.speaker else self.speaker_name
