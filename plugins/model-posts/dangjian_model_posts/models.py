"""Model posts and their quarterly reviews."""

from django.db import models
from django.db.models import Q

from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedModel


class ModelPost(OwnedModel):
    """A post at work for which a member answers as an example, until it is taken back."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党支部")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name="党员")
    title = models.CharField("岗位名称", max_length=60)
    promise = models.CharField("岗位承诺", max_length=200)
    named_on = models.DateField("挂牌日期", default=clock.today)
    ended_on = models.DateField("摘牌日期", null=True, blank=True)

    class Meta:
        verbose_name = "党员示范岗"
        verbose_name_plural = "党员示范岗"
        ordering = ("ended_on", "-named_on", "pk")
        constraints = (models.UniqueConstraint(fields=["member"], condition=Q(ended_on=None), name="one_model_post_a_member"),)

    def __str__(self) -> str:
        return self.title


class Review(OwnedModel):
    """The branch looked at its model posts: what was found."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党支部")
    reviewed_on = models.DateField("评议日期")
    finding = models.CharField("评议意见", max_length=500)

    class Meta:
        verbose_name = "示范岗评议"
        verbose_name_plural = "示范岗评议"
        ordering = ("-reviewed_on", "-pk")

    def __str__(self) -> str:
        return f"{self.reviewed_on}"
