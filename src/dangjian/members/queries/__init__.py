"""Reads that join tables or feed engines: counts from the account, who belongs and votes where, completeness of records."""

from dangjian.members.queries.account import Flow, branch_counts, branches_below, count, flow
from dangjian.members.queries.attendance import (
    VoterCounts,
    attendees_of,
    committee_of,
    may_vote,
    members_of,
    voter_counts,
    voters,
)
from dangjian.members.queries.completeness import BranchCompleteness, MissingItem, branch_completeness, missing_items

__all__ = [
    "BranchCompleteness",
    "Flow",
    "MissingItem",
    "VoterCounts",
    "attendees_of",
    "branch_completeness",
    "branch_counts",
    "branches_below",
    "committee_of",
    "count",
    "flow",
    "may_vote",
    "members_of",
    "missing_items",
    "voter_counts",
    "voters",
]
