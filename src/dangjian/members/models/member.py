"""The person record."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models

from dangjian.kernel import clock
from dangjian.kernel.fields import BlindIndexField, EncryptedTextField, NameField
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedManager, OwnedModel, OwnedQuerySet


class Category(models.TextChoices):
    """Whether the probation is over (``member_category``)."""

    FULL = "1", "正式党员"
    PROBATIONARY = "2", "预备党员"


class Standing(models.TextChoices):
    """Whether the person counts as a member (``party_standing``)."""

    NORMAL = "normal", "正常"
    SUSPENDED = "suspended", "停止党籍"
    REMOVED = "removed", "已出党"
    DECEASED = "deceased", "死亡"
    TRANSFERRED_OUT = "transferred_out", "组织关系已转出"
    NOT_ADMITTED = "not_admitted", "接收未获批准"


class MemberQuerySet(OwnedQuerySet["Member"]):
    """Members."""

    def counted(self) -> Self:
        """Those in the count of members today."""
        return self.filter(standing=Standing.NORMAL)


class Member(OwnedModel):
    """A member's record with the items of the national register.

    ``organization``, ``branch``, ``category``, ``standing``, ``joined_on`` and ``converted_on`` are derived from the membership
    account by ``members.actions.account``; nobody types them (the two dates are typed where no line says them).
    ``organization`` is the group if the member is in one, else the branch. ID number, phones and addresses are encrypted; the two
    ``*_index`` columns find them without decrypting.
    """

    account_path = "user_id"

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="members", verbose_name="所在党小组或支部"
    )
    branch = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="branch_members", verbose_name="所在党支部")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="member",
        verbose_name="账号",
    )
    category = models.CharField("人员类别", max_length=1, choices=Category)
    standing = models.CharField("党籍状态", max_length=20, choices=Standing, default=Standing.NORMAL)
    joined_on = models.DateField("入党时间", null=True, blank=True)
    converted_on = models.DateField("转正时间", null=True, blank=True)

    name = NameField("姓名", max_length=64)
    name_sort = models.CharField(max_length=200)
    name_initials = models.CharField(max_length=32, blank=True)
    resident_id = EncryptedTextField("公民身份号码", blank=True)
    resident_id_index = BlindIndexField(source="resident_id")
    sex = models.CharField("性别", max_length=1, blank=True)
    birth_on = models.DateField("出生日期", null=True, blank=True)
    ethnicity = models.CharField("民族", max_length=2, blank=True)
    native_place = models.CharField("籍贯", max_length=60, blank=True)
    education = models.CharField("学历", max_length=2, blank=True)
    degree = models.CharField("学位", max_length=3, blank=True)
    school = models.CharField("毕业院校", max_length=100, blank=True)
    major = models.CharField("专业", max_length=100, blank=True)
    job_post = models.CharField("工作岗位", max_length=20, blank=True)
    job_title = models.CharField("行政职务", max_length=60, blank=True)
    tech_title = models.CharField("从事专业技术职务", max_length=60, blank=True)
    tech_rank = models.CharField("专业技术职务等级", max_length=1, blank=True)
    new_social_stratum = models.CharField("新的社会阶层", max_length=2, blank=True)
    front_line = models.CharField("一线情况", max_length=2, blank=True)
    is_migrant_worker = models.BooleanField("是否农民工", default=False)
    mobile = EncryptedTextField("手机号码", blank=True)
    mobile_index = BlindIndexField(source="mobile")
    phone = EncryptedTextField("联系电话", blank=True)
    registered_residence = EncryptedTextField("户籍所在地", blank=True)
    current_address = EncryptedTextField("现居住地", blank=True)
    joint_unit_name = models.CharField("联合支部单位名称", max_length=120, blank=True)
    archive_unit = models.CharField("档案所在单位", max_length=120, blank=True)
    lost_reason = models.CharField("失去联系情形", max_length=1, blank=True)
    lost_on = models.DateField("失去联系日期", null=True, blank=True)
    is_mobile_member = models.BooleanField("是否流动党员", default=False)
    join_type = models.CharField("入党类型", max_length=5, blank=True)
    joined_branch_name = models.CharField("入党时所在支部", max_length=120, blank=True)
    party_age_correction_months = models.SmallIntegerField("党龄校正值（月）", default=0)
    applied_on = models.DateField("申请入党日期", null=True, blank=True)
    activist_on = models.DateField("确定积极分子日期", null=True, blank=True)
    object_on = models.DateField("确定发展对象日期", null=True, blank=True)
    probation_extended_to = models.DateField("延长预备期至", null=True, blank=True)
    work_started_on = models.DateField("参加工作日期", null=True, blank=True)
    employee_no = models.CharField("集团员工编码", max_length=32, blank=True)
    unit_name = models.CharField("所在部门", max_length=120, blank=True)
    site = models.CharField("场区", max_length=40, blank=True)
    shift = models.CharField("班次", max_length=20, blank=True)
    attendance_eased = models.BooleanField("年老体弱，不作硬性出勤要求", default=False)
    completeness = models.PositiveSmallIntegerField("信息完整度", default=0)
    updated_at = models.DateTimeField("更新时间", default=clock.now)

    objects: ClassVar = OwnedManager.from_queryset(MemberQuerySet)()

    class Meta:
        verbose_name = "党员"
        verbose_name_plural = "党员"
        ordering = ("name_sort", "pk")
        indexes = (
            models.Index(fields=["branch", "standing", "name_sort"], name="member_branch"),
            models.Index(fields=["standing", "name_sort"], name="member_name"),
            models.Index(fields=["standing", "completeness"], name="member_completeness"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["resident_id_index"],
                condition=~models.Q(resident_id_index=""),
                name="one_record_per_person",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_full(self) -> bool:
        """Whether the member is a full member."""
        return self.category == Category.FULL
