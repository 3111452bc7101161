"""What concerns the owner of the token alone: checking in, their calls and answers, their make-up studies."""

from django.db.models import QuerySet
from ninja import Router

from dangjian.activities.meetings import actions, own, queries
from dangjian.activities.meetings.api.meetings import sitting_of
from dangjian.activities.meetings.api.schemas import (
    AnswerIn,
    CheckInIn,
    CheckInOut,
    HandInIn,
    MakeUpOut,
    MyMeetingOut,
)
from dangjian.activities.meetings.models import (
    Attendance,
    MakeUp,
    MakeUpState,
)
from dangjian.kernel import clock
from dangjian.kernel.api import REFUSED
from dangjian.kernel.errors import Invalid
from dangjian.kernel.gate import SIGNED_IN, Request
from dangjian.kernel.lists import ALL, DAY, Asked, Choice, Column, ProgramList
from dangjian.org.gate import api_operation
from dangjian.org.lists import operation

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


def _called(asked: Asked) -> QuerySet[Attendance]:
    user_id, when = asked.request.actor.user_id, asked.values.get("when")
    if when == "coming":
        return queries.coming_for(user_id, clock.today())
    return queries.past_for(user_id) if when == "past" else queries.own_attendances(user_id)


MY_MEETINGS = ProgramList(
    name="meetings:own_meetings",
    title="我的会议",
    permission=SIGNED_IN,
    rows=_called,
    order=lambda asked: ("-meeting__held_on",) if asked.values.get("when") == "past" else ("meeting__held_on",),
    filters=(
        Choice("when", "时间", [("coming", "要参加的"), ("past", "已召开的"), (ALL, "全部")], rows=lambda rows, _when: rows),
    ),
)
operation(
    router,
    "/my/meetings",
    MY_MEETINGS,
    MyMeetingOut,
    description="令牌主人本人被通知参加的会议，不论由哪个党组织召开。",
)
MY_MAKE_UPS = ProgramList(
    name="meetings:own_make_ups",
    title="我的补课",
    permission=SIGNED_IN,
    rows=lambda asked: own.make_ups_of(asked.request.actor.user_id),
    columns=(Column("期限", "due_on", DAY, sort="due_on"),),
    order=("due_on",),
    filters=(Choice("state", "状态", MakeUpState.choices),),
)
operation(
    router,
    "/my/make-ups",
    MY_MAKE_UPS,
    MakeUpOut,
    description="令牌主人本人的补课任务，没有完成的和先到期的在前。",
)


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
    """The owner of the token hands in their study."""
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
