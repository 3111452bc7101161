"""Cases of a procedure for programs: those of the list, one with what may be done next, a step taken, and the figures."""

import datetime as dt
from typing import Any

from ninja import Router, Schema
from pydantic import Field

from dangjian.engines.procedures.actions import taking
from dangjian.engines.procedures.definition import Procedure
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseStep, ProcedureCase
from dangjian.engines.procedures.views.pages import case_of, pages_of
from dangjian.kernel import clock
from dangjian.kernel.api import REFUSED
from dangjian.kernel.gate import Request
from dangjian.org import statistics
from dangjian.org.gate import api_operation
from dangjian.org.lists import operation


class CaseOut(Schema):
    """A case as a list has it."""

    id: int
    title: str
    organization_id: int
    state: str = Field(description="open 办理中、finished 已办结、refused 未通过、withdrawn 已撤回、ended 已终止")
    stage: str = Field(description="阶段的代码")
    started_on: dt.date
    ended_on: dt.date | None
    due_on: dt.date | None = Field(description="轮到的各步中最早的最后期限")


class OpenStepOut(Schema):
    """A step that may be taken next, or from its first day on."""

    code: str
    title: str
    round: int
    organization_id: int = Field(alias="place_id", description="由哪个党组织办理")
    opens_on: dt.date
    due_on: dt.date | None
    article: str
    may_take: bool = Field(description="令牌主人现在能不能办理这一步")


class CaseDetailOut(CaseOut):
    """A case with what comes next."""

    open_steps: list[OpenStepOut]


class StepIn(Schema):
    """A step that is taken."""

    day: dt.date = Field(description="办理日期，不能晚于今天")
    outcome: str = Field("", description="结果的代码；没有几种结果可选的步骤不写")
    entry: dict[str, str] = Field(default_factory=dict, description="填写项的代码和内容；日期写成2026-12-01，金额以分为单位")
    reason: str = Field("", max_length=200, description="与“一般”要求不同的，写明原因")


def router_of(brought: Procedure) -> Router:
    """The operations of a brought."""
    router, pages, code = Router(), pages_of(brought), brought.code

    def one(request: Request, case_id: int) -> ProcedureCase:
        return case_of(request, case_id, code=code)

    operation(
        router,
        f"/procedures/{code}",
        pages.listing,
        CaseOut,
        description=f"{brought.title}：不写状态的列办理中的，期限最近的在前；只列有权查看的。",
    )

    @router.get(
        f"/procedures/{code}/cases/{{case_id}}",
        response={200: CaseDetailOut, **REFUSED},
        summary=f"一件{brought.title}",
        description="按编号取一件，连同接下来可以办理的步骤、期限和依据。",
        url_name=f"procedures_{code}_case",
        operation_id=f"procedures_{code}_case",
    )
    @api_operation(brought.view, on=one)
    def get_case(request: Request, case: ProcedureCase) -> dict[str, Any]:
        """One case."""
        return _detail(request, case)

    @router.post(
        f"/procedures/{code}/cases/{{case_id}}/steps/{{step}}",
        response={200: CaseDetailOut, **REFUSED},
        summary=f"办理{brought.title}的一步",
        description="办理轮到的一步，与页面上办理一样；须交材料的步骤请在页面上办理。",
        url_name=f"procedures_{code}_take",
        operation_id=f"procedures_{code}_take",
    )
    @api_operation(brought.view, on=one)
    def take_step(request: Request, case: ProcedureCase, step: str, data: StepIn) -> dict[str, Any]:
        """Take a step."""
        taking.take(
            actor=request.actor,
            case=case,
            code=step,
            day=data.day,
            outcome=data.outcome,
            entry=data.entry,
            reason=data.reason,
        )
        return _detail(request, case)

    statistics.operation(
        router,
        f"/procedures/{code}/statistics",
        pages.statistics,
        description=f"一个党组织及其下级的{brought.title}：开始、办理中、超期、办结、未通过各多少件。",
    )
    return router


def _detail(request: Request, case: ProcedureCase) -> dict[str, Any]:
    """A case with its open steps, told from the same declaration as the buttons of its page."""
    pages = pages_of(procedure(case.procedure))
    may = {step.code for step in pages.case.open_steps(request.actor, case)}
    rows = CaseStep.objects.open().filter(case=case).order_by("opens_on", "pk")
    said = [(row, pages.procedure.step(row.code, clock.today())) for row in rows]
    steps = [
        {
            "code": row.code,
            "title": step.title,
            "round": row.round,
            "place_id": row.place_id,
            "opens_on": row.opens_on,
            "due_on": row.due_on,
            "article": step.citation,
            "may_take": row.code in may,
        }
        for row, step in said
        if step
    ]
    plain = {name: getattr(case, name) for name in CaseOut.model_fields if name != "id"}
    return {"id": case.pk, **plain, "open_steps": steps}
