"""The first step of 「开始使用」: the organisations are there, from the top down to the branches."""

from typing import Final

from django.db.models import Exists, OuterRef

from dangjian.kernel.gate import Request
from dangjian.kernel.offers import StartedState, StartStep
from dangjian.org.models import Kind, Organization
from dangjian.org.sheets.tree.sheet import TREE

NAMED_AT_MOST: Final = 3
UPPER: Final = (Kind.COMMITTEE, Kind.GENERAL_BRANCH)


def tree(_request: Request, organization: Organization) -> StartedState:
    """Whether there is a branch, and every committee and general branch at and below ``organization`` leads to some."""
    rows = Organization.objects.standing().below(organization)
    below = Organization.objects.standing().filter(parent=OuterRef("pk"))
    upper = rows.filter(kind__in=UPPER)
    empty = list(upper.filter(~Exists(below)).order_by("path").values_list("short_name", flat=True))
    total, branches = upper.count(), rows.filter(kind=Kind.BRANCH).count()
    shown = "、".join(f"“{name}”" for name in empty[:NAMED_AT_MOST])
    if len(empty) > NAMED_AT_MOST:
        shown += f"等{len(empty)}个党组织"
    missing = f"{shown}下面还没有党支部。" if empty else ""
    url = TREE.upload_url
    return StartedState(bool(branches) and not empty, missing, url, total - len(empty), total)


STEP: Final = StartStep(
    "organizations",
    "建立党组织",
    "任职、名册、会议和党费都挂在党组织下面，所以最先办。党委、党总支、党支部、党小组可以用一张表一次导入。",
    "sitemap",
    TREE.permission,
    tree,
    frozenset(UPPER),
    order=10,
)
