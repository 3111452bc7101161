"""Who is called, what they answered, whether they came; and the study that makes up for an absence."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangjian.activities.meetings.models.meeting import Meeting, OfMeeting, Sitting
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.scope import OwnedManager, OwnedModel, OwnedQuerySet


class Role(models.TextChoices):
    """As what somebody is called."""

    ATTENDEE = "attendee", "应到"
    OBSERVER = "observer", "列席"


class Answer(models.TextChoices):
    """What somebody answered to the call."""

    NONE = "none", "未答复"
    COMING = "coming", "参加"
    LEAVE_ASKED = "leave_asked", "请假待批"
    LEAVE_GRANTED = "leave_granted", "准假"
    LEAVE_REFUSED = "leave_refused", "未准假"


class Presence(models.TextChoices):
    """Whether somebody came. ``made_up`` replaces ``leave`` or ``absent`` once the make-up study is confirmed."""

    UNKNOWN = "unknown", "未登记"
    PRESENT = "present", "到会"
    ONLINE = "online", "线上到会"
    ABSENT = "absent", "缺席"
    LEAVE = "leave", "请假"
    MADE_UP = "made_up", "已补课"


CAME = frozenset({Presence.PRESENT, Presence.ONLINE})
LEAVE = frozenset({Answer.LEAVE_ASKED, Answer.LEAVE_GRANTED})
"""Answers of somebody who does not mean to come."""


class Method(models.TextChoices):
    """How the presence was recorded."""

    CODE = "code", "签到码"
    HAND = "hand", "记录人登记"
    ONLINE = "online", "线上确认"


class AttendanceQuerySet(OwnedQuerySet["Attendance"]):
    """People called."""

    def due(self) -> Self:
        """应到: without observers."""
        return self.filter(role=Role.ATTENDEE)

    def came(self) -> Self:
        """实到, on site or online."""
        return self.filter(presence__in=CAME)

    def unmarked(self) -> Self:
        """Those due who are neither registered nor have asked for leave."""
        return self.due().filter(presence=Presence.UNKNOWN).exclude(answer__in=LEAVE)


class Attendance(OfMeeting):
    """One person called to a meeting.

    ``eligible_voter`` is worked out from standing on the day of the meeting, and kept as it was then; ``None`` before.
    """

    account_path = "member__user_id"

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="attendances")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="attendances", verbose_name="党员")
    role = models.CharField("身份", max_length=10, choices=Role, default=Role.ATTENDEE)
    sitting = models.ForeignKey(
        Sitting, null=True, blank=True, on_delete=models.SET_NULL, related_name="attendances", verbose_name="场次"
    )
    answer = models.CharField("答复", max_length=14, choices=Answer, default=Answer.NONE)
    leave_reason = models.CharField("请假事由", max_length=200, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("批假时间", null=True, blank=True)
    decision_note = models.CharField("批假意见", max_length=200, blank=True)
    presence = models.CharField("出席", max_length=8, choices=Presence, default=Presence.UNKNOWN)
    checked_in_at = models.DateTimeField("签到时间", null=True, blank=True)
    method = models.CharField("签到方式", max_length=6, choices=Method, blank=True)
    hand_reason = models.CharField("登记原因", max_length=200, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    eligible_voter = models.BooleanField("有表决权", null=True, blank=True)

    objects: ClassVar = OwnedManager.from_queryset(AttendanceQuerySet)()

    class Meta:
        verbose_name = "出席情况"
        verbose_name_plural = "出席情况"
        ordering = ("role", "member__name_sort", "pk")
        constraints = (
            models.UniqueConstraint(fields=["meeting", "member"], name="called_once"),
            models.CheckConstraint(condition=~Q(method="hand") | ~Q(hand_reason=""), name="hand_check_in_has_reason"),
        )
        indexes = (
            models.Index(fields=["member", "presence"], name="attendance_member"),
            models.Index(fields=["meeting", "role", "presence"], name="attendance_counted"),
        )

    @property
    def came(self) -> bool:
        """Whether the person took part."""
        return self.presence in CAME

    @property
    def was_on_leave(self) -> bool:
        """Whether the person stayed away with leave (also after making it up)."""
        return self.presence == Presence.LEAVE or (self.presence == Presence.MADE_UP and self.answer == Answer.LEAVE_GRANTED)


class MakeUpState(models.TextChoices):
    """Where a make-up study stands."""

    ASSIGNED = "assigned", "待补课"
    SUBMITTED = "submitted", "待确认"
    RETURNED = "returned", "退回重学"
    CONFIRMED = "confirmed", "已补课"


class MakeUp(OwnedModel):
    """What somebody who did not come has to study, by when, and what they wrote about it."""

    owner_prefix = "attendance__meeting__organization__"
    account_path = "attendance__member__user_id"

    attendance = models.OneToOneField(Attendance, on_delete=models.CASCADE, related_name="make_up")
    state = models.CharField("状态", max_length=10, choices=MakeUpState, default=MakeUpState.ASSIGNED)
    material = models.TextField("补课内容", max_length=5000)
    link = models.URLField("学习链接", max_length=300, blank=True)
    attachment = models.ForeignKey("meetings.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField("完成期限")
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField("布置时间", default=clock.now)
    reflection = models.TextField("学习体会", max_length=5000, blank=True)
    done_at = models.DateTimeField("提交时间", null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("确认时间", null=True, blank=True)
    note = models.CharField("意见", max_length=200, blank=True)

    class Meta:
        verbose_name = "补课"
        verbose_name_plural = "补课"
        ordering = ("due_on", "pk")
        indexes = (models.Index(fields=["state", "due_on"], name="make_up_state"),)


class WrongCode(models.Model):
    """Somebody typed digits that none of their meetings showed. Counted for a minute, whatever process answers them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "输错的签到码"
        verbose_name_plural = "输错的签到码"
        indexes = (models.Index(fields=["user", "at"], name="wrong_code_lately"),)

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%H:%M:%S}"
