"""What was found goes with organisations that were set up by mistake, but for what somebody has explained or worked through."""

from collections.abc import Sequence

from django.db import transaction

from dangjian.engines.quality.models import Flaw, QualityMonth, WorkedThrough
from dangjian.kernel.sql import numbered


@transaction.atomic
def drop_untouched(organization_ids: Sequence[int]) -> None:
    """Flaws of their records and those that they have to mend, figures, and lists that were worked through by themselves."""
    for column in ("organization_id", "keeper_id"):
        Flaw.objects.filter(numbered(column, organization_ids), explained_at=None).delete()
    QualityMonth.objects.filter(numbered("organization_id", organization_ids)).delete()
    WorkedThrough.objects.filter(numbered("organization_id", organization_ids), done_by=None).delete()
