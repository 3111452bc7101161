"""What the pages of assessments open, and for whom: nobody opens a form by which they would decide in their own case."""

from dangjian.activities.dues.assessment.actions import arrangements, assessing, reliefs
from dangjian.activities.dues.assessment.models import Arrangement, Assessment
from dangjian.kernel.gate import Request, let_in
from dangjian.members.models import Member
from dangjian.org.gate import find
from dangjian.org.models import Kind, Organization


def member_of(_request: Request, pk: int) -> Member:
    """The member with the branch, where the reader holds what the page asks for."""
    return find(Member.objects.select_related("branch", "organization"), pk=pk)


def member_to_assess(request: Request, pk: int) -> Member:
    """The member, for somebody who may say what they pay."""
    member = member_of(request, pk)
    assessing.require_assessing(request.actor, member)
    return member


def member_to_relieve(request: Request, pk: int) -> Member:
    """The member, for somebody who may report them for a relief, or stands in for those above."""
    member = member_of(request, pk)
    let_in(request, reliefs.require_proposing, member, reliefs.rule_today(member))
    return member


def member_to_agree_with(request: Request, pk: int) -> Member:
    """The member, for somebody who may agree with them for the branch."""
    member = member_of(request, pk)
    let_in(request, arrangements.require_agreeing, member)
    return member


def arrangement_to_end(request: Request, pk: int) -> Arrangement:
    """The arrangement, for somebody who may end it for the branch that agreed to it."""
    row = find(Arrangement.objects.select_related("member__branch", "member__organization", "branch"), pk=pk)
    let_in(request, arrangements.require_ending, row)
    return row


def assessment_to_withdraw(request: Request, pk: int) -> Assessment:
    """The assessment, for somebody who may say what its member pays."""
    row = find(Assessment.objects.select_related("member__organization", "member__branch"), pk=pk)
    assessing.require_assessing(request.actor, row.member)
    return row


def branch_to_assess(_request: Request, pk: int) -> Organization:
    """The branch, where the reader says what members pay; the action asks for each of them."""
    return find(Organization.objects.filter(kind=Kind.BRANCH), pk=pk)
