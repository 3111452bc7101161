"""Organisations as of a date, posts with terms, grants."""

import datetime as dt
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from dangjian.kernel import clock
from dangjian.kernel.citation import Citation
from dangjian.kernel.pinyin import initials, letters
from dangjian.kernel.working_days import Notice, read_notice
from dangjian.org.scope import OwnedManager, OwnedModel, OwnedQuerySet, Row


class Enterprise(models.Model):
    """The enterprise whose platform this is: one row, made before the first start and filled in by the set-up.

    ``address_digest`` is the digest of the key in the one-time address of the set-up page, empty once that is closed.
    ``is_demonstration`` marks a platform filled with the fictional enterprise: every page says so, and no real data comes in.
    """

    name = models.CharField("单位名称", max_length=120, blank=True)
    is_demonstration = models.BooleanField("演示环境", default=False)
    address_digest = models.CharField(max_length=64, blank=True)
    set_up_at = models.DateTimeField("建立时间", null=True, blank=True)
    rules_version = models.PositiveIntegerField("规则设定的版次", default=0)

    class Meta:
        verbose_name = "单位"
        verbose_name_plural = "单位"

    def __str__(self) -> str:
        return self.name


class RuleSetting(models.Model):
    """What the enterprise sets for itself where the rulebook leaves it to the unit: ``value`` in the form the rule files use."""

    key = models.CharField("规则", max_length=64, unique=True)
    value = models.JSONField("设定的值")
    changed_at = models.DateTimeField("修改时间", default=clock.now)
    changed_by = models.CharField("修改人", max_length=64)

    class Meta:
        verbose_name = "本单位设定"
        verbose_name_plural = "本单位设定"
        ordering = ("key",)

    def __str__(self) -> str:
        return self.key


class HolidayNotice(models.Model):
    """What is laid down on holidays for one year, entered on the pages: new, or in the place of what is shipped."""

    year = models.PositiveIntegerField("年份", unique=True)
    document = models.CharField("文件", max_length=120)
    number = models.CharField("文号", max_length=120, blank=True)
    arrangements = models.TextField("安排")
    changed_at = models.DateTimeField("修改时间", default=clock.now)
    changed_by = models.CharField("修改人", max_length=64)

    class Meta:
        verbose_name = "节假日安排"
        verbose_name_plural = "节假日安排"
        ordering = ("year",)

    def __str__(self) -> str:
        return f"{self.year}年节假日安排"

    def read(self) -> Notice:
        """It as the table of working days takes it."""
        return read_notice(self.year, self.arrangements, [Citation(self.document, self.number)])


class Kind(models.TextChoices):
    """Level of an organisation in the tree."""

    COMMITTEE = "committee", "党委"
    GENERAL_BRANCH = "general_branch", "党总支"
    BRANCH = "branch", "党支部"
    GROUP = "group", "党小组"


PARENT_KINDS: dict[str, frozenset[str]] = {
    Kind.COMMITTEE: frozenset({Kind.COMMITTEE}),
    Kind.GENERAL_BRANCH: frozenset({Kind.COMMITTEE}),
    Kind.BRANCH: frozenset({Kind.COMMITTEE, Kind.GENERAL_BRANCH}),
    Kind.GROUP: frozenset({Kind.BRANCH}),
}
"""Under what an organisation of each kind may stand. Only a committee may stand at the top."""


class OrganizationQuerySet(OwnedQuerySet["Organization"]):
    """Organisations."""

    def standing(self) -> Self:
        """Those that exist today (not dissolved)."""
        return self.filter(dissolved_on=None)

    def below(self, organization: "Organization") -> Self:
        """``organization`` and everything under it."""
        return self.filter(path__startswith=organization.path)


class Organization(OwnedModel):
    """A Party organisation as it stands now. What it was on an earlier day is in ``OrganizationVersion``.

    ``path`` is made of the numbers of its ancestors and itself, seven digits and a ``/`` each: a subtree is a prefix, and the
    order of paths is the order in which organisations were set up.
    ``body_path`` is the path of the branch for a group, else its own: groups share the body of their branch.
    ``live_on`` is the day from which the organisation is kept on the platform: duties, arrears and the statistics of
    organisational life count from it. Of one that is set up on the platform it is the day of its founding.
    """

    owner_prefix = ""

    kind = models.CharField("类别", max_length=20, choices=Kind)
    type_code = models.CharField("党组织类别代码", max_length=3)
    code = models.CharField("党组织编码", max_length=32, unique=True)
    name = models.CharField("全称", max_length=120)
    short_name = models.CharField("简称", max_length=40)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children", verbose_name="上级党组织"
    )
    path = models.CharField(max_length=255, unique=True)
    body_path = models.CharField(max_length=255)
    order = models.PositiveIntegerField("排序", default=0)
    established_on = models.DateField("成立日期")
    live_on = models.DateField("启用日期")
    dissolved_on = models.DateField("撤销日期", null=True, blank=True)
    approved_by = models.CharField("批准成立的上级党组织", max_length=120, blank=True)
    phone = models.CharField("联系电话", max_length=30, blank=True)
    address = models.CharField("地址", max_length=200, blank=True)
    site = models.CharField("场区", max_length=40, blank=True)
    location_kind = models.CharField("党组织所在单位情况", max_length=20, blank=True)
    unit_name = models.CharField("所在行政单位", max_length=120, blank=True)
    unit = models.ForeignKey(
        "Unit", null=True, blank=True, on_delete=models.SET_NULL, related_name="seated", verbose_name="所在单位"
    )
    """The unit on record in which it is; ``unit_name`` is then its name."""
    unit_count = models.PositiveSmallIntegerField("联合单位数", default=1)
    standard_grade = models.CharField("标准化规范化类别", max_length=20, blank=True)
    expected_end_on = models.DateField("预计结束日期", null=True, blank=True)
    """Of a temporary organisation: when the task for which it is set up ends."""
    special = models.CharField("特殊情况", max_length=200, blank=True)
    """Why it is a temporary branch although its task lasts as long as one for which a branch is to be set up."""
    search_key = models.CharField(max_length=400, blank=True)
    """Pinyin of both names, for finding; written by ``save``."""

    objects: ClassVar = OwnedManager.from_queryset(OrganizationQuerySet)()

    class Meta:
        verbose_name = "党组织"
        verbose_name_plural = "党组织"
        ordering = ("path",)
        indexes = (
            models.Index(fields=["body_path"], name="organization_body"),
            models.Index(fields=["kind", "dissolved_on"], name="organization_kind"),
        )

    def __str__(self) -> str:
        return self.short_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with the letters it is found by."""
        self.set_search_key()
        super().save(*args, **kwargs)

    def set_search_key(self) -> None:
        """Work out the letters it is found by from its names."""
        self.search_key = f"{initials(self.short_name)} {initials(self.name)} {letters(self.short_name)}"[:400]

    @property
    def depth(self) -> int:
        """1 at the top."""
        return self.path.count("/")

    @property
    def is_group(self) -> bool:
        """Whether it is a group inside a branch."""
        return self.kind == Kind.GROUP

    @property
    def is_branch(self) -> bool:
        """Whether it is a branch of any type (joint and temporary ones included)."""
        return self.kind == Kind.BRANCH

    @property
    def body_id(self) -> int:
        """The number of the branch of a group; its own for anything else."""
        return self.parent_id if self.is_group and self.parent_id else self.pk

    def branch(self) -> "Organization":
        """The branch of a group; itself for anything else."""
        return self.parent if self.is_group and self.parent else self


class VersionQuerySet(OwnedQuerySet["OrganizationVersion"]):
    """Periods of organisations."""

    def as_of(self, day: dt.date) -> Self:
        """How the tree stood on ``day``."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gt=day), starts_on__lte=day)


class Covered(models.TextChoices):
    """Whether a unit has an organisation of the Party, and why not (rows of table 26)."""

    OWN = "own", "单独建立党组织"
    JOINT = "joint", "建立联合党支部"
    GROUP = "group", "未建立，建有党小组"
    DUE = "due", "应建未建"
    FEW = "few", "未建立，仅有个别党员"
    NOBODY = "nobody", "未建立，没有党员"


HAS_ORGANISATION = (Covered.OWN, Covered.JOINT)


class Unit(OwnedModel):
    """A unit, such as a company: what the national register asks of it (rec.unit) and the annual statistics count.

    ``organization`` is the Party organisation set up for it, the joint branch it shares, or the one that looks after it. It is
    counted from ``since_on`` until before ``ended_on``. ``nature``, ``control`` and ``size`` are codes (``unit_economic_type``,
    ``soe_column``, ``unit_size``).
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="units", verbose_name="党组织")
    name = models.CharField("单位名称", max_length=120)
    credit_code = models.CharField("统一社会信用代码", max_length=18, blank=True)
    nature = models.CharField("性质类别", max_length=2, blank=True)
    affiliation = models.CharField("隶属关系", max_length=40, blank=True)
    control = models.CharField("企业控股情况", max_length=24, blank=True)
    size = models.CharField("企业规模", max_length=8, blank=True)
    covered = models.CharField("建立党组织情况", max_length=8, choices=Covered)
    is_legal_entity = models.BooleanField("法人单位", null=True)
    representative = models.CharField("法定代表人", max_length=64, blank=True)
    representative_is_member = models.BooleanField("法定代表人是党员", null=True)
    staff = models.PositiveIntegerField("在岗职工数", null=True)
    workers = models.PositiveIntegerField("其中工人数", null=True)
    technicians = models.PositiveIntegerField("其中专业技术人员数", null=True)
    has_union = models.BooleanField("建有工会", null=True)
    since_on = models.DateField("纳入日期")
    ended_on = models.DateField("不再统计日期", null=True, blank=True)
    batch = models.BigIntegerField("导入批次", null=True)
    updated_at = models.DateTimeField("更新时间", default=clock.now)

    class Meta:
        verbose_name = "单位信息"
        verbose_name_plural = "单位信息"
        ordering = ("organization", "pk")
        indexes = (models.Index(fields=["organization", "ended_on"], name="unit_organization"),)
        constraints = (
            models.UniqueConstraint(
                fields=["credit_code"], condition=~Q(credit_code="") & Q(ended_on=None), name="one_unit_of_a_credit_code"
            ),
        )

    def __str__(self) -> str:
        return self.name


class OrganizationVersion(OwnedModel):
    """How an organisation was called and where it stood from ``starts_on`` until before ``ends_on`` (open if ``None``)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="versions")
    parent = models.ForeignKey(Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    type_code = models.CharField(max_length=3)
    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=40)
    path = models.CharField(max_length=255)
    body_path = models.CharField(max_length=255)
    order = models.PositiveIntegerField(default=0)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    objects: ClassVar = OwnedManager.from_queryset(VersionQuerySet)()

    class Meta:
        verbose_name = "党组织沿革"
        verbose_name_plural = "党组织沿革"
        ordering = ("path", "starts_on")
        constraints = (
            models.UniqueConstraint(fields=["organization"], condition=Q(ends_on=None), name="one_open_version"),
            models.CheckConstraint(condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on")), name="version_not_empty"),
        )
        indexes = (
            models.Index(fields=["path"], name="version_path", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["organization", "starts_on"], name="version_organization"),
        )

    def __str__(self) -> str:
        return f"{self.short_name} {self.starts_on}—{self.ends_on or '今'}"


class ChangeKind(models.TextChoices):
    """What happened to an organisation."""

    SET_UP = "set_up", "设立"
    RENAMED = "renamed", "更名"
    MOVED = "moved", "调整隶属关系"
    MERGED = "merged", "合并"
    SPLIT = "split", "拆分"
    DISSOLVED = "dissolved", "撤销"


class ReorganisationKind(models.TextChoices):
    """What was done in one step to an organisation, or to many members."""

    SPLIT = "split", "拆分"
    MERGE = "merge", "合并"
    MOVE = "move", "隶属关系调整"
    MEMBERS = "members", "党员成批调整"
    LEFT = "left", "整建制转出"


class Reorganisation(OwnedModel):
    """One step that changed several things, kept so that it can be taken back as a whole.

    ``organization`` is what was split, merged into another or moved, or the branch that the members came into or left for good.
    ``other`` is the branch that was made, the one that took the other in, or the new superior; ``other_name`` is what it is
    called, and where the members came from or went. ``ended`` holds what came to an end by it and comes back with it (see
    ``org.actions.reorganisations``).
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党组织")
    kind = models.CharField("办理事项", max_length=20, choices=ReorganisationKind)
    other = models.ForeignKey(Organization, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="对方党组织")
    other_name = models.CharField("对方名称", max_length=120, blank=True)
    number = models.PositiveIntegerField("党员人数", default=0)
    effective_on = models.DateField("生效日期")
    ended = models.JSONField(default=dict)
    done_at = models.DateTimeField("办理时间", default=clock.now)
    done_by = models.CharField("办理人", max_length=64)
    undone_at = models.DateTimeField("撤销时间", null=True)
    undone_by = models.CharField("撤销人", max_length=64, blank=True)

    class Meta:
        verbose_name = "拆分合并和成批调整"
        verbose_name_plural = "拆分合并和成批调整"
        ordering = ("-done_at", "-pk")

    def __str__(self) -> str:
        return f"{self.organization}{self.get_kind_display()}"

    @property
    def entered(self) -> Organization | None:
        """The branch that members came into by it; ``None`` where nobody did."""
        if self.kind in (ReorganisationKind.MOVE, ReorganisationKind.LEFT):
            return None
        return self.organization if self.kind == ReorganisationKind.MEMBERS else self.other


class OrganizationChange(OwnedModel):
    """A dated event in the life of an organisation, with the paper it rests on, and the step of which it is a part."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField("变更", max_length=20, choices=ChangeKind)
    effective_on = models.DateField("生效日期")
    other = models.ForeignKey(Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    before = models.CharField("变更前", max_length=200, blank=True)
    after = models.CharField("变更后", max_length=200, blank=True)
    document = models.CharField("批复文号", max_length=120, blank=True)
    reorganisation = models.ForeignKey(Reorganisation, null=True, on_delete=models.PROTECT, related_name="changes")
    recorded_at = models.DateTimeField(default=clock.now)
    recorded_by = models.CharField(max_length=64)

    class Meta:
        verbose_name = "党组织变更"
        verbose_name_plural = "党组织变更"
        ordering = ("-effective_on", "-pk")


class BranchApplication(OwnedModel):
    """An organisation asks the committee above it that a branch be set up (设立党支部的申请).

    ``organization`` asks and ``approver`` answers, until ``due_on`` by the rules; the branch stands under ``superior``.
    ``founded`` is the branch that was set up in answer to it. ``reported_on`` is the day on which the reply was filed with the
    organisation department of the superior.
    """

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", "待批复"
        AGREED = "agreed", "已同意"
        REFUSED = "refused", "未同意"
        WITHDRAWN = "withdrawn", "已撤回"

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="申请单位")
    approver = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="批复的党委")
    superior = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="拟设在")
    name = models.CharField("全称", max_length=120)
    short_name = models.CharField("简称", max_length=40)
    type_code = models.CharField("党组织类别代码", max_length=3)
    unit_name = models.CharField("所在行政单位", max_length=120)
    full_members = models.PositiveIntegerField("正式党员人数")
    all_members = models.PositiveIntegerField("党员人数")
    reason = models.CharField("设立理由", max_length=500)
    expected_end_on = models.DateField("预计结束日期", null=True, blank=True)
    applied_on = models.DateField("申请日期")
    due_on = models.DateField("批复期限")
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    answered_on = models.DateField("批复日期", null=True, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    document = models.CharField("批复文号", max_length=120, blank=True)
    answer = models.CharField("答复", max_length=200, blank=True)
    founded = models.OneToOneField(
        Organization, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="设立的党组织"
    )
    reported_on = models.DateField("备案日期", null=True, blank=True)

    class Meta:
        verbose_name = "设立党支部的申请"
        verbose_name_plural = "设立党支部的申请"
        ordering = ("-applied_on", "-pk")
        indexes = (models.Index(fields=["approver", "state"], name="application_approver"),)

    def __str__(self) -> str:
        return self.short_name

    @property
    def is_open(self) -> bool:
        """Whether it waits for its answer."""
        return self.state == self.State.WAITING

    @property
    def is_late(self) -> bool:
        """Whether it was answered after the last day for that, or waits beyond it. One that was withdrawn is not."""
        if self.state == self.State.WITHDRAWN:
            return False
        return (self.answered_on or clock.today()) > self.due_on

    @property
    def may_be_founded(self) -> bool:
        """Whether it was agreed to and nothing has been set up yet."""
        return self.state == self.State.AGREED and self.founded_id is None


class HeadsElected(models.TextChoices):
    """With how many candidates secretary and deputy secretaries were elected."""

    EQUAL = "equal", "等额选举"
    MORE = "more", "差额选举"


class TermOfBody(OwnedModel):
    """One term (届) of an organisation's committee or secretary: from the election until its end, extended at most once.

    ``is_by_direct_election`` says that it came of 公推直选, and ``heads_elected`` how its secretaries were elected (table 38).
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="terms")
    number = models.PositiveSmallIntegerField("届次")
    starts_on = models.DateField("开始日期")
    due_on = models.DateField("届满日期")
    is_by_direct_election = models.BooleanField("公推直选", default=False)
    heads_elected = models.CharField("书记、副书记选举方式", max_length=8, choices=HeadsElected, blank=True)
    extended_to = models.DateField("经批准延期至", null=True, blank=True)
    extension_document = models.CharField("延期批复", max_length=120, blank=True)
    ended_on = models.DateField("实际结束日期", null=True, blank=True)

    class Meta:
        verbose_name = "届次"
        verbose_name_plural = "届次"
        ordering = ("organization", "-number")
        constraints = (
            models.UniqueConstraint(fields=["organization", "number"], name="one_term_of_a_number"),
            models.UniqueConstraint(fields=["organization"], condition=Q(ended_on=None), name="one_open_term"),
        )

    @property
    def last_day(self) -> dt.date:
        """The day by which the election must be held."""
        return self.extended_to or self.due_on


class PostKind(models.TextChoices):
    """Posts. The code is also the code of the role that the post gives."""

    SECRETARY = "secretary", "书记"
    DEPUTY_SECRETARY = "deputy_secretary", "副书记"
    STANDING_MEMBER = "standing_member", "常务委员"
    ORGANISATION_MEMBER = "organisation_member", "组织委员"
    PUBLICITY_MEMBER = "publicity_member", "宣传委员"
    DISCIPLINE_MEMBER = "discipline_member", "纪检委员"
    COMMITTEE_MEMBER = "committee_member", "委员"
    GROUP_LEADER = "group_leader", "党小组组长"
    PARTY_WORKER = "party_worker", "党务工作者"


COMMITTEE_POSTS = frozenset(
    {
        PostKind.SECRETARY,
        PostKind.DEPUTY_SECRETARY,
        PostKind.STANDING_MEMBER,
        PostKind.ORGANISATION_MEMBER,
        PostKind.PUBLICITY_MEMBER,
        PostKind.DISCIPLINE_MEMBER,
        PostKind.COMMITTEE_MEMBER,
    }
)
"""Posts that make their holder a member of the organisation's committee."""

STANDING_COMMITTEE = frozenset({PostKind.SECRETARY, PostKind.DEPUTY_SECRETARY, PostKind.STANDING_MEMBER})
"""Who sits on the standing committee (常委会) of a committee that has one: one that has at least one standing member."""


class InEffectQuerySet(OwnedQuerySet[Row]):
    """Rows with ``starts_on`` and an exclusive, possibly open ``ends_on``."""

    def in_effect(self, day: dt.date | None = None) -> Self:
        """Those in effect on ``day`` (today if not named)."""
        on = day or clock.today()
        return self.filter(Q(ends_on=None) | Q(ends_on__gt=on), starts_on__lte=on)


class Post(OwnedModel):
    """Somebody holds a post in an organisation from ``starts_on`` until before ``ends_on``.

    ``special`` says why somebody was appointed although something spoke against it.
    """

    account_path = "user_id"

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="posts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="posts", verbose_name="任职人")
    kind = models.CharField("职务", max_length=30, choices=PostKind)
    term = models.ForeignKey(TermOfBody, null=True, blank=True, on_delete=models.PROTECT, related_name="posts")
    starts_on = models.DateField("任职日期")
    ends_on = models.DateField("免职日期", null=True, blank=True)
    document = models.CharField("任职文号", max_length=120, blank=True)
    special = models.CharField("特殊情况", max_length=200, blank=True)

    objects: ClassVar = OwnedManager.from_queryset(InEffectQuerySet)()

    class Meta:
        verbose_name = "任职"
        verbose_name_plural = "任职"
        ordering = ("organization", "starts_on")
        indexes = (models.Index(fields=["user", "ends_on"], name="post_user"),)
        constraints = (
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(ends_on=None, kind="secretary"),
                name="one_secretary",
            ),
        )

    def __str__(self) -> str:
        return self.get_kind_display()


class Grant(OwnedModel):
    """A role handed to somebody at an organisation for a time.

    ``basis`` is the post of whoever handed it on, ``basis_grant`` their grant if they hold the role without a post; when that
    ends, the grant ends with it.
    """

    account_path = "user_id"

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="grants")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="grants", verbose_name="被授权人")
    role = models.CharField("角色", max_length=40)
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期", null=True, blank=True)
    basis = models.ForeignKey(Post, null=True, blank=True, on_delete=models.PROTECT, related_name="delegations")
    basis_grant = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="delegations")
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField("事由", max_length=200, blank=True)

    objects: ClassVar = OwnedManager.from_queryset(InEffectQuerySet)()

    class Meta:
        verbose_name = "授权"
        verbose_name_plural = "授权"
        ordering = ("-starts_on",)
        indexes = (models.Index(fields=["user", "ends_on"], name="grant_user"),)
