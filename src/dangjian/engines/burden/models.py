"""Counters of what is typed: one row for each organisation, month and module."""

from django.db import models

from dangjian.org.models import Organization
from dangjian.org.scope import OwnedModel


class FilledIn(OwnedModel):
    """What was filled in about an organisation in a month in the forms of one module, by whomever.

    ``typed`` are fields that somebody filled in or changed, ``proposed`` those that stood there filled in and were left so,
    ``cells`` what came by sheets.
    """

    is_worked_out = True

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", verbose_name="党组织")
    month = models.DateField("月份")
    module = models.CharField("模块", max_length=40)
    forms = models.PositiveBigIntegerField("提交的表单", default=0)
    typed = models.PositiveBigIntegerField("手填的栏目", default=0)
    proposed = models.PositiveBigIntegerField("自动带出的栏目", default=0)
    cells = models.PositiveBigIntegerField("表格导入的格数", default=0)

    class Meta:
        verbose_name = "填报计数"
        verbose_name_plural = "填报计数"
        ordering = ("-month", "organization", "module")
        constraints = (models.UniqueConstraint(fields=["organization", "month", "module"], name="filled_in_once_a_month"),)
        indexes = (models.Index(fields=["month", "organization"], name="filled_in_month"),)

    def __str__(self) -> str:
        return f"{self.organization} {self.month:%Y-%m} {self.module}"
