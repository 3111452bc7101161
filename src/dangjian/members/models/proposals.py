"""Corrections that a member proposes to their own record."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangjian.kernel import clock
from dangjian.kernel.fields import EncryptedTextField
from dangjian.members.models.member import Member
from dangjian.org.scope import OwnedModel


class CorrectionProposal(OwnedModel):
    """One proposed value for one column, waiting for the secretary. The value is encrypted, whatever the column."""

    class State(models.TextChoices):
        """What became of it."""

        OPEN = "open", "待审核"
        ACCEPTED = "accepted", "已采纳"
        REFUSED = "refused", "未采纳"
        WITHDRAWN = "withdrawn", "已撤回"

    owner_prefix = "member__organization__"

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="proposals")
    column = models.CharField("项目", max_length=40)
    value = EncryptedTextField("建议改为")
    note = models.CharField("说明", max_length=200, blank=True)
    state = models.CharField("状态", max_length=12, choices=State, default=State.OPEN)
    proposed_at = models.DateTimeField("提出时间", default=clock.now)
    decided_at = models.DateTimeField("办理时间", null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField("答复", max_length=200, blank=True)

    class Meta:
        verbose_name = "更正申请"
        verbose_name_plural = "更正申请"
        ordering = ("-proposed_at",)
        constraints = (
            models.UniqueConstraint(fields=["member", "column"], condition=Q(state="open"), name="one_open_proposal_a_column"),
        )
