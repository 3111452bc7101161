"""All cases about somebody's standing in one list, and the page from which each kind is begun."""

from collections import defaultdict

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dangjian.activities.standing.declared import ORDER
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseState, ProcedureCase
from dangjian.engines.procedures.queries import begins_somewhere, found_by_title, next_titles
from dangjian.kernel import clock
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import ALL, DAY, STATE, Asked, Choice, Column, Days, Empty, ListPage, Search, Start, state_of
from dangjian.kernel.lists.loaded import Loaded
from dangjian.kernel.rulebook import book
from dangjian.org.cases import Due
from dangjian.org.lists import OrganizationFilter

TONES = {
    CaseState.OPEN: "info",
    CaseState.FINISHED: "good",
    CaseState.REFUSED: "neutral",
    CaseState.WITHDRAWN: "neutral",
    CaseState.ENDED: "neutral",
}
LAST_DAY: Due[ProcedureCase] = Due("due_on", runs=lambda case: case.is_open, after=lambda _case: "")
NEXT: Loaded[str] = Loaded("next_steps")


def _find_next(rows: list[ProcedureCase], _asked: Asked) -> None:
    by_procedure: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        by_procedure[row.procedure].append(row.pk)
    found = {pk: text for code, numbers in by_procedure.items() for pk, text in next_titles(code, numbers).items()}
    for row in rows:
        NEXT.put(row, found.get(row.pk, ""))


def _in_state(rows: QuerySet[ProcedureCase], state: str) -> QuerySet[ProcedureCase]:
    return rows if state == ALL else rows.filter(state=state or CaseState.OPEN)


def _late(rows: QuerySet[ProcedureCase], which: str) -> QuerySet[ProcedureCase]:
    return rows.filter(state=CaseState.OPEN, due_on__lt=clock.today()) if which else rows


DISPOSALS = frozenset({"correction", "removal"})
BEGIN = Start("提出", "standing:begin", "plus")
CASES: ListPage[ProcedureCase] = ListPage(
    name="standing:cases",
    title="党籍和处分",
    permission="standing.view",
    intro="党籍的停止和恢复，组织处置、党纪处分，党员去世：每一件由谁办理、办到哪一步。只有办理的人和本人能看到。",
    rows=lambda _asked: ProcedureCase.objects.filter(procedure__in=ORDER).select_related("organization"),
    columns=(
        Column("姓名", "title", sort="title_sort", key="title"),
        Column("事项", lambda case: procedure(case.procedure).title, sort="procedure", key="procedure"),
        Column("党支部", "organization.short_name", sort="organization__path", key="organization", width=28),
        Column("阶段", lambda case: procedure(case.procedure).stage_title(case.stage), key="stage", on_phone=False),
        Column("下一步", NEXT.of, width=32),
        LAST_DAY.column("期限", sort="due_on", key="due"),
        Column("开始日期", "started_on", DAY, sort="-started_on", key="started", on_phone=False),
        Column("结束日期", "ended_on", DAY, sort="-ended_on", key="ended", on_phone=False),
        Column("状态", state_of("state", TONES), STATE, sort="state", key="state"),
    ),
    order=("due_on", "-started_on"),
    row=lambda case: reverse(f"procedures:{case.procedure}_case", args=[case.pk]),
    load=_find_next,
    filters=(
        Choice(
            "state",
            "状态",
            [*((state, label) for state, label in CaseState.choices if state != CaseState.OPEN), (ALL, "全部")],
            usual=CaseState.OPEN.label,
            rows=_in_state,
            look="chips",
        ),
        Search("q", "名称、拼音", found_by_title),
        Choice("procedure", "事项", lambda _asked: [(code, procedure(code).title) for code in ORDER], usual="全部事项"),
        Choice("late", "期限", [("late", "已超期")], usual="不限期限", rows=_late, look="dialog"),
        OrganizationFilter(tells_own=True),
        Days("started", "开始日期", field="started_on"),
    ),
    starts=(
        Start("增减统计", "standing:change_statistics", "chart-bar", is_primary=False),
        Start("出党统计", "standing:exit_statistics", "chart-bar", is_primary=False),
        Start("处分统计", "standing:penalty_statistics", "chart-bar", is_primary=False),
        BEGIN,
    ),
    empty=Empty(
        "gavel", "没有办理中的事项", "限期改正、处分、停止党籍、去世登记等，从“提出”开始，也可以从党员的档案开始。", BEGIN
    ),
)


@requires("standing.view")
def begin(request: Request) -> HttpResponse:
    """What may be begun, with what each is for; of the three ways of disposal (``disp.kinds``) that there are no others."""
    disposals = book().on_or_first("disp.kinds", clock.today())
    kinds = [
        {
            "procedure": (one := procedure(code)),
            "list_url": reverse(f"procedures:{code}"),
            "begin_url": reverse(f"procedures:{code}_new") if begins_somewhere(request.actor, one) else "",
            "citation": str(one.on(clock.today()).source),
            "note": f"组织处置有{disposals.text}三种方式，{disposals.citation}。" if code in DISPOSALS else "",
        }
        for code in ORDER
    ]
    return render(
        request, "standing/begin.html", {"kinds": kinds, "crumbs": [("党籍和处分", reverse("standing:cases"))], "crumb": "提出"}
    )
