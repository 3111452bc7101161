"""Guests who sit in on a meeting and are on no roster here, such as floating members of other organisations."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangjian.activities.meetings.models.attendance import CAME, Presence
from dangjian.activities.meetings.models.meeting import Meeting, OfMeeting
from dangjian.kernel.fields import NameField
from dangjian.org.scope import OwnedManager, OwnedQuerySet

GUEST_PRESENCE = (Presence.PRESENT, Presence.ONLINE, Presence.LEAVE, Presence.ABSENT, Presence.UNKNOWN)
"""They have nothing to make up."""


class MeetingGuestQuerySet(OwnedQuerySet["MeetingGuest"]):
    """Guests invited."""

    def came(self) -> Self:
        """Those who took part, on site or online."""
        return self.filter(presence__in=CAME)


class MeetingGuest(OfMeeting):
    """A guest invited to sit in (列席). They have no vote and no account, and count neither as due nor as come.

    ``source`` and ``number`` name them to the app whose they are (``members.offers.BranchGuests``); ``name`` and ``home`` are
    kept as they were then.
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="guests")
    source = models.CharField("来源", max_length=30)
    number = models.PositiveBigIntegerField("编号")
    name = NameField("姓名", max_length=64)
    home = models.CharField("组织关系所在党组织", max_length=120, blank=True)
    presence = models.CharField("出席", max_length=8, choices=Presence, default=Presence.UNKNOWN)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField("登记时间", null=True, blank=True)

    objects: ClassVar = OwnedManager.from_queryset(MeetingGuestQuerySet)()

    class Meta:
        verbose_name = "列席的流入党员"
        verbose_name_plural = "列席的流入党员"
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["meeting", "source", "number"], name="guest_invited_once"),
            models.CheckConstraint(condition=~Q(presence=Presence.MADE_UP), name="guest_makes_nothing_up"),
        )
        indexes = (models.Index(fields=["source", "number"], name="guest_invited"),)

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """How forms and programs name the guest."""
        return f"{self.source}:{self.number}"

    @property
    def came(self) -> bool:
        """Whether the guest took part."""
        return self.presence in CAME
