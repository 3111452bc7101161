"""The meeting itself: it begins, the recorder registers people, it ends."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from dangjian.accounts.events import record, record_many
from dangjian.activities.meetings.actions.calling import check_ready, take_roster
from dangjian.activities.meetings.actions.guards import locked_for, require_recorder, require_status
from dangjian.activities.meetings.duties import derive_after
from dangjian.activities.meetings.models import (
    Answer,
    Attendance,
    Audience,
    Meeting,
    Method,
    Mode,
    Presence,
    Role,
    Sitting,
    Status,
)
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.rulebook import NotInForce, book
from dangjian.kernel.ui import words
from dangjian.members.models import Member
from dangjian.members.own import own_records, require_not_own
from dangjian.members.queries import may_vote

OWN_PRESENCE = "请用签到码签到，或者请主持人、记录人中的另一位登记；没有另一位的，请先把其他同志改为记录人。"
"""How the recorder's own presence comes onto the list."""


@transaction.atomic
def begin(*, actor: Actor, meeting: Meeting) -> Meeting:
    """Open the meeting. From a draft too: a meeting that came about on the spot, or one that is written down afterwards.

    Who is due is taken afresh, as of its day: somebody may have come to the branch or left it since the notice.
    """
    meeting = locked_for(actor, meeting, require_recorder)
    if meeting.status == Status.RUNNING:
        return meeting
    require_beginning(actor, meeting)
    take_roster(meeting)
    check_ready(meeting)
    meeting.status, meeting.begun_at = Status.RUNNING, clock.now()
    meeting.save()
    note_voters(meeting)
    is_late = meeting.held_on is not None and meeting.held_on < clock.today()
    summary = f"补记{words.short_day(meeting.held_on)}召开的“{meeting}”" if is_late else f"“{meeting}”开始"
    record(actor=actor, verb="meetings.begun", summary=summary, organization=meeting.organization, subject=meeting)
    return meeting


def require_beginning(actor: Actor, meeting: Meeting) -> None:
    """Raise unless the actor may open the meeting now: not before its day."""
    require_recorder(actor, meeting)
    require_status(meeting, Status.DRAFT, Status.CALLED, doing="开始")
    if meeting.held_on and meeting.held_on > clock.today():
        raise Conflict(f"会议定于{words.day(meeting.held_on)}召开，今天还不能开始。", how="如提前召开，请先修改会议时间。")


def note_voters(meeting: Meeting) -> None:
    """Keep on each row whether the person has a vote on the day of the meeting. Called by actions that hold the meeting."""
    rows = list(Attendance.objects.filter(meeting=meeting).due().order_by().values_list("pk", "member_id"))
    voters = may_vote([member for _, member in rows], meeting.held_on or clock.today())
    meeting.attendances.filter(member__in=voters, role=Role.ATTENDEE).exclude(eligible_voter=True).update(eligible_voter=True)
    meeting.attendances.exclude(member__in=voters, role=Role.ATTENDEE).exclude(eligible_voter=False).update(eligible_voter=False)


def require_registering(actor: Actor, meeting: Meeting) -> None:
    """Raise unless the actor may say now who came, or put somebody on the list: from the call until the record is confirmed."""
    require_recorder(actor, meeting)
    require_status(meeting, Status.CALLED, Status.RUNNING, Status.HELD, doing="登记出席")


@dataclass(frozen=True, slots=True)
class MarkedRest:
    """Who was registered as present, and who was named but left as they are."""

    rows: list[Attendance]
    left_out: list[Attendance]


@transaction.atomic
def check_in_by_hand(
    *,
    actor: Actor,
    meeting: Meeting,
    attendance_ids: Iterable[int],
    presence: str,
    reason: str,
    sitting: Sitting | None = None,
    was: str = "",
) -> int:
    """The recorder registers people as present, online, on leave, absent, or unknown again, with a reason.

    Returns how many changed. ``was`` is the presence that the page showed: whoever stands differently by now is left alone.
    Nobody registers themselves: chair and recorder are two people and register each other.
    """
    meeting = locked_for(actor, meeting, require_registering)
    _check_by_hand(meeting, presence, reason, sitting)
    named = _held_rows(meeting, attendance_ids)
    rows = [row for row in named if row.presence not in {presence, Presence.MADE_UP} and was in {"", row.presence}]
    require_not_own(actor, [row.member for row in rows], how=OWN_PRESENCE)
    _register(actor, meeting, rows, presence, reason, sitting)
    return len(rows)


@transaction.atomic
def mark_rest(*, actor: Actor, meeting: Meeting, attendance_ids: Iterable[int], reason: str) -> MarkedRest:
    """Register as present whoever of ``attendance_ids`` is unmarked at this moment, and nobody who was marked meanwhile.

    The actor is left out, as are those who asked for leave; a probationary member counts like everybody due.
    """
    meeting = locked_for(actor, meeting, require_registering)
    _check_by_hand(meeting, Presence.PRESENT, reason, None)
    named = _held_rows(meeting, attendance_ids)
    others = Attendance.objects.filter(meeting=meeting).exclude(member__in=own_records(actor))
    unmarked = set(others.unmarked().order_by().values_list("pk", flat=True))
    rows = [row for row in named if row.pk in unmarked]
    left_out = [row for row in named if row.pk not in unmarked]
    _register(actor, meeting, rows, Presence.PRESENT, reason, None)
    return MarkedRest(rows, left_out)


def _held_rows(meeting: Meeting, attendance_ids: Iterable[int]) -> list[Attendance]:
    rows = meeting.attendances.select_for_update(of=("self",)).select_related("member")
    return list(rows.filter(pk__in=list(attendance_ids)))


def _register(
    actor: Actor, meeting: Meeting, rows: list[Attendance], presence: str, reason: str, sitting: Sitting | None
) -> None:
    came = presence in {Presence.PRESENT, Presence.ONLINE}
    for row in rows:
        row.presence, row.method, row.hand_reason = presence, Method.HAND, reason.strip()
        row.checked_in_at = clock.now() if came else None
        row.recorded_by_id = actor.user_id
        row.sitting = sitting or row.sitting
    Attendance.objects.bulk_update(
        rows,
        ["presence", "method", "hand_reason", "checked_in_at", "recorded_by", "sitting"],
        batch_size=500,
    )
    label = Presence(presence).label
    record_many(
        [
            {
                "actor": actor,
                "verb": "meetings.presence_recorded",
                "summary": f"“{meeting}”：登记{row.member}{label}（{reason.strip()}）",
                "organization": meeting.organization,
                "member_id": row.member_id,
                "subject": meeting,
            }
            for row in rows
        ]
    )


@transaction.atomic
def add_attendee(*, actor: Actor, meeting: Meeting, member: Member, role: str = Role.OBSERVER) -> Attendance:
    """Put somebody on the list of a meeting that has begun: a guest who sits in, or one who was forgotten."""
    meeting = locked_for(actor, meeting, require_registering)
    _check_dual(meeting, member, role)
    row, is_new = Attendance.objects.get_or_create(meeting=meeting, member=member, defaults={"role": role})
    if not is_new:
        raise Conflict(f"{member}已在名单中。")
    seats = list(meeting.sittings.all()[:2])
    if len(seats) == 1:
        row.sitting = seats[0]
        row.save()
    if meeting.status != Status.CALLED:
        note_voters(meeting)
    record(
        actor=actor,
        verb="meetings.person_added",
        summary=f"“{meeting}”增加{Role(role).label}人员{member}",
        organization=meeting.organization,
        member_id=member.pk,
        subject=meeting,
    )
    return row


@transaction.atomic
def end(*, actor: Actor, meeting: Meeting, without_later: bool = False) -> Meeting:
    """Close the list: whoever did not come is on leave if it was granted (or need not come for age or illness), else absent.

    Leave that was asked for and not decided is granted or refused afterwards, and the list follows. A sitting that is still to
    be held keeps the meeting open, unless it is held no more (``without_later``).
    """
    meeting = locked_for(actor, meeting, require_ending)
    later = sittings_ahead(meeting)
    if later and not without_later:
        raise Conflict(
            f"{words.daytime(later[0].starts_at)}还有一场没有召开，会议还没有开完。",
            how="请等这一场开完再结束；如果不再召开，请在“点名”页面勾选“后面的场次不再召开”。",
        )
    meeting.sittings.filter(pk__in=[one.pk for one in later]).delete()
    missing = meeting.attendances.filter(presence=Presence.UNKNOWN)
    missing.filter(answer=Answer.LEAVE_GRANTED).update(presence=Presence.LEAVE)
    eased = _eased(meeting)
    missing.filter(role=Role.ATTENDEE, member__in=eased).update(
        presence=Presence.LEAVE,
        leave_reason="年老体弱，不作硬性出勤要求",
        answer=Answer.LEAVE_GRANTED,
    )
    missing.filter(role=Role.ATTENDEE).update(presence=Presence.ABSENT)
    meeting.status, meeting.ended_at = Status.HELD, clock.now()
    meeting.save()
    came = Attendance.objects.filter(meeting=meeting).due().came().count()
    due = Attendance.objects.filter(meeting=meeting).due().count()
    record(
        actor=actor,
        verb="meetings.ended",
        summary=f"“{meeting}”结束，应到{due}人，实到{came}人"
        + "".join(f"；{words.daytime(one.starts_at)}一场不再召开" for one in later),
        organization=meeting.organization,
        subject=meeting,
        data={"due": due, "came": came},
    )
    derive_after(actor=actor, meeting=meeting)
    return meeting


def require_ending(actor: Actor, meeting: Meeting) -> None:
    """Raise unless the actor may end the meeting now; what is still to be held is asked with the form."""
    require_recorder(actor, meeting)
    require_status(meeting, Status.RUNNING, doing="结束")


def _eased(meeting: Meeting) -> QuerySet[Member]:
    """Members of whom attendance is not demanded for age, grave illness or disability, if that was a rule on the day."""
    rows: QuerySet[Member] = Member.objects.filter(attendance_eased=True)
    try:
        book().on("life.exempt", meeting.held_on or clock.today())
    except NotInForce:
        rows = rows.none()
    return rows


def _check_dual(meeting: Meeting, member: Member, role: str) -> None:
    """Whoever belongs to the branch takes part in its life as a member, whatever post they hold, and does not merely sit in."""
    if role != Role.OBSERVER or meeting.audience != Audience.MEMBERS or member.branch_id != meeting.organization.body_id:
        return
    if meeting.organization.is_group and member.organization_id != meeting.organization_id:
        return
    try:
        rule = book().on("life.dual", meeting.held_on or clock.today())
    except NotInForce:
        return
    raise Invalid(
        f"{member}是本{meeting.organization.get_kind_display()}的党员，应当作为党员参加，不能列席。",
        how="请选“应到”。",
        citation=rule.citation,
        fields={"role": "请选应到"},
    )


def sittings_ahead(meeting: Meeting) -> list[Sitting]:
    """Further sittings of a meeting that is going on which have not begun; the first one has, even before its time."""
    sittings = list(meeting.sittings.all())
    begun = max([clock.now(), *(one.starts_at for one in sittings[:1])])
    return [one for one in sittings if one.starts_at > begun]


def _check_by_hand(meeting: Meeting, presence: str, reason: str, sitting: Sitting | None) -> None:
    if presence not in Presence.values or presence == Presence.MADE_UP:
        raise Invalid("请选择出席情况。", fields={"presence": "请从列表中选择"})
    if not reason.strip():
        raise Invalid("手工登记请写明原因，例如“手机没电”“未带手机”。", fields={"reason": "请填写原因"})
    if len(reason.strip()) > 200:
        raise Invalid("原因请控制在200字以内。", fields={"reason": "请缩短原因"})
    if presence == Presence.ONLINE and meeting.mode == Mode.ONSITE:
        raise Invalid("这次会议是现场召开，不能登记线上到会。", fields={"presence": "请选择其他出席情况"})
    if sitting is not None and sitting.meeting_id != meeting.pk:
        raise Invalid("所选场次不属于这次会议。", fields={"sitting": "请重新选择场次"})
