"""Records of members leave as rows of a roster, in full and for a stated purpose."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache, partial
from typing import Any, Final

from dangjian.accounts.events import record_about
from dangjian.kernel import clock, crypto
from dangjian.kernel.actor import Actor
from dangjian.kernel.bulk import chunks
from dangjian.kernel.fields import Ciphertext
from dangjian.members import policy
from dangjian.members.columns import COLUMNS
from dangjian.members.models import Category, Member, Standing
from dangjian.members.sheets.roster.columns import BRANCH, CATEGORY, GROUP
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import GoingOut, OnRecord

AGE: Final = "age"
COMPLETENESS: Final = "completeness"
_PIECE: Final = 1000
_READ: Final = ("pk", "branch_id", "organization_id", "branch__name", "organization__name", "category", "completeness")
_CATEGORIES: Final = dict(Category.choices)


def rows(organization: Organization, only: Collection[int] | None = None) -> Iterator[OnRecord]:
    """Those who are members there, branch by branch in the order of the tree. See ``sheet_offers.GoingOut``."""
    members = Member.objects.filter(branch__path__startswith=organization.path, standing=Standing.NORMAL)
    if only is not None:
        members = members.filter(pk__in=only)
    ordered = members.order_by("branch__path", "pk").values_list(*_READ, *COLUMNS)
    age = cache(partial(policy.age, on=clock.today()))
    for piece in chunks(ordered.iterator(chunk_size=_PIECE), _PIECE):
        # Records are not made of them, and the keys are looked at once: of very many it takes half the time.
        opened = crypto.keyring().decrypt
        for row in piece:
            yield _on_record(row, opened, age)


def numbers(organization: Organization) -> Iterator[tuple[int, int]]:
    """Their records, each with the number of its branch."""
    members = Member.objects.filter(branch__path__startswith=organization.path, standing=Standing.NORMAL)
    yield from members.order_by().values_list("pk", "branch_id").iterator(chunk_size=_PIECE * 10)


def _on_record(row: Sequence[Any], opened: Callable[[str, str], str], age: Callable[[dt.date], int]) -> OnRecord:
    pk, branch_id, organization_id, branch, organization, category, completeness = row[: len(_READ)]
    values: dict[str, Any] = {}
    for name, value in zip(COLUMNS, row[len(_READ) :], strict=True):
        if value or value is False:
            values[name] = opened(value, value.context) if isinstance(value, Ciphertext) else value
    values |= {BRANCH: branch, CATEGORY: _CATEGORIES[category], COMPLETENESS: completeness}
    if born := values.get("birth_on"):
        values[AGE] = age(born)
    if organization_id != branch_id:
        values[GROUP] = organization
    return OnRecord(pk, branch_id, values)


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
