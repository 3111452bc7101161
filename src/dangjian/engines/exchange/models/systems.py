"""Systems of others that hold the same facts, and in what their export and the records differ."""

from typing import Any, Final

from django.db import models
from django.utils.functional import cached_property

from dangjian.engines.exchange import payload
from dangjian.engines.exchange.definition import Definition
from dangjian.engines.exchange.models.templates import SheetTemplate
from dangjian.kernel import clock
from dangjian.kernel.errors import NotFound
from dangjian.kernel.fields import EncryptedTextField
from dangjian.kernel.registry import by_code
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedModel
from dangjian.org.sheet_offers import Sheet, SheetColumn

ADDED: Final = "+"
"""In ``OutsideSystem.believed`` in the place of a column: whether whoever is in the export alone is taken in."""


class SystemKind(models.TextChoices):
    """What another system is for."""

    NATIONAL = "national", "全国党员管理信息系统"
    STATISTICS = "statistics", "党内统计系统"
    HUMAN_RESOURCES = "hr", "人力资源系统"
    PRODUCTION = "production", "生产系统"
    OTHER = "other", "其他系统"


class Believed(models.TextChoices):
    """Whose value counts where two differ."""

    THEIRS = "theirs", "以对方为准"
    OURS = "ours", "以本平台为准"
    ASK = "ask", "再核对"


USUAL: Final[dict[str, tuple[Believed, Believed]]] = {
    SystemKind.NATIONAL: (Believed.ASK, Believed.OURS),
    SystemKind.STATISTICS: (Believed.OURS, Believed.OURS),
    SystemKind.HUMAN_RESOURCES: (Believed.ASK, Believed.THEIRS),
    SystemKind.PRODUCTION: (Believed.ASK, Believed.THEIRS),
    SystemKind.OTHER: (Believed.ASK, Believed.ASK),
}
"""Whom to believe unless the system says otherwise: of the person, and of their work."""


class OutsideSystem(OwnedModel):
    """A system of others that holds what ``sheet_code`` brings, for ``organization`` and what is below it.

    ``keeper`` is who keeps it over there; ``every_months`` how often it should be in step (0: no rule), from which ``due_on``
    follows. ``believed`` says by column (``ADDED`` for new records) whose value counts, where that is not as usual for its kind.
    ``template_key`` names the template of its export, "" for the platform's own columns.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党组织")
    title = models.CharField("名称", max_length=60)
    kind = models.CharField("种类", max_length=12, choices=SystemKind)
    sheet_code = models.CharField("核对的表格", max_length=32)
    template_key = models.CharField(max_length=40, blank=True)
    keeper = models.CharField("对方由谁维护", max_length=120, blank=True)
    every_months = models.PositiveSmallIntegerField("多久核对一次", default=0)
    believed = models.JSONField("以谁为准", default=dict)
    last_in_step_on = models.DateField("上次核对一致", null=True, blank=True)
    due_on = models.DateField("下次核对期限", null=True, blank=True)
    made_on = models.DateField("登记日期", default=clock.today)
    closed_on = models.DateField("停用日期", null=True, blank=True)

    class Meta:
        verbose_name = "外部系统"
        verbose_name_plural = "外部系统"
        ordering = ("organization__path", "title", "pk")
        constraints = (models.UniqueConstraint(fields=["organization", "title"], name="one_outside_system_of_a_title"),)

    def __str__(self) -> str:
        return self.title

    @property
    def sheet(self) -> Sheet:
        """What is compared. Raises ``NotFound`` if nobody offers it any more."""
        found = by_code(Sheet).get(self.sheet_code)
        if found is None:
            raise NotFound
        return found

    @cached_property
    def template(self) -> Definition | None:
        """How its export names, orders and spells the columns; ``None`` for the platform's own."""
        found = SheetTemplate.objects.filter(key=self.template_key).first() if self.template_key else None
        return found.latest.meaning if found else None

    @property
    def is_open(self) -> bool:
        """Whether it is still compared with."""
        return self.closed_on is None

    def believes(self, column: SheetColumn) -> str:
        """Whose value counts in a column."""
        return str(self.believed.get(column.code, self.usually_believes(column)))

    def usually_believes(self, column: SheetColumn) -> str:
        """Whose value counts in a column unless the system says otherwise: as its template has it, else as its kind has it."""
        if column.kept_here:
            return Believed.OURS.value
        said = self.template.by_item().get(column.code) if self.template else None
        return said.believed if said and said.believed else USUAL[self.kind][column.of_work].value

    @property
    def of_added(self) -> str:
        """Whether whoever is in its export alone is taken in."""
        return str(self.believed.get(ADDED, Believed.ASK))


class DifferenceKind(models.TextChoices):
    """In what an export and the records differ."""

    CHANGED = "changed", "内容不同"
    LACKING = "lacking", "对方空着"
    ADDED = "added", "本平台没有"
    GONE = "gone", "对方没有"


class Difference(OwnedModel):
    """One value, or one record, in which the export of another system and what is on record differ.

    ``number`` is the row of the export, ``record_id`` the record: one of them is missing where only the other side has it.
    ``theirs`` is what the export says, by column (``payload``). ``is_takeable`` says whether entering the export takes it over,
    ``is_chosen`` that a person said whom to believe. One that ``stands`` is of the last comparison that was finished: it was not
    taken (``taken_on``) and had not settled by itself (``settled_on``) when somebody last looked.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", verbose_name="党组织")
    # Its index begins with the batch.
    batch = models.ForeignKey(
        "exchange.ImportBatch", on_delete=models.CASCADE, related_name="differences", db_index=False, verbose_name="比对"
    )
    number = models.PositiveIntegerField("行号", null=True)
    record_id = models.BigIntegerField(null=True)
    column = models.CharField("项目", max_length=40, blank=True)
    kind = models.CharField("差异", max_length=8, choices=DifferenceKind)
    believed = models.CharField("以谁为准", max_length=6, choices=Believed)
    is_chosen = models.BooleanField(default=False)
    is_takeable = models.BooleanField(default=False)
    theirs = EncryptedTextField("对方的内容")
    stands = models.BooleanField(default=False)
    taken_on = models.DateField("采用日期", null=True, blank=True)
    settled_on = models.DateField("已一致", null=True, blank=True)

    class Meta:
        verbose_name = "差异"
        verbose_name_plural = "差异"
        ordering = ("batch", "number", "pk")
        indexes = (
            models.Index(fields=["batch", "kind", "number"], name="difference_row"),
            models.Index(fields=["organization", "stands"], name="difference_standing"),
        )

    @property
    def their_values(self) -> dict[str, Any]:
        """What the export says, by column."""
        return payload.clean_of(self.theirs) if self.theirs else {}


class Delivery(OwnedModel):
    """What a comparison brought of a record: ``columns`` in which the system is believed and agrees with it now."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", verbose_name="党组织")
    # Its index begins with the record.
    batch = models.ForeignKey("exchange.ImportBatch", on_delete=models.CASCADE, related_name="deliveries", verbose_name="比对")
    record_id = models.BigIntegerField()
    columns = models.JSONField("项目", default=list)

    class Meta:
        verbose_name = "对方提供的项目"
        verbose_name_plural = "对方提供的项目"
        indexes = (models.Index(fields=["record_id", "batch"], name="delivery_record"),)
