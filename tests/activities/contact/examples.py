"""How to call each address of contact with members in the small world of the contracts."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from dangjian.accounts.models import User
from dangjian.activities.contact.actions import away, guests, notes, searches
from dangjian.activities.contact.models import Away, ContactNote, Guest, Search
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.contracts.examples import Example, StepExample
from tests.contracts.world import World

SILENT = dt.timedelta(days=250)
"""Longer than half a year."""


def today(**more: Any) -> Callable[[World], dict[str, Any]]:
    return lambda _world: {name: clock.today() if value is dt.date else value for name, value in more.items()}


def member_of(world: World, number: int = 0) -> Member:
    """A member of the branch, kept on the platform since long ago, of whom nothing was heard since."""
    return make.member(world.branch, f"甲外出{number}密")


def gone(world: World, member: Member | None = None, branch: Organization | None = None, **more: Any) -> Away:
    """A member who is away, for so long that a transfer is due."""
    given = {
        "direction": "other_province",
        "place": "虚构省密市",
        "since_on": clock.today() - SILENT,
        "is_fixed": True,
        **more,
    }
    one = member or (make.member(branch, f"甲外出{branch.pk}密") if branch else member_of(world))
    return away.register_away(actor=make.SYSTEM, member=one, **given)


def guest(world: World, number: int = 0, branch: Organization | None = None) -> Guest:
    """A guest of the branch, with a certificate."""
    return guests.welcome(
        actor=make.SYSTEM,
        organization=branch or world.branch,
        name=f"甲来客{'甲乙丙丁'[number % 4]}密",
        home="虚构县虚构镇党委",
        came_from="city",
        certificate="虚构活动证1号",
        since_on=clock.today(),
    )


def noted(world: World) -> ContactNote:
    """Contact with a member, noted today."""
    return notes.note(actor=make.SYSTEM, member=member_of(world), on=clock.today(), way="phone")


def searched(world: World, member: Member | None = None) -> Search:
    """A member for whom the branch searches."""
    return searches.begin(actor=make.SYSTEM, member=member or member_of(world))


def lost(world: World, member: Member | None = None) -> Search:
    """One whom it recorded as out of contact."""
    return searches.record_lost(actor=make.SYSTEM, search=searched(world, member), reason="7", lost_on=clock.today())


def tried(search: Search) -> Search:
    """One for whom all ways were tried."""
    for way in ("phone", "home", "family"):
        searches.attempt(
            actor=make.SYSTEM, search=search, way=way, on=clock.today(), by="虚构支委", result="nothing", text="无人应答"
        )
    return search


def found(world: World) -> Search:
    """One who was found after they were lost."""
    return searches.find(actor=make.SYSTEM, search=lost(world), found_on=clock.today(), way="phone", found_how="本人来电")


def _back(world: World) -> Away:
    return away.come_back(actor=make.SYSTEM, away=gone(world), ended_on=clock.today())


def _left(world: World) -> Guest:
    return guests.leave(actor=make.SYSTEM, guest=guest(world), left_on=clock.today())


def pk(make_one: Callable[[World], Any]) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"pk": make_one(world).pk}


def secretary(world: World) -> User:
    return world.secretary


def office(world: World) -> User:
    return world.office


AWAY_POST = {
    "direction": "other_province",
    "place": "虚构省密市",
    "since_on": dt.date,
    "until_on": "",
    "is_fixed": "on",
    "unit": "",
    "phone": "",
    "led_by": "",
    "certificate": "",
}
GUEST_POST = {
    "name": "虚构来客",
    "home": "虚构县虚构镇党委",
    "home_contact": "",
    "came_from": "city",
    "certificate": "",
    "since_on": dt.date,
    "until_on": "",
    "phone": "",
    "unit_name": "",
    "job_post": "",
}


def _silent(world: World, number: int) -> Member:
    """A row of its own, and nobody else in the list."""
    with unscoped("test"):
        return make.member(world.branch, f"甲没消息{number}密")


def _guest_of_another(world: World, number: int) -> Guest:
    return guest(world, number, make.branch(world.general_branch))


def _gone(world: World, number: int, direction: str = "other_province") -> Away:
    """One more in a branch of their own, who is away."""
    branch = make.branch(world.general_branch, name=f"虚构第{number}党支部")
    return gone(world, make.member(branch, f"甲外出{number}密"), direction=direction)


def _returned(world: World, number: int) -> Away:
    return away.come_back(actor=make.SYSTEM, away=_gone(world, number, "study_abroad"), ended_on=clock.today())


def _figure(table: int, row: Callable[[World, int], Any] | None = None) -> Example:
    """The list behind the first figure of a table of the annual statistics."""
    return Example(query=f"?table={table}&row=total&column=total", row=row, holder=office)


EXAMPLES = {
    "annual:behind_away": _figure(33, _gone),
    "annual:behind_away_sheet": _figure(33),
    "annual:behind_returned": _figure(36, _returned),
    "annual:behind_returned_sheet": _figure(36),
    "annual:behind_guests": _figure(34, _guest_of_another),
    "annual:behind_guests_sheet": _figure(34),
    "annual:behind_lost": _figure(43, lambda world, number: lost(world, member_of(world, number))),
    "annual:behind_lost_sheet": _figure(43),
    "contact:people": Example(row=_silent, holder=secretary),
    "contact:tap": Example(pk(member_of), post=lambda _world: {}, holder=secretary),
    "contact:note": Example(pk(member_of), post=today(way="met", on=dt.date, note="家里都好"), holder=secretary),
    "contact:take_back": Example(pk(noted), post=lambda _world: {}, holder=secretary),
    "contact:away": Example(row=lambda world, number: gone(world, member_of(world, number))),
    "contact:open_away": Example(
        lambda world: {"pk": gone(world, phone="13800000000").pk, "column": "phone"},
        post=lambda _world: {"purpose": "联系本人"},
        holder=secretary,
    ),
    "contact:open_guest": Example(
        lambda world: {"pk": guest(world).pk, "column": "phone"}, post=lambda _world: {"purpose": "联系本人"}, holder=secretary
    ),
    "contact:go": Example(pk(member_of), post=today(**AWAY_POST), holder=secretary),
    "contact:go_oneself": Example(
        post=today(**AWAY_POST),
        holder=lambda world: world.member_user,
        open_to_neighbours="everybody reports for themselves",
    ),
    "contact:away_one": Example(
        pk(gone),
        holder=secretary,
        steps={
            "stay": StepExample(today(stays_because="两个月后返回"), holder=secretary),
            "back": StepExample(today(ended_on=dt.date, end_note=""), holder=secretary),
            "change": StepExample(today(**AWAY_POST), holder=secretary, again="what is registered may be changed again"),
            "reopen": StepExample(kwargs=pk(_back), holder=secretary),
            "cancel": StepExample(today(end_note="登记错了人"), holder=secretary),
        },
    ),
    "contact:guests": Example(row=guest),
    "contact:welcome": Example(
        post=lambda world: {**today(**GUEST_POST)(world), "organization": world.branch.pk}, holder=secretary
    ),
    "contact:guest": Example(
        pk(guest),
        steps={
            "note": StepExample(
                today(kind="life", on=dt.date, what="列席支部党员大会", fen=""), holder=secretary, again="each is one more"
            ),
            "leave": StepExample(today(left_on=dt.date, left_note=""), holder=secretary),
            "change": StepExample(today(**GUEST_POST), holder=secretary, again="what is registered may be changed again"),
            "reopen": StepExample(kwargs=pk(_left), holder=secretary),
        },
    ),
    "contact:searches": Example(row=lambda world, number: searched(world, member_of(world, number))),
    "contact:search_new": Example(pk(member_of), post=lambda _world: {}, holder=secretary),
    "contact:search": Example(
        pk(searched),
        steps={
            "attempt": StepExample(
                today(way="phone", on=dt.date, by="虚构支委", result="nothing", text=""),
                holder=secretary,
                again="each attempt is one more",
            ),
            "settle": StepExample(
                today(outcome="correct", outcome_on=dt.date, outcome_note=""), kwargs=pk(found), holder=secretary
            ),
            "found": StepExample(today(found_on=dt.date, way="phone", found_how="本人来电"), holder=secretary),
            "lost": StepExample(today(reason="7", lost_on=dt.date), holder=secretary),
            "conclude": StepExample(today(concluded_on=dt.date), kwargs=pk(lambda world: tried(lost(world))), holder=secretary),
            "end": StepExample(today(end_note="登记错了人"), holder=secretary),
        },
    ),
    "contact:statistics": Example(
        row=lambda world, _number: gone(world, branch=make.branch(world.general_branch)), holder=office
    ),
    "contact:abroad_statistics": Example(
        row=lambda world, _number: gone(world, branch=make.branch(world.general_branch), direction="study_abroad"), holder=office
    ),
    "contact:lost_statistics": Example(
        row=lambda world, number: lost(world, make.member(make.branch(world.general_branch), f"甲失联{number}密")),
        holder=office,
    ),
}
