"""What the members are told of a year."""

from django.conf import settings
from django.db import models

from dangjian.org.models import Organization
from dangjian.org.scope import OwnedModel


class Publication(OwnedModel):
    """The result of a year told to the members, as it stood on that day (``figures``, money in 分)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党组织")
    year = models.PositiveSmallIntegerField("年度")
    figures = models.JSONField("内容")
    note = models.CharField("说明", max_length=500, blank=True)
    published_on = models.DateField("公示日期")
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "党费公示"
        verbose_name_plural = "党费公示"
        ordering = ("-year",)
        constraints = (models.UniqueConstraint(fields=["organization", "year"], name="one_publication_of_a_year"),)
