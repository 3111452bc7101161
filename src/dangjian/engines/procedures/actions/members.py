"""A case about a member begins: by the member, or by the office of their branch or of the committee above it."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction

from dangjian.engines.procedures.actions.starting import already_running, start
from dangjian.engines.procedures.actions.taking import Files
from dangjian.engines.procedures.actions.turns import page_for
from dangjian.engines.procedures.definition import Procedure
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.engines.procedures.queries import first_place, running_for
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.members.models import Category, Member
from dangjian.org.models import Organization
from dangjian.org.openings import locked


@transaction.atomic
def start_for(
    *,
    actor: Actor,
    code: str,
    member: Member,
    day: dt.date,
    outcome: str = "",
    entry: Mapping[str, object] | None = None,
    files: Files | None = None,
    reason: str = "",
    other_side: Organization | None = None,
) -> ProcedureCase:
    """Open a case about ``member`` at their branch and take its first step, done on ``day``.

    :param other_side: the branch on the other side, where the procedure has one.
    :raises Invalid: as ``taking.take``, or for a branch that cannot be on the other side.
    :raises Conflict: if a case of the same track is open about them, or the procedure is not for somebody of their standing.
    """
    member = locked(member, "branch", "user", check=lambda row: require_starting_for(actor, code, row))
    if procedure(code).other_side:
        _check_other_side(member, other_side)
    return start(
        actor=actor,
        code=code,
        organization=member.branch,
        title=member.name,
        day=day,
        outcome=outcome,
        entry=entry,
        files=files,
        reason=reason,
        subject_id=member.pk,
        account_id=member.user_id,
        other_side=other_side,
    )


def require_starting_for(actor: Actor, code: str, member: Member) -> None:
    """Raise unless the actor may begin a case about ``member`` now: the right, whom it can be about, none that excludes it."""
    one = procedure(code)
    _require_right(actor, one, member)
    if member.standing not in one.members.standings:
        raise Conflict(f"{member.name}{member.get_standing_display()}，不能办理{one.title}。")
    if one.members.category and (one.members.category == "full") != member.is_full:
        wanted = Category.FULL if one.members.category == "full" else Category.PROBATIONARY
        raise Conflict(f"{member.name}是{member.get_category_display()}，{one.title}只办理{wanted.label}的。")
    running = running_for(one.track, member.pk)
    if running is not None:
        raise already_running(member.name, running, page_for(actor, running))


def _require_right(actor: Actor, one: Procedure, member: Member) -> None:
    """The first step is the member's own, or for the office at its place; nobody begins the office's step about themselves."""
    first, place = one.on(clock.today()).steps[0], first_place(one, member.branch)
    is_own = actor.user_id is not None and actor.user_id == member.user_id
    if is_own and first.who.themselves:
        return
    if not (first.who.permission and actor.may(first.who.permission, place)):
        actor.require(one.view, member.branch)
        office = "所在党支部" if place.pk == member.branch_id else f"“{place}”"
        who = (
            f"党员本人或者{office}"
            if first.who.themselves and first.who.permission
            else "本人"
            if first.who.themselves
            else office
        )
        raise PermissionDenied(f"“{first.title}”由{who}办理。", how="请联系有权限的同志办理。")
    if is_own:
        raise PermissionDenied("这件事关系到您本人，不能由您自己办理。", how="请由其他同志办理。")


def _check_other_side(member: Member, other_side: Organization | None) -> None:
    if other_side is None or not other_side.is_branch or other_side.dissolved_on:
        raise Invalid("请选择一个现有的党支部。", fields={"other_side": "请选择党支部"})
    if other_side.pk == member.branch_id:
        raise Invalid(f"{member.name}已经在“{other_side}”。", fields={"other_side": "请选择另一个党支部"})
