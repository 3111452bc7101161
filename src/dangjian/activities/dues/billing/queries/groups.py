"""Groups whose leaders may collect, and what each of them holds that the branch has not taken over yet."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from dangjian.accounts.models import User
from dangjian.activities.dues.billing.models import Bill, GroupCollecting, Handover, Payment
from dangjian.activities.dues.billing.queries.collecting import MonthSheet, month_sheet
from dangjian.activities.dues.policy import last_day
from dangjian.kernel import clock
from dangjian.org.models import Kind, Organization, Post, PostKind
from dangjian.org.openings import at, register
from dangjian.org.prepared import prepared_rows

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody collected for a group and still has in hand."""

    group: Organization
    giver: User
    amount_fen: int = 0


@dataclass(slots=True)
class GroupRow:
    """One group of a branch: who leads it, since when they may collect (``None`` = not), and who holds what."""

    group: Organization
    leader: User | None
    collecting: GroupCollecting | None
    held: list[Held] = field(default_factory=list)


def is_collecting(group: Organization) -> bool:
    """Whether the branch lets this group's leader collect."""
    return collecting_of(group) is not None


def collecting_of(group: Organization) -> GroupCollecting | None:
    """Since when the branch lets this group's leader collect."""
    return register(GroupCollecting).filter(group=group, ended_on=None).first()


def held(groups: Iterable[int], giver_id: int | None = None) -> dict[tuple[int, int], int]:
    """分 in the hands of whoever collected, by group and person; what is settled is left out.

    What was collected and reversed again counts for whoever had collected it.
    """
    numbers = tuple(sorted(set(groups)))
    found = {(group, who): fen for group, who, fen in _collected(numbers)}
    for group, who, fen in _handed_over(numbers):
        found[group, who] = found.get((group, who), 0) - fen
    return {key: fen for key, fen in found.items() if fen and (giver_id is None or key[1] == giver_id)}


@prepared_rows
def _collected(groups: tuple[int, ...]) -> QuerySet[Payment, tuple[int, int, int]]:
    collector = Coalesce("reverses__recorded_by", "recorded_by")
    payments = register(Payment).order_by().filter(group__in=groups).annotate(collector=collector)
    return payments.values_list("group", "collector").annotate(n=Sum("amount_fen"))


@prepared_rows
def _handed_over(groups: tuple[int, ...]) -> QuerySet[Handover, tuple[int, int, int]]:
    rows = register(Handover).order_by().filter(group__in=groups)
    return rows.values_list("group", "giver").annotate(n=Sum("amount_fen"))


@prepared_rows
def _ever_collecting(groups: tuple[int, ...]) -> QuerySet[GroupCollecting, tuple[int, int]]:
    """Groups that collect or once did, with how often they may today: once or not at all."""
    rows = register(GroupCollecting).order_by().filter(group__in=groups).values_list("group")
    return rows.annotate(open=Count("pk", filter=Q(ended_on=None)))


def of_branch(branch: Organization) -> list[GroupRow]:
    """The groups of a branch, also dissolved ones for which somebody holds money."""
    # For whoever may see the branch; the groups are part of it.
    with at(branch):
        groups = list(Organization.objects.filter(parent=branch, kind=Kind.GROUP).order_by("path"))
        hands = held(group.pk for group in groups)
        collecting = {row.group_id: row for row in GroupCollecting.objects.filter(group__in=groups, ended_on=None)}
        posts = Post.objects.in_effect(clock.today()).filter(organization__in=groups, kind=PostKind.GROUP_LEADER)
        leaders = {post.organization_id: post.user for post in posts.select_related("user")}
        people = User.objects.in_bulk({who for _, who in hands})
    rows = [
        GroupRow(
            group,
            leaders.get(group.pk),
            collecting.get(group.pk),
            [Held(group, people[who], fen) for (pk, who), fen in hands.items() if pk == group.pk],
        )
        for group in groups
    ]
    return [row for row in rows if row.held or row.group.dissolved_on is None]


def handovers(branch: Organization) -> Sequence[Handover]:
    """The last handovers of a branch."""
    rows = Handover.objects.filter(organization=branch).select_related("group", "giver", "taken_by")
    return list(rows[:SHOWN])


def collected_by(group: Organization, user_id: int | None) -> Sequence[Payment]:
    """What somebody last collected in a group."""
    rows = register(Payment).filter(group=group, recorded_by=user_id).select_related("member", "reversed_by")
    return list(rows.order_by("-pk")[:SHOWN])


def sheet_of(group: Organization, month: dt.date) -> MonthSheet:
    """The month of a group for its leader: what its members owe at the branch, whose bills they are."""
    branch = group.parent or group
    with at(branch):
        return month_sheet(branch, month, group=group)


def bills_in(group: Organization, bill_ids: Iterable[int]) -> QuerySet[Bill]:
    """The bills that somebody named and that members of the group owe; the action refuses what is not owed at its branch."""
    return register(Bill).filter(pk__in=bill_ids, member__organization=group).select_related("member")


def leaders_work(groups: Sequence[Organization], user_id: int) -> list[dict[str, object]]:
    """Of a leader's groups those that collect, or for which they hold money: how many owe by now, and what they hold."""
    if not groups:
        return []
    ever = dict(_ever_collecting(tuple(sorted(group.pk for group in groups))))
    if not ever:  # as in most groups; and where none ever collected, nobody holds money of theirs
        return []
    hands = held(ever, user_id)
    chosen = [group for group in groups if ever.get(group.pk) or hands.get((group.pk, user_id))]
    if not chosen:
        return []
    # What their members owe at the branch itself: the leader receives nothing for another one.
    with at(*(group.parent for group in chosen if group.parent)):
        open_bills = Bill.objects.order_by().filter(member__organization__in=chosen, settled_on=None, month__lte=clock.today())
        owing = open_bills.asked_for(last_day(clock.today())).values_list("member__organization")
        unpaid = dict(owing.annotate(n=Count("member", distinct=True)))
    return [
        {"group": group, "unpaid": unpaid.get(group.pk, 0), "held_fen": hands.get((group.pk, user_id), 0)} for group in chosen
    ]
