"""The demonstration's story of dues: everybody assessed, fifteen months of bills, paid with the uneven quality of real life."""

from collections.abc import Iterator
from random import Random

from dangjian.activities.dues.demo import arrears, collecting, money, wages
from dangjian.activities.dues.demo.cast import cast
from dangjian.engines.stories.offers import DemoStory, Scene
from dangjian.engines.stories.world import World


def scenes(world: World, random: Random) -> Iterator[Scene]:
    """All of it, in the order of its parts."""
    people = cast(world)
    yield from wages.scenes(people, random)
    yield from collecting.scenes(people, random)
    yield from money.scenes(people, random)
    yield from arrears.scenes(people)


STORY = DemoStory("dues", "党费", scenes, order=20)
