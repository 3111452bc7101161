"""Reads of organisational life: who is called and votes, what is proposed, what was held, statistics, a member's own meetings."""

from dangjian.activities.meetings.queries.confirming import (
    Confirmers,
    confirmers,
    is_tiny,
    perhaps_written_by,
    writers_of,
    written_by,
)
from dangjian.activities.meetings.queries.held import (
    coming_for,
    held,
    held_by_branch_or_groups,
    held_for,
    meetings_in,
    own_attendances,
    own_make_ups,
    past_for,
    waiting,
)
from dangjian.activities.meetings.queries.people import VoteBase, audience_of, cap_of, election_kind, vote_base, vote_kind
from dangjian.activities.meetings.queries.proposal import Proposal, due_kinds, period_of, probations_ending, propose
from dangjian.activities.meetings.queries.statistics import (
    Figures,
    HeldNumbers,
    Statistics,
    held_numbers,
    member_figures,
    statistics,
)

__all__ = [
    "Confirmers",
    "Figures",
    "HeldNumbers",
    "Proposal",
    "Statistics",
    "VoteBase",
    "audience_of",
    "cap_of",
    "coming_for",
    "confirmers",
    "due_kinds",
    "election_kind",
    "held",
    "held_by_branch_or_groups",
    "held_for",
    "held_numbers",
    "is_tiny",
    "meetings_in",
    "member_figures",
    "own_attendances",
    "own_make_ups",
    "past_for",
    "perhaps_written_by",
    "period_of",
    "probations_ending",
    "propose",
    "statistics",
    "vote_base",
    "vote_kind",
    "waiting",
    "writers_of",
    "written_by",
]
