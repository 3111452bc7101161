"""The membership account: dated lines from which branch, status and every count follow."""

import datetime as dt
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from dangjian.kernel import clock
from dangjian.members.models.member import Member
from dangjian.org.models import Organization, Reorganisation
from dangjian.org.scope import OwnedManager, OwnedModel, OwnedQuerySet


class ChangeKind(models.TextChoices):
    """Why a line was written, after table 1 of the annual statistics."""

    OPENING = "opening", "期初"
    ADMITTED = "admitted", "发展党员"
    READMITTED = "readmitted", "重新入党"
    RESTORED = "restored", "恢复党籍"
    TRANSFERRED_IN = "transferred_in", "转入组织关系"
    WHOLE_IN = "whole_in", "整建制转入"
    MOVED_IN = "moved_in", "本单位内转入"
    CONVERTED = "converted", "预备党员转正"
    PROBATION_EXTENDED = "probation_extended", "延长预备期"
    EXPELLED = "expelled", "开除党籍"
    RESIGNED = "resigned", "退党除名"
    PERSUADED = "persuaded", "劝其退党"
    PERSUADED_REFUSED = "persuaded_refused", "劝而不退除名"
    SELF_EXIT = "self_exit", "自行脱党除名"
    SELF_EXIT_LOST = "self_exit_lost", "自行脱党除名（无法取得联系）"
    PROBATION_CANCELLED = "probation_cancelled", "取消预备党员资格"
    UNRECOGNISED = "unrecognised", "不予承认"
    SUSPENDED = "suspended", "停止党籍"
    DECEASED = "deceased", "死亡"
    TRANSFERRED_OUT = "transferred_out", "转出组织关系"
    WHOLE_OUT = "whole_out", "整建制转出"
    MOVED_OUT = "moved_out", "本单位内转出"


FROM_LINES = {
    "joined_on": (ChangeKind.ADMITTED, ChangeKind.READMITTED),
    "converted_on": (ChangeKind.CONVERTED,),
}
"""Dates that follow from a line of the account where there is one, and are typed only where there is none."""
INCREASES = frozenset(
    {
        ChangeKind.OPENING,
        ChangeKind.ADMITTED,
        ChangeKind.READMITTED,
        ChangeKind.RESTORED,
        ChangeKind.TRANSFERRED_IN,
        ChangeKind.WHOLE_IN,
        ChangeKind.MOVED_IN,
    }
)
NEUTRAL = frozenset({ChangeKind.CONVERTED, ChangeKind.PROBATION_EXTENDED})
REMOVALS = frozenset(
    {
        ChangeKind.EXPELLED,
        ChangeKind.RESIGNED,
        ChangeKind.PERSUADED,
        ChangeKind.PERSUADED_REFUSED,
        ChangeKind.SELF_EXIT,
        ChangeKind.SELF_EXIT_LOST,
        ChangeKind.PROBATION_CANCELLED,
        ChangeKind.UNRECOGNISED,
    }
)
"""出党: the seven kinds of tables 10 and 11."""
DECREASES = REMOVALS | {
    ChangeKind.SUSPENDED,
    ChangeKind.DECEASED,
    ChangeKind.TRANSFERRED_OUT,
    ChangeKind.WHOLE_OUT,
    ChangeKind.MOVED_OUT,
}


class EntryQuerySet(OwnedQuerySet["MembershipEntry"]):
    """Lines of the account."""

    def until(self, day: dt.date) -> Self:
        """Lines in effect on ``day``."""
        return self.filter(effective_on__lte=day)

    def between(self, after: dt.date, until: dt.date) -> Self:
        """Lines after the day ``after`` up to and including ``until``."""
        return self.filter(effective_on__gt=after, effective_on__lte=until)


class MembershipEntry(OwnedModel):
    """One line: ``sign`` +1 into ``organization`` (a branch), −1 out of it, 0 for a change of category.

    Lines are never changed; a mistake is put right by lines of ``reverses`` with the opposite sign on the same day.
    ``reorganisation`` is the step of which it is a part, if many members were moved in one. ``ended`` is what came to an end with
    a line out of a branch and comes back with its reversal: posts and roles (``org.actions.offices``), and the group with the day
    from which it was theirs. ``by_hand`` says why a line was written down by hand and not by what is done on the platform.
    ``conduct`` is for what somebody was removed, a code.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="entries")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党支部")
    kind = models.CharField("变动", max_length=24, choices=ChangeKind)
    sign = models.SmallIntegerField()
    effective_on = models.DateField("生效日期")
    category = models.CharField("变动后类别", max_length=1, blank=True)
    counterpart = models.ForeignKey(Organization, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="对方支部")
    counterpart_name = models.CharField("对方党组织", max_length=120, blank=True)
    document = models.CharField("依据文号", max_length=120, blank=True)
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")
    batch = models.BigIntegerField("导入批次", null=True)
    ended = models.JSONField(default=dict, blank=True)
    by_hand = models.CharField("补录原因", max_length=200, blank=True)
    conduct = models.CharField("违纪行为或者具体表现", max_length=20, blank=True)
    reorganisation = models.ForeignKey(Reorganisation, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)

    objects: ClassVar = OwnedManager.from_queryset(EntryQuerySet)()

    class Meta:
        verbose_name = "党籍变动"
        verbose_name_plural = "党籍变动"
        ordering = ("effective_on", "pk")
        indexes = (
            models.Index(fields=["organization", "effective_on"], name="entry_branch"),
            models.Index(fields=["member", "effective_on"], name="entry_member"),
            models.Index(fields=["batch"], name="entry_batch"),
        )
        constraints = (models.CheckConstraint(condition=Q(sign__in=[-1, 0, 1]), name="entry_sign"),)

    def __str__(self) -> str:
        return f"{self.effective_on} {self.get_kind_display()}"


class GroupAssignment(OwnedModel):
    """The member belongs to a group from ``starts_on`` until before ``ends_on``."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党小组")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="group_assignments")
    starts_on = models.DateField("编入日期")
    ends_on = models.DateField("调出日期", null=True, blank=True)

    class Meta:
        verbose_name = "党小组编入"
        verbose_name_plural = "党小组编入"
        ordering = ("member", "starts_on")
        constraints = (models.UniqueConstraint(fields=["member"], condition=Q(ends_on=None), name="one_group_at_a_time"),)
