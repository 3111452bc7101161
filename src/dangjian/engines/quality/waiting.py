"""What waits for members: items of their own record that they may answer themselves."""

from collections.abc import Sequence

from dangjian.engines.quality.queries.flaws import own_flaws, own_number
from dangjian.kernel.gate import Request
from dangjian.kernel.offers import Matter
from dangjian.kernel.prepared_sql import Question


def number(request: Request) -> Question | int:
    """One, if there is anything: all of it stands on one page."""
    return own_number.of(request.actor.user_id)


def matters(request: Request, limit: int) -> Sequence[Matter]:
    """What is missing or cannot be."""
    return [Matter(f"您的档案{row.text}", row.own_url) for row in own_flaws(request.actor.user_id)[:limit]]
