"""What organisations owe in meetings: how often each kind is held, and the study that makes up for an absence."""

import datetime as dt
from collections.abc import Sequence
from functools import partial

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import TruncDate
from django.urls import reverse

from dangjian.activities.meetings.kinds import IN_GROUPS, MEETING_KINDS, OF_A_YEAR
from dangjian.activities.meetings.models import Attendance, MakeUp, Meeting, MeetingKindRow
from dangjian.activities.meetings.models.attendance import MakeUpState
from dangjian.activities.meetings.models.meeting import TOOK_PLACE, Status
from dangjian.activities.meetings.policy import last_day_for
from dangjian.activities.meetings.queries import held, held_by_branch_or_groups, held_for
from dangjian.activities.meetings.queries.absences import long_absences, taking_part_again
from dangjian.engines.duties.actions import refresh
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor, Visitor
from dangjian.kernel.gate import SIGNED_IN
from dangjian.kernel.rulebook import Period, book
from dangjian.kernel.sql import later
from dangjian.kernel.ui import words
from dangjian.kernel.windows import Window
from dangjian.org.duty_offers import ActionLink, DueDates, DutyRule, Evidence, InProgress, LocalEvidence, Owed
from dangjian.org.models import COMMITTEE_POSTS, Kind, Organization, Post, PostKind
from dangjian.org.openings import own, register
from dangjian.org.prepared import prepared_rows

BRANCH = frozenset({Kind.BRANCH})
GROUP = frozenset({Kind.GROUP})
COMMITTEE = frozenset({Kind.COMMITTEE})
ABSENCE = "long_absence"
REPORT = "life_meeting_report"
REPORTED_MEETING = "democratic_life_meeting"
LOCAL = "meeting:"
"""Codes of ``LocalEvidence`` are this and the kind."""
COMING = frozenset({Status.CALLED, Status.RUNNING})
LEADERS = (PostKind.SECRETARY, PostKind.DEPUTY_SECRETARY)
BESIDES_LEADERS = COMMITTEE_POSTS - {PostKind.SECRETARY, PostKind.DEPUTY_SECRETARY}


def _evidence(kind: str) -> Evidence:
    in_groups = kind in IN_GROUPS
    return Evidence(
        partial(held_by_branch_or_groups if in_groups else held_for if kind in OF_A_YEAR else held, kind),
        on="held_on",
        reference="meeting_id",
        organization="body_id" if in_groups else "organization_id",
        url_name="meetings:detail",
        counts_on="counted_on" if kind in OF_A_YEAR else "",
    )


def year_notice_until(window: Window) -> dt.date:
    """The last day on which a meeting that the yearly notice asks for may be held for the year."""
    return last_day_for(window.start.year, book=book())


def meetings_called(duties: Sequence[Owed], actor: Visitor) -> dict[int, InProgress]:
    """Meetings called and not yet over that will settle duties, by the duty's number: the soonest of each.

    A duty that wants more meetings than are held and called stays to be called. One query, and one more where the meeting itself
    is closed to the reader: if they are called to it, their own page of it is open.
    """
    coming = _coming_for(duties)
    shut = [coming[duty.pk].pk for duty in duties if duty.pk in coming and not actor.may("meetings.view", duty.organization)]
    called_to = _own_among(shut, actor)
    return {pk: _called(meeting, is_own=meeting.pk in called_to) for pk, meeting in coming.items()}


def _own_among(meetings: Sequence[int], actor: Visitor) -> set[int]:
    if not meetings:
        return set()
    return set(own(Attendance, actor.user_id).filter(meeting__in=meetings).order_by().values_list("meeting_id", flat=True))


def _coming_for(duties: Sequence[Owed]) -> dict[int, Meeting]:
    organizations = tuple(sorted({duty.organization_id for duty in duties}))
    kinds = tuple(sorted({_kind_of(duty) for duty in duties}))
    known: dict[tuple[int, str], list[MeetingKindRow]] = {}
    for row in _rows_of(organizations, kinds, min(duty.period_start for duty in duties)):
        known.setdefault((row.organization_id, row.kind), []).append(row)
    found = {}
    for duty in duties:
        inside = [row.meeting for row in known.get((duty.organization_id, _kind_of(duty)), ()) if _falls_in(row, duty)]
        coming = next((one for one in inside if one.status in COMING), None)
        if coming is not None and len(inside) >= duty.needed:
            found[duty.pk] = coming
    return found


@prepared_rows
def _rows_of(organizations: tuple[int, ...], kinds: tuple[str, ...], since: dt.date) -> QuerySet[MeetingKindRow]:
    # Of organisations whose duties the reader sees.
    status = sorted(COMING | TOOK_PLACE)
    rows: QuerySet[MeetingKindRow] = register(MeetingKindRow).filter(
        organization__in=organizations, kind__in=kinds, held_on__gte=since, meeting__status__in=status
    )
    return rows.select_related("meeting").order_by("held_on", "meeting_id")


def _kind_of(duty: Owed) -> str:
    """The kind of meeting that settles it: by the code of its rule, or of the evidence that a superior chose."""
    return duty.local_duty.satisfied_by.removeprefix(LOCAL) if duty.local_duty else duty.rule


def _falls_in(row: MeetingKindRow, duty: Owed) -> bool:
    day = row.counts_on or row.held_on
    return day is not None and duty.period_start <= day and (duty.period_end is None or day <= duty.period_end)


def _called(meeting: Meeting, *, is_own: bool) -> InProgress:
    day = meeting.held_on
    assert day is not None  # noqa: S101 - ``_falls_in`` left out meetings without a day
    on = words.short_day(day)
    if meeting.status == Status.RUNNING:
        text = "正在召开"
    elif day < clock.today():
        text = f"已召集{on}，过了时间还没有开始"
    else:
        text = f"已召集，{on}召开"
    own_url = reverse("meetings:attend", args=[meeting.pk]) if is_own else ""
    return InProgress(text, reverse("meetings:detail", args=[meeting.pk]), "meetings.view", label="查看会议", own_url=own_url)


def _start(kind: str, label: str) -> ActionLink:
    def query(duty: Owed) -> dict[str, object]:
        is_late = kind in OF_A_YEAR and duty.period_start.year < clock.today().year
        year = {"for_year": duty.period_start.year} if is_late else {}
        return {"kind": kind, "organization": duty.organization_id, **year}

    return ActionLink(
        label,
        "meetings:new",
        query=query,
        begun=meetings_called,
        once_over=ActionLink(
            "补记会议",
            "meetings:new",
            query=lambda duty: {"kind": kind, "organization": duty.organization_id, "on": duty.period_end},
        ),
    )


def studies_handed_in(duties: Sequence[Owed], _actor: Visitor) -> dict[int, InProgress]:
    """Make-up studies that wait for the recorder, by the duty's number. One query."""
    numbers = [duty.occasion for duty in duties]
    waiting = set(register(MakeUp).filter(pk__in=numbers, state=MakeUpState.SUBMITTED).values_list("pk", flat=True))
    return {
        duty.pk: InProgress("已提交，等记录人确认", reverse("meetings:make_up", args=[duty.occasion]), SIGNED_IN)
        for duty in duties
        if duty.occasion in waiting
    }


def derive_after(*, actor: Actor, meeting: Meeting) -> None:
    """Bring up to date what the meeting may have settled or caused: called when it ends and when make-up study changes."""
    kinds = set(meeting.kinds.values_list("kind", flat=True))
    own = meeting.organization
    concerned = [own.pk, own.parent_id] if own.is_group and own.parent_id and kinds & IN_GROUPS else [own.pk]
    refresh(actor=actor, organizations=concerned, rules=kinds | {"make_up", ABSENCE, REPORT})


def with_committee(rows: QuerySet[Organization], window: Window) -> QuerySet[Organization]:
    """Branches that had a committee at some time of the period: a post besides secretary and deputy was held."""
    until = min(window.last, clock.today())
    posts = Post.objects.filter(organization=OuterRef("pk"), kind__in=BESIDES_LEADERS, starts_on__lte=until)
    return rows.filter(Exists(posts.filter(ends_on=None)) | Exists(posts.filter(ends_on__gt=window.start)))


def from_usual_quarter(window: Window) -> dt.date:
    """组织生活会 is shown from the quarter in which it is usually held."""
    quarter = book().on("life.org_life_meeting.usual_quarter", window.start).expect(int)
    return dt.date(window.start.year, quarter * 3 - 2, 1)


def make_ups_to_do(today: dt.date) -> QuerySet[MakeUp]:  # noqa: ARG001 - the offer's signature
    """Make-up studies that are not confirmed."""
    rows = MakeUp.objects.exclude(state=MakeUpState.CONFIRMED).filter(attendance__meeting__held_on__isnull=False)
    return rows.annotate(from_on=F("attendance__meeting__held_on"))


def make_ups_confirmed() -> QuerySet[MakeUp]:
    """Make-up studies that are confirmed, by the day on which the member handed them in."""
    rows = MakeUp.objects.filter(state=MakeUpState.CONFIRMED, done_at__isnull=False)
    return rows.annotate(handed_in_on=TruncDate("done_at"))


def reports_to_send(today: dt.date) -> QuerySet[Meeting]:
    """民主生活会 of which the superior was not told yet."""
    period = book().on("life.leaders_meeting.report", today).expect(Period)
    rows = Meeting.objects.filter(kinds__kind=REPORTED_MEETING, status__in=TOOK_PLACE, held_on__isnull=False, reported_on=None)
    return rows.annotate(report_by=later("held_on", period))


def reports_sent() -> QuerySet[Meeting]:
    """民主生活会 of which the superior was told."""
    return Meeting.objects.filter(kinds__kind=REPORTED_MEETING, reported_on__isnull=False)


RULES = (
    DutyRule(
        "general_meeting",
        "支部党员大会",
        "党员大会",
        rule="life.general_meeting",
        kinds=BRANCH,
        icon="users-group",
        order=10,
        how="由支部委员会召集，全体党员参加。点“召集”后系统会带出参加人员和议程，改好时间即可通知。",
        responsible=LEADERS,
        start=_start("general_meeting", "召集党员大会"),
        evidence=_evidence("general_meeting"),
    ),
    DutyRule(
        "committee_meeting",
        "支部委员会会议",
        "支委会",
        rule="life.committee_meeting",
        kinds=BRANCH,
        icon="users",
        order=20,
        how="由党支部书记召集，支部委员参加，到会半数以上才能开。",
        owed_by=with_committee,
        responsible=LEADERS,
        start=_start("committee_meeting", "召集支委会"),
        evidence=_evidence("committee_meeting"),
    ),
    DutyRule(
        "group_meeting",
        "党小组会",
        "党小组会",
        rule="life.group_meeting",
        kinds=GROUP,
        icon="message-circle",
        order=30,
        how="由党小组组长召集并主持，本小组党员参加。",
        responsible=(PostKind.GROUP_LEADER,),
        above=LEADERS,
        start=_start("group_meeting", "召集党小组会"),
        evidence=_evidence("group_meeting"),
    ),
    DutyRule(
        "party_lecture",
        "党课",
        "党课",
        rule="life.party_lecture.branch",
        kinds=BRANCH,
        icon="school",
        order=40,
        how="由党员领导干部、支部书记或者其他党员讲课，可以与党员大会、主题党日一起安排。",
        responsible=(PostKind.PUBLICITY_MEMBER, *LEADERS),
        start=_start("party_lecture", "安排党课"),
        evidence=_evidence("party_lecture"),
    ),
    DutyRule(
        "theme_day",
        "主题党日",
        "主题党日",
        rule="life.theme_day",
        kinds=BRANCH,
        icon="flag-2",
        order=50,
        how="每月相对固定一天，组织党员集中学习、过组织生活、进行民主议事和志愿服务。",
        responsible=(PostKind.ORGANISATION_MEMBER, *LEADERS),
        start=_start("theme_day", "安排主题党日"),
        evidence=_evidence("theme_day"),
    ),
    DutyRule(
        "org_life_meeting",
        "组织生活会",
        "组织生活会",
        rule="life.org_life_meeting",
        kinds=BRANCH,
        icon="messages",
        order=60,
        how="会前学习、谈心谈话、征求意见，会上开展批评和自我批评，会后列出整改事项。可以由支部召开，也可以由各党小组分别召开，都开完就算支部完成。一般安排在第四季度。",
        responsible=LEADERS,
        start=_start("org_life_meeting", "召集组织生活会"),
        evidence=_evidence("org_life_meeting"),
        opens=from_usual_quarter,
        due=year_notice_until,
    ),
    DutyRule(
        "member_appraisal",
        "民主评议党员",
        "民主评议",
        rule="life.appraisal",
        kinds=BRANCH,
        icon="list-check",
        order=70,
        how="按个人自评、党员互评、民主测评、组织评定的程序进行，可以与组织生活会一起开。",
        responsible=LEADERS,
        start=_start("member_appraisal", "安排民主评议"),
        evidence=_evidence("member_appraisal"),
        due=year_notice_until,
    ),
    DutyRule(
        "heart_talk",
        "谈心谈话",
        "谈心谈话",
        rule="life.talk",
        kinds=BRANCH,
        icon="heart-handshake",
        order=80,
        how="支委之间、支委与党员之间、党员与党员之间都要谈到，谈完登记一次谈心谈话活动。",
        responsible=LEADERS,
        start=_start("heart_talk", "登记谈心谈话"),
        evidence=_evidence("heart_talk"),
    ),
    DutyRule(
        "leader_lecture",
        "党委书记讲党课",
        "书记党课",
        rule="life.party_lecture.secretary",
        kinds=COMMITTEE,
        icon="presentation",
        order=90,
        how="党委书记每年至少给基层党员讲一次党课。",
        responsible=(PostKind.SECRETARY, PostKind.PARTY_WORKER),
        start=_start("leader_lecture", "安排书记党课"),
        evidence=_evidence("leader_lecture"),
    ),
    DutyRule(
        "democratic_life_meeting",
        "民主生活会",
        "民主生活会",
        rule="life.leaders_meeting",
        kinds=COMMITTEE,
        icon="messages",
        order=100,
        how="会前征求意见、谈心谈话、撰写对照检查材料，会上开展批评和自我批评，会后通报并报上级。",
        responsible=(PostKind.SECRETARY, PostKind.PARTY_WORKER),
        start=_start("democratic_life_meeting", "召集民主生活会"),
        evidence=_evidence("democratic_life_meeting"),
        due=year_notice_until,
    ),
    DutyRule(
        REPORT,
        "报送民主生活会情况",
        "会后报送",
        rule="life.leaders_meeting.report",
        kinds=COMMITTEE,
        icon="send",
        order=105,
        how="会后把民主生活会的情况写成书面报告，报上级党组织；报送以后在会议页面登记日期和文号。",
        responsible=(PostKind.SECRETARY, PostKind.PARTY_WORKER),
        start=ActionLink("登记报送", "meetings:report", args=lambda duty: (duty.occasion,)),
        occasions=DueDates(reports_to_send, organization="organization_id", opens_on="held_on", due_on="report_by"),
        evidence=Evidence(
            reports_sent, on="reported_on", occasion="pk", organization="organization_id", url_name="meetings:detail"
        ),
    ),
    DutyRule(
        "make_up",
        "补课学习",
        "补课",
        rule="",
        kinds=BRANCH | GROUP,
        subject="member",
        icon="book",
        order=110,
        how="没有参加会议的党员，按布置的内容学习，在手机上写下学习体会，由记录人确认。",
        start=ActionLink("去补课", "meetings:make_up", args=lambda duty: (duty.occasion,), begun=studies_handed_in),
        occasions=DueDates(
            make_ups_to_do,
            organization="attendance__meeting__organization_id",
            member="attendance__member_id",
            opens_on="from_on",
            due_on="due_on",
        ),
        evidence=Evidence(make_ups_confirmed, on="handed_in_on", occasion="pk"),
    ),
    DutyRule(
        ABSENCE,
        "连续不参加组织生活谈话",
        "缺席谈话",
        rule="life.absent_selfexit",
        kinds=BRANCH,
        subject="member",
        icon="user-question",
        order=120,
        how=(
            "找本人谈一次，问清原因。有正当理由的，由记录人更正出席情况，或者由上级免办这一项并写明理由；本人补课或者恢复参加后，"
            "这一项就算办完。没有正当理由满六个月的，由支部研究后报上级。系统只作提醒，不会改变任何人的党籍。"
        ),
        responsible=LEADERS,
        start=ActionLink("查看出席情况", "meetings:member_year", args=lambda duty: (duty.member_id,)),
        occasions=DueDates(
            long_absences,
            organization="branch_id",
            member="pk",
            occasion="first_absence",
            opens_on="speak_on",
            due_on="ends_on",
        ),
        evidence=Evidence(
            taking_part_again, on="held_on", reference="meeting_id", member="member_id", url_name="meetings:detail"
        ),
    ),
)

LOCAL_EVIDENCE = tuple(
    LocalEvidence(
        f"{LOCAL}{kind.code}", f"召开{kind.title}", _evidence(kind.code), kind.held_by, _start(kind.code, f"召集{kind.title}")
    )
    for kind in MEETING_KINDS.values()
)

OFFERS = (*RULES, *LOCAL_EVIDENCE)
