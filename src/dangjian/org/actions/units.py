"""The record of a unit: taken up, changed, counted no more; the organisations in it are called after it."""

import datetime as dt
from collections.abc import Container, Mapping
from typing import Any

from django.db import IntegrityError, transaction

from dangjian.accounts.events import EventsOf
from dangjian.kernel import clock, codes, identity
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.ui import words
from dangjian.org.models import Covered, Organization, Unit
from dangjian.org.openings import at as at_organization
from dangjian.org.openings import locked, register
from dangjian.org.policy import JOINT_BRANCH

FIELDS = (
    "name",
    "credit_code",
    "nature",
    "affiliation",
    "control",
    "size",
    "covered",
    "is_legal_entity",
    "representative",
    "representative_is_member",
    "staff",
    "workers",
    "technicians",
    "has_union",
    "since_on",
)
NOTES = EventsOf[Unit](words=lambda unit, done: f"{done}单位信息：{unit.name}")
_CONTROL = ("state_controlled", "collective_controlled")


def controls() -> list[tuple[str, str]]:
    """Who controls an enterprise: the columns of table 26 below the two sums, as choices."""
    listed = codes.get("soe_column")
    return [(item.code, item.label) for item in listed.items if item.parent in _CONTROL]


@transaction.atomic
def keep_unit(*, actor: Actor, organization: Organization, batch: int | None = None, **given: Any) -> Unit:
    """Take up the record of a unit for which ``organization`` was set up, or which it looks after.

    :param given: columns named in ``FIELDS``.
    :raises Invalid: for what is missing or cannot be.
    :raises Conflict: if the unit is on record already.
    """
    organization = locked(organization, check=lambda row: require_keeping(actor, row))
    unit = Unit(organization=organization, batch=batch)
    with at_organization(organization):
        _fill(unit, given)
        _save(unit)
        NOTES.record(actor, unit, "org.unit_kept", "登记")
    return unit


def require_keeping(actor: Actor, organization: Organization) -> None:
    """Raise unless the actor keeps this organisation, and it stands."""
    actor.require("org.manage", organization)
    if organization.dissolved_on or organization.is_group:
        raise Conflict("单位信息记在党委、党总支或党支部名下。", how="请选择现在的党组织。")


@transaction.atomic
def change_unit(*, actor: Actor, unit: Unit, **given: Any) -> Unit:
    """The unit is otherwise; organisations in it are called after it. Nothing is recorded if nothing is."""
    unit = locked(unit, "organization", check=lambda row: require_changing(actor, row))
    before = {name: getattr(unit, name) for name in FIELDS}
    with at_organization(unit.organization):
        _fill(unit, given)
        changed = sorted(name for name in FIELDS if getattr(unit, name) != before[name])
        if not changed:
            return unit
        _save(unit)
        NOTES.record(actor, unit, "org.unit_changed", "修改", data={"fields": changed})
    _call_after(unit)
    return unit


def require_changing(actor: Actor, unit: Unit) -> None:
    """Raise unless the actor keeps its organisation and the unit is counted."""
    actor.require("org.manage", unit.organization)
    if unit.ended_on:
        raise Conflict(f"“{unit}”从{words.day(unit.ended_on)}起不再统计。")


@transaction.atomic
def end_unit(*, actor: Actor, unit: Unit, ended_on: dt.date) -> Unit:
    """The unit is counted no more from a day: it was wound up, merged or handed over."""
    unit = locked(unit, "organization", check=lambda row: require_changing(actor, row))
    if not unit.since_on < ended_on <= clock.today():
        text = f"应在{words.day(unit.since_on)}以后，不晚于今天"
        raise Invalid(f"不再统计的日期{text}。", fields={"ended_on": text})
    with at_organization(unit.organization):
        unit.ended_on = ended_on
        _save(unit)
        NOTES.record(actor, unit, "org.unit_ended", f"从{words.day(ended_on)}起不再统计")
    return unit


@transaction.atomic
def reopen_unit(*, actor: Actor, unit: Unit) -> Unit:
    """That it ended was a mistake."""
    unit = locked(unit, "organization", check=lambda row: require_reopening(actor, row))
    with at_organization(unit.organization):
        unit.ended_on = None
        _save(unit)
        NOTES.record(actor, unit, "org.unit_reopened", "恢复统计")
    return unit


@transaction.atomic
def take_back_unit(*, actor: Actor, number: int, at: dt.datetime, before: Mapping[str, Any]) -> None:
    """Undo what an upload did to the unit ``number`` at the moment ``at``: without ``before`` the record is deleted.

    Raises ``Conflict`` if it was changed since.
    """
    unit = register(Unit).select_related("organization").filter(pk=number).first()
    if unit is None:
        return
    actor.require("org.manage", unit.organization)
    if unit.updated_at != at or (not before and register(Organization).filter(unit=unit).exists()):
        raise Conflict(
            f"“{unit}”在导入以后又修改过，或者已有党组织选为所在单位，不能撤销。", how="个别导错的，请在单位信息里更正。"
        )
    if before:
        change_unit(actor=actor, unit=unit, **before)
        return
    with at_organization(unit.organization):
        NOTES.record(actor, unit, "org.unit_removed", "撤销导入，删除")
        Unit.objects.filter(pk=unit.pk).delete()


def require_reopening(actor: Actor, unit: Unit) -> None:
    """Raise unless the actor keeps its organisation, and the unit has ended."""
    require_keeping(actor, unit.organization)
    if not unit.ended_on:
        raise Conflict(f"“{unit}”正在统计。")


def _fill(unit: Unit, given: Mapping[str, Any]) -> None:
    problems = dict(_problems(unit, given))
    if problems:
        raise Invalid("还有没填好的内容。", fields=problems)
    for name in FIELDS:
        if name in given:
            value = given[name]
            setattr(unit, name, value.strip() if isinstance(value, str) else value)
    if unit.credit_code:
        unit.credit_code = identity.check_credit_code(unit.credit_code)


def _problems(unit: Unit, given: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    value = {name: given.get(name, getattr(unit, name)) for name in FIELDS}
    if not (value["name"] or "").strip():
        found["name"] = "请填写单位名称"
    if value["credit_code"]:
        try:
            identity.check_credit_code(value["credit_code"])
        except Invalid as problem:
            found["credit_code"] = problem.brief
    found |= _unknown_codes(value) | covering_problem(unit.organization, value["covered"]) | _counts(value)
    if value["since_on"] is None or value["since_on"] > clock.today():
        found["since_on"] = "请填写今天或以前的日期"
    return found


def _unknown_codes(value: Mapping[str, Any]) -> dict[str, str]:
    known: dict[str, Container[object]] = {
        "nature": codes.get("unit_economic_type"),
        "control": dict(controls()),
        "size": codes.get("unit_size"),
        "covered": Covered.values,
    }
    return {name: "请从列表中选择" for name, allowed in known.items() if value[name] and value[name] not in allowed}


def covering_problem(organization: Organization, covered: str) -> dict[str, str]:
    """What is wrong with how the organisation covers the unit, by the field; nothing if it can be so."""
    is_joint = organization.type_code in JOINT_BRANCH
    if not covered:
        return {"covered": "请选择"}
    if covered == Covered.JOINT and not is_joint:
        return {"covered": f"“{organization}”不是联合党支部"}
    if covered == Covered.OWN and is_joint:
        return {"covered": f"“{organization}”是联合党支部，请选“建立联合党支部”"}
    return {}


def _counts(value: Mapping[str, Any]) -> dict[str, str]:
    staff = value["staff"]
    names = {"workers": "工人数", "technicians": "专业技术人员数"}
    return {
        name: f"{title}不能多于在岗职工数"
        for name, title in names.items()
        if value[name] is not None and staff is not None and value[name] > staff
    }


def _save(unit: Unit) -> None:
    if unit.covered == Covered.OWN:
        others = register(Unit).filter(organization=unit.organization, covered=Covered.OWN, ended_on=None).exclude(pk=unit.pk)
        if unit.ended_on is None and (other := others.first()):
            raise Conflict(
                f"“{unit.organization}”已经是“{other}”单独建立的党组织。", how="一个党组织只对应一个单位；其他单位请另选。"
            )
    unit.updated_at = clock.now()
    try:
        with transaction.atomic():
            unit.save()
    except IntegrityError:
        raise Conflict(f"统一社会信用代码{unit.credit_code}已经登记过。", how="请在单位信息里查找，修改原来的记录。") from None


def _call_after(unit: Unit) -> None:
    """Organisations in the unit have its name as theirs."""
    rows = list(register(Organization).filter(unit=unit).exclude(unit_name=unit.name))
    with at_organization(*rows):
        Organization.objects.filter(pk__in=[one.pk for one in rows]).update(unit_name=unit.name)
