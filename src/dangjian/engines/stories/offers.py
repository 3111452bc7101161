"""What a module offers to the demonstration."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

from dangjian.engines.stories.world import World


@dataclass(frozen=True, slots=True)
class Scene:
    """Something that was done at one moment: ``play()`` calls actions as those who do them, while the clock stands ``at`` it."""

    at: dt.datetime
    play: Callable[[], object]


@dataclass(frozen=True, slots=True)
class DemoStory:
    """What a module tells in the demonstration: ``scenes(world, random)`` returns its scenes, in any order.

    The scenes of all stories are played in the order of their moments, at one moment by ``order``; one that lies after
    ``world.now`` is left out. A scene writes no rows: it calls actions, in the scope that ``world.acting`` opens. ``random``
    is the story's own, so that what one story draws changes no other. ``title`` is told while it is played.
    """

    code: str
    title: str
    scenes: Callable[[World, Random], Iterable[Scene]]
    order: int = 50
