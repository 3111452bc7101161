"""Who went along when a branch was split or merged, or many were moved at once."""

from dangjian.members.models import MembershipEntry
from dangjian.org.models import Reorganisation
from dangjian.org.openings import register


def moved_by(reorganisation: Reorganisation) -> list[int]:
    """The members who were moved by it and have not been brought back one by one since."""
    lines = register(MembershipEntry).filter(reorganisation=reorganisation, sign=1, reversed_by=None)
    return list(lines.order_by("member").values_list("member_id", flat=True))
