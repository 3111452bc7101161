"""To and from the national system: the table goes out with a purpose, and where the two sides differ."""

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from dangjian.activities.transfers.actions.national import EXCHANGE, hand_over
from dangjian.activities.transfers.models import NationalRow
from dangjian.activities.transfers.national import template
from dangjian.activities.transfers.queries.national import CODES, compared, differing, not_told, open_cases
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.engines.procedures.queries import found_by_title
from dangjian.engines.procedures.views.access import case_url
from dangjian.kernel import clock
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import DAY, STATE, Asked, Choice, Column, Empty, ListPage, Search, Start, state_of
from dangjian.kernel.submit import attempt
from dangjian.members.forms import ExportForm
from dangjian.org.lists import OrganizationFilter
from dangjian.org.sheet_offers import upload_url

TONES = {"pending": "info", "released": "info", "received": "good", "confirmed": "good", "returned": "warn"}


EXPORT = Start("导出交换表", "transfers:national_export", "file-download", is_primary=False)
IMPORT = Start("导入回执", lambda _asked: upload_url("transfer_answers"), "file-upload")
MISSING = Start("没有回执的", "transfers:national_missing", "hourglass", is_primary=False)


def _address(row: NationalRow) -> str:
    return case_url(row.case) if row.case else ""


def _ours(row: NationalRow) -> str:
    if row.case is None:
        return "没有"
    return procedure(row.case.procedure).stage_title(row.case.stage) if row.case.is_open else row.case.get_state_display()


NATIONAL: ListPage[NationalRow] = ListPage(
    name="transfers:national",
    title="全国系统对照",
    permission=EXCHANGE,
    intro="全国党员管理信息系统的转接结果，和我们这边办到哪里。先导出交换表报送，再把结果导回来。",
    rows=lambda _asked: compared(NationalRow.objects.select_related("organization", "case")),
    columns=(
        Column("姓名", "name", sort="name", key="name"),
        Column("转接类型", "direction", key="direction"),
        Column("转出党组织", "sent_from", key="from", on_phone=False),
        Column("转入党组织", "sent_to", key="to", on_phone=False),
        Column("我们这边", _ours, key="ours"),
        Column("全国系统", state_of("answer", TONES), STATE, sort="answer", key="answer"),
        Column("办理日期", "answered_on", DAY, sort="-answered_on", key="answered"),
        Column("原因", "reason", key="reason", on_phone=False),
        Column("导入时间", "read_at", DAY, sort="-read_at", key="read", on_phone=False),
    ),
    order=("-read_at",),
    row=_address,
    filters=(
        Choice(
            "which",
            "对照",
            [("theirs", "我们这边没有"), ("same", "两边一致")],
            usual="结果不一致",
            rows=differing,
            look="tabs",
        ),
        OrganizationFilter(),
    ),
    starts=(EXPORT, MISSING, IMPORT),
    empty=Empty("arrows-left-right", "没有要对照的", "先导出交换表报送全国系统，再把结果导回来对照。", IMPORT),
    has_sheet=False,  # what goes out is the table of the national system
)


def _transfers(_asked: Asked) -> QuerySet[ProcedureCase]:
    return not_told(open_cases())


def _there(case: ProcedureCase) -> str:
    return case.other_side.short_name if case.other_side else ""


NOT_TOLD: ListPage[ProcedureCase] = ListPage(
    name="transfers:national_missing",
    title="全国系统没有回执的转接",
    permission=EXCHANGE,
    intro="正在办理、全国系统还没有结果的转接。",
    rows=_transfers,
    columns=(
        Column("姓名", "title", sort="title_sort", key="name"),
        Column("转接类型", lambda case: template().directions[case.procedure], key="direction"),
        Column("党组织", "organization.short_name", sort="organization__path", key="organization"),
        Column("对方党组织", _there, key="other_side"),
        Column("阶段", lambda case: procedure(case.procedure).stage_title(case.stage), key="stage"),
        Column("提出日期", "started_on", DAY, sort="-started_on", key="started"),
    ),
    order=("started_on",),
    row=case_url,
    filters=(
        Search("q", "姓名、拼音", found_by_title),
        Choice("procedure", "转接类型", [(code, template().directions[code]) for code in CODES], usual="全部类型"),
        OrganizationFilter(),
    ),
    starts=(Start("两边对照", "transfers:national", "arrows-left-right", is_primary=False), EXPORT, IMPORT),
    empty=Empty("circle-check", "没有等全国系统结果的转接", "提出的转接会列在这里，导回结果以后就不再列出。"),
    has_sheet=False,
)


@requires(EXCHANGE, methods=("GET", "POST"))
def export(request: Request) -> HttpResponseBase:
    """State the purpose, then get the table."""
    number = open_cases().count()
    form = ExportForm(request.POST or None, may_unmask=False)
    form.fields["purpose"].help_text = "例如：报送全国党员管理信息系统。用途会记入留痕，表里的每个人都可以看到。"
    if request.method == "POST" and (
        table := attempt(form, lambda data: hand_over(actor=request.actor, purpose=data["purpose"]))
    ):
        return FileResponse(table, as_attachment=True, filename=f"{template().title}{clock.today():%Y%m%d}.xlsx")
    context = {"form": form, "number": number, "back": reverse("transfers:national")}
    return render(request, "transfers/national_export.html", context, status=422 if form.is_bound and form.errors else 200)
