"""Reads that join tables or feed engines: counts from the account, who belongs and votes where, completeness of records."""

from dangjian.members.queries.account import Flow, branch_counts, branches_below, count, flow
from dangjian.members.queries.attendance import (
    attendees_of,
    committee_of,
    members_of,
    voters,
)
from dangjian.members.queries.completeness import BranchCompleteness, MissingItem, branch_completeness, missing_items
from dangjian.members.queries.standing import entitled, may_vote, standing_on

__all__ = [
    "BranchCompleteness",
    "Flow",
    "MissingItem",
    "attendees_of",
    "branch_completeness",
    "branch_counts",
    "branches_below",
    "committee_of",
    "count",
    "entitled",
    "flow",
    "may_vote",
    "members_of",
    "missing_items",
    "standing_on",
    "voters",
]
