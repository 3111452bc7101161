"""What asks before money is booked: that it is the member's own, and that what they give freely is more than they owe."""

import datetime as dt
from collections.abc import Container

from django.db.models import Q

from dangjian.activities.dues.billing import own_money
from dangjian.activities.dues.billing.models import Bill
from dangjian.activities.dues.oversight.queries.figures import is_overdue, latest_due
from dangjian.activities.dues.policy import month_of
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.rulebook import book as rulebook
from dangjian.members.models import Member
from dangjian.org.models import Enterprise, Organization
from dangjian.org.openings import register
from dangjian.org.policy import barred

LEAST_NOTE = 4
"""Fewer characters explain nothing."""
MONTHS_NAMED = 3
_PAY_FIRST = "请先勾选没有交清的月份；确是另外自愿多交的，在说明中写明。"


def require_collecting(organization: Organization, day: dt.date) -> None:
    """Raise ``Conflict`` for a temporary branch: its members pay where their relations stand."""
    rule = barred(organization.type_code, "dues", day)
    if rule:
        raise Conflict(
            f"“{organization}”是临时党支部，不收缴党费。",
            how="请党员向组织关系所在的党支部交纳。",
            citation=rule.citation,
        )


def require_person(payer_name: str, note: str, day: dt.date) -> None:
    """Raise ``Invalid`` if a unit is named as the one who brought the money, or the note says that it was deducted from pay."""
    wrong = {}
    if own_money.is_unit(payer_name):
        wrong["payer_name"] = "代交人只能是亲属或者其他党员"
    if own_money.is_deducted(note):
        wrong["note"] = "说明中写的是从工资中扣缴或者由单位代交"
    if wrong:
        raise Invalid(
            "党组织不得代替党员交纳党费，也不得从党员工资中扣缴，这次没有登记。",
            how="请把钱退回，由党员本人交纳，或者由亲属、其他党员代为交纳。",
            citation=rulebook().on("dues.forbidden", day).citation,
            fields=wrong,
        )


def require_own(payer: str, remark: str, note: str, day: dt.date) -> None:
    """Money in an account that looks like a unit's is claimed for nobody, unless ``note`` says how it was verified.

    What comes from an organisation of the platform, or the unit that it belongs to, is never a member's own.
    """
    suspicion = own_money.suspected(payer, remark)
    if not suspicion:
        return
    citation = rulebook().on("dues.forbidden", day).citation
    if payer and is_own_unit(payer):
        raise Conflict(
            f"{suspicion}不能作为党员的党费入账。",
            how="请退回付款单位，由党员本人交纳；这笔流水标为“不是党费”，写明已退回。",
            citation=citation,
        )
    if len(note.strip()) < LEAST_NOTE:
        raise Invalid(
            suspicion,
            how="请退回付款方。核实确是党员本人的钱（例如本人经营的个体户账户）的，在说明中写明怎样核实的。",
            citation=citation,
            fields={"note": "请写明怎样核实是党员本人的钱"},
        )


def is_own_unit(payer: str) -> bool:
    """Whether a payer is an organisation of the platform, the unit of one, or the enterprise itself."""
    name = payer.strip()
    units = register(Organization).filter(Q(name=name) | Q(short_name=name) | Q(unit_name=name))
    return units.exists() or Enterprise.objects.filter(name=name).exists()


def require_more_than_owed(
    member: Member, extra_fen: int, settled: Container[int], note: str, day: dt.date, *, how: str = _PAY_FIRST
) -> None:
    """What is given freely is more than is owed: whoever has overdue months pays these first, or the ``note`` says why not.

    ``settled`` are the numbers of the bills that are paid with it, ``day`` is that of the payment.
    """
    latest = latest_due() if extra_fen > 0 else None
    if latest is None or note.strip():
        return
    # In whichever branch it arose.
    overdue = register(Bill).filter(is_overdue(latest), member=member, month__lt=month_of(day)).order_by("month")
    left = [month for pk, month in overdue.values_list("pk", "month") if pk not in settled]
    if left:
        named = "、".join(f"{month.year}年{month.month}月" for month in left[:MONTHS_NAMED])
        raise Invalid(
            f"{member}还有{named}{'等月' if len(left) > MONTHS_NAMED else ''}的党费没有交清，自愿多交是交清以后另外多交的。",
            how=how,
            citation=rulebook().on("dues.voluntary_extra", day).citation,
            fields={"extra_fen": "还有没有交清的月份"},
        )
