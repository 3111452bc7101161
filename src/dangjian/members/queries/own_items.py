"""What a member may put right in their own record themselves: items that are missing or cannot be as they stand."""

from typing import NamedTuple

from dangjian.members.columns import COLUMNS
from dangjian.members.models import CorrectionProposal, Member
from dangjian.members.queries.completeness import of_record
from dangjian.members.validity import wrong_dates, wrong_numbers


class OwnItem(NamedTuple):
    """An item of the record, what is wrong with it (empty = it is missing), and whether a correction of it waits."""

    name: str
    wrong: str
    is_proposed: bool

    @property
    def title(self) -> str:
        """What people call it."""
        return COLUMNS[self.name].title


def own_items(member: Member) -> list[OwnItem]:
    """In the order of the record. One question; the member's own numbers are decrypted."""
    values = {name: getattr(member, name) for name in COLUMNS}
    found = {choice.code: "" for choice in of_record(member).missing} | wrong_numbers(values) | wrong_dates(values)
    waiting = set(
        CorrectionProposal.objects.filter(member=member, state=CorrectionProposal.State.OPEN).values_list("column", flat=True)
    )
    return [OwnItem(name, found[name], name in waiting) for name, column in COLUMNS.items() if name in found and column.by_member]
