"""Writes on the person record: a new record with its first line, corrections, the trail of who looked, numbers shown in full."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max

from dangjian.accounts.backends import bind_phone, phone_index
from dangjian.accounts.events import record
from dangjian.accounts.models import Event, User
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.pinyin import initials, sort_key
from dangjian.kernel.ui import words
from dangjian.members import columns as items
from dangjian.members.actions import account, waiting
from dangjian.members.actions.private import open_private
from dangjian.members.columns import COLUMNS, ORDER, PRIVATE
from dangjian.members.models import EarlierValue, Member, MembershipEntry, Standing
from dangjian.members.models.account import FROM_LINES, ChangeKind
from dangjian.members.own import require_for
from dangjian.members.queries import completeness
from dangjian.org import openings
from dangjian.org.models import Organization
from dangjian.org.quality_offers import tell_quality


@transaction.atomic
def register(
    *,
    actor: Actor,
    branch: Organization,
    kind: ChangeKind,
    effective_on: dt.date,
    category: str,
    document: str = "",
    counterpart_name: str = "",
    by_hand: str = "",
    extended_to: dt.date | None = None,
    **columns: object,
) -> Member:
    """Open the record of somebody who comes into ``branch`` by ``kind`` on ``effective_on``; ``columns`` as in ``update_record``.

    Raises ``Invalid`` with a message for each wrong column. A person who is on record already is not entered twice.
    """
    actor.require("members.account", branch)
    member = Member(branch=branch, organization=branch, category=category)
    if kind in account.JOINING:
        columns |= {"joined_on": effective_on, "converted_on": None}
    _fill(actor, member, {"name": "", **columns})
    account.enter(
        actor=actor,
        member=member,
        branch=branch,
        kind=kind,
        effective_on=effective_on,
        category=category,
        document=document,
        counterpart_name=counterpart_name,
        by_hand=by_hand,
        extended_to=extended_to,
    )
    return member


@transaction.atomic
def update_record(actor: Actor, member: Member, *, changes: Mapping[str, dt.date] | None = None, **columns: object) -> list[str]:
    """Set ``columns`` (names of ``members.columns.COLUMNS``, values as typed) and return the names of those that changed.

    ``changes`` names those of ``columns.DATED`` that are something else from a day on: what they were until then is kept.
    Others are put right, for earlier days too. Birth date and sex follow from a resident identity number where they are blank.
    Raises one ``Invalid`` whose ``fields`` name every column that cannot be right.
    """
    openings.hold(member, "organization", "branch", check=lambda row: require_editing(actor, row))
    old_mobile = member.mobile if "mobile" in columns else ""
    before = _fill(actor, member, columns)
    if not before:
        return []
    days = {name: day for name, day in (changes or {}).items() if name in before}
    _keep_earlier(member, before, days)
    member.updated_at = clock.now()
    member.completeness = completeness.of_record(member).percent
    member.save()
    if "mobile" in before:
        _follow_mobile(member, old_mobile)
    if "resident_id" in before:
        waiting.claim_for(actor=actor, member=member)
    titles = "、".join(COLUMNS[name].title for name in before)
    record(
        actor=actor,
        verb="members.record_changed",
        summary=f"修改{member.name}的档案：{titles}",
        organization=member.organization,
        member_id=member.pk,
        subject=member,
        data={
            "titles": {name: COLUMNS[name].title for name in before},
            "before": {name: items.masked(name, value) for name, value in before.items()},
            "after": {name: items.masked(name, getattr(member, name)) for name in before},
            "changed_on": {name: day.isoformat() for name, day in days.items()},
        },
    )
    tell_quality(actor=actor, organization_ids=[member.branch_id])
    return list(before)


def _keep_earlier(member: Member, before: Mapping[str, object], days: Mapping[str, dt.date]) -> None:
    """Keep what dated items were. Raises ``Invalid`` for a day that lies ahead, or before a change that is known."""
    last = dict(
        EarlierValue.objects.filter(member=member, column__in=days).values_list("column").annotate(last=Max("held_until"))
    )
    problems = {}
    for name, day in days.items():
        known = last.get(name)
        if day > clock.today():
            problems[name] = "变化的这一天还没有到"
        elif known and day < known:
            problems[name] = f"在{words.day(known)}已经有过变化：请填以后的日期；这次只是更正的，选“更正”"
        elif day != known:  # on the same day it is the change that is put right
            EarlierValue.objects.create(member=member, column=name, value=items.stored(before[name]), held_until=day)
    if problems:
        raise Invalid("有内容需要修改，请看标红的项目。", fields=problems)


def require_editing(actor: Actor, member: Member) -> None:
    """Raise unless the actor keeps the member's record, which nobody does with their own."""
    require_for(actor, "members.edit", member.organization, [member])


def note_view(actor: Actor, member: Member) -> None:
    """Record that somebody else opened the member's record: once a day for each viewer."""
    actor.require("members.view", member.organization)
    if actor.user_id is None or actor.user_id == member.user_id:
        return
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    seen = Event.objects.filter(member_id=member.pk, verb="members.viewed", actor_id=actor.user_id, at__gte=midnight)
    if not seen.exists():
        record(
            actor=actor,
            verb="members.viewed",
            summary=f"查看{member.name}的档案",
            organization=member.organization,
            member_id=member.pk,
            subject=member,
        )


@transaction.atomic
def unmask(actor: Actor, member: Member, column: str, purpose: str = "") -> str:
    """The full text of a private column. Another's is shown only for a stated ``purpose``; either way it is an event."""
    if column not in PRIVATE:
        raise Invalid("这一项没有隐藏的内容。")
    own = actor.user_id is not None and actor.user_id == member.user_id
    if not own:
        actor.require("members.unmask", member.organization)
    return open_private(
        actor=actor,
        row=member,
        column=column,
        title=COLUMNS[column].title,
        name=member.name,
        organization=member.organization,
        purpose="本人查看" if own else purpose,
        member_id=member.pk,
    )


def check_column(actor: Actor, member: Member, name: str, value: object) -> object:
    """What ``value`` would be as column ``name`` of ``member``; raises ``Invalid`` as ``update_record`` would. Writes nothing."""
    trial = Member.objects.get(pk=member.pk)
    _fill(actor, trial, {name: value})
    return getattr(trial, name)


def _fill(actor: Actor, member: Member, columns: dict[str, object]) -> dict[str, object]:
    """Set what differs on the unsaved ``member`` and return the old values; all problems are raised together."""
    problems: dict[str, str] = {}
    wanted: dict[str, Any] = {}
    for name, value in columns.items():
        try:
            wanted[name] = items.clean(name, value)
        except Invalid as problem:
            problems |= problem.fields
    number = wanted.get("resident_id")
    if number:
        items.add_what_the_number_tells(member, wanted, problems)
        problems |= _already_on_record(actor, member, number)
    problems |= _fixed_by_lines(member, wanted)
    before = {name: getattr(member, name) for name, value in wanted.items() if getattr(member, name) != value}
    for name in before:
        setattr(member, name, wanted[name])
    problems |= _out_of_order(member, before)
    if problems:
        raise Invalid("有内容需要修改，请看标红的项目。", fields=problems)
    if "name" in before:
        member.name_sort, member.name_initials = sort_key(member.name), initials(member.name)
    return before


def _already_on_record(actor: Actor, member: Member, number: str) -> dict[str, str]:
    other = (
        openings.register(Member).filter(resident_id_index__matches=number).exclude(pk=member.pk).select_related("branch").first()
    )
    if other is None:
        return {}
    if not actor.may("members.view", other.organization):
        return {"resident_id": "这个号码已登记在本单位另一名党员名下。请核对号码；确属同一人的，请联系上级党务部门办理。"}
    if other.standing == Standing.NORMAL:
        return {"resident_id": f"这个号码已登记在“{other.branch}”的{other.name}名下。请核对号码。"}
    state = other.get_standing_display()
    return {"resident_id": f"{other.name}已有档案（{other.branch}，{state}）。请打开原档案，办理恢复或转入，不要重复建档。"}


def _fixed_by_lines(member: Member, wanted: dict[str, object]) -> dict[str, str]:
    named = [name for name in FROM_LINES if name in wanted and wanted[name] != getattr(member, name)]
    if not named or not member.pk:
        return {}
    lines = openings.register(MembershipEntry).filter(member=member, reverses=None, reversed_by=None)
    kinds = set(lines.values_list("kind", flat=True))
    return {name: "这一天由党籍变动记录得出，如有误请更正那次变动。" for name in named if kinds & set(FROM_LINES[name])}


def _out_of_order(member: Member, changed: dict[str, object]) -> dict[str, str]:
    problems: dict[str, str] = {}
    earlier = ""
    for name in ORDER:
        day = getattr(member, name)
        if day is None:
            continue
        if earlier and day < getattr(member, earlier):
            blamed = name if name in changed or earlier not in changed else earlier
            if blamed in changed:
                limit = items.show(earlier, getattr(member, earlier))
                problems[blamed] = f"“{COLUMNS[name].title}”不能早于“{COLUMNS[earlier].title}”（{limit}）。"
        earlier = name
    if member.converted_on and not member.is_full and "converted_on" in changed:
        problems["converted_on"] = "预备党员没有转正时间；转正请在“党籍变动”中办理。"
    return problems


def _follow_mobile(member: Member, old: str) -> None:
    """Whoever signed in with the old number signs in with the new one, unless it belongs to another account."""
    user = member.user
    if user is None or user.phone_index not in {"", phone_index(old)}:
        return
    index = phone_index(member.mobile)
    if index and User.objects.filter(phone_index=index).exclude(pk=user.pk).exists():
        raise Conflict("这个手机号已用于另一个账号登录。", how="请核对号码。")
    bind_phone(user, index, member.mobile)
    user.save()
