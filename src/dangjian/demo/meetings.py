"""Fifteen months of past meetings of the reference enterprise, with the uneven quality of real life, written in bulk."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random

from django.utils import timezone

from dangjian.activities.meetings import policy
from dangjian.activities.meetings.models import (
    AgendaItem,
    Answer,
    AppraisalResult,
    Attendance,
    Decision,
    MakeUp,
    MakeUpState,
    Meeting,
    MeetingKindRow,
    Method,
    Minutes,
    Mode,
    Presence,
    Sitting,
    Status,
)
from dangjian.activities.meetings.policy import VoteKind
from dangjian.demo import calendar
from dangjian.demo.calendar import Planned
from dangjian.demo.organizations import Enterprise
from dangjian.engines.stories.world import Quiet
from dangjian.kernel import clock
from dangjian.kernel.rulebook import book
from dangjian.members.models import Member
from dangjian.org.models import Organization, Post

ATTENDS = {"exemplary": 0.97, "good": 0.9, "late": 0.82, "poor": 0.7}
LEAVE_REASONS = ("当班，无法离岗", "出差在外", "休病假", "探亲休假", "参加外部培训")
CHUNK = 1000
RECENT_DAYS = 40
"""Of what was missed longer ago than this, all is made up."""


@dataclass
class Circle:
    """An organisation that meets: its people, its committee, how well it works."""

    organization: Organization
    quality: str
    people: list[Member]
    committee: list[Member]
    quiet: Mapping[int, Quiet]

    @property
    def chair(self) -> Member:
        """Who leads."""
        return (self.committee or self.people)[0]

    @property
    def recorder(self) -> Member:
        """Who writes."""
        return (self.committee if len(self.committee) > 1 else self.people)[1]


def hold_all(
    *, random: Random, enterprise: Enterprise, members: list[Member], quiet: Mapping[int, Quiet], with_people: bool = True
) -> int:
    """Write every past meeting. ``with_people=False`` leaves out attendance, for measuring with many enterprises."""
    today = clock.today()
    number = 0
    for circle in _circles(enterprise, members, quiet):
        plans = _plans(random, circle, today)
        number += _write(random, circle, sorted(plans, key=lambda one: one.on), with_people=with_people)
    return number


def _plans(random: Random, circle: Circle, today: dt.date) -> Iterable[Planned]:
    if circle.organization.is_group:
        return calendar.of_group(random, circle.quality, today=today)
    if circle.organization.is_branch:
        return calendar.of_branch(random, circle.quality, has_committee=len(circle.committee) > 1, today=today)
    return calendar.of_committee(random, today=today)


def _circles(enterprise: Enterprise, members: list[Member], quiet: Mapping[int, Quiet]) -> Iterable[Circle]:
    by_home: dict[int, list[Member]] = {}
    for member in members:
        if member.standing == "normal":
            for home in {member.branch_id, member.organization_id}:
                by_home.setdefault(home, []).append(member)
    by_user = {m.user_id: m for m in members}
    officers: dict[int, list[Member]] = {}
    posts = Post.objects.filter(ends_on=None, organization__path__startswith=enterprise.committee.path).order_by("pk")
    for organization_id, user_id in posts.values_list("organization_id", "user_id"):
        officers.setdefault(organization_id, []).append(by_user[user_id])
    above = officers[enterprise.committee.pk]
    yield Circle(enterprise.committee, "exemplary", above, above, quiet)
    for plan, branch, groups in enterprise.branches:
        for organization in (branch, *groups):
            yield Circle(organization, plan.quality, by_home[organization.pk], officers.get(organization.pk, []), quiet)


def _write(random: Random, circle: Circle, plans: list[Planned], *, with_people: bool) -> int:
    meetings = [_meeting(random, circle, one, i, plans) for i, one in enumerate(plans)]
    Meeting.objects.bulk_create(meetings, batch_size=CHUNK)
    pairs = list(zip(meetings, plans, strict=True))
    MeetingKindRow.objects.bulk_create(
        [
            MeetingKindRow(
                meeting=m, organization=circle.organization, body_id=circle.organization.body_id, kind=kind, held_on=one.on
            )
            for m, one in pairs
            for kind in one.kinds
        ],
        batch_size=CHUNK,
    )
    if not with_people:
        return len(meetings)
    sittings = [Sitting(meeting=m, starts_at=_at(one.on, one.hour), ends_at=_at(one.on, one.hour + 1, 30)) for m, one in pairs]
    Sitting.objects.bulk_create(sittings, batch_size=CHUNK)
    AgendaItem.objects.bulk_create(
        [
            AgendaItem(meeting=m, order=order, type=kind, title=title, notes="按议程进行，与会人员围绕议题作了发言。")
            for m, one in pairs
            for order, (kind, title) in enumerate(one.agenda, start=1)
        ],
        batch_size=CHUNK,
    )
    rows = [_attendances(random, circle, sitting, one) for sitting, (_, one) in zip(sittings, pairs, strict=True)]
    Attendance.objects.bulk_create([row for some in rows for row in some], batch_size=CHUNK)
    Decision.objects.bulk_create(
        [_decision(m, one, some) for (m, one), some in zip(pairs, rows, strict=True) if one.vote], batch_size=CHUNK
    )
    Minutes.objects.bulk_create(
        [
            _minutes(circle, m, one, some)
            for (m, one), some in zip(pairs, rows, strict=True)
            if m.status != Status.HELD or circle.quality != "poor"
        ],
        batch_size=CHUNK,
    )
    _appraise(random, pairs, rows)
    _make_up(random, circle, [row for some in rows for row in some])
    return len(meetings)


def _meeting(random: Random, circle: Circle, one: Planned, i: int, plans: list[Planned]) -> Meeting:
    age = (clock.today() - one.on).days
    unfinished = {"exemplary": 0.0, "good": 0.0, "late": 0.06, "poor": 0.3}[circle.quality]
    status = Status.CLOSED
    if age < 4:
        status = Status.HELD
    elif random.random() < unfinished:
        status = random.choice((Status.HELD, Status.CONFIRMED))
    same_year = sum(1 for other in plans[: i + 1] if other.on.year == one.on.year)
    ended = _at(one.on, one.hour + 1, 25)
    return Meeting(
        organization=circle.organization,
        title=one.title,
        status=status,
        audience=one.audience,
        mode=Mode.BOTH if i % 4 == 0 else Mode.ONSITE,  # every fourth also for those on duty elsewhere
        chair=circle.chair,
        recorder=circle.recorder,
        held_on=one.on,
        place=f"{circle.organization.site or circle.people[0].site}党员活动室",
        is_fixed_day="theme_day" in one.kinds,
        called_at=_at(one.on - dt.timedelta(days=3), 9),
        begun_at=_at(one.on, one.hour),
        ended_at=ended,
        closed_at=ended + dt.timedelta(days=2) if status == Status.CLOSED else None,
        created_at=_at(one.on - dt.timedelta(days=3), 9),
        created_by=circle.recorder.user,
        number=f"{one.on.year}-{circle.organization.code}-{same_year:03d}" if status == Status.CLOSED else "",
    )


def _attendances(random: Random, circle: Circle, sitting: Sitting, one: Planned) -> list[Attendance]:
    people = circle.committee if one.audience == "committee" else [m for m in circle.people if (m.joined_on or one.on) <= one.on]
    rows = []
    for member in people:
        row = Attendance(
            meeting=sitting.meeting,
            member=member,
            sitting=sitting,
            answered_at=_at(one.on - dt.timedelta(days=2), 12),
            eligible_voter=bool(member.converted_on and member.converted_on <= one.on),
        )
        luck = random.random()
        if _stays_away(circle, member, row, one):
            rows.append(row)
            continue
        if member.pk == circle.chair.pk or luck < ATTENDS[circle.quality]:
            row.answer, row.presence, row.method = Answer.COMING, Presence.PRESENT, Method.CODE
            row.checked_in_at = sitting.starts_at - dt.timedelta(minutes=random.randint(1, 20))
            if random.random() < 0.24 and sitting.meeting.mode == Mode.BOTH:
                row.presence, row.method = Presence.ONLINE, Method.ONLINE
        elif random.random() < 0.7:
            row.answer, row.presence, row.leave_reason = Answer.LEAVE_GRANTED, Presence.LEAVE, random.choice(LEAVE_REASONS)
            row.decided_by, row.decided_at = circle.chair.user, _at(one.on - dt.timedelta(days=1), 10)
        else:
            row.presence = Presence.ABSENT
        rows.append(row)
    return rows


def _stays_away(circle: Circle, member: Member, row: Attendance, one: Planned) -> bool:
    """Whether somebody is told to have stayed away by then: with leave, or without a word."""
    quiet = circle.quiet.get(member.pk)
    if quiet is None or one.on <= quiet.since:
        return False
    row.presence = Presence.LEAVE if quiet.why else Presence.ABSENT
    if quiet.why:
        row.answer, row.leave_reason = Answer.LEAVE_GRANTED, quiet.why
        row.decided_by, row.decided_at = circle.chair.user, _at(one.on - dt.timedelta(days=1), 10)
    return True


def _decision(meeting: Meeting, one: Planned, rows: list[Attendance]) -> Decision:
    due = sum(bool(row.eligible_voter) for row in rows)
    present = sum(bool(row.eligible_voter) and row.came for row in rows)
    abstain = 1 if present > 12 else 0
    result = policy.tally(
        VoteKind.GENERAL,
        due=due,
        present=present,
        in_favour=present - abstain,
        against=0,
        abstain=abstain,
        book=book(),
        on=one.on,
    )
    return Decision(
        meeting=meeting,
        text=one.vote,
        due=due,
        present=present,
        in_favour=present - abstain,
        abstain=abstain,
        passed=result.passed,
        quorum_met=result.quorum_met,
        need_in_favour=result.need_in_favour,
        reasons="\n".join(result.reasons),
        citations="\n".join(citation.text for citation in result.citations),
        rule_keys="vote.general.quorum,vote.general.pass",
        ruled_on=one.on,
        recorded_at=_at(one.on, one.hour + 1),
    )


def _minutes(circle: Circle, meeting: Meeting, one: Planned, rows: list[Attendance]) -> Minutes:
    came = [row.member.name for row in rows if row.came]
    away = [f"{row.member.name}（{row.leave_reason or '未请假'}）" for row in rows if not row.came]
    items = [f"{order}、{title}：与会人员围绕议题作了发言。" for order, (_, title) in enumerate(one.agenda, start=1)]
    lines = [
        f"会议名称：{meeting.title}",
        f"时间：{one.on.year}年{one.on.month}月{one.on.day}日 {one.hour}:00",
        f"地点：{meeting.place}",
        f"主持人：{meeting.chair}　　记录人：{meeting.recorder}",
        f"应到{len(rows)}人，实到{len(came)}人",
        f"参加人员：{'、'.join(came)}",
        *([f"请假和缺席：{'、'.join(away)}"] if away else []),
        "会议议程：",
        *items,
        *([f"会议决议：{one.vote}"] if one.vote else []),
    ]
    done = meeting.status in {Status.CONFIRMED, Status.CLOSED}
    return Minutes(
        meeting=meeting,
        text="\n".join(lines),
        drafted_at=_at(one.on, one.hour + 2),
        written_by=circle.recorder.user,
        edited_at=_at(one.on, one.hour + 2),
        submitted_at=_at(one.on, one.hour + 2),
        confirmed_by=circle.chair.user if done else None,
        confirmed_at=_at(one.on + dt.timedelta(days=1), 9) if done else None,
    )


def _appraise(random: Random, pairs: list[tuple[Meeting, Planned]], rows: list[list[Attendance]]) -> None:
    results = []
    for (meeting, one), some in zip(pairs, rows, strict=True):
        if "member_appraisal" not in one.kinds:
            continue
        usual = policy.excellent_cap(members=len(some), taking_part=len(some), book=book(), on=one.on)
        cap = usual.most if usual else 0
        order = random.sample(range(len(some)), len(some))
        for row, rank in zip(some, order, strict=True):
            grade = ("excellent" if rank < cap else "qualified") if row.eligible_voter else ""
            results.append(AppraisalResult(meeting=meeting, member=row.member, grade=grade))
    AppraisalResult.objects.bulk_create(results, batch_size=CHUNK)


def _make_up(random: Random, circle: Circle, rows: list[Attendance]) -> None:
    """The better branches see to it that who was away studies afterwards; a few are still at it."""
    made_up = []
    for row in rows:
        if row.came or circle.quality in {"late", "poor"}:
            continue
        held = row.meeting.held_on or clock.today()
        days = (clock.today() - held).days
        if days < 2:
            continue  # nobody has come to set it yet
        is_done = days > RECENT_DAYS or (random.random() < 0.5 and days > 7)
        made_up.append(
            MakeUp(
                attendance=row,
                material="补学会议学习材料，写一段学习体会。",
                due_on=held + dt.timedelta(days=21),
                assigned_by=circle.recorder.user,
                assigned_at=_at(held + dt.timedelta(days=1), 10),
                state=MakeUpState.CONFIRMED if is_done else MakeUpState.ASSIGNED,
                reflection="已学习会议材料，结合岗位谈了体会。" if is_done else "",
                done_at=_at(held + dt.timedelta(days=6), 20) if is_done else None,
                decided_by=circle.chair.user if is_done else None,
                decided_at=_at(held + dt.timedelta(days=7), 9) if is_done else None,
            )
        )
    MakeUp.objects.bulk_create(made_up, batch_size=CHUNK)
    done = [one.attendance.pk for one in made_up if one.state == MakeUpState.CONFIRMED]
    for start in range(0, len(done), CHUNK):
        Attendance.objects.filter(pk__in=done[start : start + CHUNK]).update(presence=Presence.MADE_UP)


def _at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return timezone.make_aware(dt.datetime(day.year, day.month, day.day, hour, minute))  # noqa: DTZ001 - made aware here
