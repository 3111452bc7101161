"""The pages of every procedure: its list, the page of a case, its statistics, the way to begin one.

They are made of the procedure's file.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse

from dangjian.engines.procedures.actions import ending, papers, starting, taking, taking_back
from dangjian.engines.procedures.actions.turns import reads_all, require_turn, step_named
from dangjian.engines.procedures.definition import Procedure, Step
from dangjian.engines.procedures.forms import ReasonForm, StartForm, StepForm
from dangjian.engines.procedures.installed import offer_of, procedure
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase, StepState
from dangjian.engines.procedures.papers import sheets_of_open
from dangjian.engines.procedures.queries import (
    begins_somewhere,
    cases_seen,
    for_many,
    found_by_title,
    next_titles,
    open_step,
    open_steps,
    side_of,
)
from dangjian.engines.procedures.views import dossier, many, of_members
from dangjian.engines.procedures.views.access import case_to_read, list_crumbs
from dangjian.engines.procedures.views.meetings import carried_of, to_decide
from dangjian.engines.procedures.views.statistics import statistics_of
from dangjian.engines.procedures.views.way import Stretch, TakenStep, latest, way_of
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor, may
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.lists import ALL, DAY, NUMBER, STATE, Asked, Choice, Column, Days, Empty, ListPage, Search, Start, state_of
from dangjian.kernel.lists.loaded import Loaded
from dangjian.kernel.rulebook import Period
from dangjian.kernel.statistics import Statistics
from dangjian.kernel.submit import submit
from dangjian.kernel.ui import marks, words
from dangjian.org import cases
from dangjian.org.cases import Card, Case, Due, Fact
from dangjian.org.lists import OrganizationFilter
from dangjian.org.openings import at

TONES = {
    CaseState.OPEN: "info",
    CaseState.FINISHED: "good",
    CaseState.REFUSED: "bad",
    CaseState.WITHDRAWN: "neutral",
    CaseState.ENDED: "neutral",
}
SOON_DAYS = 7
LAST_DAY: Due[ProcedureCase] = Due("due_on", runs=lambda case: case.is_open, after=lambda _case: "")
NEXT: Loaded[str] = Loaded("next_steps")
"""What may be done of a case now, in a list."""
LAST_DAYS: Loaded[dict[str, dt.date | None]] = Loaded("last_days")
"""The last days of the open steps of a case, by their codes, on its page."""


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one procedure, for ``urlpatterns``."""

    procedure: Procedure
    listing: ListPage[ProcedureCase]
    case: Case[ProcedureCase]
    statistics: Statistics

    def paths(self) -> list[URLPattern]:
        """Their addresses, below the procedure's code."""
        code = self.procedure.code
        found = [
            *self.listing.paths(f"{code}/"),
            *self.statistics.paths(f"{code}/statistics/"),
            self.case.path(f"{code}/<int:pk>/"),
        ]
        if self.procedure.has_papers:
            found.append(path(f"{code}/<int:pk>/dossier/", self._dossier(), name=f"{code}_dossier"))
            found.append(path(f"{code}/<int:pk>/dossier/ask/", dossier.ask_dossier, name=f"{code}_ask_dossier"))
        if has_steps_for_many(self.procedure):
            together = requires(self.procedure.view, methods=("GET", "POST"))(partial(many.many, code=code))
            found.append(path(f"{code}/many/", together, name=f"{code}_many"))
        if self.procedure.about == "member":
            found += of_members.paths_of(self.procedure)
        elif self.procedure.begins_here and not offer_of(code).beginning:
            permission = self.procedure.versions[-1].steps[0].who.permission
            begin = requires(permission, methods=("GET", "POST"))(partial(_new, code=code))
            found.append(path(f"{code}/new/", begin, name=f"{code}_new"))
        return found

    def _dossier(self) -> Callable[..., HttpResponseBase]:
        return requires(self.case.permission, on=partial(whole_case_of, code=self.procedure.code))(dossier.dossier)


def has_steps_for_many(one: Procedure) -> bool:
    """Whether there are steps that are taken for many cases on one page."""
    return any(step.is_for_many for step in one.all_steps)


def many_button(code: str) -> Start:
    """The button of a list of a procedure's people that leads there, for whoever has any to take today."""

    def may_take(asked: Asked) -> bool:
        return for_many(asked.request.actor, procedure(code)).exists()

    return Start("集中办理", f"procedures:{code}_many", "list-check", may=may_take, is_primary=False)


_DECLARED: dict[str, Pages] = {}


def pages_of(one: Procedure) -> Pages:
    """The pages of a procedure, declared once."""
    if one.code not in _DECLARED:
        _DECLARED[one.code] = _pages(one)
    return _DECLARED[one.code]


def _pages(one: Procedure) -> Pages:
    listing = _list(one)
    return Pages(one, listing, _case(one), statistics_of(one, listing))


# The list


def _list(one: Procedure) -> ListPage[ProcedureCase]:
    def may_begin(asked: Asked) -> bool:
        if one.about == "member":
            return begins_somewhere(asked.request.actor, one)
        return may(starting.require_starting, asked.request.actor, one.code)

    def address(_asked: Asked) -> str:
        return reverse(offer_of(one.code).beginning or f"procedures:{one.code}_new")

    begin = Start(one.begin, address, may=may_begin) if one.begins_here else None
    return ListPage(
        name=f"procedures:{one.code}",
        title=one.title,
        permission=one.view,
        intro=one.intro,
        rows=lambda asked: cases_seen(asked.request.actor, one).select_related("organization", "other_side"),
        columns=(
            Column(one.noun, "title", sort="title_sort", key="title"),
            Column("党组织", "organization.short_name", sort="organization__path", key="organization"),
            *([Column("对方党组织", _other_side, key="other_side")] if one.has_two_sides else []),
            Column("阶段", lambda case: one.stage_title(case.stage), key="stage"),
            Column("下一步", NEXT.of, width=32),
            LAST_DAY.column("期限", sort="due_on", key="due"),
            Column("本阶段天数", _days_in_stage, NUMBER, key="days_in_stage", on_phone=False),
            Column("开始日期", "started_on", DAY, sort="-started_on", key="started", on_phone=False),
            Column("结束日期", "ended_on", DAY, sort="-ended_on", key="ended", on_phone=False),
            Column("状态", state_of("state", TONES), STATE, sort="state", key="state"),
        ),
        order=("due_on", "-started_on"),
        row=f"procedures:{one.code}_case",
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
            Choice("stage", "阶段", [(stage.code, stage.title) for stage in one.all_stages], usual="全部阶段", look="dialog"),
            Choice(
                "step",
                "轮到哪一步",
                [(step.code, step.title) for step in one.all_steps],
                usual="全部步骤",
                rows=_at_step,
                look="dialog",
            ),
            Choice("late", "期限", [("late", "已超期"), ("soon", f"{SOON_DAYS}天内到期")], usual="不限期限", rows=_late),
            Choice("stay", "在本阶段", STAYS, usual="不限时间", rows=_staying, look="dialog"),
            OrganizationFilter(tells_own=True),
            Days("started", "开始日期", field="started_on"),
        ),
        starts=(
            *([many_button(one.code)] if has_steps_for_many(one) else []),
            Start("统计", f"procedures:{one.code}_statistics", "chart-bar", is_primary=False),
            *([begin] if begin else []),
        ),
        empty=Empty(one.icon, f"还没有{one.title}", one.intro, begin),
    )


def _in_state(rows: QuerySet[ProcedureCase], state: str) -> QuerySet[ProcedureCase]:
    return rows if state == ALL else rows.filter(state=state or CaseState.OPEN)


def _at_step(rows: QuerySet[ProcedureCase], code: str) -> QuerySet[ProcedureCase]:
    if not code:
        return rows
    here = CaseStep.objects.filter(case=OuterRef("pk"), code=code, state=StepState.OPEN, opens_on__lte=clock.today())
    return rows.filter(Exists(here))


def _late(rows: QuerySet[ProcedureCase], which: str) -> QuerySet[ProcedureCase]:
    today = clock.today()
    if which == "late":
        return rows.filter(due_on__lt=today)
    if which == "soon":
        return rows.filter(due_on__range=(today, today + dt.timedelta(days=SOON_DAYS)))
    return rows


STAYS = [("quarter", "超过3个月"), ("half", "超过半年"), ("year", "超过1年")]
LONGER = {"quarter": Period(months=3), "half": Period(months=6), "year": Period(years=1)}


def _staying(rows: QuerySet[ProcedureCase], how_long: str) -> QuerySet[ProcedureCase]:
    """Cases that run and have been in their stage for longer."""
    if how_long not in LONGER:
        return rows
    return rows.filter(state=CaseState.OPEN, stage_on__lt=LONGER[how_long].before(clock.today()))


def _days_in_stage(case: ProcedureCase) -> int | None:
    return (clock.today() - case.stage_on).days if case.is_open else None


def _other_side(case: ProcedureCase) -> str:
    return case.other_side.short_name if case.other_side else ""


def _find_next(rows: list[ProcedureCase], _asked: Asked) -> None:
    """What may be done of the cases of a page."""
    found = next_titles(rows[0].procedure, [row.pk for row in rows])
    for row in rows:
        NEXT.put(row, found.get(row.pk, ""))


# The page of a case


def _case(one: Procedure) -> Case[ProcedureCase]:
    own_steps = any(step.who.themselves or step.who.named for step in one.all_steps)
    return Case(
        name=f"procedures:{one.code}_case",
        model=ProcedureCase,
        permission=SIGNED_IN if own_steps else one.view,
        found=partial(case_of, code=one.code),
        subject="case",
        title=lambda case: case.title,
        crumbs=lambda _case: [(one.title, reverse(offer_of(one.code).list_name))],
        intro=lambda case: case.organization.short_name,
        states=TONES,
        due=LAST_DAY,
        cards=(
            Card(
                one.title,
                one.icon,
                (
                    Fact("党组织", "organization.name"),
                    Fact("对方党组织", lambda case: case.other_side.name if case.other_side else ""),
                    Fact("开始日期", "started_on", DAY),
                    Fact("结束日期", "ended_on", DAY),
                    Fact("原因", "end_reason"),
                ),
                citation=lambda _case: str(one.on(clock.today()).source),
            ),
        ),
        steps=(*(_step(one, step) for step in one.all_steps), *_ENDS),
        load=_load,
        waits=_waits,
        beside="procedures/beside.html",
        above="procedures/stages.html",
        below="procedures/below.html",
        after="procedures/way.html",
        more=_way,
    )


def _way(case: ProcedureCase, request: Request) -> dict[str, Any]:
    has_papers = procedure(case.procedure).has_papers
    with at(case.organization):  # whom the case is about, or names, may hold no right there but to it
        carried = carried_of(case, request.actor)
        stretches = way_of(case, request.actor, carried)
        to_meetings = to_decide(case, request.actor, carried)
    return {
        "dossier_url": dossier.address_of(case) if has_papers and reads_all(request.actor, case) else "",
        **({} if list_crumbs(request, case) else {"crumbs": []}),
        "way": stretches,
        "before": _before(stretches, request) if case.is_open else [],
        "panels": _panels(case, request),
        "to_decide": to_meetings,
    }


def _before(stretches: Sequence[Stretch], request: Request) -> list[TakenStep]:
    """What was done last, unless whoever reads did all of it themselves."""
    done = latest(stretches)
    return done if any(taken.row.taken_by_id != request.user.pk for taken in done) else []


def _load(case: ProcedureCase, _request: Request) -> None:
    LAST_DAYS.put(case, {row.code: row.due_on for row in open_steps(case)})


def _last_day(case: ProcedureCase, code: str) -> str:
    day = LAST_DAYS.of(case).get(code)
    return marks.due_badge(day) if day else ""


def _panels(case: ProcedureCase, request: Request) -> list[dict[str, object]]:
    """The cards that the app of the procedure adds, ready drawn."""
    shown = [(one, one.context(request, case)) for one in offer_of(case.procedure).panels]
    return [
        {"title": one.title, "icon": one.icon, "body": render_to_string(one.template, {**found, "case": case}, request)}
        for one, found in shown
        if found is not None
    ]


def case_of(request: Request, pk: int, *, code: str) -> ProcedureCase:
    """As ``case_to_read``, of one procedure alone."""
    case = case_to_read(request, pk)
    if case.procedure != code:
        raise NotFound
    return case


def whole_case_of(request: Request, pk: int, *, code: str) -> ProcedureCase:
    """As ``case_of``, for whoever may read all that was written and handed in there."""
    case = case_of(request, pk, code=code)
    if not reads_all(request.actor, case):
        raise NotFound
    return case


def _step(one: Procedure, step: Step) -> cases.Step[ProcedureCase]:
    return cases.Step(
        code=step.code,
        label="提交",
        title=step.title,
        icon="check",
        require=partial(_require, code=step.code),
        act=partial(_take, code=step.code),
        form=lambda case, data=None, files=None: _form(one, case, step.code, data, files),
        note=lambda case: _note(case, step),
        citation=lambda _case: step.citation,
        done=lambda _taken: f"“{step.title}”已{'提交' if step.code in offer_of(one.code).takers else '办理'}。",
        due=partial(_last_day, code=step.code),
        is_draft=any(entry.kind == "text" for entry in step.entry),
        look="fold" if step.repeats or step.meeting else "card",
    )


def _note(case: ProcedureCase, step: Step) -> str:
    """How a step is taken; of one that a meeting decides, what alone is entered by hand."""
    history = f"在这里只登记{words.day(case.organization.live_on)}以前已经表决的。"
    return f"{step.how}{history}" if step.meeting else step.how


def _take(*, actor: Actor, case: ProcedureCase, code: str, files: taking.Files, **given: Any) -> object:
    """Keep the files, then take the step: whoever has to mend something in the form does not choose them again."""
    row = open_step(case, code)
    if row is not None:
        papers.add_each(actor=actor, row=row, files=files)
    take = offer_of(case.procedure).takers.get(code, taking.take)
    return take(actor=actor, case=case, code=code, **given)


def _require(actor: Actor, case: ProcedureCase, *, code: str) -> None:
    taking.require_step(actor, case, code)


def _form(one: Procedure, case: ProcedureCase, code: str, data: Any, files: Any) -> StepForm:
    """The form of a step as its text is today, with what was entered before it was sent back."""
    step = one.step(code, clock.today()) or step_named(case, code)
    with at(case.organization):
        before = CaseStep.objects.filter(case=case, code=code, state=StepState.RETURNED).order_by("taken_at").last()
    return StepForm(
        step,
        data,
        files,
        organization=side_of(step, case),
        before=before.read_entry() if before else None,
        sheets=lambda: sheets_of_open(case, step),
        asks_why=offer_of(one.code).may_ask_why(step),
    )


def _waits(case: ProcedureCase, actor: Actor) -> str:
    """Whom the case waits for, for somebody who can do nothing to move it on."""
    if not case.is_open:
        return ""
    known, today = procedure(case.procedure), clock.today()
    said: list[str] = []
    for row in open_steps(case):
        step = known.step(row.code, today)
        if step is None or step.repeats or (row.is_due(today) and may(require_turn, actor, case, step, row.place)):
            continue
        who = "本人" if step.who.themselves else row.person.name if row.person else row.place.short_name
        when = f"（{words.day(row.opens_on)}起）" if not row.is_due(today) else ""
        said.append(f"{who}办理“{step.title}”{when}")
    return f"等{'，'.join(said)}。" if said else ""


_ENDS = (
    cases.Step(
        code="take_back",
        label="撤销这一步",
        title="撤销最近一步",
        icon="arrow-back-up",
        require=taking_back.require_taking_back,
        act=taking_back.take_back,
        form=ReasonForm,
        look="fold",
        note=taking_back.said,
        confirm="撤销以后，由这一步引起的变动一并还原，这一步重新办理。记录保留。确定撤销吗？",
        is_dangerous=True,
        done="已撤销。",
    ),
    cases.Step(
        code="withdraw",
        label="撤回",
        icon="arrow-back-up",
        require=ending.require_withdrawing,
        act=ending.withdraw,
        form=ReasonForm,
        look="fold",
        confirm="撤回以后，这一件不再办理，已经办的步骤仍留在记录中。确定撤回吗？",
        is_dangerous=True,
        done="已撤回。",
    ),
    cases.Step(
        code="reopen",
        label="恢复办理",
        icon="rotate-clockwise",
        require=ending.require_reopening,
        act=ending.reopen,
        form=ReasonForm,
        look="fold",
        done="已恢复办理。",
    ),
)


# Beginning one


def _new(request: Request, *, code: str) -> HttpResponse:
    """Begin a case with its first step."""
    one = procedure(code)
    form = StartForm(one, request.POST or None, request.FILES or None)

    def act(_data: Mapping[str, Any]) -> ProcedureCase:
        return starting.start(actor=request.actor, code=code, **form.keywords())

    return submit(
        request,
        form,
        act,
        template="procedures/form.html",
        context={
            "title": one.begin,
            "crumbs": [(one.title, reverse(f"procedures:{code}"))],
            "crumb": one.begin,
            "step": form.step,
            "label": "提交",
            "back": reverse(f"procedures:{code}"),
        },
        done=lambda made: f"“{made.title}”：{form.step.title}已办理。",
        to=lambda made: reverse(f"procedures:{code}_case", args=[made.pk]),
    )
