"""The demonstration's counters of what is typed: its stories call actions and send no forms, so that these are made up."""

from collections.abc import Iterator
from functools import partial
from random import Random

from dangjian.engines.burden.actions.counting import add
from dangjian.engines.stories.offers import DemoStory, Scene
from dangjian.engines.stories.world import Place, World, moment
from dangjian.kernel.effort import Effort

MONTHS = 8
FORMS = {"meetings": (6, 5), "dues": (4, 3), "members": (3, 6)}
"""Forms that a branch sends in a month, and fields of each."""


def scenes(world: World, random: Random) -> Iterator[Scene]:
    """Month by month, in the end of each, less is typed and more is proposed."""
    months = [month for month in world.months if month <= world.today][-MONTHS:]
    for number, month in enumerate(months):
        day = min(month.replace(day=28), world.today)
        for place in world.places:
            yield Scene(moment(day, 8), partial(_count, place, number, random))


def _count(place: Place, number: int, random: Random) -> None:
    for module, (sent, fields) in FORMS.items():
        forms = random.randint(sent // 2, sent)
        typed = round(forms * fields * (0.75 - 0.04 * number) * random.uniform(0.9, 1.1))
        cells = random.randint(40, 160) if module == "dues" and random.random() < 0.2 else 0
        add(Effort(module, place.number, forms=forms, typed=typed, proposed=max(0, forms * fields - typed), cells=cells))


STORY = DemoStory("burden", "填报负担", scenes, order=75)
