"""Duties for programs."""

import datetime as dt

from django.db.models import Q, QuerySet
from ninja import Router, Schema
from pydantic import Field

from dangjian.engines.duties.models import SOONEST_FIRST, Duty, State, is_overdue, is_soon
from dangjian.engines.duties.queries import lists
from dangjian.engines.duties.views.duty import DUTY
from dangjian.kernel import clock
from dangjian.kernel.api import REFUSED
from dangjian.kernel.gate import Request
from dangjian.kernel.lists import DAY, Asked, Choice, Column, ProgramList, Search
from dangjian.org.cases.api import steps_field, steps_resolver
from dangjian.org.gate import api_operation, find
from dangjian.org.lists import OrganizationFilter, operation

router = Router()


class DutyOut(Schema):
    """A duty of an organisation, or of a member."""

    id: int = Field(description="应办事项编号")
    rule: str = Field(description="规则代码；local: 开头的是上级布置的任务")
    title: str = Field(description="事项")
    organization_id: int = Field(description="应办的党组织")
    member_id: int | None = Field(description="应办的党员；空为党组织的事项")
    period_start: dt.date = Field(description="周期的第一天")
    period_end: dt.date | None = Field(description="周期的最后一天")
    opens_on: dt.date = Field(description="从哪天开始办理")
    due_on: dt.date | None = Field(description="最后期限；空为没有期限")
    state: State = Field(description="open 未完成、done 已完成、excused 免办")
    look: str = Field(
        description="今天看来的状态：overdue 已超期、due_soon 即将到期、due 待办、upcoming 未到期、pending 待处理、"
        "submitted 已提交、done 已完成、late 逾期完成、waived 免办"
    )
    done_on: dt.date | None = Field(description="完成日期")
    evidence_id: int | None = Field(description="据以认定完成的记录（如会议）的编号")
    responsible_id: int | None = Field(description="责任人（账号编号）")
    responsible: str = Field(description="责任人姓名")
    why: str = Field(description="依据的条文或布置单位")
    how: str = Field(description="怎么办")
    excuse_reason: str = Field(description="免办原因")

    @staticmethod
    def resolve_responsible(duty: Duty) -> str:
        """By name."""
        return duty.responsible.name if duty.responsible else ""

    @staticmethod
    def resolve_why(duty: Duty) -> str:
        """The article."""
        return lists.reason_of(duty).why

    @staticmethod
    def resolve_how(duty: Duty) -> str:
        """What to do."""
        return lists.reason_of(duty).how


class DutyDetailOut(DutyOut):
    """A duty with what the owner of the token may do with it now."""

    open_steps: list[str] = steps_field(DUTY)
    resolve_open_steps = steps_resolver(DUTY)


def _rows(asked: Asked) -> QuerySet[Duty]:
    """Duties that the actor may see, or wherever they lie those that they answer for."""
    actor = asked.request.actor
    own = asked.values.get("member") == "me"
    return lists.to_present(lists.mine(actor.user_id) if own else Duty.objects.live().filter(lists.may_be_seen_by(actor)))


def _in_state(rows: QuerySet[Duty], state: str) -> QuerySet[Duty]:
    today = clock.today()
    conditions = {
        "open": Q(state=State.OPEN),
        "due_soon": is_soon(today),
        "overdue": is_overdue(today),
        "done": Q(state=State.DONE),
        "excused": Q(state=State.EXCUSED),
    }
    return rows.filter(conditions[state]) if state else rows


DUTIES = ProgramList(
    name="duties:all",
    title="应办事项列表",
    permission="duties.view",
    rows=_rows,
    columns=(
        Column("期限", "due_on", DAY, sort="due_on"),
        Column("开始", "opens_on", DAY, sort="opens_on"),
        Column("完成日期", "done_on", DAY, sort="done_on"),
    ),
    order=SOONEST_FIRST,
    filters=(
        OrganizationFilter(),
        Choice(
            "state",
            "状态",
            [("open", "未完成"), ("due_soon", "即将到期"), ("overdue", "已超期"), ("done", "已完成"), ("excused", "免办")],
            rows=_in_state,
        ),
        Search("rule", "规则代码，如 general_meeting", lambda code: Q(rule=code), longest=40),
        Choice("member", "负责人", [("me", "令牌主人本人负责的，不论在哪个党组织")], "不限", rows=lambda rows, _member: rows),
    ),
)
operation(
    router,
    "/duties",
    DUTIES,
    DutyOut,
    description="按党组织、状态、规则查找，先到期的在前；只列有权查看的事项。党员个人的事项只有本人、责任人和能看责任矩阵的人可以看到。",
)


def _duty(request: Request, duty_id: int) -> Duty:
    rows = lists.to_present(Duty.objects.live().filter(lists.may_be_seen_by(request.actor)))
    found: Duty = find(rows, pk=duty_id)
    return found


@router.get(
    "/duties/{duty_id}",
    response={200: DutyDetailOut, **REFUSED},
    summary="一项应办事项",
    description="按编号取一项应办事项，连同依据和办法。",
)
@api_operation("duties.view", on=_duty)
def get_duty(request: Request, duty: Duty) -> Duty:  # noqa: ARG001 - every operation is handed the request
    """One duty."""
    return duty
