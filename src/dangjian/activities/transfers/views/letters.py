"""Letters of introduction: the list with the days left, one to be printed, the card on the page of a case."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from dangjian.activities.transfers.actions import letters
from dangjian.activities.transfers.models import Direction, Letter, LetterState, TransferKind
from dangjian.activities.transfers.papers import printed
from dangjian.activities.transfers.queries import letters as read
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.engines.procedures.offers import CasePanel
from dangjian.kernel import clock
from dangjian.kernel.actor import may
from dangjian.kernel.documents import download, form_of
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import ALL, DAY, MONTH, NUMBER, STATE, Choice, Column, Days, Empty, ListPage, State
from dangjian.members.lists import by_person
from dangjian.org.cases import Due
from dangjian.org.gate import find
from dangjian.org.lists import OrganizationFilter, on_trail
from dangjian.org.models import Kind

TONES = {
    LetterState.OUT: "info",
    LetterState.RECEIVED: "good",
    LetterState.VOID: "neutral",
    LetterState.RETURNED: "neutral",
}
LAST_DAY: Due[Letter] = Due("ends_on", runs=lambda one: one.is_out)
EXPIRED = "expired"
LEFT = (("3", "3天以内"), ("7", "7天以内"), ("15", "15天以内"))
"""How many days a letter may be valid still to be shown."""


def look(one: Letter) -> State:
    """Its state; one that is out beyond its last day says so."""
    if one.is_expired:
        return State(EXPIRED, "已过期", "bad")
    return State(one.state, one.get_state_display(), TONES[LetterState(one.state)])


def case_url(one: Letter) -> str:
    """The page of its case."""
    return reverse(f"procedures:{read.PROCEDURES[Direction(one.direction)]}_case", args=[one.case_id])


def _in_state(rows: QuerySet[Letter], state: str) -> QuerySet[Letter]:
    if state == ALL:
        return rows
    if state == EXPIRED:
        return rows.filter(state=LetterState.OUT, ends_on__lt=clock.today())
    return rows.filter(state=state or LetterState.OUT)


def _with_days_left(rows: QuerySet[Letter], days: str) -> QuerySet[Letter]:
    if not days:
        return rows
    today = clock.today()
    return rows.filter(state=LetterState.OUT, ends_on__range=(today, today + dt.timedelta(days=int(days))))


LETTERS = ListPage(
    name="transfers:letters",
    title="组织关系介绍信",
    permission="transfers.view",
    intro="开给转出党员的介绍信，和转入党员带来的介绍信。对方接收、寄回回执联以前，人仍由开信的一方负责。",
    rows=lambda _asked: Letter.objects.select_related("case__organization", "issuer"),
    columns=(
        Column("编号", "number", sort="number", width=30),
        Column("姓名", "name", sort="case__title_sort", key="name"),
        Column("方向", "get_direction_display", sort="direction", key="direction"),
        Column("党支部", "case.organization.short_name", sort="case__organization__path", key="organization", width=28),
        Column("对方党委", "counterpart", on_phone=False, width=36),
        Column("类型", "get_kind_display", on_phone=False),
        Column("开具日期", "issued_on", DAY, sort="-issued_on", key="issued", on_phone=False),
        Column("有效天数", "valid_days", NUMBER, on_page=False),
        LAST_DAY.column("有效期到", sort="ends_on", key="ends"),
        Column("党费交到", "paid_to", MONTH, on_page=False),
        Column("了结日期", "settled_on", DAY, on_page=False),
        Column("办理天数", "took_days", NUMBER, on_page=False),
        Column("状态", look, STATE, sort="state", key="state"),
    ),
    order=("ends_on",),
    row=case_url,
    filters=(
        Choice(
            "state",
            "状态",
            [(EXPIRED, "已过期"), *[one for one in LetterState.choices if one[0] != LetterState.OUT], (ALL, "全部")],
            usual="没有了结的",
            rows=_in_state,
            look="chips",
        ),
        by_person("member__", also="name", called="编号"),
        Choice("direction", "方向", Direction.choices, usual="转出和转入"),
        Choice("left", "还有几天到期", LEFT, usual="不限天数", rows=_with_days_left),
        Choice("kind", "类型", TransferKind.choices, usual="全部类型"),
        OrganizationFilter(field="case__organization", kinds=(Kind.COMMITTEE, Kind.GENERAL_BRANCH, Kind.BRANCH), tells_own=True),
        Days("issued", "开具日期", field="issued_on"),
    ),
    exported=on_trail("transfers.letters_exported"),
    empty=Empty("mail-forward", "没有在外的介绍信", "转出的党员开具介绍信以后、转入的党员登记介绍信以后，在这里看还有几天到期。"),
)


def letter_to_read(_request: Request, pk: int) -> Letter:
    """A letter of the branches whose transfers the reader sees."""
    return find(Letter.objects.select_related("case"), pk=pk)


@requires("transfers.view", on=letter_to_read)
def letter(_request: Request, found: Letter) -> HttpResponse:
    """To the case of a letter, where it is dealt with."""
    return redirect(case_url(found))


def letter_to_print(request: Request, pk: int, **_form: str) -> Letter:
    """A letter, for the committee that issued it, as long as it is out."""
    found = find(Letter.objects.select_related("case__organization", "issuer", "member"), pk=pk)
    letters.require_printing(request.actor, found)
    return found


@requires("transfers.view", on=letter_to_print)
def letter_paper(request: Request, found: Letter, form: str) -> HttpResponse:
    """The letter in its three parts as ``docx`` or ``pdf``, with the identity number in full."""
    wanted = form_of(form)
    letters.note_printing(actor=request.actor, letter=found)
    return download(*printed(found, wanted))


# On the page of a case


def _of_case(request: Request, case: ProcedureCase) -> Mapping[str, Any] | None:
    """The letters of a case, for both who deal with it and the person."""
    found = list(read.letters_of(case))
    if not found:
        return None
    lines = [
        {
            "letter": one,
            "state": look(one),
            "may_print": may(letters.require_printing, request.actor, one),
        }
        for one in reversed(found)
    ]
    return {"lines": lines}


OF_CASE = CasePanel("介绍信", "mail-forward", "transfers/panel_letters.html", _of_case)
