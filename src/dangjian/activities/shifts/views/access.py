"""Whose pages open for whom."""

from dangjian.activities.shifts.actions import kinds
from dangjian.activities.shifts.models import ShiftKind
from dangjian.activities.shifts.queries import IMPORT
from dangjian.kernel.gate import Request
from dangjian.org.gate import find
from dangjian.org.models import Organization


def organization_to_set(request: Request, pk: int) -> Organization:
    """An organisation whose shifts the reader may lay down."""
    found: Organization = find(Organization.objects.standing(), pk=pk)
    request.actor.require(IMPORT, found)
    return found


def kind_to_remove(request: Request, pk: int) -> ShiftKind:
    """A shift that the reader may take away from where it was laid down."""
    found: ShiftKind = find(ShiftKind.objects.select_related("organization"), pk=pk)
    kinds.require_removing(request.actor, found)
    return found
