"""Changes of membership and penalties with the groups in which the annual statistics count them (tables 1 and 10 to 13)."""

import datetime as dt
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When

from dangjian.kernel import codes
from dangjian.kernel.rulebook import Period
from dangjian.kernel.sql import earlier
from dangjian.members.models import ChangeKind, MembershipEntry, Sanction
from dangjian.members.models.account import REMOVALS
from dangjian.org.openings import register

AGES, JOINED = "age_exit", "join_date_table3"
PLUS = (ChangeKind.ADMITTED, ChangeKind.READMITTED, ChangeKind.RESTORED, ChangeKind.TRANSFERRED_IN, ChangeKind.WHOLE_IN)
MINUS = (ChangeKind.SUSPENDED, ChangeKind.DECEASED, ChangeKind.TRANSFERRED_OUT, ChangeKind.WHOLE_OUT)
EXIT = "exit"
"""Stands for all kinds of 出党 (``count.minus``)."""
AFTER = "restored_after_suspension"
"""Those restored who had been suspended (``count.plus``)."""
WAS_SUSPENDED = Q(
    Exists(
        register(MembershipEntry).filter(
            member=OuterRef("member"),
            kind=ChangeKind.SUSPENDED,
            effective_on__lte=OuterRef("effective_on"),
            reverses=None,
            reversed_by=None,
        )
    ),
    kind=ChangeKind.RESTORED,
)


def changes() -> QuerySet[MembershipEntry]:
    """Lines of the account by which members came or left that were not taken back; moves inside the enterprise are none."""
    rows: QuerySet[MembershipEntry] = MembershipEntry.objects.filter(reverses=None, reversed_by=None)
    return in_groups(rows.filter(kind__in=[*PLUS, *MINUS, *REMOVALS]), "effective_on")


def penalties() -> QuerySet[Sanction]:
    """Penalties on record; 留党察看 that was prolonged is one."""
    rows: QuerySet[Sanction] = Sanction.objects.filter(extends=None).exclude(kind="rights_suspended")
    return in_groups(rows, "starts_on")


def of_kind(rows: QuerySet[MembershipEntry], kind: str) -> QuerySet[MembershipEntry]:
    """Those of a kind, of all kinds of 出党, or those restored after 停止党籍."""
    if kind == EXIT:
        return rows.filter(kind__in=REMOVALS)
    if kind == AFTER:
        return rows.filter(WAS_SUSPENDED)
    return rows.filter(kind=kind) if kind else rows


def in_groups(rows: QuerySet[Any], day: str) -> QuerySet[Any]:
    """With the bracket of age on that ``day`` and that of the day of joining, by their codes; empty where a date is not known."""
    return rows.annotate(age_group=_age(day), joined_group=_joined())


def _age(day: str) -> Case:
    found = []
    for item in codes.get(AGES).items:
        inside = Q(member__birth_on__isnull=False)
        if isinstance(item.low, int) and item.low:
            inside &= Q(member__birth_on__lte=earlier(F(day), Period(years=item.low)))
        if isinstance(item.high, int):
            inside &= Q(member__birth_on__gt=earlier(F(day), Period(years=item.high + 1)))
        found.append(When(inside, then=Value(item.code)))
    return Case(*found, default=Value(""))


def _joined() -> Case:
    found = []
    for item in codes.get(JOINED).items:
        inside = Q(member__joined_on__isnull=False)
        if isinstance(item.low, dt.date):
            inside &= Q(member__joined_on__gte=item.low)
        if isinstance(item.high, dt.date):
            inside &= Q(member__joined_on__lte=item.high)
        found.append(When(inside, then=Value(item.code)))
    return Case(*found, default=Value(""))
