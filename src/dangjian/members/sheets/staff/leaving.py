"""What is on record of members at work, as rows of a staff list."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any, Final

from dangjian.members.models import Category, Member, Standing
from dangjian.members.sheets.roster import leaving
from dangjian.members.sheets.roster.columns import CATEGORY
from dangjian.members.sheets.staff.columns import AT_WORK, ITEMS, MEMBER, MORE, POLITICS, PROBATIONARY, STATUS
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import OnRecord

_KEPT: Final = frozenset({*ITEMS, *MORE})


def rows(organization: Organization, only: Collection[int] | None = None) -> Iterator[OnRecord]:
    """Members there. See ``sheet_offers.GoingOut``."""
    for one in leaving.rows(organization, only):
        values: dict[str, Any] = {name: value for name, value in one.values.items() if name in _KEPT}
        values[STATUS] = AT_WORK
        values[POLITICS] = PROBATIONARY if one.values[CATEGORY] == Category.PROBATIONARY.label else MEMBER
        yield replace(one, values=values)


def numbers(organization: Organization) -> Iterator[tuple[int, int]]:
    """Their records: who has no employee number is not expected in a staff list."""
    members = Member.objects.filter(branch__path__startswith=organization.path, standing=Standing.NORMAL).exclude(employee_no="")
    yield from members.order_by().values_list("pk", "branch_id").iterator(chunk_size=10_000)


OUT: Final = replace(leaving.OUT, rows=rows, numbers=numbers, worked_out={})
