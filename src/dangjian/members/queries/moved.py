"""Who went along when a branch was split or merged, many were moved at once, or a whole unit left."""

from dangjian.members.models import MembershipEntry
from dangjian.org.models import Reorganisation, ReorganisationKind
from dangjian.org.openings import register


def moved_by(reorganisation: Reorganisation) -> list[int]:
    """The members who were moved or left by it and have not been brought back one by one since."""
    sign = -1 if reorganisation.kind == ReorganisationKind.LEFT else 1
    lines = register(MembershipEntry).filter(reorganisation=reorganisation, sign=sign, reverses=None, reversed_by=None)
    return list(lines.order_by("member").values_list("member_id", flat=True))


def ever_moved_by(reorganisation: Reorganisation) -> list[int]:
    """Whoever was moved or left by it, also after it was taken back."""
    lines = register(MembershipEntry).filter(reorganisation=reorganisation)
    return list(lines.order_by("member").values_list("member_id", flat=True).distinct())
