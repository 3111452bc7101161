"""What concerns the owner of the token alone: checking in, his calls and answers, his make-up studies."""

from django.db.models import QuerySet
from ninja import Query, Router
from ninja.pagination import paginate

from dangjian.activities.meetings import actions, own, queries
from dangjian.activities.meetings.api.meetings import sitting_of
from dangjian.activities.meetings.api.schemas import (
    AnswerIn,
    CheckInIn,
    CheckInOut,
    HandInIn,
    MakeUpFilter,
    MakeUpOut,
    MyMeetingFilter,
    MyMeetingOut,
)
from dangjian.activities.meetings.models import (
    Attendance,
    MakeUp,
)
from dangjian.kernel import clock
from dangjian.kernel.api import REFUSED, Pages
from dangjian.kernel.errors import Invalid
from dangjian.kernel.gate import SIGNED_IN, Request
from dangjian.org.gate import api_operation

router = Router()


@router.post(
    "/check-ins",
    response={200: CheckInOut, **REFUSED},
    summary="签到",
    description="令牌主人本人签到，用二维码里的 token 或屏幕上的六位数字。重复签到回答同样的结果，is_new 为 false。",
)
@api_operation(SIGNED_IN)
def check_in(request: Request, data: CheckInIn) -> actions.CheckIn:
    """The owner of the token checks in."""
    actor = request.actor
    if not data.token and not data.code:
        raise Invalid("请填写 token 或 code。", fields={"code": "请填写屏幕上的六位数字"})
    meeting = own.own_row(actor.user_id, data.meeting_id).meeting if data.meeting_id else None
    return actions.check_in(actor=actor, token=data.token, code=data.code, meeting=meeting, online=data.online)


@router.get(
    "/my/meetings",
    response={200: list[MyMeetingOut], **REFUSED},
    summary="我的会议",
    description="令牌主人本人被通知参加的会议，不论由哪个党组织召开。",
)
@paginate(Pages)
@api_operation(SIGNED_IN)
def my_meetings(request: Request, filters: Query[MyMeetingFilter]) -> QuerySet[Attendance]:
    """What the owner of the token is called to."""
    user_id = request.actor.user_id
    if filters.when == "coming":
        return queries.coming_for(user_id, clock.today())
    return queries.past_for(user_id) if filters.when == "past" else queries.own_attendances(user_id)


@router.get(
    "/my/make-ups",
    response={200: list[MakeUpOut], **REFUSED},
    summary="我的补课",
    description="令牌主人本人的补课任务，没有完成的和先到期的在前。",
)
@paginate(Pages)
@api_operation(SIGNED_IN)
def my_make_ups(request: Request, filters: Query[MakeUpFilter]) -> QuerySet[MakeUp]:
    """What the owner of the token has to study, or has studied."""
    rows = own.make_ups_of(request.actor.user_id)
    return rows.filter(state=filters.state) if filters.state else rows


def _own_study(request: Request, make_up_id: int) -> MakeUp:
    return own.study(request.actor.user_id, make_up_id)


@router.post(
    "/my/make-ups/{make_up_id}/hand-in",
    response={200: MakeUpOut, **REFUSED},
    summary="提交补课",
    description="令牌主人本人写下学习体会并提交，由记录人确认。确认以前可以再次提交。",
)
@api_operation(SIGNED_IN, on=_own_study)
def hand_in_make_up(request: Request, make_up: MakeUp, data: HandInIn) -> MakeUp:
    """The owner of the token hands in his study."""
    actions.submit_make_up(actor=request.actor, make_up=make_up, reflection=data.reflection)
    return _own_study(request, make_up.pk)


def _own_call(request: Request, meeting_id: int) -> Attendance:
    return own.own_row(request.actor.user_id, meeting_id)


@router.post(
    "/meetings/{meeting_id}/answer",
    response={200: MyMeetingOut, **REFUSED},
    summary="答复会议通知",
    description="令牌主人本人答复参加（分场召开的选定场次），或写明事由请假。会议结束前可以改。",
)
@api_operation(SIGNED_IN, on=_own_call)
def answer(request: Request, row: Attendance, data: AnswerIn) -> Attendance:
    """The owner of the token answers a call."""
    sitting = sitting_of(row.meeting, data.sitting_id)
    actions.answer(actor=request.actor, meeting=row.meeting, coming=data.coming, reason=data.reason, sitting=sitting)
    return _own_call(request, row.meeting_id)
