"""Members of other organisations come, take part here, and go."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import transaction

from dangjian.accounts.events import EventsOf
from dangjian.activities.contact.models import Direction, Guest, GuestNote, GuestNoteKind
from dangjian.activities.contact.policy import OLDEST
from dangjian.activities.contact.queries.guests import last_life
from dangjian.activities.contact.queries.notes import MANAGE
from dangjian.kernel import clock, names
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.identity import is_telephone
from dangjian.kernel.pinyin import initials, sort_key
from dangjian.kernel.ui import words
from dangjian.org.models import Organization
from dangjian.org.openings import at, locked

FIELDS = (
    "name",
    "phone",
    "job_post",
    "home",
    "home_contact",
    "came_from",
    "certificate",
    "unit_name",
    "since_on",
    "until_on",
)
LONGEST = {"phone": 40, "home": 120, "home_contact": 100, "certificate": 60, "unit_name": 120}
NOTES = EventsOf[Guest](words=lambda guest, done: f"流入党员{guest.name}：{done}")


@transaction.atomic
def welcome(*, actor: Actor, organization: Organization, **given: Any) -> Guest:
    """A branch takes up a floating member of another organisation.

    :param given: the columns named in ``FIELDS``.
    :raises Invalid: for what is missing or cannot be.
    """
    organization = locked(organization, check=lambda row: require_welcoming(actor, row))
    guest = Guest(organization=organization, made_by_id=actor.user_id)
    _fill(guest, given)
    with at(organization):
        guest.save()
        NOTES.record(actor, guest, "contact.guest", "登记")
    return guest


def require_welcoming(actor: Actor, organization: Organization) -> None:
    """Raise unless the actor may take up guests there: a standing branch whose work they do."""
    actor.require(MANAGE, organization)
    if not organization.is_branch or organization.dissolved_on:
        raise Conflict("流入党员由党支部接受管理。", how="请到具体的党支部登记。")


@transaction.atomic
def change(*, actor: Actor, guest: Guest, **given: Any) -> Guest:
    """It is otherwise."""
    guest = _held(guest, lambda row: require_changing(actor, row))
    _fill(guest, given)
    return _saved(actor, guest, "contact.guest_changed", "修改")


def require_changing(actor: Actor, guest: Guest) -> None:
    """Raise unless the actor does this work of the branch, and the guest is here."""
    actor.require(MANAGE, guest.organization)
    if not guest.is_open:
        raise Conflict(f"{guest.name}已于{words.day(guest.left_on)}离开。")


@transaction.atomic
def note(*, actor: Actor, guest: Guest, kind: str, on: dt.date, what: str, fen: int | None = None) -> GuestNote:
    """They took part in something here, paid dues here, or their own organisation was told of it; the same twice is one note."""
    guest = _held(guest, lambda row: require_changing(actor, row))
    problems = {}
    if kind not in GuestNoteKind:
        problems["kind"] = "请选择事项"
    if not guest.since_on <= on <= clock.today():
        problems["on"] = f"应在流入日期（{words.day(guest.since_on)}）和今天之间"
    if not what.strip() or len(what) > 200:
        problems["what"] = "请填写内容，最多200个字"
    if (kind == GuestNoteKind.DUES) != bool(fen):
        problems["fen"] = "请填写金额" if kind == GuestNoteKind.DUES else "只有交纳党费填写金额"
    if kind == GuestNoteKind.DUES and not guest.certificate:
        problems["kind"] = "凭流动党员活动证才能在这里交纳党费，请先登记活动证编号"
    if problems:
        raise Invalid("还有没填好的内容。", fields=problems)
    with at(guest.organization):
        same = {"guest": guest, "kind": kind, "on": on, "what": what.strip(), "fen": fen}
        known: GuestNote | None = GuestNote.objects.filter(**same).first()
        if known is not None:
            return known
        made: GuestNote = GuestNote.objects.create(**same, by_id=actor.user_id)
        NOTES.record(actor, guest, "contact.guest_noted", f"{made.get_kind_display()}（{words.day(on)}）")
    return made


@transaction.atomic
def leave(*, actor: Actor, guest: Guest, left_on: dt.date, left_note: str = "") -> Guest:
    """They went on, or home."""
    guest = _held(guest, lambda row: require_changing(actor, row))
    if not guest.since_on <= left_on <= clock.today():
        raise Invalid(f"离开日期应在流入日期（{words.day(guest.since_on)}）和今天之间。", fields={"left_on": "请检查日期"})
    last = last_life(guest)
    if last and left_on < last:
        raise Invalid(f"{guest.name}{words.day(last)}还参加了组织生活，离开日期不能更早。", fields={"left_on": "请检查日期"})
    guest.left_on, guest.left_note = left_on, left_note.strip()[:200]
    return _saved(actor, guest, "contact.guest_left", f"离开（{words.day(left_on)}）")


@transaction.atomic
def reopen(*, actor: Actor, guest: Guest) -> Guest:
    """They are still here: that they left was registered by mistake."""
    guest = _held(guest, lambda row: require_reopening(actor, row))
    guest.left_on, guest.left_note = None, ""
    return _saved(actor, guest, "contact.guest_reopened", "撤销离开")


def require_reopening(actor: Actor, guest: Guest) -> None:
    """Raise unless the actor does this work of the branch, and the guest has left."""
    actor.require(MANAGE, guest.organization)
    if guest.is_open:
        raise Conflict(f"{guest.name}没有登记离开。")
    if guest.organization.dissolved_on:
        raise Conflict(f"“{guest.organization}”已撤销，不能再管理流入党员。", how="请由现在的党支部重新登记。")


def _held(guest: Guest, check: Callable[[Guest], None]) -> Guest:
    return locked(guest, "organization", check=check)


def _saved(actor: Actor, guest: Guest, verb: str, done: str) -> Guest:
    with at(guest.organization):
        guest.save()
        NOTES.record(actor, guest, verb, done)
    return guest


def _fill(guest: Guest, given: dict[str, Any]) -> None:
    for name in FIELDS:
        value = given.get(name, getattr(guest, name))
        setattr(guest, name, value.strip() if isinstance(value, str) else value)
    problems = {name: f"最多{most}个字" for name, most in LONGEST.items() if len(getattr(guest, name)) > most}
    if guest.phone and not is_telephone(guest.phone):
        problems["phone"] = "请核对电话号码：只能有数字、短横线和“转”，至少五位"
    if not guest.home:
        problems["home"] = "请填写组织关系所在的党组织"
    if guest.came_from not in Direction:
        problems["came_from"] = "请选择来自哪里"
    if guest.since_on is None or guest.since_on > clock.today():
        problems["since_on"] = "请填今天或以前的日期"
    elif guest.since_on < OLDEST.before(clock.today()):
        problems["since_on"] = "请核对年份：应在三十年以内"
    elif guest.until_on and guest.until_on < guest.since_on:
        problems["until_on"] = "不能早于流入日期"
    try:
        guest.name = names.check(guest.name)
    except Invalid as problem:
        problems["name"] = problem.message
    if problems:
        raise Invalid("还有没填好的内容。", fields=problems)
    guest.name_sort, guest.name_initials = sort_key(guest.name), initials(guest.name)
