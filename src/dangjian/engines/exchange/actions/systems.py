"""Outside systems are registered, changed, closed and taken up again by whoever keeps them."""

from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction

from dangjian.accounts.events import EventsOf
from dangjian.engines.exchange.layout import columns
from dangjian.engines.exchange.models import ADDED, Believed, OutsideSystem, SheetTemplate
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.registry import by_code
from dangjian.kernel.rulebook import Period
from dangjian.org.models import Organization
from dangjian.org.openings import locked
from dangjian.org.sheet_offers import Sheet

KEEP: Final = "exchange.keep_systems"
"""The permission."""
MOST_MONTHS: Final = 60
NOTES = EventsOf[OutsideSystem]()


@transaction.atomic
def register(
    *,
    actor: Actor,
    organization: Organization,
    title: str,
    kind: str,
    sheet_code: str,
    keeper: str = "",
    every_months: int = 0,
    believed: Mapping[str, str] | None = None,
    template_key: str = "",
) -> OutsideSystem:
    """Say that another system holds what a sheet brings, for ``organization`` and what is below it."""
    actor.require(KEEP, organization)
    if organization.is_group or organization.dissolved_on:
        raise Invalid("外部系统要登记在党委、党总支或党支部。", fields={"organization": "请另选一个"})
    sheet = by_code(Sheet).get(sheet_code)
    if sheet is None or not sheet.is_compared:
        raise Invalid("这种表格不能比对。", fields={"sheet_code": "请另选一种"})
    made = OutsideSystem(organization=organization, kind=kind, sheet_code=sheet_code)
    _fill(made, title, keeper, every_months, believed or {}, template_key)
    made.save()
    NOTES.record(actor, made, "exchange.system_registered", f"登记外部系统“{made}”，核对{sheet.title}")
    return made


@transaction.atomic
def edit(*, actor: Actor, system: OutsideSystem, **values: Any) -> OutsideSystem:
    """Change a system's name, keeper, rhythm, whom to believe, and the template of its export."""
    held = locked(system, "organization", check=lambda row: actor.require(KEEP, row.organization))
    _fill(held, **values)
    held.save()
    NOTES.record(actor, held, "exchange.system_changed", f"修改外部系统“{held}”")
    return held


def _fill(
    system: OutsideSystem, title: str, keeper: str, every_months: int, believed: Mapping[str, str], template_key: str = ""
) -> None:
    others = OutsideSystem.objects.filter(organization=system.organization, title=title).exclude(pk=system.pk)
    if others.exists():
        raise Invalid(f"已经登记过“{title}”。", fields={"title": "请换一个名称"})
    if not 0 <= every_months <= MOST_MONTHS:
        raise Invalid(f"核对的间隔最长{MOST_MONTHS}个月。", fields={"every_months": f"请填0到{MOST_MONTHS}"})
    known = {ADDED, *columns(system.sheet)}
    if not believed.keys() <= known or not set(believed.values()) <= set(Believed.values):
        raise Invalid("“以谁为准”里有不认识的项目。", how="请刷新页面后重新选择。")
    if template_key and not SheetTemplate.objects.filter(key=template_key, sheet_code=system.sheet_code).exists():
        raise Invalid("没有这个模板。", fields={"template_key": "请另选一个"})
    system.title, system.keeper, system.every_months = title, keeper, every_months
    system.believed, system.template_key = dict(believed), template_key
    begin = system.last_in_step_on or system.made_on
    system.due_on = Period(months=every_months).after(begin) if every_months else None


@transaction.atomic
def close(*, actor: Actor, system: OutsideSystem) -> None:
    """It is compared with no more; what was compared stays on record."""
    held = locked(system, "organization", check=lambda row: actor.require(KEEP, row.organization))
    if not held.is_open:
        raise Conflict(f"“{held}”已经停用。")
    held.closed_on = clock.today()
    held.save()
    NOTES.record(actor, held, "exchange.system_closed", f"停用外部系统“{held}”")


@transaction.atomic
def reopen(*, actor: Actor, system: OutsideSystem) -> None:
    """It is compared with again."""
    held = locked(system, "organization", check=lambda row: actor.require(KEEP, row.organization))
    if held.is_open:
        raise Conflict(f"“{held}”正在使用，不用恢复。")
    held.closed_on = None
    held.save()
    NOTES.record(actor, held, "exchange.system_reopened", f"恢复使用外部系统“{held}”")
