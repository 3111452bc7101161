"""Meetings for programs: the same actions, scopes and permissions as the pages."""

import datetime as dt
from typing import Any, Literal

from django.db import transaction
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja import Status as Answered
from ninja.pagination import paginate
from pydantic import Field

from dangjian.activities.meetings import actions, own, queries
from dangjian.activities.meetings.kinds import MEETING_KINDS
from dangjian.activities.meetings.models import (
    CAME,
    AgendaItem,
    AgendaType,
    Answer,
    Attendance,
    Audience,
    Decision,
    Meeting,
    MeetingKindRow,
    Mode,
    Presence,
    Role,
    Sitting,
    Status,
)
from dangjian.kernel import clock
from dangjian.kernel.api import REFUSED, Pages
from dangjian.kernel.errors import Invalid
from dangjian.kernel.gate import SIGNED_IN
from dangjian.members.models import Member
from dangjian.org.gate import api_operation, find
from dangjian.org.models import Organization
from dangjian.org.scope import everything

router = Router()
KINDS = "、".join(f"{kind.code} {kind.title}" for kind in MEETING_KINDS.values())


class SittingOut(Schema):
    """One time at which a meeting is held."""

    id: int = Field(description="场次编号")
    starts_at: dt.datetime = Field(description="开始时间")
    ends_at: dt.datetime = Field(description="结束时间")
    place: str = Field(description="地点；空为会议的地点")


class MeetingOut(Schema):
    """A meeting, as a list shows it."""

    id: int = Field(description="会议编号")
    organization_id: int = Field(description="召开会议的党组织")
    title: str = Field(description="会议名称")
    kinds: list[str] = Field(description=f"会议类型，一次会议可有多种：{KINDS}")
    status: Status = Field(
        description="draft 草稿、called 已通知、running 进行中、held 待整理记录、"
        "confirmed 记录已确认、closed 已归档、cancelled 已取消"
    )
    mode: Mode = Field(description="onsite 现场、online 线上、both 现场和线上")
    place: str = Field(description="地点")
    online_url: str = Field(description="线上会议链接")
    held_on: dt.date | None = Field(description="召开日期；分场召开的为第一场的日期")
    chair_id: int | None = Field(description="主持人（党员编号）")
    recorder_id: int | None = Field(description="记录人（党员编号）")
    number: str = Field(description="档案编号，归档后才有")
    sittings: list[SittingOut] = Field(description="场次")

    @staticmethod
    def resolve_kinds(meeting: Meeting) -> list[str]:
        """Codes, in the order of the code list."""
        return meeting.kind_codes

    @staticmethod
    def resolve_sittings(meeting: Meeting) -> list[Sitting]:
        """Those fetched with the meeting."""
        return list(meeting.sittings.all())


class ListedMeetingOut(MeetingOut):
    """A meeting with its attendance."""

    due: int = Field(description="应到人数")
    came: int = Field(description="实到人数（含线上）")


class AgendaItemOut(Schema):
    """An item of the agenda."""

    id: int = Field(description="议题编号")
    type: AgendaType = Field(
        description="first_agenda 第一议题、study 学习、report 通报或报告、discussion 讨论、vote 表决、"
        "lecture 讲党课、appraisal 评议、other 其他"
    )
    title: str = Field(description="议题")
    speaker: str = Field(description="主讲人姓名")

    @staticmethod
    def resolve_speaker(item: AgendaItem) -> str:
        """By name."""
        return item.speaker_text


class DecisionOut(Schema):
    """A decision with its vote."""

    id: int = Field(description="决议编号")
    type: str = Field(description="ordinary 一般事项、admission 接收预备党员、conversion 预备党员转正、election 选举、other 其他")
    text: str = Field(description="决议内容")
    candidate_name: str = Field(description="对象姓名")
    due: int = Field(description="应到会有表决权人数")
    present: int = Field(description="实到会有表决权人数")
    in_favour: int = Field(description="赞成票")
    against: int = Field(description="反对票")
    abstain: int = Field(description="弃权票")
    passed: bool | None = Field(description="是否通过；空为需人工认定或不计票")
    citations: list[str] = Field(description="依据的条文")

    @staticmethod
    def resolve_citations(decision: Decision) -> list[str]:
        """One a line as they are kept."""
        return decision.citations.splitlines()


class MeetingDetailOut(ListedMeetingOut):
    """A meeting with its agenda and decisions."""

    notes: str = Field(description="会议要求")
    called_at: dt.datetime | None = Field(description="通知时间")
    begun_at: dt.datetime | None = Field(description="开始时间")
    ended_at: dt.datetime | None = Field(description="结束时间")
    closed_at: dt.datetime | None = Field(description="归档时间")
    agenda: list[AgendaItemOut] = Field(description="议程")
    decisions: list[DecisionOut] = Field(description="决议")

    @staticmethod
    def resolve_agenda(meeting: Meeting) -> list[AgendaItem]:
        """In order."""
        return list(meeting.agenda.all())

    @staticmethod
    def resolve_decisions(meeting: Meeting) -> list[Decision]:
        """In the order in which they were taken."""
        return list(meeting.decisions.all())


class AttendanceOut(Schema):
    """Somebody called to a meeting."""

    id: int = Field(description="名单编号，登记到会时使用")
    member_id: int = Field(description="党员编号")
    name: str = Field(description="姓名")
    role: Role = Field(description="attendee 应到、observer 列席")
    sitting_id: int | None = Field(description="参加的场次")
    answer: Answer = Field(description="none 未答复、coming 参加、leave_asked 请假待批、leave_granted 准假、leave_refused 未准假")
    leave_reason: str = Field(description="请假事由")
    presence: Presence = Field(
        description="unknown 未登记、present 到会、online 线上到会、absent 缺席、leave 请假、made_up 已补课"
    )
    checked_in_at: dt.datetime | None = Field(description="签到时间")
    method: str = Field(description="code 签到码、hand 记录人登记、online 线上确认；空为没有签到")
    hand_reason: str = Field(description="手工登记的原因")
    eligible_voter: bool | None = Field(description="有没有表决权；空为会议还没有开始")

    @staticmethod
    def resolve_name(row: Attendance) -> str:
        """Of the member."""
        return row.member.name


class MyMeetingOut(Schema):
    """A meeting that the owner of the token is called to."""

    meeting: MeetingOut = Field(description="会议")
    role: Role = Field(description="attendee 应到、observer 列席")
    sitting_id: int | None = Field(description="我参加的场次")
    answer: Answer = Field(description="我的答复")
    leave_reason: str = Field(description="请假事由")
    presence: Presence = Field(description="我的出席情况")
    checked_in_at: dt.datetime | None = Field(description="签到时间")


class SittingIn(Schema):
    """One time to hold the meeting."""

    starts_at: dt.datetime = Field(description="开始时间，带时区", examples=["2026-11-26T15:00:00+08:00"])
    ends_at: dt.datetime = Field(description="结束时间，带时区", examples=["2026-11-26T16:30:00+08:00"])
    place: str = Field("", max_length=120, description="地点；空为会议的地点")


class AgendaItemIn(Schema):
    """An item to put on the agenda."""

    title: str = Field(min_length=1, max_length=200, description="议题", examples=["学习党中央最新精神"])
    type: AgendaType = Field(AgendaType.STUDY, description="议题类型")
    speaker_id: int | None = Field(None, description="主讲人（党员编号）")
    speaker_name: str = Field("", max_length=64, description="主讲人姓名，不是本组织党员时填写")


class MeetingIn(Schema):
    """A meeting to call."""

    organization_id: int = Field(description="召开会议的党组织", examples=[1])
    kinds: list[str] = Field(min_length=1, description=f"会议类型：{KINDS}", examples=[["general_meeting"]])
    title: str = Field(min_length=1, max_length=120, description="会议名称", examples=["2026年第四季度支部党员大会"])
    sittings: list[SittingIn] = Field(min_length=1, description="场次，倒班的可分几场")
    mode: Mode = Field(Mode.ONSITE, description="onsite 现场、online 线上、both 现场和线上")
    place: str = Field("", max_length=120, description="地点", examples=["一号会议室"])
    online_url: str = Field("", max_length=300, description="线上会议链接")
    audience: Audience = Field(Audience.MEMBERS, description="members 全体党员、committee 委员会成员、chosen 指定人员")
    member_ids: list[int] = Field(default_factory=list, description="指定的参加人员（党员编号），audience 为 chosen 时填写")
    observer_ids: list[int] = Field(default_factory=list, description="列席人员（党员编号）")
    chair_id: int | None = Field(None, description="主持人（党员编号）")
    recorder_id: int | None = Field(None, description="记录人（党员编号）")
    is_fixed_day: bool = Field(False, description="在固定党日开展")
    notes: str = Field("", max_length=1000, description="会议要求")
    agenda: list[AgendaItemIn] = Field(default_factory=list, description="议程")
    send: bool = Field(True, description="立即通知参加人员；false 只存草稿")


class AnswerIn(Schema):
    """The answer to a call."""

    coming: bool = Field(description="true 参加，false 请假")
    sitting_id: int | None = Field(None, description="参加的场次，分场召开时填写")
    reason: str = Field("", max_length=200, description="请假事由，请假时必填")


class CheckInIn(Schema):
    """Checking in: with the QR code's token, or with the six digits."""

    token: str = Field("", max_length=80, description="二维码地址的最后一段")
    code: str = Field("", max_length=12, description="屏幕上的六位数字，没有 token 时填写", examples=["042519"])
    meeting_id: int | None = Field(None, description="要签到的会议；填写后，别的会议的签到码会被拒绝")
    online: bool = Field(False, description="线上参加，会议允许时有效")


class CheckInOut(Schema):
    """The acknowledgement of a check-in."""

    meeting_id: int = Field(description="会议编号")
    title: str = Field(description="会议名称")
    at: dt.datetime = Field(description="签到时间")
    presence: str = Field(description="present 到会、online 线上到会")
    is_new: bool = Field(description="false 为以前已经签到，这次没有改动")


class HandCheckInIn(Schema):
    """Registering people by hand."""

    attendance_ids: list[int] = Field(min_length=1, description="名单编号")
    presence: Presence = Field(Presence.PRESENT, description="登记为什么；不能登记为 made_up")
    reason: str = Field(min_length=1, max_length=200, description="登记原因", examples=["手机没电"])
    sitting_id: int | None = Field(None, description="场次")


class HandCheckInOut(Schema):
    """How many were changed."""

    changed: int = Field(description="改动的人数；已经是这样的不计")


class MeetingFilter(Schema):
    """What to list."""

    organization: int | None = Field(None, description="只列这个党组织及其下级的会议")
    kind: str = Field("", description=f"会议类型：{KINDS}")
    status: Status | None = Field(None, description="会议状态")
    since: dt.date | None = Field(None, description="召开日期不早于这一天")
    until: dt.date | None = Field(None, description="召开日期不晚于这一天")
    q: str = Field("", max_length=60, description="名称中的文字")


class AttendanceFilter(Schema):
    """Whom to list."""

    presence: Presence | None = Field(None, description="出席情况")
    answer: Answer | None = Field(None, description="答复")


class MyMeetingFilter(Schema):
    """Which of one's own meetings."""

    when: Literal["all", "coming", "past"] = Field("all", description="all 全部、coming 要参加的、past 已召开的")


def _shown(rows: QuerySet[Meeting]) -> QuerySet[Meeting]:
    """``rows`` with everything a line of a list shows; read after the scope is closed, so each part is asked for here."""
    due = Q(attendances__role=Role.ATTENDEE)
    related = [Prefetch("kinds", MeetingKindRow.objects.all()), Prefetch("sittings", Sitting.objects.all())]
    return rows.prefetch_related(*related).annotate(
        due=Count("attendances", filter=due, distinct=True),
        came=Count("attendances", filter=due & Q(attendances__presence__in=CAME), distinct=True),
    )


def _detail(meeting_id: int) -> Meeting:
    parts = [Prefetch("agenda", AgendaItem.objects.select_related("speaker")), Prefetch("decisions", Decision.objects.all())]
    rows = _shown(Meeting.objects.select_related("organization", "chair", "recorder")).prefetch_related(*parts)
    found: Meeting = find(rows, pk=meeting_id)
    return found


def _visible(request: HttpRequest) -> QuerySet[Meeting]:
    """Meetings of the scope; a draft is the business of those who prepare it."""
    where = request.actor.scope_of("meetings.call")  # type: ignore[attr-defined]  # set by api_operation
    rows: QuerySet[Meeting] = Meeting.objects.filter(~Q(status=Status.DRAFT) | where.q("organization__"))
    return rows


@router.get(
    "/meetings",
    response={200: list[ListedMeetingOut], **REFUSED},
    summary="会议列表",
    description="按党组织、类型、状态、日期查找，新的在前；只列有权查看的会议。",
)
@paginate(Pages)
@api_operation("meetings.view")
def list_meetings(request: HttpRequest, filters: Query[MeetingFilter]) -> QuerySet[Meeting]:
    """Meetings that the actor may see."""
    rows: QuerySet[Meeting] = _visible(request)
    if filters.organization:
        rows = rows.filter(organization__path__startswith=find(Organization, pk=filters.organization).path)
    if filters.kind:
        rows = rows.filter(kinds__kind=filters.kind)
    if filters.status:
        rows = rows.filter(status=filters.status)
    if filters.since:
        rows = rows.filter(held_on__gte=filters.since)
    if filters.until:
        rows = rows.filter(held_on__lte=filters.until)
    if filters.q:
        rows = rows.filter(title__contains=filters.q)
    return _shown(rows)


@router.post(
    "/meetings",
    response={201: MeetingDetailOut, **REFUSED},
    summary="召集会议",
    description="拟定会议并通知参加人员；send 为 false 时只存草稿，不通知任何人。名单按当天的花名册确定。",
)
@api_operation("meetings.call")
def call_meeting(request: HttpRequest, data: MeetingIn) -> Any:
    """Plan a meeting and call it, both or neither."""
    actor = request.actor  # type: ignore[attr-defined]  # set by api_operation
    organization = find(Organization, pk=data.organization_id)
    details = data.dict(
        include={"title", "mode", "place", "online_url", "is_fixed_day", "notes", "audience", "member_ids", "observer_ids"}
    )
    with transaction.atomic():
        meeting = actions.plan(
            actor=actor,
            organization=organization,
            kinds=data.kinds,
            sittings=[actions.SittingPlan(**one.dict()) for one in data.sittings],
            agenda=[_agenda_plan(one) for one in data.agenda],
            chair=_member(data.chair_id, "chair_id"),
            recorder=_member(data.recorder_id, "recorder_id"),
            **details,
        )
        if data.send:
            meeting = actions.call(actor=actor, meeting=meeting)
    return Answered(201, _detail(meeting.pk))


def _agenda_plan(item: AgendaItemIn) -> actions.AgendaPlan:
    return actions.AgendaPlan(item.title, item.type, _member(item.speaker_id, "speaker_id"), item.speaker_name)


def _member(pk: int | None, field: str) -> Member | None:
    """A member inside the scope; the answer names the field if there is none."""
    if pk is None:
        return None
    found: Member | None = Member.objects.counted().filter(pk=pk).first()
    if found is None:
        raise Invalid("没有找到这名党员，或不在您的办理范围内。", fields={field: f"党员编号 {pk} 不能用"})
    return found


@router.get(
    "/meetings/{meeting_id}",
    response={200: MeetingDetailOut, **REFUSED},
    summary="一次会议",
    description="按编号取一次会议，连同议程和决议。",
)
@api_operation("meetings.view")
def get_meeting(request: HttpRequest, meeting_id: int) -> Meeting:
    """One meeting."""
    find(_visible(request), pk=meeting_id)
    return _detail(meeting_id)


@router.post(
    "/meetings/{meeting_id}/call",
    response={200: MeetingDetailOut, **REFUSED},
    summary="发出会议通知",
    description="把草稿通知给参加人员。",
)
@api_operation("meetings.call")
def send_call(request: HttpRequest, meeting_id: int) -> Meeting:
    """Call a meeting that was kept as a draft."""
    actions.call(actor=request.actor, meeting=_detail(meeting_id))  # type: ignore[attr-defined]  # set by api_operation
    return _detail(meeting_id)


@router.post(
    "/meetings/{meeting_id}/begin",
    response={200: MeetingDetailOut, **REFUSED},
    summary="开始会议",
    description="由主持人、记录人或有记录权限的人办理。已经开始的不变。",
)
@api_operation(SIGNED_IN)
def begin_meeting(request: HttpRequest, meeting_id: int) -> Meeting:
    """Open a meeting."""
    actions.begin(actor=request.actor, meeting=_detail(meeting_id))  # type: ignore[attr-defined]  # set by api_operation
    return _detail(meeting_id)


@router.post(
    "/meetings/{meeting_id}/end",
    response={200: MeetingDetailOut, **REFUSED},
    summary="结束会议",
    description="由主持人、记录人或有记录权限的人办理。没有到会的人记为请假或缺席。",
)
@api_operation(SIGNED_IN)
def end_meeting(request: HttpRequest, meeting_id: int) -> Meeting:
    """Close the list of a meeting."""
    actions.end(actor=request.actor, meeting=_detail(meeting_id))  # type: ignore[attr-defined]  # set by api_operation
    return _detail(meeting_id)


@router.get(
    "/meetings/{meeting_id}/attendances",
    response={200: list[AttendanceOut], **REFUSED},
    summary="会议名单和出席情况",
    description="通知了谁、怎样答复、有没有到会。",
)
@paginate(Pages)
@api_operation("meetings.view")
def list_attendances(request: HttpRequest, meeting_id: int, filters: Query[AttendanceFilter]) -> QuerySet[Attendance]:  # noqa: ARG001
    """Who is called and who came."""
    rows: QuerySet[Attendance] = find(Meeting, pk=meeting_id).attendances.select_related("member")
    if filters.presence:
        rows = rows.filter(presence=filters.presence)
    if filters.answer:
        rows = rows.filter(answer=filters.answer)
    return rows


@router.post(
    "/meetings/{meeting_id}/hand-check-ins",
    response={200: HandCheckInOut, **REFUSED},
    summary="登记出席",
    description="记录人当场或会后登记到会、线上到会、请假、缺席，须写明原因。",
)
@api_operation(SIGNED_IN)
def check_in_by_hand(request: HttpRequest, meeting_id: int, data: HandCheckInIn) -> dict[str, int]:
    """Register people by hand."""
    meeting = find(Meeting.objects.select_related("organization", "chair", "recorder"), pk=meeting_id)
    changed = actions.check_in_by_hand(
        actor=request.actor,  # type: ignore[attr-defined]  # set by api_operation
        meeting=meeting,
        attendance_ids=data.attendance_ids,
        presence=data.presence,
        reason=data.reason,
        sitting=_sitting(meeting, data.sitting_id),
    )
    return {"changed": changed}


def _sitting(meeting: Meeting, pk: int | None) -> Sitting | None:
    if pk is None:
        return None
    found: Sitting | None = meeting.sittings.filter(pk=pk).first()
    if found is None:
        raise Invalid("所选场次不属于这次会议。", fields={"sitting_id": "请重新选择场次"})
    return found


@router.post(
    "/check-ins",
    response={200: CheckInOut, **REFUSED},
    summary="签到",
    description="令牌主人本人签到，用二维码里的 token 或屏幕上的六位数字。重复签到回答同样的结果，is_new 为 false。",
)
@api_operation(SIGNED_IN)
def check_in(request: HttpRequest, data: CheckInIn) -> actions.CheckIn:
    """The owner of the token checks in."""
    actor: Any = request.actor  # type: ignore[attr-defined]  # set by api_operation
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
def my_meetings(request: HttpRequest, filters: Query[MyMeetingFilter]) -> QuerySet[Attendance]:
    """What the owner of the token is called to."""
    user_id = request.actor.user_id  # type: ignore[attr-defined]  # set by api_operation
    if filters.when == "coming":
        return queries.coming_for(user_id, clock.today())
    return queries.past_for(user_id) if filters.when == "past" else queries.own_attendances(user_id)


@router.post(
    "/meetings/{meeting_id}/answer",
    response={200: MyMeetingOut, **REFUSED},
    summary="答复会议通知",
    description="令牌主人本人答复参加（分场召开的选定场次），或写明事由请假。会议结束前可以改。",
)
@api_operation(SIGNED_IN)
def answer(request: HttpRequest, meeting_id: int, data: AnswerIn) -> Attendance:
    """The owner of the token answers a call."""
    actor: Any = request.actor  # type: ignore[attr-defined]  # set by api_operation
    meeting = own.own_row(actor.user_id, meeting_id).meeting
    with everything("somebody called chooses among the sittings of the meeting, wherever it is held"):
        sitting = _sitting(meeting, data.sitting_id)
    actions.answer(actor=actor, meeting=meeting, coming=data.coming, reason=data.reason, sitting=sitting)
    return own.own_row(actor.user_id, meeting_id)
