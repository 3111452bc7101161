"""What came out of a meeting: decisions with votes, grades of an appraisal, minutes and their corrections."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangjian.activities.meetings.models.meeting import AgendaItem, Meeting, OfMeeting
from dangjian.engines.procedures.models import CaseStep
from dangjian.kernel import clock, codes
from dangjian.kernel.fields import NameField
from dangjian.members.models import Member

SPECIAL = "特殊情况："
"""How the line of ``reasons`` begins that says why something was done otherwise than is usual."""


class Explained(models.Model):
    """What was worked out by rule: ``reasons`` and ``citations`` are kept as they read that day, one a line."""

    reasons = models.TextField("计算说明", blank=True)
    citations = models.TextField("依据", blank=True)

    class Meta:
        abstract = True

    @property
    def special_text(self) -> str:
        """Why something was done otherwise than is usual; empty if nothing was."""
        return next((line for line in self.reasons.splitlines() if line.startswith(SPECIAL)), "")


class DecisionType(models.TextChoices):
    """What is decided; it says which rule counts the votes."""

    ORDINARY = "ordinary", "一般事项"
    ADMISSION = "admission", "接收预备党员"
    CONVERSION = "conversion", "预备党员转正"
    ELECTION = "election", "选举"
    OTHER = "other", "其他（不计票）"


class VoteMethod(models.TextChoices):
    """How votes are cast."""

    SHOW_OF_HANDS = "show_of_hands", "举手表决"
    SECRET_BALLOT = "secret_ballot", "无记名投票"
    ORAL = "oral", "口头表决"
    CONSENT = "consent", "讨论同意"


class ElectedOffice(models.TextChoices):
    """What people are elected to, as far as rules differ."""

    COMMITTEE = "committee", "支部委员会委员"
    SECRETARY = "secretary", "书记、副书记"
    DELEGATES = "delegates", "上级党代表大会代表"
    OTHER = "other", "其他"


class Election(Explained, OfMeeting):
    """An election of ``seats`` people with one ballot paper; each candidate's result is a ``Decision`` of it.

    ``stands`` is false if too few came or more papers were returned than issued. ``tellers`` watch over the papers.
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="elections")
    agenda_item = models.ForeignKey(
        AgendaItem, null=True, blank=True, on_delete=models.SET_NULL, related_name="elections", verbose_name="议题"
    )
    office = models.CharField("选举哪一类", max_length=12, choices=ElectedOffice, default=ElectedOffice.OTHER)
    title = models.CharField("选举的职务", max_length=60)
    tellers = models.CharField("监票人", max_length=100, blank=True)
    seats = models.PositiveSmallIntegerField("应选名额")
    due = models.PositiveSmallIntegerField("应到会有选举权人数")
    present = models.PositiveSmallIntegerField("实到会有选举权人数")
    issued = models.PositiveSmallIntegerField("发出选票")
    returned = models.PositiveSmallIntegerField("收回选票")
    valid = models.PositiveSmallIntegerField("有效票")
    invalid = models.PositiveSmallIntegerField("无效票")
    stands = models.BooleanField("选举是否有效")
    recorded_at = models.DateTimeField("登记时间", default=clock.now)

    class Meta:
        verbose_name = "选举"
        verbose_name_plural = "选举"
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"选举{self.title}"

    @property
    def ballots_text(self) -> str:
        """发出选票20张，收回20张，有效19张，无效1张."""
        return f"发出选票{self.issued}张，收回{self.returned}张，有效{self.valid}张，无效{self.invalid}张"


class Decision(Explained, OfMeeting):
    """One decision.

    ``due`` and ``present`` count those with a vote; the result follows from the rule of the day (``policy.tally``).
    ``passed`` is ``None`` where the rule leaves it to a person (election with an unclear base) until somebody has decided it
    (``judged_by``), and for a decision without a vote it is what the recorder noted. ``rule_keys`` and ``ruled_on`` say which
    values of the rulebook were used. ``written_in`` is somebody who did not stand on the paper of an election. ``tellers``
    watched over and counted the papers of a secret ballot. ``case_step`` is the step of a case that was taken by it when the
    record was confirmed; from then on it is not changed.
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="decisions")
    agenda_item = models.ForeignKey(
        AgendaItem, null=True, blank=True, on_delete=models.SET_NULL, related_name="decisions", verbose_name="议题"
    )
    election = models.ForeignKey(Election, null=True, blank=True, on_delete=models.CASCADE, related_name="candidates")
    type = models.CharField("决议类型", max_length=12, choices=DecisionType, default=DecisionType.ORDINARY)
    text = models.TextField("决议内容", max_length=5000)
    candidate_name = NameField("对象", max_length=64, blank=True)
    method = models.CharField("表决方式", max_length=16, choices=VoteMethod, default=VoteMethod.SHOW_OF_HANDS)
    due = models.PositiveSmallIntegerField("应到会有表决权人数", default=0)
    present = models.PositiveSmallIntegerField("实到会有表决权人数", default=0)
    written_in = models.BooleanField("另选的人", default=False)
    tellers = models.CharField("监票人、计票人", max_length=100, blank=True)
    case_step = models.OneToOneField(
        CaseStep, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="办理的步骤"
    )
    in_favour = models.PositiveSmallIntegerField("赞成", default=0)
    against = models.PositiveSmallIntegerField("反对", default=0)
    abstain = models.PositiveSmallIntegerField("弃权", default=0)
    written_in_favour = models.PositiveSmallIntegerField("书面意见赞成", default=0)
    passed = models.BooleanField("是否通过", null=True, blank=True)
    quorum_met = models.BooleanField("是否达到规定人数", null=True, blank=True)
    need_in_favour = models.PositiveSmallIntegerField("至少须赞成", null=True, blank=True)
    rule_keys = models.CharField("规则", max_length=200, blank=True)
    ruled_on = models.DateField("适用日期", null=True, blank=True)
    judged_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    judged_at = models.DateTimeField("认定时间", null=True, blank=True)
    judged_note = models.CharField("认定说明", max_length=200, blank=True)
    recorded_at = models.DateTimeField("登记时间", default=clock.now)

    class Meta:
        verbose_name = "决议"
        verbose_name_plural = "决议"
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.text[:40]

    @property
    def is_used(self) -> bool:
        """Whether a case was moved by it."""
        return self.case_step_id is not None

    @property
    def is_vote(self) -> bool:
        """Whether votes were counted by rule."""
        return bool(self.rule_keys)

    @property
    def needs_judging(self) -> bool:
        """Whether a person still has to decide the result."""
        return self.is_vote and self.passed is None

    @property
    def has_result(self) -> bool:
        """Whether there is something to say about it: votes were counted, or the recorder noted how it ended."""
        return self.is_vote or self.passed is not None

    @property
    def look(self) -> str:
        """The state of ``result_text``, as ``{% badge %}`` takes it."""
        return {True: "approved", False: "rejected", None: "warning"}[self.passed]

    @property
    def tone(self) -> str:
        """Good, bad, or warn where a person still has to decide; nothing for what was not put to the vote and did not pass."""
        if self.passed:
            return "good"
        return {None: "warn", False: "bad"}[self.passed] if self.is_vote else ""

    @property
    def result_text(self) -> str:
        """通过 (of a candidate: 当选), 未通过 or 需人工认定."""
        yes, no = ("当选", "未当选") if self.type == DecisionType.ELECTION else ("通过", "未通过")
        return {True: yes, False: no, None: "需人工认定"}[self.passed]


class AppraisalResult(OfMeeting):
    """The grade of one member in the yearly democratic appraisal. A probationary member takes part and has no grade.

    The four counts are the ballots of the democratic test (民主测评).
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="appraisals")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="appraisals", verbose_name="党员")
    grade = models.CharField("等次", max_length=20, blank=True)
    votes_excellent = models.PositiveSmallIntegerField("优秀票", default=0)
    votes_qualified = models.PositiveSmallIntegerField("合格票", default=0)
    votes_basically_qualified = models.PositiveSmallIntegerField("基本合格票", default=0)
    votes_unqualified = models.PositiveSmallIntegerField("不合格票", default=0)
    note = models.CharField("说明", max_length=200, blank=True)
    recorded_at = models.DateTimeField("登记时间", default=clock.now)

    class Meta:
        verbose_name = "民主评议结果"
        verbose_name_plural = "民主评议结果"
        ordering = ("member__name_sort", "pk")
        constraints = (models.UniqueConstraint(fields=["meeting", "member"], name="appraised_once"),)

    @property
    def grade_title(self) -> str:
        """优秀, 合格 …, or 参加评议，不确定等次."""
        return codes.get("appraisal_grade").label(self.grade) if self.grade else "参加评议，不确定等次"


class Minutes(OfMeeting):
    """The record of a meeting.

    The recorder writes and submits it (``submitted_at``), the chair confirms it or sends it back with a note. Once confirmed, the
    text stays and corrections stand beside it.
    """

    meeting = models.OneToOneField(Meeting, on_delete=models.CASCADE, related_name="minutes")
    text = models.TextField("会议记录", max_length=60_000)
    drafted_at = models.DateTimeField("起草时间", default=clock.now)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="记录人"
    )
    edited_at = models.DateTimeField("修改时间", null=True, blank=True)
    submitted_at = models.DateTimeField("提交确认时间", null=True, blank=True)
    sent_back_note = models.TextField("退回意见", max_length=200, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="确认人"
    )
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)

    class Meta:
        verbose_name = "会议记录"
        verbose_name_plural = "会议记录"


class CorrectionSection(models.TextChoices):
    """Which part of a closed record is put right."""

    MINUTES = "minutes", "会议记录"
    ATTENDANCE = "attendance", "出席情况"
    DECISION = "decision", "决议和表决"
    PLACE_AND_TIME = "place_and_time", "时间和地点"
    OTHER = "other", "其他"


class Correction(OfMeeting):
    """What was wrong in a closed record and how it should read. The record itself stays as it was."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="corrections")
    section = models.CharField("更正部分", max_length=16, choices=CorrectionSection)
    old_text = models.TextField("原文", max_length=5000)
    new_text = models.TextField("更正为", max_length=5000)
    reason = models.CharField("更正原因", max_length=200)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="更正人"
    )
    made_at = models.DateTimeField("更正时间", default=clock.now)

    class Meta:
        verbose_name = "更正"
        verbose_name_plural = "更正"
        ordering = ("made_at", "pk")
        constraints = (models.CheckConstraint(condition=~Q(reason=""), name="correction_has_reason"),)
