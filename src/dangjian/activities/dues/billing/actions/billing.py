"""Bills: made for a month at once and again harmlessly, put right by adjustments, never made twice.

Whoever makes or changes what is owed holds the ``MonthRun`` of the month alone; whoever only pays holds it together with others
and the ``BranchMonth`` rows alone. Order everywhere: months ascending, branch months, then a book.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import partial

from django.db import connection, transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone

from dangjian.accounts.events import record
from dangjian.activities.dues import policy, rates
from dangjian.activities.dues.assessment.models import Arrangement, ArrangementKind
from dangjian.activities.dues.billing.actions import bill_sql
from dangjian.activities.dues.billing.actions.bill_sql import Whose
from dangjian.activities.dues.billing.models import AdjustmentReason, Bill, BillAdjustment, MonthRun
from dangjian.kernel import clock, money
from dangjian.kernel.actor import Actor, SystemActor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.members.models import MembershipEntry
from dangjian.members.own import require_for
from dangjian.org.models import Organization
from dangjian.org.openings import at, locked, register
from dangjian.org.policy import temporary_rule
from dangjian.org.unscoped import unscoped

FEW = 5000
"""Up to so many members the sums of their branches are worked out anew, beyond that those of all branches."""
_ALONE = "SELECT 1 FROM dues_monthrun WHERE month = %s FOR UPDATE"
_SHARED = "SELECT 1 FROM dues_monthrun WHERE month = %s FOR SHARE"


@dataclass(frozen=True, slots=True)
class Made:
    """How many bills and adjustments a run wrote."""

    bills: int = 0
    adjustments: int = 0

    def __add__(self, other: "Made") -> "Made":
        return Made(self.bills + other.bills, self.adjustments + other.adjustments)


@transaction.atomic
def make_bills(*, actor: Actor, month: dt.date, members: Collection[int] | None = None) -> Made:
    """Make the bills of ``month`` for ``members``, or for the whole platform, and adjust those whose basis has changed.

    Making them again writes nothing new. The number of SQL statements does not grow with the members. Raises ``Invalid`` for a
    month before the rules or further ahead than may be paid.
    """
    month = policy.month_of(month)
    _check_month(month)
    require_making(actor, members)
    return brought_up_to_date(actor=actor, month=month, members=members)


def require_making(actor: Actor, members: Collection[int] | None = None) -> None:
    """Raise unless the actor may make bills for ``members``; for the whole platform, at every top of it."""
    rows = register(Organization)
    tops = rows.standing().filter(parent=None)
    for organization in tops if members is None else rows.filter(branch_members__in=members).distinct():
        actor.require("dues.make_bills", organization)


def _check_month(month: dt.date) -> None:
    latest = rates.collection_rules(clock.today()).prepay_latest(clock.today())
    rates.collection_rules(month)
    if month > latest:
        raise Invalid(
            f"{month.year}年{month.month}月的党费现在还不能生成，最多预交到{latest.year}年{latest.month}月。",
            fields={"month": "月份太远"},
        )


@transaction.atomic
def brought_up_to_date(*, actor: Actor, month: dt.date, members: Collection[int] | None = None, pays_now: bool = False) -> Made:
    """What ``make_bills`` does, for actions that have checked their own permission.

    With ``pays_now`` the members are about to pay the month, so that one before their branch went live gets its bill too.
    """
    rules = rates.collection_rules(month)
    whose = Whose(
        month=month,
        next_month=policy.shifted(month, 1),
        branch_day=rules.branch_day(month),
        due_on=rules.due_on(month),
        quarter_due_on=rules.quarter_due_on(month),
        temporary_free=bool(temporary_rule("dues", month)),
        begins_next_month=rules.start == "next_month",
        members=members,
        pays_now=pays_now,
    )
    now, today = clock.now(), clock.today()
    hold_months(alone=[month])
    with unscoped("bills and their sums follow from account, assessment and relief, whoever asks"):
        few = members if members is not None and len(members) <= FEW else None
        known = Bill.objects.filter(month=month) if few is None else Bill.objects.filter(month=month, member__in=few)
        branches = _branches(known, few)
        has_some = known.exists()
        bills = bill_sql.insert_bills(whose, now, today)
        adjustments = _adjust(whose, actor, now, today) if has_some else 0
        if bills or has_some:
            after = _branches(known, few)
            bill_sql.add_up(month, whose.due_on, None if branches is None or after is None else branches | after)
        if members is None:
            MonthRun.objects.filter(month=month).update(last_made_at=now)
    made = Made(bills, adjustments)
    if bills or adjustments:
        _note(actor, month, made)
    return made


def _branches(bills: QuerySet[Bill], members: Collection[int] | None) -> set[int] | None:
    """The branches of the bills of some members; ``None`` stands for all branches."""
    return None if members is None else set(bills.order_by().values_list("organization_id", flat=True).distinct())


def _adjust(whose: Whose, actor: Actor, now: dt.datetime, today: dt.date) -> int:
    last = BillAdjustment.objects.aggregate(last=Max("pk"))["last"] or 0
    written = bill_sql.insert_adjustments(whose, actor.name, now)
    if written:
        bill_sql.apply_adjustments(whose.month, last, today)
    bill_sql.renew_basis(whose)
    return written


def _note(actor: Actor, month: dt.date, made: Made) -> None:
    record(
        actor=actor,
        verb="dues.bills_made",
        summary=f"{month.year}年{month.month}月应交党费：生成{made.bills}笔，调整{made.adjustments}笔",
        data={"month": month.isoformat(), "bills": made.bills, "adjustments": made.adjustments},
    )


def hold_months(*, alone: Iterable[dt.date] = (), shared: Iterable[dt.date] = ()) -> None:
    """Hold the ``MonthRun`` of these months until the transaction ends, oldest first: ``alone``, or with others who only pay.

    SQLite writes one transaction after the other and needs no more than the rows.
    """
    asked = dict.fromkeys(shared, False) | dict.fromkeys(alone, True)
    for month in sorted(asked):
        if asked[month]:
            MonthRun.objects.bulk_create([MonthRun(month=month)], ignore_conflicts=True)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:  # raw because Django knows no FOR SHARE
                cursor.execute(_ALONE if asked[month] else _SHARED, [month])


@transaction.atomic
def adjust_bills(*, actor: Actor, member_ids: Iterable[int], from_month: dt.date) -> int:
    """After a change of assessments, reliefs or membership: bring the bills of these members up to date from ``from_month`` on.

    Only months that were made already are touched; a bill that is missing in one of them is made, ahead of today only adjusted.
    The caller has checked who may do it. Returns how many bills were adjusted.
    """
    members = set(member_ids)
    months = list(
        MonthRun.objects.filter(month__gte=policy.month_of(from_month)).order_by("month").values_list("month", flat=True)
    )
    hold_months(alone=months)
    this_month, total = policy.month_of(clock.today()), Made()
    for month in months:
        concerned = members if month <= this_month else members & _billed(month)
        if concerned:
            total += brought_up_to_date(actor=actor, month=month, members=concerned)
    return total.adjustments


def _billed(month: dt.date) -> set[int]:
    return set(register(Bill).filter(month=month).values_list("member_id", flat=True))


@transaction.atomic
def waive(*, actor: Actor, bill: Bill, note: str) -> Bill:
    """不再追缴: the next higher organisation forgoes what is left of a bill. Raises ``Conflict`` if nothing is left."""
    require_waiving(actor, bill)
    if not note.strip():
        raise Invalid("请写明不再追缴的原因和批准的会议。", fields={"note": "必须填写"})
    hold_months(alone=[bill.month])
    bill = locked(bill, "organization__parent", "member", check=partial(require_waiving, actor))
    left = bill.left_fen
    with at(bill.organization):
        BillAdjustment.objects.create(
            bill=bill, delta_fen=-left, reason=AdjustmentReason.WAIVED, note=note.strip()[:200], made_by=actor.name
        )
        bill.adjusted_fen -= left
        bill.owed_fen -= left
        bill.settled_on = clock.today()
        bill.save(update_fields=["adjusted_fen", "owed_fen", "settled_on"])
        add_up([bill])
    record(
        actor=actor,
        verb="dues.waived",
        summary=f"不再追缴{bill.member}{bill}{money.yuan(left)}元：{note.strip()}",
        organization=bill.organization,
        member_id=bill.member_id,
        subject=bill,
    )
    return bill


def require_waiving(actor: Actor, bill: Bill) -> None:
    """Raise unless the actor may forgo what is left of the bill, for the level above its branch."""
    require_for(actor, *permission_to_waive(bill.organization), [bill.member])
    if not bill.left_fen:
        raise Conflict(f"{bill.member}的{bill}已经交清，没有需要核销的金额。")


def permission_to_waive(branch: Organization) -> tuple[str, Organization]:
    """What it takes to forgo the bills of a branch, and where: the level above it decides."""
    return "dues.approve_relief", branch.parent or branch


def add_up(bills: Iterable[Bill]) -> None:
    """Work out anew the sums of the branches and months of these bills. The caller holds the months and the branch months."""
    places: dict[dt.date, set[int]] = {}
    for bill in bills:
        places.setdefault(bill.month, set()).add(bill.organization_id)
    for month, branches in sorted(places.items()):
        bill_sql.add_up(month, rates.collection_rules(month).due_on(month), branches)


def make_due_bills() -> None:
    """The daily job: this month, months that were missed, and earlier ones whose members changed since they were made."""
    actor, today = SystemActor("生成应交党费"), clock.today()
    this_month = policy.month_of(today)
    made = {run.month: run.last_made_at for run in MonthRun.objects.all()}
    first = min([*made, this_month])
    for month in policy.months_between(first, this_month):
        if month == this_month or month not in made or _is_stale(month, made[month]):
            make_bills(actor=actor, month=month)
    quarter = set(policy.quarter_of(today))
    for month in sorted({month for month in made if month > this_month} | {month for month in quarter if month > this_month}):
        concerned = _billed(month) | (_by_quarter(month) if month in quarter else set())
        if concerned:
            brought_up_to_date(actor=actor, month=month, members=concerned)


def _by_quarter(month: dt.date) -> set[int]:
    """Whoever may pay the month with its quarter, and so all of the quarter at once."""
    arranged = register(Arrangement)
    rows = arranged.in_month(month).filter(kind=ArrangementKind.QUARTERLY, branch=F("member__branch"))
    return set(rows.values_list("member_id", flat=True))


def _is_stale(month: dt.date, made_at: dt.datetime) -> bool:
    """Whether a past month was last made before it began, or lines of the account that bear on it were written since."""
    if timezone.localtime(made_at).date() < month:
        return True
    late = register(MembershipEntry).filter(recorded_at__gt=made_at, effective_on__lt=policy.shifted(month, 1))
    return late.exists()
