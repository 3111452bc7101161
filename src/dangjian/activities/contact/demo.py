"""The demonstration's story of contact: two members away, two guests, one silent for five months, one searched for in vain."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from dangjian.activities.contact.actions import away, guests, notes, searches
from dangjian.activities.contact.models import Direction, Guest, GuestNoteKind, Result, Search, Tried, Way
from dangjian.activities.contact.queries.notes import MANAGE
from dangjian.engines.stories.offers import DemoStory, Scene
from dangjian.engines.stories.world import Place, Quiet, World, acting, moment
from dangjian.kernel import clock
from dangjian.members.models import Category, Member
from dangjian.org.gate import GrantedActor
from dangjian.org.models import PostKind
from dangjian.org.openings import register

HERE = (PostKind.SECRETARY, PostKind.ORGANISATION_MEMBER, PostKind.DEPUTY_SECRETARY)
LOST, SILENT = 215, 152
"""How many days ago the last contact was with whoever is lost for seven months, and is silent for five."""
AWAY: tuple[tuple[int, dict[str, Any], tuple[int, ...]], ...] = (
    (
        205,
        {
            "direction": Direction.OTHER_PROVINCE,
            "place": "虚构省望江市",
            "is_fixed": True,
            "unit": "虚构项目部",
            "led_by": "虚构省望江市虚构街道党工委",
            "certificate": "虚构活动证0017号",
        },
        (190, 120, 45),
    ),
    (100, {"direction": Direction.STUDY_ABROAD, "place": "虚构国远山城", "unit": "虚构大学"}, (60,)),
)
"""How many days ago somebody went, where, and how many days ago there was contact with them."""
GUESTS: tuple[tuple[int, dict[str, Any], tuple[tuple[int, str, str, int | None], ...]], ...] = (
    (
        150,
        {
            "home": "虚构县青石镇虚构村党支部",
            "came_from": Direction.PROVINCE,
            "certificate": "虚构活动证0301号",
            "unit_name": "虚构劳务公司",
            "job_post": "migrant_business",
        },
        (
            (120, GuestNoteKind.LIFE, "列席支部党员大会", None),
            (62, GuestNoteKind.DUES, "交纳第三季度党费", 9_00),
            (34, GuestNoteKind.LIFE, "参加主题党日", None),
            (30, GuestNoteKind.TOLD, "向原党组织反馈参加组织生活、交纳党费的情况", None),
        ),
    ),
    (
        26,
        {"home": "虚构市白杨街道虚构社区党支部", "came_from": Direction.CITY, "job_post": "retired"},
        ((12, GuestNoteKind.LIFE, "列席党小组会", None),),
    ),
)
"""How many days ago a guest came, from where, and what they took part in since."""
TRIES: tuple[tuple[int, str, str], ...] = (
    (25, Tried.PHONE, "手机停机，微信没有回复。"),
    (19, Tried.HOME, "房屋已经出租，租客不认识本人。"),
    (12, Tried.FAMILY, "家属说在外地，没有新的号码。"),
)


@dataclass(frozen=True, slots=True)
class Who:
    """A member and where they belong."""

    branch: int
    member: int


def scenes(world: World, random: Random) -> Iterator[Scene]:
    """Each of them, on working hours of the days on which something was done."""
    places = [one for one in world.places if one.merged_on is None and world.officer(one.number, *HERE)]
    slow = [one for one in places if one.quality in {"late", "poor"}] or places
    fine = [places[0], *random.sample(places[1:], 1)]
    for place, (ago, given, contacts) in zip(fine, AWAY, strict=True):
        who = _somebody(world, place, random)
        if who is not None:
            world.quiet[who.member] = Quiet(_day(world, ago), "外出")
            yield _scene(world, ago, partial(_go, world, who, given))
            for day in contacts:
                yield _scene(world, day, partial(_contact, world, who, Way.PHONE))
    names = random.sample(list(world.free_names), len(GUESTS))
    for place, name, (ago, given, done) in zip(fine, names, GUESTS, strict=True):
        yield _scene(world, ago, partial(_welcome, world, place, name, given))
        for day, kind, what, fen in done:
            yield _scene(world, day, partial(_note, world, place, name, kind, what, fen))
    yield from _lost(world, slow, random)


def _lost(world: World, slow: list[Place], random: Random) -> Iterator[Scene]:
    silent, lost = (_somebody(world, place, random) for place in random.sample(slow, min(2, len(slow))))
    if silent is None or lost is None:
        return
    world.quiet[silent.member] = Quiet(_day(world, SILENT + 8), unpaid_from=world.months[-8])
    yield _scene(world, SILENT, partial(_contact, world, silent, Way.PHONE))
    world.quiet[lost.member] = Quiet(_day(world, LOST + 8), unpaid_from=world.months[-10])
    yield _scene(world, LOST, partial(_contact, world, lost, Way.MESSAGE))
    yield _scene(world, TRIES[0][0], partial(_begin, world, lost))
    for day, way, text in TRIES:
        yield _scene(world, day, partial(_try, world, lost, way, text))
    yield _scene(world, 11, partial(_record, world, lost))
    yield _scene(world, 4, partial(_conclude, world, lost))


def _day(world: World, ago: int) -> dt.date:
    return world.today - dt.timedelta(days=ago)


def _scene(world: World, ago: int, play: Any) -> Scene:
    return Scene(moment(_day(world, ago), 10, 40), play)


def _somebody(world: World, place: Place, random: Random) -> Who | None:
    """A full member of the branch without a task, who has one from then on."""
    busy = {user.pk for held in world.officers.values() for user in held.values()} | world.taken
    free = [
        one
        for one in world.members
        if one.branch_id == place.number
        and one.category == Category.FULL
        and one.user_id not in busy
        and not one.employee_no.endswith("L")
        and (one.joined_on or world.today) < world.months[0]
    ]
    if not free:
        return None
    chosen = random.choice(free)
    world.taken |= {chosen.user_id} if chosen.user_id else set()
    return Who(place.number, chosen.pk)


def _member(who: Who) -> Member:
    found: Member = register(Member).select_related("branch", "user").get(pk=who.member)
    return found


@contextmanager
def _officer(world: World, branch: int) -> Iterator[GrantedActor]:
    """Whoever does the branch's work, at it."""
    officer = world.officer(branch, *HERE)
    if officer is None:
        message = f"nobody keeps contact in branch {branch}"
        raise LookupError(message)
    with acting(officer, MANAGE) as actor:
        yield actor


def _go(world: World, who: Who, given: dict[str, Any]) -> None:
    with _officer(world, who.branch) as actor:
        away.register_away(actor=actor, member=_member(who), since_on=clock.today(), phone="19900000000", **given)


def _contact(world: World, who: Who, way: str) -> None:
    with _officer(world, who.branch) as actor:
        notes.note(actor=actor, member=_member(who), on=clock.today(), way=way, note="工作生活都好。")


def _welcome(world: World, place: Place, name: str, given: dict[str, Any]) -> None:
    with _officer(world, place.number) as actor:
        branch = world.organization(place.number)
        guests.welcome(actor=actor, organization=branch, name=name, since_on=clock.today(), **given)


def _note(world: World, place: Place, name: str, kind: str, what: str, fen: int | None) -> None:
    with _officer(world, place.number) as actor:
        guest = Guest.objects.select_related("organization").get(organization=place.number, name=name)
        guests.note(actor=actor, guest=guest, kind=kind, on=clock.today(), what=what, fen=fen)


def _begin(world: World, who: Who) -> None:
    with _officer(world, who.branch) as actor:
        searches.begin(actor=actor, member=_member(who))


def _try(world: World, who: Who, way: str, text: str) -> None:
    with _officer(world, who.branch) as actor:
        searches.attempt(
            actor=actor,
            search=_search(who),
            way=way,
            on=clock.today(),
            by=actor.name,
            result=Result.NOTHING,
            text=text,
        )


def _record(world: World, who: Who) -> None:
    with _officer(world, who.branch) as actor:
        searches.record_lost(actor=actor, search=_search(who), reason="6", lost_on=clock.today())


def _conclude(world: World, who: Who) -> None:
    with _officer(world, who.branch) as actor:
        searches.conclude(actor=actor, search=_search(who), concluded_on=clock.today())


def _search(who: Who) -> Search:
    return Search.objects.running().get(member=who.member)


STORY = DemoStory("contact", "流动和失联党员", scenes, order=5)
