"""Duties for programs."""

import datetime as dt
from typing import Literal

from django.db.models import Q, QuerySet
from ninja import Query, Router, Schema
from ninja.pagination import paginate
from pydantic import Field

from dangjian.engines.duties.models import Duty, DutyQuerySet, State, is_overdue, is_soon
from dangjian.engines.duties.queries import lists
from dangjian.kernel import clock
from dangjian.kernel.api import REFUSED, Key, Pages
from dangjian.kernel.gate import Request
from dangjian.org.gate import api_operation, find
from dangjian.org.models import Organization

router = Router()

Shown = Literal["open", "due_soon", "overdue", "done", "excused"]


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


class DutyFilter(Schema):
    """What to list."""

    organization: Key | None = Field(None, description="只列这个党组织及其下级的事项")
    state: Shown | None = Field(
        None, description="open 未完成（全部）、due_soon 即将到期、overdue 已超期、done 已完成、excused 免办"
    )
    rule: str = Field("", max_length=40, description="规则代码，如 general_meeting")
    member: Literal["me"] | None = Field(None, description="me 只列令牌主人本人负责的事项，不论在哪个党组织")


def _states(today: dt.date) -> dict[str, Q]:
    return {
        "open": Q(state=State.OPEN),
        "due_soon": is_soon(today),
        "overdue": is_overdue(today),
        "done": Q(state=State.DONE),
        "excused": Q(state=State.EXCUSED),
    }


@router.get(
    "/duties",
    response={200: list[DutyOut], **REFUSED},
    summary="应办事项列表",
    description="按党组织、状态、规则查找，先到期的在前；只列有权查看的事项。党员个人的事项只有本人、责任人和能看责任矩阵的人可以看到。",
)
@paginate(Pages)
@api_operation("duties.view")
def list_duties(request: Request, filters: Query[DutyFilter]) -> QuerySet[Duty]:
    """Duties that the actor may see, or those he answers for."""
    actor = request.actor
    if filters.member == "me":
        rows: DutyQuerySet = lists.mine(actor.user_id)
    else:
        rows = Duty.objects.live().filter(_may_be_seen_by(actor))
    if filters.organization:
        rows = rows.filter(organization__path__startswith=find(Organization, pk=filters.organization).path)
    if filters.state:
        rows = rows.filter(_states(clock.today())[filters.state])
    if filters.rule:
        rows = rows.filter(rule=filters.rule)
    return lists.shown(rows).soonest_first()


def _may_be_seen_by(actor: "object") -> Q:
    """A member's own duty concerns him, whoever answers for it, and those who see the matrix there."""
    user_id = actor.user_id  # type: ignore[attr-defined]  # a GrantedActor
    matrix = actor.scope_of("duties.matrix").q("organization__")  # type: ignore[attr-defined]  # a GrantedActor
    return Q(member=None) | Q(responsible=user_id) | Q(member__user=user_id) | matrix


def _duty(request: Request, duty_id: int) -> Duty:
    rows = lists.shown(Duty.objects.live().filter(_may_be_seen_by(request.actor)))
    found: Duty = find(rows, pk=duty_id)
    return found


@router.get(
    "/duties/{duty_id}",
    response={200: DutyOut, **REFUSED},
    summary="一项应办事项",
    description="按编号取一项应办事项，连同依据和办法。",
)
@api_operation("duties.view", on=_duty)
def get_duty(request: Request, duty: Duty) -> Duty:  # noqa: ARG001 - every operation is handed the request
    """One duty."""
    return duty
