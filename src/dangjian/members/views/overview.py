"""How complete the records are, by branch and by item, with the way down to the members."""

from django.http import HttpResponse
from django.shortcuts import render

from dangjian.kernel.gate import Request, requires
from dangjian.kernel.typed import number
from dangjian.members.filters import organization_choices
from dangjian.members.models import Member
from dangjian.members.queries.completeness import GOOD, branch_completeness, missing_items
from dangjian.org.gate import find
from dangjian.org.models import Organization


@requires("members.view")
def completeness(request: Request) -> HttpResponse:
    """Average, weak records and missing items of an organisation and the branches below it."""
    rows = Member.objects.counted()
    chosen = request.GET.get("organization", "")
    if (asked := number(chosen)) is not None:
        rows = rows.filter(organization__path__startswith=find(Organization, pk=asked).path)
    branches = branch_completeness(rows)
    members = sum(branch.members for branch in branches)
    average = sum(branch.average * branch.members for branch in branches) // members if members else 0
    context = {
        "organizations": organization_choices(),
        "chosen": chosen,
        "branches": branches,
        "items": missing_items(rows),
        "members": members,
        "weak": sum(branch.weak for branch in branches),
        "average": average,
        "share": average / 100,
        "good": GOOD,
    }
    return render(request, "members/completeness.html", context)
