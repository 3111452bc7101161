"""Meetings of an organisation: listed, called, run, recorded."""

from django.db import transaction
from django.db.models import Count, Prefetch, Q, QuerySet
from ninja import Router
from ninja import Status as Answered

from dangjian.activities.meetings import actions
from dangjian.activities.meetings.actions.guards import require_recorder
from dangjian.activities.meetings.api.schemas import (
    AgendaItemIn,
    AttendanceOut,
    HandCheckInIn,
    HandCheckInOut,
    ListedMeetingOut,
    MeetingDetailOut,
    MeetingIn,
)
from dangjian.activities.meetings.models import (
    CAME,
    AgendaItem,
    Answer,
    Decision,
    Meeting,
    MeetingGuest,
    MeetingKindRow,
    Presence,
    Role,
    Sitting,
    Status,
)
from dangjian.activities.meetings.views.home import MEETINGS
from dangjian.kernel.api import REFUSED
from dangjian.kernel.errors import Invalid
from dangjian.kernel.gate import SIGNED_IN, Request
from dangjian.kernel.lists import Choice, Column, ProgramList
from dangjian.members.models import Member
from dangjian.org.gate import api_operation, find
from dangjian.org.lists import operation
from dangjian.org.models import Organization

router = Router()


def _with_parts(rows: QuerySet[Meeting]) -> QuerySet[Meeting]:
    """``rows`` with everything a line of a list shows; read after the scope is closed, so each part is asked for here."""
    due = Q(attendances__role=Role.ATTENDEE)
    related = [Prefetch("kinds", MeetingKindRow.objects.all()), Prefetch("sittings", Sitting.objects.all())]
    return rows.prefetch_related(*related).annotate(
        due=Count("attendances", filter=due, distinct=True),
        came=Count("attendances", filter=due & Q(attendances__presence__in=CAME), distinct=True),
    )


def _detail(_request: Request, meeting_id: int) -> Meeting:
    parts = [Prefetch("agenda", AgendaItem.objects.select_related("speaker")), Prefetch("decisions", Decision.objects.all())]
    parts.append(Prefetch("guests", MeetingGuest.objects.all()))
    rows = _with_parts(Meeting.objects.select_related("organization", "chair", "recorder")).prefetch_related(*parts)
    found: Meeting = find(rows, pk=meeting_id)
    return found


def _visible(request: Request) -> QuerySet[Meeting]:
    """Meetings of the scope; a draft is the business of those who prepare it."""
    where = request.actor.scope_of("meetings.call")
    rows: QuerySet[Meeting] = Meeting.objects.filter(~Q(status=Status.DRAFT) | where.q("organization__"))
    return rows


def _to_read(request: Request, meeting_id: int) -> Meeting:
    """The meeting, unless it is a draft that others prepare."""
    find(_visible(request), pk=meeting_id)
    return _detail(request, meeting_id)


def _to_record(request: Request, meeting_id: int) -> Meeting:
    """The meeting, for somebody who keeps its record."""
    meeting = _detail(request, meeting_id)
    require_recorder(request.actor, meeting)
    return meeting


operation(
    router,
    "/meetings",
    MEETINGS,
    ListedMeetingOut,
    summary="会议列表",
    description="按党组织、类型、状态、日期查找，新的在前；只列有权查看的会议。",
    also=_with_parts,
)


@router.post(
    "/meetings",
    response={201: MeetingDetailOut, **REFUSED},
    summary="召集会议",
    description="拟定会议并通知参加人员；send 为 false 时只存草稿，不通知任何人。名单按当天的花名册确定。",
)
@api_operation("meetings.call")
def call_meeting(request: Request, data: MeetingIn) -> object:
    """Plan a meeting and call it, both or neither."""
    actor = request.actor
    organization = find(Organization, pk=data.organization_id)
    details = data.dict(
        include={
            *("title", "mode", "place", "online_url", "is_fixed_day", "notes"),
            *("audience", "member_ids", "observer_ids", "guest_keys"),
        }
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
    return Answered(201, _detail(request, meeting.pk))


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
@api_operation("meetings.view", on=_to_read)
def get_meeting(request: Request, meeting: Meeting) -> Meeting:  # noqa: ARG001 - every operation is handed the request
    """One meeting."""
    return meeting


@router.post(
    "/meetings/{meeting_id}/call",
    response={200: MeetingDetailOut, **REFUSED},
    summary="发出会议通知",
    description="把草稿通知给参加人员。",
)
@api_operation("meetings.call", on=_detail)
def send_call(request: Request, meeting: Meeting) -> Meeting:
    """Call a meeting that was kept as a draft."""
    actions.call(actor=request.actor, meeting=meeting)
    return _detail(request, meeting.pk)


@router.post(
    "/meetings/{meeting_id}/begin",
    response={200: MeetingDetailOut, **REFUSED},
    summary="开始会议",
    description="由主持人、记录人或有记录权限的人办理。已经开始的不变。",
)
@api_operation(SIGNED_IN, on=_to_record)
def begin_meeting(request: Request, meeting: Meeting) -> Meeting:
    """Open a meeting."""
    actions.begin(actor=request.actor, meeting=meeting)
    return _detail(request, meeting.pk)


@router.post(
    "/meetings/{meeting_id}/end",
    response={200: MeetingDetailOut, **REFUSED},
    summary="结束会议",
    description="由主持人、记录人或有记录权限的人办理。没有到会的人记为请假或缺席。",
)
@api_operation(SIGNED_IN, on=_to_record)
def end_meeting(request: Request, meeting: Meeting) -> Meeting:
    """Close the list of a meeting."""
    actions.end(actor=request.actor, meeting=meeting)
    return _detail(request, meeting.pk)


ATTENDANCES = ProgramList(
    name="meetings:attendances",
    title="会议名单和出席情况",
    permission="meetings.view",
    rows=lambda asked: asked.of.attendances.select_related("member"),
    columns=(Column("姓名", "member.name", sort="member__name_sort", key="name"),),
    order=("role", "member__name_sort"),
    filters=(Choice("presence", "出席情况", Presence.choices, "不限"), Choice("answer", "答复", Answer.choices, "不限")),
)
operation(
    router,
    "/meetings/{meeting_id}/attendances",
    ATTENDANCES,
    AttendanceOut,
    description="通知了谁、怎样答复、有没有到会。",
    of=_detail,
)


@router.post(
    "/meetings/{meeting_id}/hand-check-ins",
    response={200: HandCheckInOut, **REFUSED},
    summary="登记出席",
    description="记录人当场或会后登记到会、线上到会、请假、缺席，须写明原因。",
)
@api_operation(SIGNED_IN, on=_to_record)
def check_in_by_hand(request: Request, meeting: Meeting, data: HandCheckInIn) -> dict[str, int]:
    """Register people by hand."""
    _check_on_list(meeting, data.attendance_ids)
    changed = actions.check_in_by_hand(
        actor=request.actor,
        meeting=meeting,
        attendance_ids=data.attendance_ids,
        presence=data.presence,
        reason=data.reason,
        sitting=sitting_of(meeting, data.sitting_id),
    )
    return {"changed": changed}


def _check_on_list(meeting: Meeting, attendance_ids: list[int]) -> None:
    known = set(meeting.attendances.values_list("pk", flat=True))
    strangers = [str(pk) for pk in dict.fromkeys(attendance_ids) if pk not in known]
    if strangers:
        raise Invalid(
            "有的名单编号不是这次会议的，没有登记任何人。",
            how="名单编号见“会议名单和出席情况”。",
            fields={"attendance_ids": f"不属于这次会议：{'、'.join(strangers[:5])}"},
        )


def sitting_of(meeting: Meeting, pk: int | None) -> Sitting | None:
    """A sitting of the meeting by number. Raises ``Invalid`` if it is another's."""
    if pk is None:
        return None
    found: Sitting | None = next((one for one in meeting.sittings.all() if one.pk == pk), None)
    if found is None:
        raise Invalid("所选场次不属于这次会议。", fields={"sitting_id": "请重新选择场次"})
    return found
