"""What follows from numbers and rules alone: how far a yearly plan is given away. No ORM, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Over = Literal["refuse", "warn", "off"]
"""What happens to whoever would go over the plan, as the enterprise has set it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the plan of an organisation and all below it is, in places.

    ``plan`` is ``None`` where nobody has handed one down. ``used`` are taken by those who were admitted, ``reserved`` by those
    who passed the check of the committee (预审) and are not admitted yet. ``given`` is what is not free any more: places that
    units below have been handed, and those taken by units that have no plan of their own.
    """

    plan: int | None
    used: int
    reserved: int
    given: int

    @property
    def taken(self) -> int:
        """Places that somebody has or is about to have."""
        return self.used + self.reserved

    @property
    def left(self) -> int | None:
        """Places that nobody has yet, also those handed down."""
        return None if self.plan is None else self.plan - self.taken

    @property
    def free(self) -> int | None:
        """Places that can still be handed down, or taken by whoever has no plan of their own."""
        return None if self.plan is None else self.plan - self.given


def within(path: str, numbers: Mapping[str, int]) -> int:
    """The sum over the organisation at ``path`` and all below it."""
    return sum(number for place, number in numbers.items() if place.startswith(path))


def nearest_below(path: str, plans: Mapping[str, int]) -> list[str]:
    """Where plans were handed down below ``path``, without those that were handed down from there in turn."""
    found: list[str] = []
    for place in sorted(plans):
        is_below = place != path and place.startswith(path)
        if is_below and not (found and place.startswith(found[-1])):
            found.append(place)
    return found


def given_away(path: str, plans: Mapping[str, int], taken: Mapping[str, int]) -> int:
    """How many places of the organisation at ``path`` are not free any more.

    A unit with a plan of its own counts with that plan, or with what it has taken where that is more; units without one count
    with what they have taken.

    :param plans: places by the path of the organisation that was handed them.
    :param taken: places taken by the path of the branch that took them.
    """
    units = nearest_below(path, plans)
    inside = {unit: within(unit, taken) for unit in units}
    return sum(max(plans[unit], inside[unit]) for unit in units) + within(path, taken) - sum(inside.values())


def standing_of(path: str, plans: Mapping[str, int], used: Mapping[str, int], reserved: Mapping[str, int]) -> Standing:
    """How far the plan of the organisation at ``path`` is."""
    taken = {place: used.get(place, 0) + reserved.get(place, 0) for place in {*used, *reserved}}
    return Standing(plans.get(path), within(path, used), within(path, reserved), given_away(path, plans, taken))
