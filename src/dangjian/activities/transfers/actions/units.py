"""Whole units: asked for with their list, taken out of it, and received in the background."""

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import transaction

from dangjian.accounts.events import record_many
from dangjian.activities.transfers.models import UnitMember, UnitTransfer
from dangjian.activities.transfers.queries.units import PROCEDURE, at_branch, named, running, under_way_alone, who_goes
from dangjian.activities.transfers.units import FROM_OUTSIDE
from dangjian.engines.procedures.actions import starting, taking
from dangjian.engines.procedures.actions.turns import page_for, step_named
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.engines.procedures.offers import Attempt
from dangjian.engines.procedures.queries import open_step, side_of
from dangjian.kernel.actor import Actor
from dangjian.kernel.background import enqueue
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.members.models import Member
from dangjian.org.errands import do_for
from dangjian.org.models import Organization
from dangjian.org.openings import at, hold, locked, register

AT_ONCE = 30
"""So many members are moved while whoever takes the step waits for the page; more are for the background."""
KEEPING = "transfers.manage"


@transaction.atomic
def ask_unit(
    *,
    actor: Actor,
    organization: Organization,
    way: str,
    day: dt.date,
    entry: Mapping[str, object],
    members: Sequence[Member] = (),
    to: Organization | None = None,
) -> ProcedureCase:
    """Ask for ``members`` of a branch to be transferred as one case: to the branch ``to``, or out of the platform.

    :param way: the outcome of the first step: ``inside``, ``out``, or ``in``, from outside, which has no list yet.
    :raises Invalid: for what can be mended; whoever is under way on their own is named.
    :raises Conflict: if the branch has a whole unit under way.
    """
    actor.require(KEEPING, organization)
    _check_branches(organization, way, to)
    under_way = running(organization=organization).first()
    if under_way is not None:
        page = page_for(actor, under_way)
        raise Conflict(f"“{organization}”已有一件整建制转接正在办理。", how="请打开那一件继续办理。", elsewhere=page)
    going = [] if way == FROM_OUTSIDE else _still_there(organization, members)
    case = starting.start(
        actor=actor,
        code=PROCEDURE,
        organization=organization,
        other_side=to if way == "inside" else None,
        title=organization.short_name,
        day=day,
        outcome=way,
        entry=entry,
        subject_id=organization.pk,
    )
    with at(organization):
        unit = UnitTransfer.objects.create(case=case)
        UnitMember.objects.bulk_create([UnitMember(unit=unit, member=member) for member in going], batch_size=500)
    return case


def _check_branches(organization: Organization, way: str, to: Organization | None) -> None:
    if not organization.is_branch:
        raise Invalid("整建制转接以党支部为单位，党总支、党委请逐个支部办理。", fields={"organization": "请选择党支部"})
    if way == "inside" and (to is None or not to.is_branch or to.dissolved_on):
        raise Invalid("请选择一个现有的党支部。", fields={"to": "请选择党支部"})
    if way == "inside" and to is not None and to.pk == organization.pk:
        raise Invalid("不能转到自己。", fields={"to": "请选择另一个党支部"})


def _still_there(organization: Organization, members: Sequence[Member]) -> list[Member]:
    there = at_branch(organization).filter(pk__in=[member.pk for member in members])
    going: list[Member] = list(there.select_for_update(of=("self",)))
    if not going or len(going) != len({member.pk for member in members}):
        raise Invalid("名单上有人已不在这个党支部。" if going else "请选择一起转接的党员。", fields={"members": "请重新选择"})
    busy = under_way_alone(going)
    if busy:
        raise Invalid(
            f"{named(busy)}的组织关系正在单独转接，不能办两次。",
            how="请先办结或者撤回他们各自的转接，或者不选他们。",
            fields={"members": "请去掉正在单独转接的党员"},
        )
    return going


@transaction.atomic
def leave_out(*, actor: Actor, case: ProcedureCase, members: Collection[Member], reason: str) -> int:
    """Take members off the list of a unit that is under way: they stay. Returns how many."""
    hold(case, "organization", check=lambda row: require_listing(actor, row))
    if not reason.strip():
        raise Invalid("请写明原因。", fields={"reason": "请填写"})
    with at(case.organization):
        rows = UnitMember.objects.filter(unit__case=case, member__in=members)
        out = list(rows.select_related("member"))
        if not out:
            raise Invalid("请选择不一起转的党员。", fields={"members": "请选择"})
        if not who_goes(case).exclude(pk__in=[one.member_id for one in out]).exists():
            raise Invalid("名单上至少要有一名党员。", how="都不转的，请撤回这一件。", fields={"members": "请重新选择"})
        rows.delete()
    record_many(
        [
            {
                "actor": actor,
                "verb": "transfers.left_out",
                "summary": f"{one.member.name}不随“{case}”整建制转接：{reason.strip()}",
                "organization": case.organization,
                "member_id": one.member_id,
                "subject": case,
            }
            for one in out
        ]
    )
    return len(out)


def require_listing(actor: Actor, case: ProcedureCase) -> None:
    """Raise unless the actor may take members off the list now: whoever keeps the branch that goes, until it is received."""
    actor.require(KEEPING, case.organization)
    if not case.is_open:
        raise Conflict(f"“{case}”{case.get_state_display()}，名单不能再改。")
    if register(UnitTransfer).filter(case=case).exclude(given="").exists():
        raise Conflict("正在后台办理，名单不能再改。")


# In the background


@transaction.atomic
def hand_on(*, actor: Actor, case: ProcedureCase, code: str, **given: Any) -> None:
    """Take a step that moves a whole unit: a few members at once, more in the background, which says how far it is.

    What speaks against it is said at once, as by ``taking.take``.
    """
    hold(case, "organization", check=lambda row: taking.require_step(actor, row, code))
    unit = locked(register(UnitTransfer).get(case=case), check=lambda _unit: None)
    if unit.is_under_way:
        raise Conflict("正在后台办理，请等它办完。", how="请刷新页面，看看办到哪里。")
    if given.get("outcome") != "received" or who_goes(case).count() <= AT_ONCE:
        taking.take(actor=actor, case=case, code=code, **given)
        return
    _check(case, code, **given)
    with at(case.organization):
        unit.given = json.dumps({**given, "code": code, "day": given["day"].isoformat()})
        unit.asked_by_id, unit.failure = actor.user_id, ""
        unit.save(update_fields=["given", "asked_by", "failure"])
    unit.track.clear()
    enqueue("transfers.unit", unit.pk)


def _check(case: ProcedureCase, code: str, *, day: dt.date, outcome: str, entry: Mapping[str, object], reason: str = "") -> None:
    taking.require_past(day)
    step, row = step_named(case, code), open_step(case, code)
    if row is not None:
        filled = taking.checked_entry(step, entry, side_of(step, case), outcome=outcome)
        taking.check(Attempt(case, step, day, outcome, filled), row, reason)


def carry_out(*, pk: int) -> None:
    """Take the step that was handed on, for whoever asked; all of it or nothing."""
    rows = register(UnitTransfer).select_related("case__organization", "case__other_side", "asked_by")
    unit: UnitTransfer | None = rows.filter(pk=pk).exclude(given="").first()
    if unit is None or unit.asked_by is None:
        return
    given = json.loads(unit.given)
    row = open_step(unit.case, given["code"])
    place = row.place if row else unit.case.organization
    do_for(
        unit.asked_by,
        step_named(unit.case, given["code"]).who.permission,
        place,
        lambda actor: _take(actor, unit, given),
        fail=lambda reason: _over(unit, reason),
        broken="系统出错，没有办成，所有党员都在原来的党支部。请再办一次；仍不行的，请联系管理员。",
    )
    unit.track.clear()


@transaction.atomic
def _take(actor: Actor, unit: UnitTransfer, given: Mapping[str, Any]) -> None:
    more = {**given, "day": dt.date.fromisoformat(given["day"])}
    taking.take(actor=actor, case=unit.case, **more)
    _over(unit, "")


@transaction.atomic
def _over(unit: UnitTransfer, reason: str) -> None:
    with at(register(ProcedureCase).select_related("organization").get(pk=unit.case_id).organization):
        UnitTransfer.objects.filter(pk=unit.pk).update(given="", failure=reason)
