"""What goes along with somebody, ends, or is to be settled before they go: on the page of a transfer, and before one is begun."""

from collections.abc import Mapping
from typing import Any

from dangjian.activities.transfers.queries.going import belongings, member_of
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.engines.procedures.offers import CasePanel, StartPanel
from dangjian.kernel.gate import Request
from dangjian.members.models import Member

TITLES = {"settled": "转出以前要办完", "along": "随组织关系一起转", "ends": "转出以后自动结束"}


def grouped(member: Member) -> list[tuple[str, list[str]]]:
    """What goes along, ends or is to be settled, each under its title."""
    found = belongings(member)
    groups = ((title, [one.text for one in found if one.what == what]) for what, title in TITLES.items())
    return [(title, texts) for title, texts in groups if texts]


def _of_member(_request: Request, member: Member) -> Mapping[str, Any] | None:
    found = grouped(member)
    return {"belongings": found} if found else None


def _of_case(request: Request, case: ProcedureCase) -> Mapping[str, Any] | None:
    """For both sides, as long as the transfer is under way."""
    return _of_member(request, member_of(case)) if case.is_open else None


OF_CASE = CasePanel("随转情况", "list-details", "transfers/belongings.html", _of_case)
OF_START = StartPanel("随转情况", "list-details", "transfers/belongings.html", _of_member)
