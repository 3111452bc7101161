"""What the pages of members open, and for whom: nobody opens a form by which they would decide in their own case."""

from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import Request
from dangjian.members.actions import access, account, details, record, reorganise
from dangjian.members.models import AccountRun, Member
from dangjian.members.models.details import Detail
from dangjian.org.gate import find
from dangjian.org.models import Organization


def member_of(_request: Request, pk: int) -> Member:
    """The member, where the reader holds what the page asks for: no action asks for more."""
    return find(Member.objects.select_related("branch", "organization", "user"), pk=pk)


def member_to_edit(request: Request, pk: int) -> Member:
    """The member, for somebody who keeps their record."""
    member = member_of(request, pk)
    record.require_editing(request.actor, member)
    return member


def member_to_change(request: Request, pk: int) -> Member:
    """The member, for somebody who decides about their membership."""
    member = member_of(request, pk)
    account.require_changing(request.actor, member)
    return member


def member_to_sign_in(request: Request, pk: int) -> Member:
    """The member, for somebody who may give them an account and a password."""
    member = member_of(request, pk)
    access.require_giving(request.actor, member)
    return member


def member_to_appoint(request: Request, pk: int) -> Member:
    """The member, for somebody who may give them a post."""
    member = member_of(request, pk)
    access.require_appointing(request.actor, member)
    return member


def detail_to_add(request: Request, pk: int, code: str) -> Detail:
    """A row of the kind ``code`` that is still to be filled in, for somebody who keeps such rows of the member."""
    row: Detail = _kind(code).model()
    row.member = member_of(request, pk)
    details.require_keeping(request.actor, row)
    return row


def detail_to_change(request: Request, pk: int, code: str, row: int) -> Detail:
    """A row of the member, for somebody who keeps such rows of theirs."""
    found = find(_kind(code).rows_of(pk), pk=row)
    details.require_changing(request.actor, found)
    return found


def branch_to_merge(request: Request, pk: int) -> Organization:
    """The branch, for somebody who may take its members elsewhere and end it."""
    branch = find(Organization.objects.select_related("parent"), pk=pk)
    reorganise.require_merging(request.actor, branch)
    return branch


def branch_to_split(request: Request, pk: int) -> Organization:
    """The branch, for somebody who may set up another beside it."""
    branch = find(Organization.objects.select_related("parent"), pk=pk)
    reorganise.require_splitting(request.actor, branch)
    return branch


def run_of(_request: Request, pk: int) -> AccountRun:
    """The run, where the reader holds what the page asks for."""
    return find(AccountRun, pk=pk)


def _kind(code: str) -> details.DetailKind:
    if code not in details.KINDS:
        raise NotFound
    return details.KINDS[code]
