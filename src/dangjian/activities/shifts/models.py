"""Kinds of shifts, and who works in which of them on which day."""

from django.db import models
from django.db.models import Q

from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedModel


class ShiftKind(OwnedModel):
    """A shift as an organisation and all below it know it; what stands nearer to a branch goes before what stands above.

    ``writings`` are further words that plans have for it, apart by 、. Without times it is a day off. A shift that ends at or
    before the time of its beginning ends on the next day.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党组织")
    title = models.CharField("班次", max_length=20)
    writings = models.CharField("排班表里的写法", max_length=100, blank=True)
    starts = models.TimeField("上班", null=True, blank=True)
    ends = models.TimeField("下班", null=True, blank=True)

    class Meta:
        verbose_name = "班次"
        verbose_name_plural = "班次"
        ordering = ("organization", "pk")
        constraints = (
            models.UniqueConstraint(fields=["organization", "title"], name="one_shift_of_a_title"),
            models.CheckConstraint(
                condition=Q(starts=None, ends=None) | Q(starts__isnull=False, ends__isnull=False), name="shift_has_both_times"
            ),
        )

    def __str__(self) -> str:
        return self.title


class ShiftDay(OwnedModel):
    """In which shift a member works on a day, by its title. It goes with the member from branch to branch.

    ``batch`` is the upload that said so last.
    """

    owner_prefix = "member__organization__"
    account_path = "member__user_id"

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="shift_days", verbose_name="党员")
    on = models.DateField("日期")
    shift = models.CharField("班次", max_length=20)
    batch = models.BigIntegerField("导入批次", null=True)

    class Meta:
        verbose_name = "排班"
        verbose_name_plural = "排班"
        ordering = ("on", "pk")
        constraints = (models.UniqueConstraint(fields=["member", "on"], name="one_shift_a_day"),)
        indexes = (models.Index(fields=["on"], name="shift_day"), models.Index(fields=["batch"], name="shift_batch"))

    def __str__(self) -> str:
        return f"{self.on} {self.shift}"
