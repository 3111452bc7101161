"""Records of members leave as rows of a roster, in full and for a stated purpose."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from dangjian.accounts.events import record_about
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.bulk import chunks
from dangjian.members import policy
from dangjian.members.columns import COLUMNS
from dangjian.members.models import Member, Standing
from dangjian.members.sheets.roster.columns import BRANCH, CATEGORY, GROUP
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import GoingOut, OnRecord

AGE: Final = "age"
COMPLETENESS: Final = "completeness"
_PIECE: Final = 1000


def rows(organization: Organization, only: Collection[int] | None = None) -> Iterator[OnRecord]:
    """Those who are members there, branch by branch in the order of the tree. See ``sheet_offers.GoingOut``."""
    members = Member.objects.filter(branch__path__startswith=organization.path, standing=Standing.NORMAL)
    if only is not None:
        members = members.filter(pk__in=only)
    ordered = members.select_related("branch", "organization").order_by("branch__path", "pk")
    for piece in chunks(ordered.iterator(chunk_size=_PIECE), _PIECE):
        yield from map(_on_record, piece)


def numbers(organization: Organization) -> Iterator[tuple[int, int]]:
    """Their records, each with the number of its branch."""
    members = Member.objects.filter(branch__path__startswith=organization.path, standing=Standing.NORMAL)
    yield from members.order_by().values_list("pk", "branch_id").iterator(chunk_size=_PIECE * 10)


def _on_record(member: Member) -> OnRecord:
    found = ((name, getattr(member, name)) for name in COLUMNS)
    values: dict[str, Any] = {name: value for name, value in found if value is False or value}
    values |= {BRANCH: member.branch.name, CATEGORY: member.get_category_display(), COMPLETENESS: member.completeness}
    if member.birth_on:
        values[AGE] = policy.age(member.birth_on, clock.today())
    if member.organization_id != member.branch_id:
        values[GROUP] = member.organization.name
    return OnRecord(member.pk, member.branch_id, values)


def _noted(*, actor: Actor, record_ids: Sequence[int], summary: str, purpose: str) -> None:
    record_about(
        record_ids, actor=actor, verb="members.exported", summary=summary, purpose=purpose, data={"rows": len(record_ids)}
    )


OUT: Final = GoingOut(
    permissions=("members.export", "members.unmask"),
    rows=rows,
    needs_purpose=True,
    noted=_noted,
    numbers=numbers,
    model=Member._meta.label_lower,
    worked_out={AGE: "年龄", COMPLETENESS: "信息完整度"},
)
