"""The plan of the reference enterprise: who is how large. Pure numbers from a seed; the totals are exact.

One 党委, 14 党总支, 72 党支部, 137 党小组, 1,768 members — the company of the requirements.
"""

from dataclasses import dataclass
from random import Random

GENERAL_BRANCHES = 14
BRANCHES = 72
GROUPS = 137
MEMBERS = 1768

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


def branches(random: Random) -> list[BranchPlan]:
    """The 72 branches. ``quality`` is ``exemplary``, ``good``, ``late`` or ``poor``."""
    sizes = _sizes(random)
    groups = _groups(sizes)
    qualities = ["exemplary"] * 14 + ["good"] * 40 + ["late"] * 13 + ["poor"] * 5
    random.shuffle(qualities)
    qualities[0] = "exemplary"  # the branch that visitors sign in to
    return [
        BranchPlan(
            number=i,
            general_branch=i * GENERAL_BRANCHES // BRANCHES,
            members=sizes[i],
            groups=groups[i],
            quality=qualities[i],
            type_code="632" if sizes[i] < 7 else "631",
        )
        for i in range(BRANCHES)
    ]


def _sizes(random: Random) -> list[int]:
    """Sizes from 5 to 46, one oversize, together exactly ``MEMBERS``."""
    sizes = [max(5, min(46, round(random.gauss(24, 9)))) for _ in range(BRANCHES)]
    sizes[0], sizes[5], sizes[-1] = 26, OVERSIZE, 5
    fixed = {0, 5, BRANCHES - 1}
    free = [i for i in range(BRANCHES) if i not in fixed]
    least = [5 + MERGED_MEMBERS if i == MERGED_INTO else 5 for i in range(BRANCHES)]
    sizes[MERGED_INTO] = max(sizes[MERGED_INTO], least[MERGED_INTO])
    while (gap := MEMBERS - sum(sizes)) != 0:
        i = random.choice(free)
        step = 1 if gap > 0 else -1
        if least[i] <= sizes[i] + step <= 46:
            sizes[i] += step
    return sizes


def _groups(sizes: list[int]) -> list[int]:
    """Groups by size: none in the eight smallest branches, three in the nine largest, two in all others."""
    order = sorted(range(BRANCHES), key=lambda i: (sizes[i], i))
    groups = [2] * BRANCHES
    for i in order[:8]:
        groups[i] = 0
    for i in order[-9:]:
        groups[i] = 3
    return groups
