"""Tables of the members' app: the person record, the membership account, details, proposed corrections, waiting accounts."""

from dangjian.members.models.account import ChangeKind, GroupAssignment, MembershipEntry
from dangjian.members.models.details import EarlierValue, Education, JobRecord, Reward, Sanction, VoteExemption
from dangjian.members.models.member import Category, Member, Standing
from dangjian.members.models.passwords import AccountRun, FirstPassword, RunState, Who
from dangjian.members.models.proposals import CorrectionProposal
from dangjian.members.models.waiting import WaitingAccount

__all__ = [
    "AccountRun",
    "Category",
    "ChangeKind",
    "CorrectionProposal",
    "EarlierValue",
    "Education",
    "FirstPassword",
    "GroupAssignment",
    "JobRecord",
    "Member",
    "MembershipEntry",
    "Reward",
    "RunState",
    "Sanction",
    "Standing",
    "VoteExemption",
    "WaitingAccount",
    "Who",
]
