"""How complete the records of an organisation are, and what is missing in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, Q, QuerySet

from dangjian.kernel import clock
from dangjian.kernel.rulebook import Choice, book
from dangjian.members import policy
from dangjian.members.models import Category, Member
from dangjian.org.policy import JOINT_BRANCH

GOOD = 80
"""Records below this percentage are counted as in need of work. A display threshold, not a rule."""


@dataclass(frozen=True, slots=True)
class BranchCompleteness:
    """Completeness of one branch: average percentage, number of records, how many lie below ``GOOD``."""

    branch_id: int
    name: str
    superior: str
    members: int
    average: int
    weak: int


@dataclass(frozen=True, slots=True)
class MissingItem:
    """A required item and the number of records without it."""

    code: str
    title: str
    number: int


def required() -> Iterable[Choice]:
    """The items a record must have today."""
    return policy.required_fields(book=book(), on=clock.today())


def of_record(member: Member) -> policy.Completeness:
    """The completeness of one record as it stands; encrypted items are not decrypted for it."""
    values: Mapping[str, object] = member.__dict__ | {"branch": member.branch_id}
    return policy.record_completeness(values, required(), in_joint_branch=member.branch.type_code in JOINT_BRANCH)


def branch_completeness(rows: QuerySet[Member]) -> list[BranchCompleteness]:
    """One line for each branch with members among ``rows``, weakest first."""
    grouped = (
        rows.order_by()
        .values("branch_id", "branch__short_name", "branch__parent__short_name")
        .annotate(
            number=Count("pk"),
            average=Avg("completeness"),
            weak=Count("pk", filter=Q(completeness__lt=GOOD)),
        )
    )
    lines = [
        BranchCompleteness(
            row["branch_id"],
            row["branch__short_name"],
            row["branch__parent__short_name"] or "",
            row["number"],
            int(row["average"]),
            row["weak"],
        )
        for row in grouped
    ]
    return sorted(lines, key=lambda line: (line.average, -line.weak, line.branch_id))


def missing_items(rows: QuerySet[Member]) -> list[MissingItem]:
    """Required items that some of ``rows`` lack, most frequent first; one query for all."""
    fields = [field for field in required() if field.code not in {"branch", "category", "name"}]
    counts = rows.aggregate(**{f"without_{field.code}": Count("pk", filter=lacking(field)) for field in fields})
    numbers = {field: counts[f"without_{field.code}"] for field in fields}
    found = [MissingItem(field.code, field.title, number) for field, number in numbers.items() if number]
    return sorted(found, key=lambda item: -item.number)


def lacking(field: Choice) -> Q:
    """The condition under which a record lacks ``field``: it is required there and blank."""
    column: Any = Member._meta.get_field(field.code)
    blank = Q(**{field.code: ""}) if column.empty_strings_allowed else Q(**{f"{field.code}__isnull": True})
    return blank & _condition(field.when)


def _condition(when: str | None) -> Q:
    if when == "full":
        return Q(category=Category.FULL)
    if when == "graduate":
        return Q(education__startswith="1") | Q(education__startswith="2") | Q(education__startswith="3")
    if when == "joint_branch":
        return Q(branch__type_code__in=JOINT_BRANCH)
    if when == "lost_contact":
        return ~Q(lost_reason="") | Q(lost_on__isnull=False)
    return Q()
