"""Yearly plans: how many may be admitted, what units ask for beyond it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangjian.kernel import clock
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedModel


class Quota(OwnedModel):
    """How many members an organisation and all below it may admit in a year, as the level above handed it down (发展党员计划)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党组织")
    year = models.PositiveSmallIntegerField("年度")
    places = models.PositiveIntegerField("计划人数")
    document = models.CharField("文号", max_length=120, blank=True)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField("下达时间", default=clock.now)

    class Meta:
        verbose_name = "发展党员计划"
        verbose_name_plural = "发展党员计划"
        ordering = ("-year", "organization")
        constraints = (models.UniqueConstraint(fields=["organization", "year"], name="one_quota_a_year"),)

    def __str__(self) -> str:
        return f"{self.year}年{self.places}名"


class RequestState(models.TextChoices):
    """What became of a request for more places."""

    ASKED = "asked", "待答复"
    GRANTED = "granted", "已增加"
    REFUSED = "refused", "未同意"
    WITHDRAWN = "withdrawn", "已撤回"


class QuotaRequest(OwnedModel):
    """An organisation asks the one above it for ``wanted`` more places in a year; ``granted`` is how many it was given."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党组织")
    year = models.PositiveSmallIntegerField("年度")
    wanted = models.PositiveIntegerField("申请增加")
    reason = models.CharField("理由", max_length=500)
    state = models.CharField("状态", max_length=10, choices=RequestState, default=RequestState.ASKED)
    granted = models.PositiveIntegerField("同意增加", default=0)
    answer = models.CharField("答复", max_length=200, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("申请时间", default=clock.now)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)

    class Meta:
        verbose_name = "追加发展计划申请"
        verbose_name_plural = "追加发展计划申请"
        ordering = ("-asked_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["organization", "year"], condition=Q(state="asked"), name="one_open_quota_request"),
        )

    def __str__(self) -> str:
        return f"{self.year}年增加{self.wanted}名"
