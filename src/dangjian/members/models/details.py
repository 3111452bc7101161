"""Dated details of a member: education, posts at work, rewards, penalties, leave from the count of voters."""

from django.db import models
from django.db.models import Q
from django.db.models.expressions import Combinable

from dangjian.members.models.member import Member
from dangjian.org.scope import OwnedModel


class Detail(OwnedModel):
    """A dated row of a member's record."""

    owner_prefix = "member__organization__"

    # Each kind names its own rows of a member.
    member: "models.ForeignKey[Member | Combinable, Member]"
    member_id: int

    class Meta:
        abstract = True


class Education(Detail):
    """A course of education."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="educations")
    level = models.CharField("学历", max_length=2)
    degree = models.CharField("学位", max_length=3, blank=True)
    school = models.CharField("毕业院校", max_length=100)
    major = models.CharField("专业", max_length=100, blank=True)
    full_time = models.BooleanField("全日制", default=True)
    starts_on = models.DateField("入学日期", null=True, blank=True)
    ends_on = models.DateField("毕业日期", null=True, blank=True)

    class Meta:
        verbose_name = "学历学位"
        verbose_name_plural = "学历学位"
        ordering = ("member", "ends_on")


class JobRecord(Detail):
    """A post at work."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="jobs")
    unit_name = models.CharField("单位和部门", max_length=120)
    job_title = models.CharField("职务", max_length=60)
    job_post = models.CharField("工作岗位", max_length=20, blank=True)
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期", null=True, blank=True)

    class Meta:
        verbose_name = "工作经历"
        verbose_name_plural = "工作经历"
        ordering = ("member", "starts_on")


class EarlierValue(Detail):
    """What an item of the record was until before ``held_until``, the day from which it is something else.

    Kept where an item changed, not where it was put right. On an earlier day holds the one with the first ``held_until`` after
    it, else what the record says.
    """

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="earlier_values")
    column = models.CharField("项目", max_length=40, editable=False)
    value = models.CharField("原来的内容", max_length=120, blank=True, editable=False)
    held_until = models.DateField("变化日期")

    class Meta:
        verbose_name = "档案以前的内容"
        verbose_name_plural = "档案以前的内容"
        ordering = ("member", "column", "-held_until")
        constraints = (models.UniqueConstraint(fields=["member", "column", "held_until"], name="one_change_of_an_item_a_day"),)


class Reward(Detail):
    """An honour received."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="rewards")
    title = models.CharField("荣誉名称", max_length=100)
    level = models.CharField("授予层级", max_length=40, blank=True)
    granted_by = models.CharField("授予单位", max_length=120, blank=True)
    granted_on = models.DateField("授予日期")

    class Meta:
        verbose_name = "奖励"
        verbose_name_plural = "奖励"
        ordering = ("member", "-granted_on")


class Sanction(Detail):
    """A disciplinary penalty (``discipline_kind``), or ``rights_suspended`` for a member who is detained or arrested.

    It holds from ``starts_on`` until before ``ends_on``. A penalty follows from the case with the number ``decided_in``; one that
    was decided before the organisation was kept on the platform is entered by hand, with ``entered_why``. 留党察看 that was
    prolonged is a row of its own that ``extends`` the first. ``ended`` are the posts and roles that were lost by it
    (``org.actions.offices``). ``conduct`` is what was done against which discipline, a code.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="sanctions")
    kind = models.CharField("种类", max_length=30)
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期", null=True, blank=True)
    document = models.CharField("决定文号", max_length=120, blank=True)
    conduct = models.CharField("违纪行为", max_length=20, blank=True)
    entered_why = models.CharField("补录的原因", max_length=200, blank=True)
    decided_in = models.BigIntegerField("办理事项", null=True, editable=False)
    ended = models.JSONField(default=dict, editable=False)
    extends = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="extended_by", editable=False)

    class Meta:
        verbose_name = "处分"
        verbose_name_plural = "处分"
        ordering = ("member", "-starts_on")
        indexes = (models.Index(fields=["kind", "ends_on"], name="sanction_end"),)

    @property
    def is_by_case(self) -> bool:
        """Whether it follows from a case, and is changed there alone."""
        return self.decided_in is not None


class VoteExemption(Detail):
    """The member is left out of the number due to attend, for one of the five allowed reasons, agreed by the superior."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="vote_exemptions")
    reason = models.CharField("情形", max_length=40)
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期", null=True, blank=True)
    document = models.CharField("上级同意文号", max_length=120)

    class Meta:
        verbose_name = "不计入应到会人数"
        verbose_name_plural = "不计入应到会人数"
        ordering = ("member", "-starts_on")
        constraints = (models.CheckConstraint(condition=~Q(document=""), name="exemption_has_document"),)
