"""What the pages of collecting open, and for whom: the scope is where the reader holds what the page asks for."""

from dangjian.accounts.models import User
from dangjian.activities.dues.billing.actions import billing, collecting, groups
from dangjian.activities.dues.billing.models import Bill
from dangjian.activities.dues.billing.queries.groups import Held
from dangjian.activities.dues.ledger.models import JournalEntry
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import Request, let_in
from dangjian.members.models import Member
from dangjian.org.gate import find
from dangjian.org.models import Organization


def branch_of(_request: Request, pk: int) -> Organization:
    """The branch, where the reader holds what the page asks for."""
    branch = find(Organization, pk=pk)
    if not branch.is_branch:
        raise NotFound
    return branch


def group_of(_request: Request, pk: int) -> Organization:
    """The group, where the reader holds what the page asks for."""
    group = find(Organization.objects.select_related("parent"), pk=pk)
    if not group.is_group:
        raise NotFound
    return group


def group_to_let(request: Request, pk: int) -> Organization:
    """The group, for somebody who may say for its branch that its leader collects."""
    group = group_of(request, pk)
    groups.require_letting(request.actor, group)
    return group


def money_to_take_over(request: Request, pk: int, giver_pk: int) -> Held:
    """What somebody holds of a group, for whoever collects for its branch and is not the one who holds it."""
    group, giver = group_of(request, pk), User.objects.filter(pk=giver_pk).first()
    if giver is None:
        raise NotFound
    groups.require_taking_over(request.actor, group, giver)
    return Held(group, giver)


def member_of(_request: Request, pk: int) -> Member:
    """The member, where the reader may see what is collected."""
    return find(Member.objects.select_related("branch__parent"), pk=pk)


def member_to_receive_from(request: Request, pk: int) -> Member:
    """The member, for whoever collects for the branch, or stands in there where the member is the only one who does."""
    member = member_of(request, pk)
    collecting.require_receiving(request.actor, member.branch, [member])
    return member


def bill_to_waive(request: Request, pk: int) -> Bill:
    """The bill, for somebody who may forgo what is left of it."""
    bill = find(Bill.objects.select_related("organization__parent", "member__branch"), pk=pk)
    let_in(request, billing.require_waiving, bill)
    return bill


def entry_of(_request: Request, pk: int) -> JournalEntry:
    """An entry by which money was received, where the reader may see what is collected."""
    return find(JournalEntry.objects.filter(postings__payment__isnull=False), pk=pk)
