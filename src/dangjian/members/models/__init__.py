"""Tables of the members' app: the person record, the membership account, details, proposed corrections, waiting accounts."""

from dangjian.members.models.account import ChangeKind, GroupAssignment, MembershipEntry
from dangjian.members.models.details import Education, JobRecord, Reward, Sanction, VoteExemption
from dangjian.members.models.member import Category, Member, Standing
from dangjian.members.models.proposals import CorrectionProposal
from dangjian.members.models.waiting import WaitingAccount

__all__ = [
    "Category",
    "ChangeKind",
    "CorrectionProposal",
    "Education",
    "GroupAssignment",
    "JobRecord",
    "Member",
    "MembershipEntry",
    "Reward",
    "Sanction",
    "Standing",
    "VoteExemption",
    "WaitingAccount",
]
