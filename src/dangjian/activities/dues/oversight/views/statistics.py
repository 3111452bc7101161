"""Statistics of dues with drill-down: organisation → branch → bills, members, what was given freely; and a member's year."""

from dataclasses import replace

from django.db.models import QuerySet, Sum
from django.urls import reverse
from django.utils.html import format_html

from dangjian.activities.dues.billing.models import Bill, Payment
from dangjian.activities.dues.kinds import PAYING, PayerKind
from dangjian.activities.dues.oversight.queries import figures
from dangjian.activities.dues.oversight.queries.figures import DUES, SHOWS, Figures
from dangjian.activities.dues.oversight.views.arrears import ARREARS, INSPECTIONS
from dangjian.kernel import money
from dangjian.kernel.gate import Request
from dangjian.kernel.lists import DAY, MONTH, NUMBER, YUAN, Asked, Choice, Column, Empty, ListPage, Named, Start
from dangjian.kernel.lists.within import Within, Years, chosen
from dangjian.kernel.statistics import Asked as Counting
from dangjian.kernel.statistics import ByChoice, ByMonth, Chart, Measure, Opens, Statistics, tiles
from dangjian.kernel.ui import words
from dangjian.kernel.ui.marks import badge
from dangjian.members.lists import by_person
from dangjian.members.models import Member
from dangjian.org.gate import find
from dangjian.org.lists import OrganizationFilter, on_trail
from dangjian.org.statistics import Organizations

EXPORTED = on_trail("dues.people_exported")
NO_BILLS = Empty("coin-yuan", "今年还没有应交党费", "党费核定后，每月1日自动生成应交党费。")


def _crumbs(asked: Asked) -> list[tuple[str, str]]:
    return [("党费", reverse("dues:home")), ("统计", STATISTICS.address(asked.request))]


def _organization(field: str = "organization") -> OrganizationFilter:
    return OrganizationFilter(field=field, kinds=PAYING, tells_own=True)


KIND = Choice("kind", "类别", PayerKind.choices, "全部类别")


def _kind(bill: Bill) -> str:
    if bill.relief is None:
        return bill.get_kind_display()
    return format_html(
        "<span>{} {}</span>", bill.get_kind_display(), badge(bill.relief.kind, bill.relief.get_kind_display(), "info")
    )


def _relief(bill: Bill) -> str:
    return bill.relief.get_kind_display() if bill.relief else ""


def _settled(bill: Bill) -> str:
    if bill.settled_on:
        return words.day(bill.settled_on)
    return format_html('<span class="text-bad">差 {}</span>', money.yuan(bill.left_fen))


OF_A_BILL: tuple[Column[Bill], ...] = (
    Column("类别", "get_kind_display", sort="kind", drawn=_kind, width=20),
    Column("减免", _relief, on_page=False),
    Column("应交", "owed_fen", YUAN, sort="-owed_fen", key="owed", header="应交（元）"),
    Column("已交", "paid_fen", YUAN, sort="-paid_fen", key="paid", header="已交（元）"),
    Column("按期交纳", "on_time_fen", YUAN, sort="-on_time_fen", key="on_time", header="按期交纳（元）"),
    Column("未交", "left_fen", YUAN, on_page=False, header="未交（元）"),
    Column("交清日期", "settled_on", DAY, sort="settled_on", key="settled", drawn=_settled),
)


def _sums(asked: Asked) -> str:
    sums = figures.totals(asked.rows)
    if not sums.number:
        return ""
    paid = f"已交 {money.yuan(sums.paid_fen)} 元，其中按期 {money.yuan(sums.on_time_fen)} 元"
    return f"{words.number(sums.number)} 人次，应交 {money.yuan(sums.owed_fen)} 元，{paid}，还差 {money.yuan(sums.left_fen)} 元。"


BILLS = ListPage(
    name="dues:statistics_bills",
    title=lambda asked: f"党费明细：{SHOWS.get(asked.values.get('show', ''), '全部应交')}",
    permission="dues.statistics",
    frame="dues/frame.html",
    crumbs=_crumbs,
    crumb="明细",
    rows=lambda _asked: figures.with_days(Bill.objects.select_related("member", "organization", "relief")),
    columns=(
        Column("姓名", "member.name", sort="member__name_sort", key="name"),
        Column("党支部", "organization.short_name", sort="organization__path", key="branch", width=28),
        Column("月份", "month", MONTH, sort="-month", key="month"),
        *OF_A_BILL,
    ),
    order=("member__name_sort", "month"),
    row=lambda bill: reverse("dues:member", args=[bill.member_id]),
    filters=(
        by_person(),
        _organization(),
        Within(field="month"),
        KIND,
        Named("member", "党员"),
        Choice("show", "情况", list(SHOWS.items()), "全部应交", rows=figures.showing),
    ),
    summary=_sums,
    empty=NO_BILLS,
    exported=EXPORTED,
    is_tiled=True,
)

MEMBERS = ListPage(
    name="dues:statistics_members",
    title="各党员党费",
    permission="dues.statistics",
    frame="dues/frame.html",
    crumbs=_crumbs,
    crumb="按党员",
    rows=lambda _asked: figures.members(Bill.objects.all()),
    pk="member_id",
    columns=(
        Column("姓名", "member__name", sort="member__name_sort", key="name"),
        Column("党支部", "member__branch__short_name", sort="member__branch__path", key="branch", width=28),
        Column("应交月数", "months", NUMBER, sort="-months", key="months"),
        Column("未交清月数", "open_months", NUMBER, sort="-open_months", key="open"),
        Column("应交", "owed", YUAN, sort="-owed", key="owed", header="应交（元）"),
        Column("已交", "paid", YUAN, sort="-paid", key="paid", header="已交（元）"),
        Column("还差", "left", YUAN, sort="-left", key="left", header="还差（元）", drawn=lambda row: _left(row.left)),
    ),
    order=("-left", "member__name_sort"),
    row=lambda row: reverse("dues:member_year", args=[row.member_id]),
    filters=(by_person(), _organization(), Within(field="month"), KIND),
    empty=NO_BILLS,
    exported=EXPORTED,
    is_tiled=True,
)


def _left(fen: int) -> str:
    return format_html('<span class="text-bad">{}</span>', money.yuan(fen)) if fen else money.yuan(0)


def _receipt(payment: Payment) -> str:
    link = format_html('<a href="{}">{}</a>', reverse("dues:receipt", args=[payment.pk]), payment.receipt_no)
    return format_html("<span>{}（冲销）</span>", link) if payment.reverses_id else link


def _extra_sum(asked: Asked) -> str:
    total = asked.rows.order_by().aggregate(total=Sum("extra_fen"))["total"]
    return f"合计 {money.yuan(total)} 元，按交纳日期计。" if total is not None else ""


EXTRAS = ListPage(
    name="dues:statistics_extra",
    title="自愿多交党费",
    permission="dues.statistics",
    frame="dues/frame.html",
    crumbs=_crumbs,
    crumb="自愿多交",
    rows=lambda _asked: figures.extra_payments().select_related("member", "organization"),
    columns=(
        Column("姓名", "member.name", sort="member__name_sort", key="name"),
        Column("党支部", "organization.short_name", sort="organization__path", key="branch", width=28),
        Column("交纳日期", "paid_on", DAY, sort="-paid_on", key="day"),
        Column("收据", "receipt_no", drawn=_receipt, width=20),
        Column("自愿多交", "extra_fen", YUAN, sort="-extra_fen", key="amount", header="自愿多交（元）"),
    ),
    order=("-paid_on",),
    row=lambda payment: reverse("dues:member", args=[payment.member_id]),
    filters=(by_person(), _organization(), Within(field="paid_on"), KIND),
    summary=_extra_sum,
    empty=Empty("heart-handshake", "今年还没有自愿多交的党费", "收党费时登记了自愿多交的，会出现在这里。"),
    exported=EXPORTED,
)


def bills(show: str) -> Opens:
    """The bills behind a figure: ``show`` is a code of ``SHOWS``."""
    return Opens(BILLS, {"show": show})


def _overdue(total: Figures) -> str:
    return f"{words.number(total.arrears)} 人次，期限已过" if total.arrears else "期限已过的都已交清"


MEASURES = (
    Measure(
        "应交",
        "owed_fen",
        YUAN,
        "元",
        "coin-yuan",
        opens=Opens(BILLS),
        note=lambda total: f"{words.number(total.bills)} 人次",
    ),
    Measure("已交", "paid_fen", YUAN, "元", "circle-check", of="owed_fen", rate="收缴率", opens=bills("paid")),
    Measure(
        "按期交纳",
        "on_time_fen",
        YUAN,
        "元",
        "calendar-check",
        of="owed_fen",
        rate="按期率",
        in_table=False,
        opens=bills("on_time"),
    ),
    Measure("未交清", "unsettled", unit="人次", icon="clock", opens=bills("unsettled")),
    Measure("欠交", "arrears_fen", YUAN, "元", "alert-triangle", tone="bad", note=_overdue, opens=bills("arrears")),
    Measure("少交", "reduced", unit="人次", icon="arrow-down", opens=bills("reduced")),
    Measure("免交", "exempt", unit="人次", icon="circle-minus", opens=bills("exempt")),
    Measure("自愿多交", "extra_fen", YUAN, "元", "heart-handshake", note="按交纳日期计", opens=Opens(EXTRAS)),
)

STATISTICS = Statistics(
    name="dues:statistics",
    title="党费统计",
    permission="dues.statistics",
    frame="dues/frame.html",
    crumbs=(("党费", "dues:home"),),
    intro="按应交所属月份计。",
    over=Organizations(kinds=PAYING),
    counted=DUES,
    measures=(
        *MEASURES,
        Measure("应交人次", "bills", on_tile=False, in_table=False),
        Measure("已交清", "settled", on_tile=False, in_table=False),
        Measure("欠交人次", "arrears", on_tile=False, in_table=False),
    ),
    splits=(ByMonth(), ByChoice("kind", "类别", choices=lambda: PayerKind.choices, blank="未核定")),
    charts=(
        Chart("各月应交和已交", "month", ("应交", "按期交纳", "已交")),
        Chart("各党组织收缴率和按期率", "organization", ("收缴率", "按期率")),
    ),
    links=(
        ("按党员查看", "users", Opens(MEMBERS)),
        ("欠交办理", "alert-triangle", Opens(ARREARS)),
        ("年度检查", "clipboard-check", Opens(INSPECTIONS)),
    ),
    notes=("金额单位为元。“人次”按每人每月一次计算；“欠交”只计收缴期限已过、还没有交清的月份；“自愿多交”按交纳日期计入当月。",),
    is_none=lambda total: not total.bills and not total.extra_fen,
    empty=Empty(
        "chart-bar",
        "这个期间还没有应交党费",
        "党费核定后，每月1日自动生成应交党费；也可以换一个党组织、期间或类别再看。",
        Start("去核定党费", "dues:profiles", "users", lambda asked: bool(asked.request.actor.may("dues.view"))),
    ),
    whole_months=True,
)


def _member(_request: Request, pk: int) -> Member:
    found: Member = find(Member.objects.select_related("branch"), pk=pk)
    return found


def _of_member(asked: Asked) -> QuerySet[Bill]:
    return figures.with_days(Bill.objects.filter(member=asked.of).select_related("member", "organization", "relief"))


OF_A_YEAR = ("应交", "已交", "按期交纳", "未交清", "欠交", "自愿多交")


def _year_tiles(asked: Asked) -> dict[str, object]:
    """Figures of all months of the year, whatever page is shown."""
    year = Counting.of(None, chosen(asked.values, "year"), member=asked.of.pk)
    own = [replace(one, unit="个月" if one.kind is NUMBER else one.unit, note="") for one in MEASURES if one.title in OF_A_YEAR]
    return {"tiles": tiles(own, DUES.total(year, "month")), "is_money": True}


MEMBER_YEAR = ListPage(
    name="dues:member_year",
    title=lambda asked: f"{asked.of.name}的党费记录",
    permission="dues.view",
    frame="dues/frame.html",
    of=_member,
    crumbs=(("党费", "dues:home"),),
    intro=lambda asked: f"{asked.of.branch.short_name} · {chosen(asked.values, 'year').label}",
    rows=_of_member,
    columns=(
        Column("月份", "month", MONTH, sort="month"),
        Column("收缴的党支部", "organization.short_name", sort="organization__path", key="branch", width=28),
        *OF_A_BILL,
    ),
    order=("-month",),
    filters=(Years(field="month"),),
    starts=(Start("收缴", lambda asked: reverse("dues:member", args=[asked.of.pk]), "coin-yuan"),),
    above="ui/statistics/tiles.html",
    more=_year_tiles,
    missed=lambda _asked: Empty("coin-yuan", "这一年没有应交党费", "换一个年份再看。"),
    empty=NO_BILLS,
    exported=EXPORTED,
)
