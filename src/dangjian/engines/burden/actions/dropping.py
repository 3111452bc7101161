"""Counters go with organisations that were set up by mistake: they say how much was typed, not that something was done there."""

from collections.abc import Sequence

from dangjian.engines.burden.models import FilledIn
from dangjian.kernel.sql import numbered


def drop_counters(organization_ids: Sequence[int]) -> None:
    """Delete those of the organisations."""
    FilledIn.objects.filter(numbered("organization_id", organization_ids)).delete()
