"""The plan of the reference enterprise: who is how large. Pure numbers from a seed; the totals are exact.

One 党委, 14 党总支, 72 党支部, 137 党小组, 1,768 members — the company of the requirements.
"""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Size:
    """How many of everything there are."""

    general_branches: int
    branches: int
    members: int

    def place(self, number: int) -> int:
        """The branch that plays the part of branch ``number`` of the whole enterprise."""
        return number % self.branches


WHOLE = Size(general_branches=14, branches=72, members=1768)
SMALL = Size(general_branches=3, branches=16, members=390)
"""Everything that there is in the whole enterprise, in a third of the time: for tests on many days."""

MERGED_INTO, MERGED_MEMBERS = 20, 6
"""The branch into which a seventy-third one was merged a month ago, and how many members came from there."""
OVERSIZE = 56
"""Members of the one branch that is too large (a branch has at most 50)."""


@dataclass
class BranchPlan:
    """One branch: under which general branch (0 to 13), how many members and groups, how well it works."""

    number: int
    general_branch: int
    members: int
    groups: int
    quality: str
    type_code: str = "631"


def branches(random: Random, size: Size = WHOLE) -> list[BranchPlan]:
    """The branches. ``quality`` is ``exemplary``, ``good``, ``late`` or ``poor``."""
    sizes = _sizes(random, size)
    groups = _groups(sizes)
    qualities = _qualities(size.branches)
    random.shuffle(qualities)
    qualities[0] = "exemplary"  # the branch that visitors sign in to
    return [
        BranchPlan(
            number=i,
            general_branch=i * size.general_branches // size.branches,
            members=sizes[i],
            groups=groups[i],
            quality=qualities[i],
            type_code="632" if sizes[i] < 7 else "631",
        )
        for i in range(size.branches)
    ]


def _qualities(number: int) -> list[str]:
    """Of 72 branches 14 are exemplary, 13 late and 5 poor, the others good."""
    exemplary, late, poor = (part * number // 72 for part in (14, 13, 5))
    good = number - exemplary - late - poor
    return ["exemplary"] * exemplary + ["good"] * good + ["late"] * late + ["poor"] * poor


def _sizes(random: Random, size: Size) -> list[int]:
    """Sizes from 5 to 46, one oversize, together exactly the members of ``size``."""
    sizes = [max(5, min(46, round(random.gauss(24, 9)))) for _ in range(size.branches)]
    merged_into = size.place(MERGED_INTO)
    sizes[0], sizes[5], sizes[-1] = 26, OVERSIZE, 5
    fixed = {0, 5, size.branches - 1}
    free = [i for i in range(size.branches) if i not in fixed]
    least = [5 + MERGED_MEMBERS if i == merged_into else 5 for i in range(size.branches)]
    sizes[merged_into] = max(sizes[merged_into], least[merged_into])
    while (gap := size.members - sum(sizes)) != 0:
        i = random.choice(free)
        step = 1 if gap > 0 else -1
        if least[i] <= sizes[i] + step <= 46:
            sizes[i] += step
    return sizes


def _groups(sizes: list[int]) -> list[int]:
    """Groups by size: of 72 branches none in the eight smallest, three in the nine largest, two in all others."""
    order = sorted(range(len(sizes)), key=lambda i: (sizes[i], i))
    few, many = (part * len(sizes) // 72 for part in (8, 9))
    groups = [2] * len(sizes)
    for i in order[:few]:
        groups[i] = 0
    for i in order[-many:]:
        groups[i] = 3
    return groups
