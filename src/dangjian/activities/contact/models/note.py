"""Contact that a branch had with one of its members, noted by whoever had it."""

from django.conf import settings
from django.db import models

from dangjian.kernel import clock
from dangjian.kernel.fields import EncryptedTextField
from dangjian.members.models import Member
from dangjian.org.scope import OwnedModel


class Way(models.TextChoices):
    """How somebody was in contact."""

    PHONE = "phone", "电话"
    MESSAGE = "message", "微信、短信"
    MET = "met", "见面、走访"
    THERE = "there", "流入地党组织反馈"


class ContactNote(OwnedModel):
    """The branch was in contact with a member on a day. That somebody signed in to the platform is no contact and makes none."""

    owner_prefix = "member__organization__"
    account_path = "member__user_id"

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="contact_notes", verbose_name="党员")
    on = models.DateField("联系日期")
    way = models.CharField("方式", max_length=10, choices=Way)
    note = EncryptedTextField("情况", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="联系人")
    made_at = models.DateTimeField("登记时间", default=clock.now)

    class Meta:
        verbose_name = "联系记录"
        verbose_name_plural = "联系记录"
        ordering = ("-on", "-pk")
        constraints = (models.UniqueConstraint(fields=["member", "on", "way"], name="one_contact_a_day_and_way"),)
        indexes = (models.Index(fields=["member", "-on"], name="contact_member"),)

    def __str__(self) -> str:
        return f"{self.on} {self.get_way_display()}"
