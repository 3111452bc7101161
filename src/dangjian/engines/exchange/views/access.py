"""For whom the pages of templates open."""

from dangjian.engines.exchange import actions
from dangjian.engines.exchange.models import SheetTemplate, TemplateVersion
from dangjian.engines.exchange.queries.batches import usable
from dangjian.engines.exchange.queries.templates import template_sets
from dangjian.kernel.actor import Visitor
from dangjian.kernel.errors import NotFound, PermissionDenied
from dangjian.kernel.gate import Request, let_in
from dangjian.kernel.registry import offers
from dangjian.org.sheet_offers import Sheet


def goes_out(actor: Visitor, sheet: Sheet) -> bool:
    """Whether the actor may take out what is on record as this sheet somewhere."""
    return sheet.out is not None and all(actor.may(permission) for permission in sheet.out.permissions)


def sheets_seen(request: Request) -> list[Sheet]:
    """The sheets that the actor may upload or take out. Raises ``PermissionDenied`` if there are none."""
    actor = request.actor
    uploaded = {sheet.code for sheet in usable(actor)}
    found = [sheet for sheet in offers(Sheet) if sheet.code in uploaded or goes_out(actor, sheet)]
    if not found:
        raise PermissionDenied("您没有导入或导出表格的权限。", how="如工作需要，请联系上级党组织或安全管理员授权。")
    return found


def template_to_see(request: Request, pk: int) -> SheetTemplate:
    """A template, for whoever uploads or takes out such sheets."""
    codes = {sheet.code for sheet in sheets_seen(request)}
    found = SheetTemplate.objects.filter(pk=pk, sheet_code__in=codes).first()
    if found is None:
        raise NotFound
    return found


def template_to_copy(request: Request, pk: int) -> SheetTemplate:
    """A template, for whoever makes templates."""
    found = template_to_see(request, pk)
    let_in(request, actions.require_keeping)
    return found


def template_to_change(request: Request, pk: int) -> SheetTemplate:
    """A template of the unit's own in use, for whoever keeps them."""
    found = template_to_see(request, pk)
    let_in(request, actions.require_changing, found)
    return found


def template_to_retire(request: Request, pk: int) -> SheetTemplate:
    """A template, for whoever may take it out of the choices or put it back."""
    found = template_to_see(request, pk)
    let_in(request, actions.require_keeping)
    return found


def template_to_take_out(request: Request, pk: int) -> SheetTemplate:
    """A template of a sheet that goes out, for whoever may take it out."""
    found = template_to_see(request, pk)
    if not goes_out(request.actor, found.sheet):
        raise PermissionDenied(f"您没有导出{found.sheet.title}的权限。", how="如工作需要，请联系上级党组织授权。")
    return found


def out_permissions(version: TemplateVersion) -> tuple[str, ...]:
    """What taking out by a version needs; nothing of a sheet that does not go out."""
    out = version.template.sheet.out
    return out.permissions if out else ()


def sets_seen(request: Request) -> dict[str, list[TemplateVersion]]:
    """The sets of templates with what the actor may take out by them."""
    return template_sets([sheet for sheet in offers(Sheet) if goes_out(request.actor, sheet)])


def sets_to_take_out(request: Request) -> dict[str, list[TemplateVersion]]:
    """The same, for whoever may take out something."""
    found = sets_seen(request)
    if not found:
        raise PermissionDenied("没有您可以导出的成套模板。", how="如工作需要，请联系上级党组织授权。")
    return found


def template_to_try(request: Request, pk: int) -> SheetTemplate:
    """A template of a sheet that the actor may upload."""
    found = template_to_see(request, pk)
    request.actor.require(found.sheet.permission)
    return found


def keeper(request: Request) -> list[Sheet]:
    """The sheets for which the actor may make templates."""
    let_in(request, actions.require_keeping)
    return sheets_seen(request)
