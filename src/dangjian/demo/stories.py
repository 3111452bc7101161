"""Playing what the modules tell: all their scenes in the order of their moments, each while the clock stands there."""

from collections.abc import Collection, Iterable
from random import Random

from dangjian.demo.sizes import know_sizes
from dangjian.engines.stories.offers import DemoStory, Scene
from dangjian.engines.stories.world import World
from dangjian.kernel import clock
from dangjian.kernel.registry import offers


def told(world: World, seed: str, only: Collection[str] | None = None) -> list[Scene]:
    """The scenes of all stories (or ``only`` of some) in one world."""
    chosen = [story for story in offers(DemoStory) if only is None or story.code in only]
    return [scene for story in chosen for scene in story.scenes(world, Random(f"{seed}:{story.code}"))]  # noqa: S311 - no secrets


def play(scenes: Iterable[Scene]) -> None:
    """Play what lies before now. Scenes of one moment keep the order in which they are handed over.

    The database counts its tables once a month, when the month's first day is over: what came in then (the bills of everybody) is
    asked for on all others, and a month that PostgreSQL has never seen it takes for one without rows.
    """
    now, first, counted = clock.now(), None, None
    for scene in sorted((scene for scene in scenes if scene.at <= now), key=lambda scene: scene.at):
        month = (scene.at.year, scene.at.month)
        if first is None or (first.year, first.month) != month:
            first = scene.at.date()
        if scene.at.date() > first and counted != month:
            counted = month
            know_sizes()
        with clock.at(scene.at):
            scene.play()
