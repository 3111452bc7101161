"""Who may open which page: each sheet has a permission of its own, so the door is opened once the sheet is known."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from dangjian.engines.exchange.actions.answering import ANSWER, require_answering
from dangjian.engines.exchange.actions.systems import KEEP
from dangjian.engines.exchange.models import Delivery, Difference, ImportBatch, ImportWorkbook, OutsideSystem
from dangjian.engines.exchange.queries.batches import usable
from dangjian.kernel import parameters
from dangjian.kernel.errors import NotFound, PermissionDenied
from dangjian.kernel.gate import SIGNED_IN, Request, View, let_in, requires
from dangjian.org.gate import admitted, find
from dangjian.org.sheet_offers import Sheet

SEE = "exchange.view_differences"
"""The permission to see in what other systems differ."""


def sheet_page(*, methods: tuple[str, ...] = ("GET",)) -> Callable[[View], View]:
    """Mark a view of one sheet, named by ``?sheet=`` (by default the first that the actor may upload).

    The view takes the sheet and runs in the scope of its permission; whoever may upload none is refused.
    """

    def mark(view: View) -> View:
        @requires(SIGNED_IN, on=sheet_to_upload, methods=methods)
        @wraps(view)
        def gated(request: Request, sheet: Sheet) -> Any:
            with admitted(request.actor, sheet.permission):
                return view(request, sheet)

        return gated

    return mark


def batch_page(*, methods: tuple[str, ...] = ("GET",)) -> Callable[[View], View]:
    """Mark a view of one batch, named by ``pk`` in the address.

    The view takes the batch and runs in the scope of its sheet's permission. A stranger to its organisation gets 404, a mere
    reader 403.
    """

    def mark(view: View) -> View:
        @requires(SIGNED_IN, on=batch_to_look_after, methods=methods)
        @wraps(view)
        def gated(request: Request, batch: ImportBatch, **kwargs: object) -> Any:
            with admitted(request.actor, batch.sheet.permission):
                return view(request, batch, **kwargs)

        return gated

    return mark


def batch_to_look_after(request: Request, pk: int) -> ImportBatch:
    """A batch, for whoever holds the permission of its sheet where it goes."""
    batch: ImportBatch = find(ImportBatch.objects.select_related("organization", "uploaded_by"), pk=pk)
    request.actor.require(batch.sheet.permission, batch.organization)
    return batch


def workbook_to_look_after(request: Request, pk: int) -> ImportWorkbook:
    """A workbook, for whoever looks after one of its sheets at least."""
    workbook: ImportWorkbook = find(ImportWorkbook.objects.select_related("organization", "uploaded_by"), pk=pk)
    if not looked_after(request, workbook):
        raise PermissionDenied("您可以看到这个党组织，但没有办理此事的权限。", how="如工作需要，请联系上级党组织授权。")
    return workbook


def looked_after(request: Request, workbook: ImportWorkbook) -> list[ImportBatch]:
    """The sheets of a workbook that the actor looks after."""
    batches = ImportBatch.objects.filter(workbook=workbook).select_related("organization").order_by("place")
    return [batch for batch in batches if request.actor.may(batch.sheet.permission, batch.organization)]


def uploadable(request: Request) -> list[Sheet]:
    """The sheets that the actor may upload. Raises ``PermissionDenied`` if there are none."""
    sheets = usable(request.actor)
    if not sheets:
        raise PermissionDenied("您没有导入表格的权限。", how="如工作需要，请联系上级党组织或安全管理员授权。")
    return sheets


def sheet_to_upload(request: Request) -> Sheet:
    """The sheet named by ``?sheet=``, for whoever may upload it."""
    sheets = uploadable(request)
    wanted = parameters.text(request, "sheet")
    found = [sheet for sheet in sheets if sheet.code == wanted] if wanted else sheets
    if not found:
        raise NotFound
    return found[0]


def system_to_see(request: Request, pk: int) -> OutsideSystem:
    """A system, for whoever may see its differences where it is kept."""
    system: OutsideSystem = find(OutsideSystem.objects.select_related("organization"), pk=pk)
    request.actor.require(SEE, system.organization)
    return system


def system_to_keep(request: Request, pk: int) -> OutsideSystem:
    """A system, for whoever keeps it."""
    system: OutsideSystem = find(OutsideSystem.objects.select_related("organization"), pk=pk)
    request.actor.require(KEEP, system.organization)
    return system


def system_to_compare(request: Request, pk: int) -> OutsideSystem:
    """A system, for whoever may upload its export."""
    system: OutsideSystem = find(OutsideSystem.objects.select_related("organization"), pk=pk)
    request.actor.require(system.sheet.permission, system.organization)
    return system


def comparison_to_look_after(request: Request, pk: int) -> ImportBatch:
    """A comparison, for whoever holds the permission of its sheet where it goes."""
    batch = batch_to_look_after(request, pk)
    if not batch.compares:
        raise NotFound
    return batch


def delivery_to_correct(request: Request, pk: int) -> Delivery:
    """What a system delivered, for whoever answers for the record."""
    found: Delivery = find(Delivery.objects.select_related("organization", "batch__system"), pk=pk)
    request.actor.require(ANSWER, found.organization)
    return found


def difference_to_answer(request: Request, pk: int) -> Difference:
    """A difference that stands, for whoever answers for the record."""
    found: Difference = find(Difference.objects.select_related("organization", "batch__system"), pk=pk)
    let_in(request, require_answering, found)
    return found
