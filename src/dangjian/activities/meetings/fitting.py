"""Which times suit whoever works in shifts: as few sittings as possible, so that everybody can come to one. Pure functions."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from django.utils import timezone

Times = tuple[dt.datetime, dt.datetime]
MOST = 3
"""Sittings of one meeting that are proposed at most."""
FIRST, LAST = dt.time(8), dt.time(21)
"""Between these hours a sitting is proposed, beginning on the hour or when the meeting usually does."""
WEEK = 7


@dataclass(frozen=True, slots=True)
class Spread:
    """Sittings in the order of time, who can come to each of them, and who to none."""

    sittings: tuple[Times, ...] = ()
    comes: tuple[frozenset[int], ...] = ()
    cannot: frozenset[int] = frozenset()


def possible_times(first: dt.date, length: dt.timedelta, usual: dt.time, *, after: dt.datetime) -> list[Times]:
    """When a sitting of ``length`` could be in the week from ``first``, later than ``after``: what is most usual comes first.

    Working days go before the weekend, times near the ``usual`` one before others, sooner days before later ones.
    """
    starts = {dt.time(hour) for hour in range(FIRST.hour, LAST.hour)} | ({usual} if FIRST <= usual < LAST else set())
    found = []
    for away in range(WEEK):
        day = first + dt.timedelta(days=away)
        for start in starts:
            begin = timezone.make_aware(dt.datetime.combine(day, start))
            end = begin + length
            if begin > after and end <= timezone.make_aware(dt.datetime.combine(day, LAST)):
                found.append((begin, end))
    return sorted(found, key=lambda times: _usualness(times, usual))


def _usualness(times: Times, usual: dt.time) -> tuple[bool, int, dt.datetime]:
    begin = timezone.localtime(times[0])
    away = abs((begin.hour - usual.hour) * 60 + begin.minute - usual.minute)
    friday = 4
    return begin.weekday() > friday, away, begin


def overlaps(one: Times, other: Times) -> bool:
    """Whether two times have a moment in common."""
    return one[0] < other[1] and other[0] < one[1]


def fewest_sittings(possible: Sequence[Times], busy: Mapping[int, Iterable[Times]], most: int = MOST) -> Spread:
    """As few of ``possible`` times as let as many people as can be come to one; at most ``most``, no two at one time.

    ``busy`` says of each person when they cannot come. Among choices that are as good, what stands earlier in ``possible`` is
    taken.
    """
    people = list(busy)
    taken = [tuple(busy[one]) for one in people]
    masks = [
        sum(1 << place for place, own in enumerate(taken) if not any(overlaps(times, other) for other in own))
        for times in possible
    ]
    useful = [place for place, mask in enumerate(masks) if mask]
    reachable = 0
    for mask in masks:
        reachable |= mask
    best: tuple[int, ...] = ()
    reached = 0
    for number in range(1, most + 1):
        chosen, mask = _best_of(useful, number, possible, masks)
        if mask.bit_count() > reached.bit_count():
            best, reached = chosen, mask
        if reached == reachable:
            break
    ordered = sorted(best, key=lambda place: possible[place])
    comes = tuple(_members(masks[place], people) for place in ordered)
    return Spread(tuple(possible[place] for place in ordered), comes, frozenset(people) - _members(reached, people))


def _best_of(
    useful: Collection[int], number: int, possible: Sequence[Times], masks: Sequence[int]
) -> tuple[tuple[int, ...], int]:
    """The ``number`` times to which most people can come, of several choices the one with the most usual times."""
    best: tuple[int, ...] = ()
    reached, most = 0, (0, 0)
    for places in combinations(useful, number):
        mask = 0
        for place in places:
            mask |= masks[place]
        worth = (mask.bit_count(), -sum(places))
        if worth > most and not any(overlaps(possible[one], possible[other]) for one, other in combinations(places, 2)):
            best, reached, most = places, mask, worth
    return best, reached


def _members(mask: int, people: Sequence[int]) -> frozenset[int]:
    return frozenset(one for place, one in enumerate(people) if mask >> place & 1)
