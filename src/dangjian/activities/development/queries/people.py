"""Applicants as people: who has applied already, what case is theirs, what role follows for their account."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import Case, CharField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from dangjian.activities.development.models import OVER, Applicant, Helper, HelperRole, Stage
from dangjian.activities.development.queries.way import PROCEDURE
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.kernel import crypto, names
from dangjian.kernel.offers import RoleHeld
from dangjian.members.models import Category, Member, Standing
from dangjian.org.models import Organization
from dangjian.org.openings import own, register
from dangjian.org.prepared import prepared_rows

NAMED_AT_MOST = 3
_ID_CONTEXT = Applicant._meta.get_field("resident_id").context
APPLICANT, HELPER = "applicant", "development_helper"
"""Roles that follow from having applied, and from standing by somebody who has."""


def roles_of(user_ids: Collection[int]) -> Mapping[int, Sequence[RoleHeld]]:
    """By account: who has applied, and who stands by an applicant, each at the branch that has the application in hand."""
    found: dict[int, list[RoleHeld]] = {}
    for role, user_id, *place in _standing(tuple(sorted(set(user_ids)))):
        found.setdefault(user_id, []).append(RoleHeld(role, *place))
    return found


@prepared_rows
def _standing(user_ids: tuple[int, ...]) -> QuerySet[Any, Any]:
    # What a person may do is worked out before there is any scope, and for several people at once.
    place = ("organization_id", "organization__path", "organization__body_path")
    applied = register(Applicant).filter(user__in=user_ids).exclude(stage=Stage.ENDED).annotate(held=_named(APPLICANT))
    running = register(Helper).filter(member__user__in=user_ids, ends_on=None).exclude(applicant__stage__in=OVER)
    helping = running.annotate(held=_named(HELPER))
    whose = ("held", "member__user_id", *(f"applicant__{name}" for name in place))
    return applied.order_by().values_list("held", "user_id", *place).union(helping.order_by().values_list(*whose))


def _named(role: str) -> Value:
    return Value(role, output_field=CharField())


def with_case(rows: QuerySet[Applicant]) -> QuerySet[Any]:
    """Each with ``case_id``, ``case_due_on`` and ``case_stage`` of the case that was begun last for them."""
    cases = ProcedureCase.objects.of(PROCEDURE).filter(subject_id=OuterRef("pk")).order_by("-pk")
    return rows.annotate(
        case_id=Subquery(cases.values("pk")[:1]),
        case_due_on=Subquery(cases.values("due_on")[:1]),
        case_stage=Subquery(cases.values("stage")[:1]),
    )


def joined(rows: QuerySet[Applicant]) -> QuerySet[Any]:
    """Each with ``joined_on``, the day of admission, also where that was elsewhere."""
    return rows.annotate(joined_on=Coalesce("admitted_on", Case(When(came_on__isnull=False, then="member__joined_on"))))


def application_of(user_id: int | None) -> Applicant | None:
    """The application of an account that has not ended, wherever it is."""
    rows: QuerySet[Applicant] = own(Applicant, user_id).exclude(stage=Stage.ENDED)
    return rows.select_related("organization", "member").first()


def on_record(resident_id: str) -> Member | None:
    """The member, or former member, with an identity number; whether they may be named is for the caller to say."""
    rows: QuerySet[Member] = register(Member).filter(resident_id_index__matches=resident_id)
    return rows.select_related("branch").first() if resident_id else None


def applied_before(applicant: Applicant, resident_id: str) -> Applicant | None:
    """Another application of the same person that has not come to its end."""
    rows: QuerySet[Applicant] = register(Applicant).running().filter(resident_id_index__matches=resident_id)
    return rows.exclude(pk=applicant.pk).select_related("organization").first() if resident_id else None


def index_of(resident_id: str) -> str:
    """The blind index of an identity number, as ``Applicant.resident_id_index`` holds it."""
    return crypto.keyring().blind_index(resident_id, _ID_CONTEXT)


def applications_by_index(indexes: Collection[str]) -> Mapping[str, Applicant]:
    """Applications that have not come to their end, by the blind index of the identity number; wherever they are."""
    rows = register(Applicant).running().filter(resident_id_index__in=indexes).select_related("organization")
    return {one.resident_id_index: one for one in rows}


def full_members_by_name(branch_ids: Collection[int]) -> Mapping[int, Mapping[str, int]]:
    """By branch and folded name (``kernel.names``) the full members, without those who have a namesake there."""
    found: dict[int, dict[str, int]] = {pk: {} for pk in branch_ids}
    rows = register(Member).counted().filter(branch__in=branch_ids, category=Category.FULL)
    doubled: set[tuple[int, str]] = set()
    for pk, branch_id, name in rows.values_list("pk", "branch_id", "name"):
        key = names.fold(name)
        if key in found[branch_id]:
            doubled.add((branch_id, key))
        found[branch_id][key] = pk
    for branch_id, key in doubled:
        del found[branch_id][key]
    return found


def alike(applicant: Applicant) -> str:
    """Who has the same name and the same phone: 入党申请人 or 党员; empty if nobody. It may be the same person."""
    if not applicant.mobile:
        return ""
    same = Q(name=applicant.name, mobile_index__matches=applicant.mobile)
    if register(Applicant).running().filter(same).exclude(pk=applicant.pk).exists():
        return "入党申请人"
    members = register(Member).counted().filter(same)
    return "党员" if members.exclude(pk=applicant.member_id or 0).exists() else ""


def helped_by(user_id: int | None) -> QuerySet[Helper]:
    """Applicants by whom a member stands now, each once for every role."""
    rows: QuerySet[Helper] = own(Helper, user_id).filter(ends_on=None).exclude(applicant__stage__in=OVER)
    return rows.select_related("applicant__organization").order_by("applicant__name_sort", "applicant_id", "role")


def running_cases(applicant_ids: Collection[int]) -> Mapping[int, ProcedureCase]:
    """The running cases of applicants, by applicant; whether they may be shown is for the caller to say."""
    rows = register(ProcedureCase).of(PROCEDURE).running().filter(subject_id__in=applicant_ids)
    return {case.subject_id: case for case in rows.select_related("organization")}


def helpers_of(applicant: Applicant) -> Mapping[str, Sequence[str]]:
    """By role the names of those who stand by an applicant now."""
    found: dict[str, list[str]] = {role: [] for role in HelperRole}
    rows = register(Helper).filter(applicant=applicant, ends_on=None).order_by("member__name_sort")
    for role, name in rows.values_list("role", "member__name"):
        found[role].append(name)
    return found


def left_at(organization: Organization, _day: object) -> str:
    """Applicants whose case stands in the way of dissolving a branch; its members are counted as members."""
    cases = register(ProcedureCase).of(PROCEDURE).running().filter(organization=organization)
    rows = register(Applicant).filter(pk__in=cases.values("subject_id")).exclude(member__standing=Standing.NORMAL)
    number = rows.count()
    if not number:
        return ""
    first = "、".join(rows.order_by("name_sort").values_list("name", flat=True)[:NAMED_AT_MOST])
    first += "等" if number > NAMED_AT_MOST else ""
    return f"“{organization}”还有{number}名在培养的入党申请人（{first}），请先把他们转到其他支部，或改为办理合并。"
