"""The demonstration's shift plan: two branches work in four crews round the clock, a third by day."""

import datetime as dt
from collections.abc import Iterator
from functools import partial
from random import Random

from dangjian.activities.shifts.actions.plan import PlanRow, enter_days
from dangjian.activities.shifts.queries import IMPORT
from dangjian.engines.stories.offers import DemoStory, Scene
from dangjian.engines.stories.world import Place, World, acting, moment
from dangjian.members.models import Member
from dangjian.org.models import PostKind

HERE = (PostKind.SECRETARY, PostKind.ORGANISATION_MEMBER, PostKind.DEPUTY_SECRETARY)
ROUND = ("早班", "早班", "中班", "中班", "夜班", "夜班", "休", "休")
"""Eight days of a crew; each crew begins two days after the one before it."""
BACK, AHEAD = 35, 42
"""Days before and after the day of the demonstration for which there is a plan."""
ROUND_THE_CLOCK = 2


def scenes(world: World, _random: Random) -> Iterator[Scene]:
    """The plan came in on the first of the month, or the day before the demonstration."""
    places = [one for one in world.places if one.merged_on is None and world.officer(one.number, *HERE)]
    at = min(world.today.replace(day=1), world.today - dt.timedelta(days=1))
    for number, place in enumerate(places[: ROUND_THE_CLOCK + 1]):
        yield Scene(moment(at, 9, 5), partial(_plan, world, place, round_the_clock=number < ROUND_THE_CLOCK))


def _plan(world: World, place: Place, *, round_the_clock: bool) -> None:
    officer = world.officer(place.number, *HERE)
    if officer is None:
        return
    branch = world.organization(place.number)
    first = world.today - dt.timedelta(days=BACK)
    days = [first + dt.timedelta(days=away) for away in range(BACK + AHEAD)]
    with acting(officer, IMPORT) as actor:
        members = Member.objects.counted().filter(organization__path__startswith=branch.path).order_by("pk")
        rows = [
            PlanRow(number, one.pk, {day: _shift(number, day) if round_the_clock else _by_day(day) for day in days})
            for number, one in enumerate(members)
        ]
        enter_days(actor=actor, organization=branch, rows=rows)


def _shift(number: int, day: dt.date) -> str:
    crew = number % (len(ROUND) // 2)
    return ROUND[(day.toordinal() + 2 * crew) % len(ROUND)]


def _by_day(day: dt.date) -> str:
    saturday = 5
    return "休" if day.weekday() >= saturday else "白班"


STORY = DemoStory("shifts", "排班", scenes, order=40)
