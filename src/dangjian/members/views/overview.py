"""How complete the records are, by branch and by item, with the way down to the members."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import NUMBER, Column, PageFilters, Table
from dangjian.members.models import Member
from dangjian.members.queries.completeness import GOOD, BranchCompleteness, branch_completeness, missing_items
from dangjian.org.lists import OrganizationFilter, chosen_in


def _members(line: BranchCompleteness, **asked: str | int) -> str:
    return f"{reverse('members:list')}?{urlencode({'organization': line.branch_id, **asked})}"


def _weak(line: BranchCompleteness) -> Any:
    """To the members themselves."""
    if not line.weak:
        return "0"
    return format_html('<a class="text-warn" href="{}">{} 名</a>', _members(line, below=GOOD), line.weak)


FILTERS = PageFilters(filters=(OrganizationFilter(),))
BRANCHES: Table[BranchCompleteness] = Table(
    "各支部信息完整度，低的在前",
    (
        Column("党支部", "name"),
        Column("上级", "superior"),
        Column("党员", "members", NUMBER),
        Column("平均", "average", NUMBER, drawn=lambda line: f"{line.average}%"),
        Column(f"低于{GOOD}%", "weak", NUMBER, drawn=_weak),
    ),
    row=lambda line: _members(line, sort="completeness"),
)


@requires("members.view")
def completeness(request: Request) -> HttpResponse:
    """Average, weak records and missing items of an organisation and the branches below it."""
    rows = Member.objects.counted()
    asked = FILTERS.asked(request)
    if (unit := chosen_in(asked)) is not None:
        rows = rows.filter(organization__path__startswith=unit.path)
    branches = branch_completeness(rows)
    members = sum(branch.members for branch in branches)
    average = sum(branch.average * branch.members for branch in branches) // members if members else 0
    context = {
        **FILTERS.shown(asked),
        "chosen": unit.pk if unit else "",
        "branches": BRANCHES.of(branches),
        "items": missing_items(rows),
        "members": members,
        "weak": sum(branch.weak for branch in branches),
        "average": average,
        "share": average / 100,
    }
    return render(request, "members/completeness.html", context)
