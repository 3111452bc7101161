"""What the machine interface says of meetings, and what it takes."""

import datetime as dt

from ninja import Schema
from pydantic import Field

from dangjian.activities.meetings.kinds import MEETING_KINDS
from dangjian.activities.meetings.models import (
    AgendaItem,
    AgendaType,
    Answer,
    Attendance,
    Audience,
    Decision,
    MakeUp,
    MakeUpState,
    Meeting,
    MeetingGuest,
    Mode,
    Presence,
    Role,
    Sitting,
    Status,
)
from dangjian.activities.meetings.views.make_up import MAKE_UP
from dangjian.kernel.api import Given, Key, Moment
from dangjian.org.cases.api import steps_field, steps_resolver

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
    case_id: int | None = Field(description="会上表决的办理事项的编号；空为一般议题")
    case_step: str = Field(description="表决办理事项的哪一步（代码）")
    case_outcome: str = Field(description="提请表决的结果（代码）")

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


class MeetingGuestOut(Schema):
    """A member of another organisation who was invited to sit in; neither due nor counted."""

    key: str = Field(description="contact 加流入党员编号")
    name: str = Field(description="姓名")
    home: str = Field(description="组织关系所在党组织")
    presence: Presence = Field(description="unknown 未登记、present 到会、online 线上到会、absent 缺席、leave 请假")


class MeetingDetailOut(ListedMeetingOut):
    """A meeting with its agenda and decisions."""

    notes: str = Field(description="会议要求")
    called_at: dt.datetime | None = Field(description="通知时间")
    begun_at: dt.datetime | None = Field(description="开始时间")
    ended_at: dt.datetime | None = Field(description="结束时间")
    closed_at: dt.datetime | None = Field(description="归档时间")
    agenda: list[AgendaItemOut] = Field(description="议程")
    decisions: list[DecisionOut] = Field(description="决议")
    guests: list[MeetingGuestOut] = Field(description="列席的流入党员")

    @staticmethod
    def resolve_guests(meeting: Meeting) -> list[MeetingGuest]:
        """In the order in which they were invited."""
        return list(meeting.guests.all())

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


class SittingIn(Given):
    """One time to hold the meeting."""

    starts_at: Moment = Field(description="开始时间，带时区", examples=["2026-11-26T15:00:00+08:00"])
    ends_at: Moment = Field(description="结束时间，带时区", examples=["2026-11-26T16:30:00+08:00"])
    place: str = Field("", max_length=120, description="地点；空为会议的地点")


class AgendaItemIn(Given):
    """An item to put on the agenda."""

    title: str = Field(min_length=1, max_length=200, description="议题", examples=["学习党中央最新精神"])
    type: AgendaType = Field(AgendaType.STUDY, description="议题类型")
    speaker_id: Key | None = Field(None, description="主讲人（党员编号）")
    speaker_name: str = Field("", max_length=64, description="主讲人姓名，不是本组织党员时填写")


class MeetingIn(Given):
    """A meeting to call."""

    organization_id: Key = Field(description="召开会议的党组织", examples=[1])
    kinds: list[str] = Field(min_length=1, max_length=20, description=f"会议类型：{KINDS}", examples=[["general_meeting"]])
    title: str = Field(min_length=1, max_length=120, description="会议名称", examples=["2026年第四季度支部党员大会"])
    sittings: list[SittingIn] = Field(min_length=1, max_length=12, description="场次，倒班的可分几场")
    mode: Mode = Field(Mode.ONSITE, description="onsite 现场、online 线上、both 现场和线上")
    place: str = Field("", max_length=120, description="地点", examples=["一号会议室"])
    online_url: str = Field("", max_length=300, description="线上会议链接")
    audience: Audience = Field(Audience.MEMBERS, description="members 全体党员、committee 委员会成员、chosen 指定人员")
    member_ids: list[Key] = Field(default_factory=list, description="指定的参加人员（党员编号），audience 为 chosen 时填写")
    observer_ids: list[Key] = Field(default_factory=list, description="列席人员（党员编号）")
    guest_keys: list[str] = Field(
        default_factory=list, max_length=500, description="列席的流入党员，例如 contact:12（contact 加流入党员编号）"
    )
    chair_id: Key | None = Field(None, description="主持人（党员编号）")
    recorder_id: Key | None = Field(None, description="记录人（党员编号）")
    is_fixed_day: bool = Field(False, description="在固定党日开展")
    notes: str = Field("", max_length=1000, description="会议要求")
    agenda: list[AgendaItemIn] = Field(default_factory=list, max_length=30, description="议程")
    send: bool = Field(True, description="立即通知参加人员；false 只存草稿")


class MakeUpOut(Schema):
    """A make-up study of somebody who did not come."""

    id: int = Field(description="补课编号")
    meeting_id: int = Field(description="没有参加的会议")
    meeting_title: str = Field(description="会议名称")
    material: str = Field(description="学习内容")
    link: str = Field(description="学习材料链接")
    due_on: dt.date = Field(description="完成期限")
    state: MakeUpState = Field(description="assigned 待完成、submitted 已提交待确认、returned 退回补充、confirmed 已确认")
    reflection: str = Field(description="学习体会")
    done_at: dt.datetime | None = Field(description="提交时间")
    note: str = Field(description="退回时的意见")
    open_steps: list[str] = steps_field(MAKE_UP)
    resolve_open_steps = steps_resolver(MAKE_UP)

    @staticmethod
    def resolve_meeting_id(task: MakeUp) -> int:
        """Of the meeting missed."""
        return task.attendance.meeting_id

    @staticmethod
    def resolve_meeting_title(task: MakeUp) -> str:
        """Of the meeting missed."""
        return task.attendance.meeting.title


class HandInIn(Given):
    """What somebody took from their study."""

    reflection: str = Field(max_length=5000, description="学习体会")


class AnswerIn(Given):
    """The answer to a call."""

    coming: bool = Field(description="true 参加，false 请假")
    sitting_id: Key | None = Field(None, description="参加的场次，分场召开时填写")
    reason: str = Field("", max_length=200, description="请假事由，请假时必填")


class CheckInIn(Given):
    """Checking in: with the QR code's token, or with the six digits."""

    token: str = Field("", max_length=80, description="二维码地址的最后一段")
    code: str = Field("", max_length=12, description="屏幕上的六位数字，没有 token 时填写", examples=["042519"])
    meeting_id: Key | None = Field(None, description="要签到的会议；填写后，别的会议的签到码会被拒绝")
    online: bool = Field(False, description="线上参加；只在现场召开的会议不能线上签到")


class CheckInOut(Schema):
    """The acknowledgement of a check-in."""

    meeting_id: int = Field(description="会议编号")
    title: str = Field(description="会议名称")
    at: dt.datetime = Field(description="签到时间")
    presence: str = Field(description="present 到会、online 线上到会")
    is_new: bool = Field(description="false 为以前已经签到，这次没有改动")


class HandCheckInIn(Given):
    """Registering people by hand."""

    attendance_ids: list[Key] = Field(min_length=1, max_length=5000, description="名单编号")
    presence: Presence = Field(Presence.PRESENT, description="登记为什么；不能登记为 made_up")
    reason: str = Field(min_length=1, max_length=200, description="登记原因", examples=["手机没电"])
    sitting_id: Key | None = Field(None, description="场次")


class HandCheckInOut(Schema):
    """How many were changed."""

    changed: int = Field(description="改动的人数；已经是这样的不计")
