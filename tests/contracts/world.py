"""The small world of the contracts: two branches that have nothing to do with each other, and somebody in every role."""

from dataclasses import dataclass

from dangjian.accounts.models import User
from dangjian.members.models import Member
from dangjian.org import roles
from dangjian.org.models import Organization, PostKind
from tests import make

FOREIGN = ("甲支部密", "甲小组密", "甲书记密", "甲党员密", "甲组长密")
"""Words that stand in names of ``branch`` only; a neighbour must never read one."""


@dataclass(frozen=True, slots=True)
class World:
    """Organisations, members and accounts; see ``build``."""

    committee: Organization
    general_branch: Organization
    branch: Organization
    group: Organization
    member: Member
    other_branch: Organization
    other_member: Member
    office: User
    secretary: User
    deputy: User
    group_leader: User
    member_user: User
    neighbour: User
    neighbour_member: User
    system_admin: User
    security_admin: User
    audit_admin: User

    @property
    def people(self) -> tuple[User, ...]:
        """Who may be the holder of a permission, those of the branch first."""
        return (
            self.secretary,
            self.member_user,
            self.group_leader,
            self.office,
            self.system_admin,
            self.security_admin,
            self.audit_admin,
        )

    @property
    def neighbours(self) -> tuple[User, ...]:
        """People of the other branch."""
        return (self.neighbour, self.neighbour_member)

    @property
    def readers(self) -> tuple[User, ...]:
        """People of the branch itself, each of whom lacks some permissions."""
        return (self.member_user, self.group_leader, self.deputy)


def build() -> World:
    """Make the world. ``branch`` and ``other_branch`` stand under different superiors of one committee."""
    committee = make.committee(name="虚构集团党委")
    general_branch = make.general_branch(committee, name="虚构第一总支")
    branch = make.branch(general_branch, name="甲支部密")
    group = make.group(branch, name="甲小组密")
    other_branch = make.branch(make.general_branch(committee, name="虚构第二总支"), name="乙支部")
    member = make.member(branch, "甲党员密", with_user=True)
    other_member = make.member(other_branch, "乙党员", with_user=True)
    assert member.user
    assert other_member.user
    people = {
        "office": make.grant(committee, roles.PARTY_OFFICE).user,
        "secretary": _in_post(branch, PostKind.SECRETARY, "甲书记密"),
        "deputy": _in_post(branch, PostKind.DEPUTY_SECRETARY, "甲书记密二"),
        "group_leader": _in_post(group, PostKind.GROUP_LEADER, "甲组长密"),
        "neighbour": _in_post(other_branch, PostKind.SECRETARY, "乙书记"),
        "system_admin": make.grant(committee, roles.SYSTEM_ADMIN).user,
        "security_admin": make.grant(committee, roles.SECURITY_ADMIN).user,
        "audit_admin": make.grant(committee, roles.AUDIT_ADMIN).user,
    }
    return World(
        committee=committee,
        general_branch=general_branch,
        branch=branch,
        group=group,
        member=member,
        other_branch=other_branch,
        other_member=other_member,
        member_user=member.user,
        neighbour_member=other_member.user,
        **people,
    )


def _in_post(organization: Organization, kind: PostKind, name: str) -> User:
    """A member with an account who holds a post."""
    who = make.member(organization.branch(), name, with_user=True).user
    assert who
    make.post(organization, kind, who)
    return who
