"""The branch searches for a member with whom it has lost contact. Each step is its decision; the clock marks nobody."""

import datetime as dt
from collections.abc import Callable

from django.db import transaction
from django.urls import reverse

from dangjian.accounts.events import EventsOf
from dangjian.activities.contact.actions import notes
from dangjian.activities.contact.actions.following import follow_search
from dangjian.activities.contact.models import Outcome, Result, Search, SearchState, SearchTry, Tried
from dangjian.activities.contact.policy import silent_for
from dangjian.activities.contact.queries import searches as read
from dangjian.activities.contact.queries.clock import silent_since
from dangjian.kernel import clock, codes
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.rulebook import book
from dangjian.kernel.ui import words
from dangjian.members.models import Member
from dangjian.org.duty_offers import tell_duties
from dangjian.org.openings import at, locked

LONGEST = 1000
NOTES = EventsOf[Search](
    organization=lambda search: search.member.branch,
    member_id=lambda search: search.member_id,
    words=lambda search, done: f"查找{search.member.name}：{done}",
)


@transaction.atomic
def begin(*, actor: Actor, member: Member) -> Search:
    """The branch begins to search for a member. Since when there is no contact is read from what is on record."""
    member = locked(member, "branch", "user", check=lambda row: require_beginning(actor, row))
    search = Search(member=member, silent_since=silent_since(member.pk), began_on=clock.today(), made_by_id=actor.user_id)
    with at(member.branch):
        search.save()
    return _done(actor, search, "contact.search_begun", f"开始（{words.day(search.silent_since)}以后没有联系）")


def require_beginning(actor: Actor, member: Member) -> None:
    """Raise unless the actor may begin to search for the member: their branch, while nobody does."""
    notes.require_office(actor, member)
    running = read.running_of(member.pk)
    if running is not None:
        page = "打开那一次查找", reverse("contact:search", args=[running.pk])
        raise Conflict(f"已经在查找{member.name}。", how="请打开那一次查找。", elsewhere=page)


@transaction.atomic
def attempt(*, actor: Actor, search: Search, way: str, on: dt.date, by: str, result: str, text: str = "") -> SearchTry:
    """It was tried in one way, by somebody, with a result; noting the same twice makes one note."""
    search = _held(search, lambda row: require_attempting(actor, row))
    problems = {}
    if way not in Tried:
        problems["way"] = "请选择方式"
    if result not in Result:
        problems["result"] = "请选择结果"
    if not search.silent_since <= on <= clock.today():
        problems["on"] = f"应在{words.day(search.silent_since)}和今天之间"
    if not by.strip() or len(by) > 60:
        problems["by"] = "请填写谁去查找的，最多60个字"
    if len(text) > LONGEST:
        problems["text"] = f"最多{LONGEST}个字，现在是{len(text)}个字"
    if problems:
        raise Invalid("还有没填好的内容。", fields=problems)
    with at(search.member.branch):
        for known in SearchTry.objects.filter(search=search, way=way, on=on, by=by.strip(), result=result):
            if known.text == text.strip():
                return known
        made: SearchTry = SearchTry.objects.create(
            search=search, way=way, on=on, by=by.strip(), result=result, text=text.strip(), made_by_id=actor.user_id
        )
    _done(actor, search, "contact.search_tried", f"{made.get_way_display()}，{made.get_result_display()}")
    return made


def require_attempting(actor: Actor, search: Search) -> None:
    """Raise unless the actor may note an attempt now: the branch, while the search goes on."""
    _require_in(actor, search, SearchState.SEARCHING, SearchState.LOST, SearchState.CONCLUDED)


@transaction.atomic
def record_lost(*, actor: Actor, search: Search, reason: str, lost_on: dt.date) -> Search:
    """The branch records on a day that the member is out of contact; their record says so from then on.

    :raises Conflict: before the time of ``lost.def`` is over, counted from the last contact on record.
    """
    search = _held(search, lambda row: require_recording(actor, row))
    if reason not in dict(codes.get("lost_reason").choices):
        raise Invalid("请选择失去联系的情形。", fields={"reason": "请选择"})
    _check_day(search, "lost_on", lost_on)
    _require_silent(search, lost_on, "lost.def")
    search.state, search.reason, search.lost_on = SearchState.LOST, reason, lost_on
    return _saved(actor, search, "contact.lost", f"认定失联（{words.day(lost_on)}）")


def require_recording(actor: Actor, search: Search) -> None:
    """Raise unless the branch may record the member as out of contact now: while it searches, and nothing was heard since."""
    _require_in(actor, search, SearchState.SEARCHING)
    _require_still_silent(search)
    _require_silent(search, clock.today(), "lost.def")


@transaction.atomic
def conclude(*, actor: Actor, search: Search, concluded_on: dt.date) -> Search:
    """The branch has tried all ways without finding them: it may now decide on suspending their membership.

    :raises Conflict: before ``lost.suspend``, or with fewer ways tried than ``lost.ways`` asks.
    """
    search = _held(search, lambda row: require_concluding(actor, row))
    _check_day(search, "concluded_on", concluded_on)
    if search.lost_on and concluded_on < search.lost_on:
        raise Invalid("不能早于认定失联的日期。", fields={"concluded_on": "请检查日期"})
    search.state, search.concluded_on = SearchState.CONCLUDED, concluded_on
    return _saved(actor, search, "contact.search_concluded", f"多方查找无果（{words.day(concluded_on)}）")


def require_concluding(actor: Actor, search: Search) -> None:
    """Raise unless the branch may say now that all means were tried: after it recorded them as lost, with enough ways tried."""
    _require_in(actor, search, SearchState.LOST)
    _require_still_silent(search)
    _require_silent(search, clock.today(), "lost.suspend")
    tried, wanted = read.ways_tried(search), read.ways_wanted(clock.today())
    if tried < wanted:
        raise Conflict(f"只用了{tried}种方式查找，至少要用{wanted}种。", how="请换别的方式再查找，并登记结果。")


@transaction.atomic
def find(*, actor: Actor, search: Search, found_on: dt.date, way: str, found_how: str) -> Search:
    """They are in contact again. Whoever was recorded as lost is decided about after that (``settle``)."""
    search = _held(search, lambda row: require_attempting(actor, row))
    if not search.silent_since <= found_on <= clock.today():
        raise Invalid(f"取得联系的日期应在{words.day(search.silent_since)}和今天之间。", fields={"found_on": "请检查日期"})
    if not found_how.strip() or len(found_how) > LONGEST:
        raise Invalid("请写明怎样取得联系、现在的情况。", fields={"found_how": f"请填写，最多{LONGEST}个字"})
    search.state, search.found_on, search.found_how = SearchState.FOUND, found_on, found_how.strip()
    _saved(actor, search, "contact.found", f"取得联系（{words.day(found_on)}）")
    notes.write(actor, search.member, found_on, way, "")
    return search


@transaction.atomic
def settle(*, actor: Actor, search: Search, outcome: str, outcome_on: dt.date, outcome_note: str = "") -> Search:
    """What the branch decided about somebody who was found after they were lost (``lost.correct``)."""
    search = _held(search, lambda row: require_settling(actor, row))
    problems = {}
    if outcome not in Outcome:
        problems["outcome"] = "请选择"
    if outcome == Outcome.NOTHING and not outcome_note.strip():
        problems["outcome_note"] = "请写明有什么正当理由"
    if search.found_on and not search.found_on <= outcome_on <= clock.today():
        problems["outcome_on"] = f"应在取得联系的日期（{words.day(search.found_on)}）和今天之间"
    if problems:
        raise Invalid("还有没填好的内容。", fields=problems)
    search.outcome, search.outcome_on, search.outcome_note = outcome, outcome_on, outcome_note.strip()[:200]
    return _saved(actor, search, "contact.settled", Outcome(outcome).label)


def require_settling(actor: Actor, search: Search) -> None:
    """Raise unless there is something to decide: somebody was found after they were lost."""
    _require_in(actor, search, SearchState.FOUND)
    if not search.is_undecided:
        raise Conflict("不用研究：没有认定失联，或者已经有结果。")


@transaction.atomic
def end(*, actor: Actor, search: Search, end_note: str) -> Search:
    """The search was begun by mistake."""
    search = _held(search, lambda row: require_attempting(actor, row))
    if not end_note.strip():
        raise Invalid("请写明原因。", fields={"end_note": "请填写原因"})
    search.state, search.ended_on, search.end_note = SearchState.ENDED, clock.today(), end_note.strip()[:200]
    return _saved(actor, search, "contact.search_ended", f"终止：{search.end_note}")


# What they have in common


def heard_since(search: Search) -> dt.date | None:
    """The day of contact that is on record since the search began to count, if there is one."""
    now = silent_since(search.member_id)
    return now if search.is_open and now > search.silent_since else None


def _require_in(actor: Actor, search: Search, *states: SearchState) -> None:
    notes.require_office(actor, search.member)
    if search.state not in states:
        raise Conflict(f"这次查找{search.get_state_display()}，不能再这样办理。", how="请刷新页面，看看现在的情况。")


def _require_still_silent(search: Search) -> None:
    heard = heard_since(search)
    if heard is not None:
        raise Conflict(f"{words.day(heard)}有过联系。", how="请登记取得联系。")


def _require_silent(search: Search, day: dt.date, key: str) -> None:
    """Raise before the time of a rule is over, counted from the last contact."""
    first = silent_for(search.silent_since, key, day)
    if day < first:
        rule = book().on(key, day)
        since = words.day(search.silent_since)
        raise Conflict(
            f"{search.member.name}从{since}起没有联系，到{words.day(first)}才满{rule.text}。",
            how="请继续查找。",
            citation=str(rule.citation),
        )


def _check_day(search: Search, name: str, day: dt.date) -> None:
    if not search.began_on <= day <= clock.today():
        raise Invalid(f"日期应在{words.day(search.began_on)}和今天之间。", fields={name: "请检查日期"})


def _held(search: Search, check: Callable[[Search], None]) -> Search:
    return locked(search, "member__branch", "member__user", check=check)


def _saved(actor: Actor, search: Search, verb: str, done: str) -> Search:
    with at(search.member.branch):
        search.save()
    follow_search(search.member)
    return _done(actor, search, verb, done)


def _done(actor: Actor, search: Search, verb: str, done: str) -> Search:
    with at(search.member.branch):
        NOTES.record(actor, search, verb, done)
        notes.follow(actor, search.member)
        tell_duties(actor=actor, organization_ids=[search.member.branch_id], rules=[read.SUSPEND_DUTY, read.DECIDE_DUTY])
    return search
