"""Dues for programs: the same actions, scopes and permissions as the pages. Amounts are whole 分."""

import datetime as dt

from ninja import Router, Schema
from ninja import Status as Answered
from pydantic import Field

from dangjian.activities.dues.billing.actions import collecting
from dangjian.activities.dues.billing.models import Bill, BranchMonth, Payment, PaymentMethod
from dangjian.activities.dues.kinds import PayerKind
from dangjian.activities.dues.oversight.models import ArrearsCase, ArrearsStage, ArrearsState
from dangjian.activities.dues.oversight.views.arrears import ARREARS, ARREARS_CASE
from dangjian.activities.dues.oversight.views.statistics import BILLS, STATISTICS
from dangjian.activities.dues.payments.views.payments import PAYMENTS
from dangjian.kernel.api import REFUSED, Day, Fen, Given, Key
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.gate import SIGNED_IN, Request
from dangjian.kernel.lists import DAY, MONTH, Column, Days, ProgramList
from dangjian.kernel.lists.within import Years
from dangjian.members.models import Member
from dangjian.org.cases.api import steps_field, steps_resolver
from dangjian.org.gate import api_operation, find
from dangjian.org.lists import OrganizationFilter, operation
from dangjian.org.models import Organization
from dangjian.org.openings import own
from dangjian.org.statistics import operation as statistics_operation

router = Router()
KINDS = "、".join(f"{kind.value} {kind.label}" for kind in PayerKind)
METHODS = "、".join(f"{method.value} {method.label}" for method in PaymentMethod)


class BillOut(Schema):
    """What a member owes for one month."""

    id: int = Field(description="应交编号，登记收款时使用")
    organization_id: int = Field(description="收缴的党支部")
    member_id: int = Field(description="党员编号")
    name: str = Field(description="姓名")
    month: dt.date = Field(description="所属月份，用当月1日表示")
    kind: str = Field(description=f"交纳人类别：{KINDS}")
    standard_fen: int = Field(description="核定额（分）")
    owed_fen: int = Field(description="减免和调整以后应交（分）")
    paid_fen: int = Field(description="已交（分）")
    left_fen: int = Field(description="还差（分）")
    settled_on: dt.date | None = Field(description="交清日期；空为没有交清")

    @staticmethod
    def resolve_name(bill: Bill) -> str:
        """Of the member."""
        return bill.member.name


class PaymentOut(Schema):
    """What a member paid."""

    id: int = Field(description="交纳编号")
    organization_id: int = Field(description="交到的党支部")
    member_id: int = Field(description="党员编号")
    name: str = Field(description="姓名")
    paid_on: dt.date = Field(description="交纳日期")
    method: str = Field(description=f"方式：{METHODS}")
    amount_fen: int = Field(description="金额（分）；冲销为负数")
    extra_fen: int = Field(description="其中自愿多交（分）")
    payer_name: str = Field(description="代交人；空为本人交纳")
    receipt_no: str = Field(description="收据号")
    reverses_id: int | None = Field(description="冲销的是哪一笔；空为正常交纳")

    @staticmethod
    def resolve_name(payment: Payment) -> str:
        """Of the member."""
        return payment.member.name


class BranchMonthOut(Schema):
    """The sums of a branch's month."""

    organization_id: int = Field(description="党支部")
    month: dt.date = Field(description="所属月份，用当月1日表示")
    due_on: dt.date = Field(description="收缴期限")
    bills: int = Field(description="应交人数")
    unsettled: int = Field(description="未交清人数")
    reduced: int = Field(description="少交人数")
    exempt: int = Field(description="免交人数")
    owed_fen: int = Field(description="应交（分）")
    paid_fen: int = Field(description="已交（分）")
    on_time_fen: int = Field(description="其中按期交纳（分）")
    settled_on: dt.date | None = Field(description="收齐日期；空为还没有收齐")


class ArrearsOut(Schema):
    """A talk or case about months that were not paid."""

    id: int = Field(description="编号")
    organization_id: int = Field(description="党支部")
    member_id: int = Field(description="党员编号")
    name: str = Field(description="姓名")
    stage: ArrearsStage = Field(description="talk 谈话提醒、case 长期欠交核查")
    state: ArrearsState = Field(
        description="open 待办理、talked 已谈话、paid 已补交、excused 有正当理由、referred 已报上级研究；都不改变党籍"
    )
    since_month: dt.date = Field(description="欠交起始月份")
    months: int = Field(description="连续欠交月数")
    citation: str = Field(description="依据")
    due_on: dt.date = Field(description="办理期限")
    open_steps: list[str] = steps_field(ARREARS_CASE)
    resolve_open_steps = steps_resolver(ARREARS_CASE)

    @staticmethod
    def resolve_name(case: ArrearsCase) -> str:
        """Of the member."""
        return case.member.name


class SettledBillIn(Given):
    """How much of a payment settles a bill."""

    bill_id: Key = Field(description="应交编号")
    amount_fen: Fen = Field(gt=0, description="金额（分）", examples=[9750])


class ReceiptIn(Given):
    """What one member paid."""

    member_id: Key = Field(description="党员编号")
    bills: list[SettledBillIn] = Field(default_factory=list, max_length=240, description="交的是哪些月份")
    extra_fen: Fen = Field(0, description="自愿多交（分）")
    payer_name: str = Field("", max_length=64, description="代交人，本人交纳时不填")


class ReceiveIn(Given):
    """Money that a branch received."""

    organization_id: Key = Field(description="收款的党支部")
    rows: list[ReceiptIn] = Field(min_length=1, max_length=200, description="每名党员一行")
    paid_on: Day = Field(description="交纳日期", examples=["2026-11-20"])
    method: PaymentMethod = Field(PaymentMethod.CASH, description="cash 现金、transfer 转给收款人后代交")
    key: str = Field(min_length=8, max_length=64, description="请求方给这次登记起的唯一编号；同一编号再发一次不会重复入账")
    note: str = Field("", max_length=200, description="说明")


operation(
    router,
    "/dues/bills",
    BILLS,
    BillOut,
    summary="应交党费",
    description="每名党员每月一条；只列有权查看的，没有指明期间时只列今年的。",
    also=lambda rows: rows.select_related("member"),
)
operation(
    router,
    "/dues/payments",
    PAYMENTS,
    PaymentOut,
    summary="党费交纳记录",
    description="党员交纳的每一笔，包括冲销，新的在前；只列有权查看的。",
)


@router.post(
    "/dues/payments",
    response={201: list[PaymentOut], **REFUSED},
    summary="登记收到的党费",
    description="党支部收到党费后登记，可以一次登记多人，全部入账或者全部不入账。党费由本人主动交纳，不得从工资中扣缴。",
)
@api_operation("dues.collect")
def receive_payments(request: Request, data: ReceiveIn) -> object:
    """Book what a branch received."""
    organization = find(Organization, pk=data.organization_id)
    if len({row.member_id for row in data.rows}) < len(data.rows):
        raise Invalid("同一名党员出现了两次。", how="请把同一名党员的各个月份写在一行中。")
    found = Member.objects.in_bulk([row.member_id for row in data.rows])
    missing = [row.member_id for row in data.rows if row.member_id not in found]
    if missing:
        raise Invalid(
            "有的党员没有找到，或不在您的办理范围内。", fields={"rows": f"党员编号{'、'.join(map(str, missing))}不能用"}
        )
    rows = [
        collecting.Receipt(
            member=found[row.member_id],
            bills={one.bill_id: one.amount_fen for one in row.bills},
            extra_fen=row.extra_fen,
            payer_name=row.payer_name,
        )
        for row in data.rows
    ]
    payments = collecting.receive(
        actor=request.actor,
        organization=organization,
        rows=rows,
        paid_on=data.paid_on,
        method=data.method,
        key=data.key,
        note=data.note,
    )
    _check_same(payments, data)
    return Answered(201, payments)


def _check_same(payments: list[Payment], data: ReceiveIn) -> None:
    """Raise ``Conflict`` if the key was used before for something else: what was booked then is all there is."""
    booked: dict[int, int] = {}
    for one in payments:
        booked[one.member_id] = booked.get(one.member_id, 0) + one.amount_fen
    wanted = {row.member_id: row.extra_fen + sum(bill.amount_fen for bill in row.bills) for row in data.rows}
    if booked != wanted or any(one.paid_on != data.paid_on for one in payments):
        raise Conflict(
            "这个编号以前已经用于另一次登记，这次没有入账。",
            how="新的登记请换一个编号；重发以前的登记，内容须与当时相同。",
            fields={"key": "已用于另一次登记"},
        )


BRANCH_MONTHS = ProgramList(
    name="dues:branch_months",
    title="各支部各月党费",
    permission="dues.view",
    rows=lambda _asked: BranchMonth.objects.all(),
    columns=(Column("月份", "month", MONTH, sort="month"), Column("收齐日期", "settled_on", DAY, sort="settled_on")),
    order=("-month", "organization__path"),
    filters=(OrganizationFilter(), Days("month", "所属月份（当月1日）", field="month")),
)
operation(
    router,
    "/dues/branch-months",
    BRANCH_MONTHS,
    BranchMonthOut,
    description="每个党支部每月一条，新的月份在前；只列有权查看的。",
)
operation(
    router,
    "/dues/arrears",
    ARREARS,
    ArrearsOut,
    description="连续几个月没有交的党员，由系统列出，由支部书记办理；只作提醒，不改变任何人的党籍。没有指明情况时只列未办结的。",
)
OWN_BILLS = ProgramList(
    name="dues:own_bills",
    title="我的应交党费",
    permission=SIGNED_IN,
    rows=lambda asked: own(Bill, asked.request.actor.user_id).select_related("member"),
    columns=(Column("月份", "month", MONTH, sort="month"),),
    order=("-month",),
    filters=(Years(field="month"),),
)
operation(
    router,
    "/my/dues/bills",
    OWN_BILLS,
    BillOut,
    description="令牌主人本人每月应交的党费，新的月份在前；没有指明年份时只列今年的。",
)
OWN_PAYMENTS = ProgramList(
    name="dues:own_payments",
    title="我的党费交纳记录",
    permission=SIGNED_IN,
    rows=lambda asked: own(Payment, asked.request.actor.user_id).select_related("member"),
    columns=(Column("交纳日期", "paid_on", DAY, sort="paid_on"),),
    order=("-paid_on",),
    filters=(Years(field="paid_on"),),
)
operation(
    router,
    "/my/dues/payments",
    OWN_PAYMENTS,
    PaymentOut,
    description="令牌主人本人交纳的每一笔，新的在前；没有指明年份时只列今年的。",
)
statistics_operation(
    router,
    "/dues/statistics",
    STATISTICS,
    description="一个党组织及其下级在若干个月的应交、已交、按期、减免、欠交和自愿多交。",
)
