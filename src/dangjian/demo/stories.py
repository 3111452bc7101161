"""Playing what the modules tell: all their scenes in the order of their moments, each while the clock stands there."""

from collections.abc import Collection, Iterable
from random import Random

from dangjian.demo.sizes import know_sizes
from dangjian.engines.stories.offers import DemoStory, Scene
from dangjian.engines.stories.world import World
from dangjian.kernel import clock
from dangjian.kernel.registry import offers

EVERY_MONTHS = 3
"""So often the database counts its tables, which grow from nothing."""


def told(world: World, seed: str, only: Collection[str] | None = None) -> list[Scene]:
    """The scenes of all stories (or ``only`` of some) in one world."""
    chosen = [story for story in offers(DemoStory) if only is None or story.code in only]
    return [scene for story in chosen for scene in story.scenes(world, Random(f"{seed}:{story.code}"))]  # noqa: S311 - no secrets


def play(scenes: Iterable[Scene]) -> None:
    """Play what lies before now. Scenes of one moment keep the order in which they are handed over."""
    now, months = clock.now(), 0
    month = None
    for scene in sorted((scene for scene in scenes if scene.at <= now), key=lambda scene: scene.at):
        if (scene.at.year, scene.at.month) != month:
            month, months = (scene.at.year, scene.at.month), months + 1
            if months % EVERY_MONTHS == 0:
                know_sizes()
        with clock.at(scene.at):
            scene.play()
