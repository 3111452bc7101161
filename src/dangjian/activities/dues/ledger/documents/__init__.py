"""Papers about dues, as Word and PDF: the statement of a period (收支情况表) and the yearly publication."""

import datetime as dt
from typing import Any

from dangjian.activities.dues.ledger.documents.build import FOLDER
from dangjian.activities.dues.ledger.models import Publication
from dangjian.activities.dues.ledger.queries import books
from dangjian.kernel import clock
from dangjian.kernel.documents import Form, render
from dangjian.kernel.money import yuan
from dangjian.kernel.ui import words
from dangjian.org.models import Organization


def statement(organization: Organization, first: dt.date, last: dt.date, form: Form) -> bytes:
    """What came in and went out between two days, to be signed by accountant, cashier and whoever answers for it."""
    return _rendered("statement", statement_context(organization, first, last), form, title="党费收支情况表")


def publication(row: Publication, form: Form) -> bytes:
    """A yearly publication, as it was published."""
    return _rendered("publication", publication_context(row), form, title=f"{row.year}年党费收缴使用情况公示")


def _rendered(name: str, context: dict[str, Any], form: Form, *, title: str) -> bytes:
    page = f"dues/documents/{name}.html"
    return render(form, word=FOLDER / f"{name}.docx", page=page, context=context, title=title, author=context["organization"])


def statement_context(organization: Organization, first: dt.date, last: dt.date) -> dict[str, object]:
    """The variables of the statement's templates: texts only, so that Word and PDF say the same."""
    found, large = books.statement(organization, first, last), books.large_moves(organization, first, last)
    lines = [_line("期初结存", found.opening.held)]
    if found.carried_over:
        lines.append(_line("其中启用前结存", found.carried_over, inner=True))
    lines += [_line(title, fen, inner=True) for title, fen in found.incoming]
    lines.append(_line("收入合计", found.moved.income))
    lines += [_line(title, fen, inner=True) for title, fen in found.outgoing]
    lines.append(_line("支出合计", found.moved.outgoing))
    if large.received or large.passed:
        lines += [_line("收到大额党费", large.received, inner=True), _line("转交大额党费", large.passed, inner=True)]
    lines.append(_line("期末结存", found.closing.held))
    return {
        "organization": organization.name,
        "period": f"{words.day(first)}至{words.day(last)}",
        "lines": lines,
        "printed_on": words.day(clock.today()),
    }


def publication_context(row: Publication) -> dict[str, object]:
    """The variables of the publication's templates."""
    figures = row.figures
    dues = figures["dues"]
    lines = [_line("年初结存", figures["opening"])]
    lines += [_line(line["title"], line["fen"], inner=True) for line in figures["incoming"] if line["fen"]]
    lines += [_line(f"支出：{line['title']}", line["fen"], inner=True) for line in figures["outgoing"] if line["fen"]]
    if figures["large_received"]:
        lines.append(_line("收到大额党费（全部转交中央）", figures["large_received"], inner=True))
    if figures["large_passed"]:
        lines.append(_line("转交大额党费", figures["large_passed"], inner=True))
    lines.append(_line("年末结存", figures["closing"]))
    reliefs = f"；减免{dues['reduced'] + dues['exempt']}人次" if dues["reduced"] or dues["exempt"] else ""
    return {
        "organization": figures["organization"],
        "year": row.year,
        "collected": f"应交{dues['bills']}人次、{yuan(dues['owed_fen'])}元，实交{yuan(dues['paid_fen'])}元{reliefs}。",
        "lines": lines,
        "uses": [
            {"title": use["title"], "purpose": use["purpose"], "decision": use["decision"], "amount": yuan(use["fen"])}
            for use in figures["uses"]
        ],
        "note": row.note,
        "published_on": words.day(row.published_on),
    }


def _line(title: str, fen: int, *, inner: bool = False) -> dict[str, object]:
    return {"title": f"　{title}" if inner else title, "amount": yuan(fen), "inner": inner}
