"""What the pages of duties open, and for whom: the scope is where the reader holds what the page asks for."""

from dangjian.engines.duties import actions
from dangjian.engines.duties.models import Duty, LocalDuty
from dangjian.engines.duties.views.duty import DUTY
from dangjian.kernel.gate import Request, let_in
from dangjian.org.gate import find
from dangjian.org.models import Organization


def duty_to_reassign(request: Request, pk: int) -> Duty:
    """The duty, for somebody who may give it to another."""
    duty = DUTY.find(request, pk=pk)
    let_in(request, actions.require_reassigning, duty)
    return duty


def duty_to_excuse(request: Request, pk: int) -> Duty:
    """The duty, for somebody who may let its unit off."""
    duty = DUTY.find(request, pk=pk)
    let_in(request, actions.require_excusing, duty)
    return duty


def local_of(_request: Request, pk: int) -> LocalDuty:
    """The local duty, where the reader gives such duties."""
    return find(LocalDuty.objects.select_related("organization"), pk=pk)


def local_to_change(request: Request, pk: int) -> LocalDuty:
    """The local duty, for somebody who may change and end it."""
    local = local_of(request, pk)
    let_in(request, actions.require_changing_local, local)
    return local


def line_of(_request: Request, pk: int) -> Organization:
    """The organisation of a line of the matrix."""
    return find(Organization.objects.standing(), pk=pk)
