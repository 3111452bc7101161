"""Members go away and come back: reported by themselves or by their branch, changed, ended."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.urls import reverse

from dangjian.accounts.events import EventsOf
from dangjian.activities.contact.actions.following import follow_away
from dangjian.activities.contact.actions.notes import follow, require_office
from dangjian.activities.contact.models import Away, Direction, End
from dangjian.activities.contact.policy import AHEAD, OLDEST, transfer_from
from dangjian.activities.contact.queries.away import TRANSFER_DUTY, running_of
from dangjian.activities.contact.queries.notes import MANAGE
from dangjian.engines.notifications.actions import notify
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.identity import is_telephone
from dangjian.kernel.ui import words
from dangjian.members.models import Member, Standing
from dangjian.org.duty_offers import tell_duties
from dangjian.org.openings import at, locked
from dangjian.org.queries import holders

FIELDS = ("direction", "place", "unit", "phone", "since_on", "until_on", "is_fixed", "led_by", "certificate")
LONGEST = {"place": 60, "unit": 200, "phone": 40, "led_by": 120, "certificate": 60}
NOTES = EventsOf[Away](
    organization=lambda away: away.member.branch,
    member_id=lambda away: away.member_id,
    words=lambda away, done: f"{away.member.name}外出（{away.place}）：{done}",
)


@transaction.atomic
def register_away(*, actor: Actor, member: Member, **given: Any) -> Away:
    """A member goes away, as they or their branch say.

    :param given: the columns named in ``FIELDS``.
    :raises Invalid: for what is missing or cannot be.
    :raises Conflict: if they are registered as away already, or do not count here.
    """
    member = locked(member, "branch", "user", check=lambda row: require_registering(actor, row))
    away = Away(member=member, made_by_id=actor.user_id, by_themselves=_is_self(actor, member))
    _fill(away, given)
    with at(member.branch):
        away.save()
        _done(actor, away, "contact.away", "登记")
    if away.by_themselves:
        _tell(actor, away, f"{member.name}报告外出：{away.place}")
    return away


def require_registering(actor: Actor, member: Member) -> None:
    """Raise unless the actor may register that a member goes away: the member, or their branch."""
    _require_concerned(actor, member)
    running = running_of(member.pk)
    if running is not None:
        page = "打开那一次登记", reverse("contact:away_one", args=[running.pk])
        raise Conflict(f"{member.name}已经登记外出。", how="请打开那一次登记，修改去向或者登记返回。", elsewhere=page)


@transaction.atomic
def change(*, actor: Actor, away: Away, **given: Any) -> Away:
    """It is otherwise: another place, another phone, another day of return."""
    away = _held(away, lambda row: require_changing(actor, row))
    _fill(away, given)
    with at(away.member.branch):
        away.save()
        _done(actor, away, "contact.away_changed", "修改")
    return away


def require_changing(actor: Actor, away: Away) -> None:
    """Raise unless the actor may change what is registered now: the member, or their branch, until it ended."""
    _require_concerned(actor, away.member)
    _require_running(away)


@transaction.atomic
def come_back(*, actor: Actor, away: Away, ended_on: dt.date, end_note: str = "") -> Away:
    """They are back and take part here again."""
    away = _held(away, lambda row: require_changing(actor, row))
    if away.since_on > clock.today():
        raise Conflict(
            f"登记的外出日期是{words.day(away.since_on)}，还没有到。",
            how="日期写错了的，请先修改；不去了的，由党支部在“登记错了”中作废。",
        )
    if not away.since_on <= ended_on <= clock.today():
        raise Invalid(f"返回日期应在外出日期（{words.day(away.since_on)}）和今天之间。", fields={"ended_on": "请检查日期"})
    return _end(actor, away, End.RETURNED, ended_on, end_note, "返回")


@transaction.atomic
def cancel(*, actor: Actor, away: Away, end_note: str) -> Away:
    """It was registered by mistake."""
    away = _held(away, lambda row: require_cancelling(actor, row))
    if not end_note.strip():
        raise Invalid("请写明原因。", fields={"end_note": "请填写原因"})
    return _end(actor, away, End.MISTAKE, max(away.since_on, clock.today()), end_note, "作废")


def require_cancelling(actor: Actor, away: Away) -> None:
    """Raise unless the actor may say that it was registered by mistake: the branch, until it ended."""
    require_office(actor, away.member)
    _require_running(away)


@transaction.atomic
def reopen(*, actor: Actor, away: Away) -> Away:
    """They are still away: the return was registered by mistake."""
    away = _held(away, lambda row: require_reopening(actor, row))
    away.ended_on, away.end, away.end_note = None, "", ""
    with at(away.member.branch):
        away.save()
        _done(actor, away, "contact.away_reopened", "撤销返回")
    return away


def require_reopening(actor: Actor, away: Away) -> None:
    """Raise unless the actor may take a return back: the branch, while they are not away again."""
    require_office(actor, away.member)
    if away.end != End.RETURNED:
        raise Conflict("没有登记返回，不用撤销。")
    if running_of(away.member_id) is not None:
        raise Conflict(f"{away.member.name}已经另外登记外出。", how="请在新的一次登记中办理。")


@transaction.atomic
def stay(*, actor: Actor, away: Away, stays_because: str) -> Away:
    """The branch says why there is no transfer for now, though one is due; it is asked again after the same time."""
    away = _held(away, lambda row: require_staying(actor, row))
    if not stays_because.strip():
        raise Invalid("请写明暂不转接的原因。", fields={"stays_because": "请填写原因"})
    away.stays_on, away.stays_because = clock.today(), stays_because.strip()[:200]
    with at(away.member.branch):
        away.save()
        _done(actor, away, "contact.away_stays", f"暂不转接组织关系：{away.stays_because}")
    return away


def require_staying(actor: Actor, away: Away) -> None:
    """Raise unless a transfer is due, and the actor does this work of the branch."""
    require_office(actor, away.member)
    _require_running(away)
    if not is_transfer_due(away, clock.today()):
        raise Conflict("还没有到应当转接组织关系的时候。")


def is_transfer_due(away: Away, day: dt.date) -> bool:
    """Whether somebody has been at a fairly fixed place in the country for so long that a transfer is due."""
    counted = max(away.since_on, away.stays_on or away.since_on)
    return away.is_open and away.is_fixed and not away.is_abroad and day >= transfer_from(counted, day)


# What they have in common


def _is_self(actor: Actor, member: Member) -> bool:
    return actor.user_id is not None and actor.user_id == member.user_id


def _require_concerned(actor: Actor, member: Member) -> None:
    if not _is_self(actor, member):
        require_office(actor, member)
    elif member.standing != Standing.NORMAL:
        raise Conflict("您现在不在本支部，不能登记外出。")


def _require_running(away: Away) -> None:
    if not away.is_open:
        raise Conflict(f"这次外出已经结束（{away.get_end_display()}）。")


def _held(away: Away, check: Callable[[Away], None]) -> Away:
    return locked(away, "member__branch", "member__user", check=check)


def _end(actor: Actor, away: Away, end: End, on: dt.date, note: str, done: str) -> Away:
    away.ended_on, away.end, away.end_note = on, end, note.strip()[:200]
    with at(away.member.branch):
        away.save()
        _done(actor, away, "contact.away_ended", f"{done}（{words.day(on)}）")
    if _is_self(actor, away.member):
        _tell(actor, away, f"{away.member.name}报告已经返回")
    return away


def _done(actor: Actor, away: Away, verb: str, done: str) -> None:
    NOTES.record(actor, away, verb, done)
    follow_away(away.member)
    follow(actor, away.member)
    tell_duties(actor=actor, organization_ids=[away.member.branch_id], rules=[TRANSFER_DUTY])


def _tell(actor: Actor, away: Away, title: str) -> None:
    branch = away.member.branch
    notify(
        actor=actor,
        user_ids=holders(MANAGE, branch),
        title=title,
        url=reverse("contact:away_one", args=[away.pk]),
        topic="contact",
        organization=branch,
    )


def _fill(away: Away, given: dict[str, Any]) -> None:
    for name in FIELDS:
        value = given.get(name, getattr(away, name))
        setattr(away, name, value.strip() if isinstance(value, str) else value)
    problems = {name: f"最多{most}个字" for name, most in LONGEST.items() if len(getattr(away, name)) > most}
    if away.phone and not is_telephone(away.phone):
        problems["phone"] = "请核对电话号码：只能有数字、短横线和“转”，至少五位"
    if away.direction not in Direction:
        problems["direction"] = "请选择去向"
    if not away.place:
        problems["place"] = "请填写外出地点"
    if away.since_on is None:
        problems["since_on"] = "请填写外出日期"
    elif not OLDEST.before(clock.today()) <= away.since_on <= AHEAD.after(clock.today()):
        problems["since_on"] = "请核对年份：应在三十年以内，最晚不超过半年以后"
    elif away.until_on and away.until_on < away.since_on:
        problems["until_on"] = "不能早于外出日期"
    if problems:
        raise Invalid("还有没填好的内容。", fields=problems)
