"""Accounts of officers who are not on the roster yet."""

from django.conf import settings
from django.db import models

from dangjian.org.models import Organization
from dangjian.org.scope import OwnedModel


class WaitingAccount(OwnedModel):
    """An account that was opened for an officer before the roster came in: it becomes the member's as soon as they are on record.

    They are known by the blind index of their ID number, as ``Member.resident_id_index`` holds it. ``organization`` is where
    they are an officer, ``batch`` the import that brought them.
    """

    account_path = "user_id"

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="任职的党组织")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="waiting", verbose_name="账号")
    resident_id_index = models.CharField(max_length=64, unique=True)
    batch = models.BigIntegerField("导入批次", null=True)

    class Meta:
        verbose_name = "等待上名册的账号"
        verbose_name_plural = "等待上名册的账号"
        ordering = ("organization", "pk")

    def __str__(self) -> str:
        return str(self.user)
