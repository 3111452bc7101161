"""Whoever asks to join the Party, and the members who stand by them."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangjian.kernel import clock
from dangjian.kernel.fields import BlindIndexField, EncryptedTextField, NameField
from dangjian.kernel.pinyin import SORT_KEY_LENGTH, initials, sort_key
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedManager, OwnedModel, OwnedQuerySet


class Stage(models.TextChoices):
    """How far somebody has come."""

    APPLICANT = "applicant", "入党申请人"
    ACTIVIST = "activist", "入党积极分子"
    OBJECT = "object", "发展对象"
    PROBATIONARY = "probationary", "预备党员"
    FULL = "full", "已转正"
    ENDED = "ended", "已终止"


BEFORE_ADMISSION = (Stage.APPLICANT, Stage.ACTIVIST, Stage.OBJECT)
"""Stages of somebody who is no member yet."""
OVER = (Stage.FULL, Stage.ENDED)
"""Stages of somebody whose way is at its end."""


class ApplicantQuerySet(OwnedQuerySet["Applicant"]):
    """Applicants."""

    def running(self) -> Self:
        """Those whose way is not at its end."""
        return self.exclude(stage__in=OVER)

    def not_admitted(self) -> Self:
        """Those who are on their way and no members yet."""
        return self.filter(stage__in=BEFORE_ADMISSION)


class Applicant(OwnedModel):
    """Somebody who has applied to join. They are no member, and are counted apart.

    ``stage`` and the days up to ``archived_on`` are derived from the steps of their case (``queries.way``), as ``member`` is:
    nobody types them. Of somebody who came from outside the platform on probation (``came_on``) the days before are not among
    them: they are no figures of this platform. ``organization`` is the branch that has the application in hand; it moves with the
    person. ``floating_at`` is where somebody mobile has gone, or came from: notice is given there too.
    """

    account_path = "user_id"

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党支部")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="applicant", verbose_name="账号"
    )
    member = models.ForeignKey(
        Member, null=True, blank=True, on_delete=models.PROTECT, related_name="applications", verbose_name="党员档案"
    )
    stage = models.CharField("所处阶段", max_length=12, choices=Stage, default=Stage.APPLICANT)
    applied_on = models.DateField("申请入党日期", null=True, blank=True)
    activist_on = models.DateField("确定积极分子日期", null=True, blank=True)
    object_on = models.DateField("确定发展对象日期", null=True, blank=True)
    admitted_on = models.DateField("支部大会通过日期", null=True, blank=True)
    approved_on = models.DateField("上级党委批准日期", null=True, blank=True)
    converted_on = models.DateField("转正日期", null=True, blank=True)
    came_on = models.DateField("转来日期", null=True, blank=True)
    archived_on = models.DateField("材料归档日期", null=True, blank=True)
    ended_on = models.DateField("终止日期", null=True, blank=True)

    name = NameField("姓名", max_length=64)
    name_sort = models.CharField(max_length=SORT_KEY_LENGTH, editable=False)
    name_initials = models.CharField(max_length=32, blank=True, editable=False)
    resident_id = EncryptedTextField("公民身份号码", blank=True)
    resident_id_index = BlindIndexField(source="resident_id")
    mobile = EncryptedTextField("手机号码", blank=True)
    mobile_index = BlindIndexField(source="mobile")
    sex = models.CharField("性别", max_length=1, blank=True)
    birth_on = models.DateField("出生日期", null=True, blank=True)
    ethnicity = models.CharField("民族", max_length=2, blank=True)
    native_place = models.CharField("籍贯", max_length=60, blank=True)
    education = models.CharField("学历", max_length=2, blank=True)
    job_post = models.CharField("工作岗位", max_length=20, blank=True)
    job_title = models.CharField("职务", max_length=60, blank=True)
    front_line = models.CharField("一线情况", max_length=2, blank=True)
    in_youth_league = models.BooleanField("是否共青团员", default=False)
    work_started_on = models.DateField("参加工作日期", null=True, blank=True)
    employee_no = models.CharField("集团员工编码", max_length=32, blank=True)
    unit_name = models.CharField("所在部门", max_length=120, blank=True)
    floating_at = models.CharField("流动人员的另一处所在地", max_length=60, blank=True)
    entered_at = models.DateTimeField("登记时间", default=clock.now)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    batch = models.BigIntegerField("导入批次", null=True)

    objects: ClassVar = OwnedManager.from_queryset(ApplicantQuerySet)()

    class Meta:
        verbose_name = "入党申请人"
        verbose_name_plural = "入党申请人"
        ordering = ("name_sort", "pk")
        indexes = (
            models.Index(fields=["organization", "stage", "name_sort"], name="applicant_branch"),
            models.Index(fields=["stage", "name_sort"], name="applicant_stage"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["resident_id_index"],
                condition=~Q(resident_id_index="") & ~Q(stage__in=("full", "ended")),
                name="one_application_at_a_time",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """With what they are sorted and found by."""
        self.name_sort = sort_key(self.name)
        self.name_initials = initials(self.name)[:32]
        super().save(*args, **kwargs)

    @property
    def is_running(self) -> bool:
        """Whether their way is not at its end."""
        return self.stage not in OVER


class HelperRole(models.TextChoices):
    """As what a member stands by an applicant."""

    CONTACT = "contact", "培养联系人"
    SPONSOR = "sponsor", "入党介绍人"


class HelperQuerySet(OwnedQuerySet["Helper"]):
    """Members who stand by applicants."""

    def current(self) -> Self:
        """Those who do so now."""
        return self.filter(ends_on=None)


class Helper(OwnedModel):
    """A full member who stands by an applicant from ``starts_on`` until before ``ends_on``; follows from the case."""

    owner_prefix = "applicant__organization__"
    account_path = "member__user_id"

    applicant = models.ForeignKey(Applicant, on_delete=models.CASCADE, related_name="helpers")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name="党员")
    role = models.CharField("身份", max_length=8, choices=HelperRole)
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期", null=True, blank=True)

    objects: ClassVar = OwnedManager.from_queryset(HelperQuerySet)()

    class Meta:
        verbose_name = "培养联系人和入党介绍人"
        verbose_name_plural = "培养联系人和入党介绍人"
        ordering = ("role", "starts_on", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["applicant", "member", "role"], condition=Q(ends_on=None), name="a_helper_stands_once"
            ),
        )
        indexes = (models.Index(fields=["member", "role", "ends_on"], name="helper_member"),)

    def __str__(self) -> str:
        return f"{self.get_role_display()}{self.member}"
