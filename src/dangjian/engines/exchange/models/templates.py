"""Templates that this unit made for itself: how somebody else's form names, orders and spells the columns of a sheet."""

from typing import Any, Final

from django.conf import settings
from django.db import models

from dangjian.engines.exchange.definition import Definition
from dangjian.kernel import clock
from dangjian.kernel.errors import NotFound
from dangjian.kernel.registry import by_code
from dangjian.org.sheet_offers import Sheet

SHIPPED: Final = "platform."
"""The keys of templates that ship with the platform begin so."""


class SheetTemplate(models.Model):
    """A template with its versions. It holds nothing about anybody, so that all who upload or take out such sheets may use it.

    ``key`` stays the same in every unit that a template is handed on to; ``retired_at`` takes it out of the choices.
    """

    key = models.CharField("编号", max_length=40, unique=True)
    sheet_code = models.CharField("表格", max_length=32)
    title = models.CharField("名称", max_length=60)
    copied_from = models.CharField("复制自", max_length=60, blank=True)
    made_at = models.DateTimeField("建立时间", default=clock.now)
    changed_at = models.DateTimeField("修改时间", default=clock.now)
    retired_at = models.DateTimeField("停用时间", null=True, blank=True)

    class Meta:
        verbose_name = "表格模板"
        verbose_name_plural = "表格模板"
        ordering = ("sheet_code", "title", "pk")

    def __str__(self) -> str:
        return self.title

    @property
    def sheet(self) -> Sheet:
        """What kind of sheet it is for. Raises ``NotFound`` if nobody offers it any more."""
        found = by_code(Sheet).get(self.sheet_code)
        if found is None:
            raise NotFound
        return found

    @property
    def is_shipped(self) -> bool:
        """Whether it ships with the platform, so that nobody changes it here."""
        return self.key.startswith(SHIPPED)

    @property
    def latest(self) -> "TemplateVersion":
        """The version that counts."""
        found = self.versions.order_by("-number").first()
        if found is None:
            raise NotFound
        return found


class TemplateVersion(models.Model):
    """What a template said from ``made_at`` on until the next version. Never changed.

    ``form`` is the official workbook that is filled in, if there is one; ``came_from`` names the unit that handed the version on.
    Nobody made the versions that ship with the platform.
    """

    template = models.ForeignKey(SheetTemplate, on_delete=models.PROTECT, related_name="versions", verbose_name="模板")
    number = models.PositiveIntegerField("版本")
    definition = models.JSONField("内容")
    form = models.BinaryField("官方表样", null=True)
    reason = models.CharField("修改说明", max_length=200, blank=True)
    came_from = models.CharField("来自", max_length=100, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="修改人"
    )
    made_at = models.DateTimeField("时间", default=clock.now)

    class Meta:
        verbose_name = "模板版本"
        verbose_name_plural = "模板版本"
        ordering = ("template", "-number")
        constraints = (models.UniqueConstraint(fields=["template", "number"], name="one_version_of_a_number"),)

    def __str__(self) -> str:
        return f"{self.template} 第{self.number}版"

    @property
    def meaning(self) -> Definition:
        """The definition."""
        content: Any = self.definition
        return Definition.model_validate(content)
