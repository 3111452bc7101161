"""Floating members who came in: they belong to another organisation and take part in the life of a branch here."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models

from dangjian.activities.contact.models.away import Direction
from dangjian.kernel import clock
from dangjian.kernel.fields import EncryptedTextField, NameField
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedManager, OwnedModel, OwnedQuerySet


class GuestQuerySet(OwnedQuerySet["Guest"]):
    """Guests."""

    def running(self) -> Self:
        """Those who are here now."""
        return self.filter(left_on=None)


class Guest(OwnedModel):
    """A member of another organisation who lives and works here; ``organization`` is the branch that leads them.

    They are on no roster and count nowhere here. ``home`` is the organisation to which they belong, ``came_from`` how far away
    that is, ``certificate`` the number of their 流动党员活动证.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="接受管理的党支部")
    name = NameField("姓名", max_length=64)
    name_sort = models.CharField(max_length=200)
    name_initials = models.CharField(max_length=32, blank=True)
    phone = EncryptedTextField("联系电话", blank=True)
    job_post = models.CharField("原工作岗位", max_length=20, blank=True)
    home = models.CharField("组织关系所在党组织", max_length=120)
    home_contact = EncryptedTextField("原党组织联系人和电话", blank=True)
    came_from = models.CharField("来自", max_length=16, choices=Direction)
    certificate = models.CharField("流动党员活动证编号", max_length=60, blank=True)
    unit_name = models.CharField("现工作单位或住处", max_length=120, blank=True)
    since_on = models.DateField("流入日期")
    until_on = models.DateField("预计离开日期", null=True, blank=True)
    left_on = models.DateField("离开日期", null=True, blank=True)
    left_note = models.CharField("离开说明", max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("登记时间", default=clock.now)

    objects: ClassVar = OwnedManager.from_queryset(GuestQuerySet)()

    class Meta:
        verbose_name = "流入党员"
        verbose_name_plural = "流入党员"
        ordering = ("-since_on", "-pk")
        indexes = (models.Index(fields=["organization", "left_on", "-since_on"], name="guest_branch"),)

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether they are here now."""
        return self.left_on is None


class GuestNoteKind(models.TextChoices):
    """In what a guest took part."""

    LIFE = "life", "参加组织生活"
    DUES = "dues", "凭活动证交纳党费"
    TOLD = "told", "向原党组织反馈"


class GuestNote(OwnedModel):
    """Something that a guest did here, or that their own organisation was told of them. ``fen`` are dues that they paid here."""

    owner_prefix = "guest__organization__"

    guest = models.ForeignKey(Guest, on_delete=models.CASCADE, related_name="notes")
    kind = models.CharField("事项", max_length=10, choices=GuestNoteKind)
    on = models.DateField("日期")
    what = models.CharField("内容", max_length=200)
    fen = models.BigIntegerField("金额（分）", null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("登记时间", default=clock.now)

    class Meta:
        verbose_name = "流入党员活动"
        verbose_name_plural = "流入党员活动"
        ordering = ("-on", "-pk")
