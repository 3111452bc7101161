"""Importing statements of the bank, and what each of them gave."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html

from dangjian.activities.dues.ledger.views.accounts import account_in, account_missing, account_named
from dangjian.activities.dues.models import BankStatement, LineState
from dangjian.activities.dues.payments.actions.bank_statements import import_statement
from dangjian.activities.dues.payments.banking.layouts import TITLES
from dangjian.activities.dues.payments.forms.paying import StatementForm
from dangjian.activities.dues.payments.views.claims import LINE_STATES, listed_lines
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.forms import show_refusal
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import MOMENT, NUMBER, Asked, Column, Empty, ListPage, page_of
from dangjian.kernel.ui import words
from dangjian.org.gate import find
from dangjian.org.models import Organization

PAGE_SIZE = 20
"""Lines of one statement."""


def _above(asked: Asked) -> dict[str, Any]:
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


@requires("dues.view_books")
def statement(request: Request, pk: int) -> HttpResponse:
    """What one file gave: booked, waiting, known before, gone out."""
    found: BankStatement = find(BankStatement.objects.select_related("organization", "uploaded_by"), pk=pk)
    state = request.GET.get("state", "")
    rows = found.lines.order_by("row")
    counted = {row["state"]: row for row in rows.order_by().values("state").annotate(number=Count("pk"), fen=Sum("amount_fen"))}
    chosen = rows.filter(state=state) if state in LineState.values else rows
    page_obj = page_of(chosen.select_related("organization", "payment__member"), request.GET.get("page"), PAGE_SIZE)
    context = {
        "statement": found,
        "account": found.organization,
        "layout": TITLES.get(found.layout, found.layout),
        "state": state,
        "chips": [
            {"state": code, "title": title, "number": counted.get(code, {}).get("number", 0)} for code, title in LineState.choices
        ],
        # A line that nobody looked at yet has no reason why it waits.
        "in_work": rows.filter(state=LineState.UNMATCHED, problem="").count(),
        "kept": sum(row["number"] for row in counted.values()),
        "booked_fen": counted.get(LineState.BOOKED, {}).get("fen", 0),
        "page_obj": page_obj,
        "lines": listed_lines(page_obj),
        "states": LINE_STATES,
    }
    return render(request, "dues/payments/statement.html", context)
