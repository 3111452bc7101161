"""The checks that apps offer, and what is told of them."""

from collections.abc import Sequence

from dangjian.kernel.registry import by_code, offers
from dangjian.org.quality_offers import SORTS, QualityCheck

OF_BRANCHES, ABOVE = "quality_monthly", "quality_monthly_above"
MONTHLY = (OF_BRANCHES, ABOVE)
"""The duties to work through what is to be mended: of branches, and of what stands above them."""


def checks() -> Sequence[QualityCheck]:
    """All of them, by sort and in their order."""
    places = list(SORTS)
    return sorted(offers(QualityCheck), key=lambda check: places.index(check.sort))


def title_of(code: str) -> str:
    """What a check is called; of one that is offered no more, its code."""
    found = by_code(QualityCheck).get(code)
    return found.title if found else code
