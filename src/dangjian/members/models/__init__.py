"""Tables of the members' app: the person record, the membership account, dated details, proposed corrections, roster imports."""

from dangjian.members.models.account import ChangeKind, GroupAssignment, MembershipEntry
from dangjian.members.models.details import Education, JobRecord, Reward, Sanction, VoteExemption
from dangjian.members.models.member import Category, Member, Standing
from dangjian.members.models.proposals import CorrectionProposal

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
]
