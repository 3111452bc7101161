"""Whole units (整建制) that are transferred as one case: who goes, and the work of the background on it."""

from collections.abc import Callable

from django.conf import settings
from django.db import models

from dangjian.engines.procedures.models import ProcedureCase
from dangjian.kernel.fields import EncryptedTextField
from dangjian.kernel.progress import Progress, Track
from dangjian.members.models import Member
from dangjian.org.models import Reorganisation
from dangjian.org.scope import OwnedModel


class UnitTransfer(OwnedModel):
    """What is kept of a case of ``unit_transfer`` beside its steps.

    ``list`` are those who go (``UnitMember``); of one that comes from outside there are none. ``reorganisation`` is the step by
    which they were received, or left. While the background takes a step for ``asked_by``, ``given`` says which and with what
    (JSON); ``failure`` is why it was not taken.
    """

    owner_prefix = "case__organization__"

    case = models.OneToOneField(ProcedureCase, on_delete=models.CASCADE, related_name="unit")
    reorganisation = models.ForeignKey(Reorganisation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    given = EncryptedTextField("正在后台办理", blank=True)
    failure = models.CharField("没有办成的原因", max_length=300, blank=True)

    class Meta:
        verbose_name = "整建制转接"
        verbose_name_plural = "整建制转接"

    def __str__(self) -> str:
        return self.case.title

    @property
    def is_under_way(self) -> bool:
        """Whether the background is at work on it."""
        return bool(self.given)

    @property
    def track(self) -> Track:
        """Where the background says how far it is."""
        return Track("unit", self.pk)

    def reporter(self, text: str, total: int) -> Callable[[int], None]:
        """What is told of how many of ``total`` are done; nothing while somebody waits for the page."""
        return self.track.reporter(text, total) if self.is_under_way else lambda _done: None

    @property
    def progress(self) -> Progress:
        """How far the background is."""
        found = self.track.read()
        return Progress(found.share, found.text, is_over=not self.is_under_way)


class UnitMember(OwnedModel):
    """Somebody on the list of a unit that goes."""

    owner_prefix = "unit__case__organization__"

    unit = models.ForeignKey(UnitTransfer, on_delete=models.CASCADE, related_name="list")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "整建制转接的党员"
        verbose_name_plural = "整建制转接的党员"
        constraints = (models.UniqueConstraint(fields=["unit", "member"], name="once_on_a_unit_list"),)

    def __str__(self) -> str:
        return str(self.member)
