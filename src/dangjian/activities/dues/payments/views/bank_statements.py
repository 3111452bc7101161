"""Importing statements of the bank, and what each of them gave: booked, waiting, known before, gone out."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, Sum
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html

from dangjian.activities.dues.payments.actions.bank_statements import import_statement
from dangjian.activities.dues.payments.banking.layouts import TITLES
from dangjian.activities.dues.payments.forms.paying import StatementForm
from dangjian.activities.dues.payments.models import BankStatement, LineState
from dangjian.activities.dues.payments.views.accounts import account_in, account_missing, account_named
from dangjian.activities.dues.payments.views.claims import ARRIVAL, COLUMNS, ArrivalSearch, as_arrivals
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.forms import show_refusal
from dangjian.kernel.gate import Request
from dangjian.kernel.lists import MOMENT, NUMBER, Asked, Choice, Column, Empty, ListPage
from dangjian.kernel.ui import words
from dangjian.org.gate import find
from dangjian.org.models import Organization


def _above(asked: Asked) -> dict[str, object]:
    return {**asked.of, "form": StatementForm()}


def _posted(asked: Asked) -> HttpResponse:
    """Import another statement into the account."""
    request, account = asked.request, asked.of["account"]
    if account is None:
        raise Conflict("还没有党费专户，不能导入银行流水。", how="请先在“账簿”中开设账户。")
    form = StatementForm(request.POST, request.FILES)
    made = _imported(request, account, form) if form.is_valid() else None
    return redirect("dues:statement", made.pk) if made else STATEMENTS.shown_to(asked, status=422, form=form)


def _imported(request: Request, account: Organization, form: StatementForm) -> BankStatement | None:
    file = form.cleaned_data["statement"]
    try:
        made = import_statement(actor=request.actor, organization=account, content=file.read(), file_name=file.name or "银行流水")
    except (Invalid, Conflict) as refusal:
        show_refusal(form, refusal)
        return None
    messages.success(request, f"已导入{made.lines_read}笔流水。")
    return made


def _rows(asked: Asked) -> Any:
    rows = BankStatement.objects.filter(organization=asked.of["account"]).select_related("uploaded_by")
    return rows.annotate(
        waiting=Count("lines", filter=Q(lines__state=LineState.UNMATCHED)),
        booked=Count("lines", filter=Q(lines__state=LineState.BOOKED)),
    )


def _days(row: BankStatement) -> str:
    last = f"至 {words.day(row.last_on)}" if row.last_on != row.first_on else ""
    return f"{words.day(row.first_on)} {last}".strip()


def _waiting(row: Any) -> Any:
    """To the lines that wait."""
    address = f"{reverse('dues:statement', args=[row.pk])}?state={LineState.UNMATCHED}"
    return format_html('<a href="{}">{}</a>', address, words.number(row.waiting)) if row.waiting else "0"


STATEMENTS = ListPage(
    name="dues:statements",
    title="银行流水",
    permission="dues.view_books",
    frame="dues/frame.html",
    crumbs=(("党费", "dues:home"), ("账簿", "dues:books")),
    of=account_in,
    kept=("account",),
    instead=account_missing,
    intro=account_named,
    above="dues/payments/_statements_above.html",
    more=_above,
    posted=_posted,
    rows=_rows,
    columns=(
        Column("文件", "file_name", width=36),
        Column("导入时间", "uploaded_at", MOMENT, sort="uploaded_at", width=22),
        Column("流水日期", _days, sort="first_on", width=36),
        Column("笔数", "lines_read", NUMBER, sort="lines_read", key="lines"),
        Column("已入账", "booked", NUMBER),
        Column("待认领", "waiting", NUMBER, sort="waiting", drawn=_waiting),
        Column("导入人", lambda row: row.uploaded_by.name if row.uploaded_by else "系统"),
    ),
    order=("-uploaded_at",),
    row="dues:statement",
    empty=Empty(
        "file-spreadsheet",
        "还没有导入过银行流水",
        "从网上银行下载党费专户的交易明细，在这里导入，系统会按附言码、户名和金额自动入账。",
    ),
)


def _statement(_request: Request, pk: int) -> BankStatement:
    """The statement, with what its lines add up to in each state."""
    found: Any = find(BankStatement.objects.select_related("organization", "uploaded_by"), pk=pk)
    grouped = found.lines.order_by().values("state").annotate(number=Count("pk"), fen=Sum("amount_fen"))
    found.counted = {row["state"]: row for row in grouped}
    made: BankStatement = found
    return made


def _numbers(asked: Asked) -> dict[str, int]:
    counted = {code: asked.of.counted.get(code, {}).get("number", 0) for code in LineState.values}
    return {"": sum(counted.values()), **counted}


def _of_statement(asked: Asked) -> str:
    row = asked.of
    days = f"{words.day(row.first_on)}至{words.day(row.last_on)}" if row.first_on else ""
    return " · ".join(filter(None, (f"{row.organization.name}党费专户", days, TITLES.get(row.layout, row.layout))))


def _what_it_gave(asked: Asked) -> dict[str, object]:
    row = asked.of
    return {
        "statement": row,
        # A line that nobody looked at yet has no reason why it waits.
        "in_work": row.lines.filter(state=LineState.UNMATCHED, problem="").count(),
        "kept": _numbers(asked)[""],
        "booked_fen": row.counted.get(LineState.BOOKED, {}).get("fen", 0),
    }


def _crumbs(asked: Asked) -> list[tuple[str, str]]:
    statements = f"{reverse('dues:statements')}?account={asked.of.organization_id}"
    return [("党费", reverse("dues:home")), ("账簿", reverse("dues:books")), ("银行流水", statements)]


LINES = ListPage(
    name="dues:statement",
    title=lambda asked: asked.of.file_name,
    permission="dues.view_books",
    frame="dues/frame.html",
    crumbs=_crumbs,
    intro=_of_statement,
    of=_statement,
    above="dues/payments/_statement_above.html",
    more=_what_it_gave,
    rows=lambda asked: as_arrivals(asked.of.lines.all()),
    columns=COLUMNS,
    order=("row",),
    row=ARRIVAL.url,
    filters=(
        Choice("state", "状态", LineState.choices, look="chips", counts=_numbers),
        ArrivalSearch("q", "户名、附言、流水号、党员"),
    ),
    empty=Empty("file-spreadsheet", "没有新的流水", "文件里的流水以前都导入过，或者都是支出。"),
    missed=lambda _asked: Empty("circle-check", "没有这样的流水", "换个条件再看。"),
)
