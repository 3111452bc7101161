"""What stands in the record of a meeting. Plain dictionaries of text, so that Word and PDF say the same."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from dangjian.activities.meetings.minutes import drafted, names, times
from dangjian.activities.meetings.models import (
    Attachment,
    Attendance,
    Correction,
    Decision,
    MakeUp,
    Meeting,
    Minutes,
    Presence,
    Role,
)
from dangjian.kernel.ui import words

Rows = dict[int, list[Any]]


def record_context(meeting: Meeting) -> dict[str, object]:
    """The variables of the record's templates for one meeting."""
    return contexts([meeting])[0]


def contexts(meetings: list[Meeting]) -> list[dict[str, object]]:
    """The same for many meetings (see ``loaded``), in a number of queries that does not grow with them."""
    ids = [meeting.pk for meeting in meetings]
    people = _by_meeting(Attendance.objects.filter(meeting__in=ids).select_related("member"))
    decisions = _by_meeting(Decision.objects.filter(meeting__in=ids).select_related("judged_by"))
    minutes = {
        row.meeting_id: row for row in Minutes.objects.filter(meeting__in=ids).select_related("confirmed_by", "written_by")
    }
    corrections = _by_meeting(Correction.objects.filter(meeting__in=ids).select_related("made_by"))
    attachments = _by_meeting(Attachment.objects.filter(meeting__in=ids))
    make_ups: Rows = {}
    for task in MakeUp.objects.filter(attendance__meeting__in=ids).select_related("attendance__member"):
        make_ups.setdefault(task.attendance.meeting_id, []).append(task)
    return [
        {
            **_heading(meeting, people.get(meeting.pk, [])),
            **_text(meeting, minutes.get(meeting.pk)),
            "votes": [_vote(row) for row in decisions.get(meeting.pk, []) if row.is_vote],
            "make_ups": [_make_up(row) for row in make_ups.get(meeting.pk, [])],
            "corrections": [_correction(row) for row in corrections.get(meeting.pk, [])],
            "attachments": [f"{row.title}（{row.get_kind_display()}）" for row in attachments.get(meeting.pk, [])],
        }
        for meeting in meetings
    ]


def loaded(meetings: Any) -> list[Meeting]:
    """Meetings of a queryset with all that ``contexts`` reads of them."""
    related = ("kinds", "sittings", "agenda__speaker", "appraisals__member", "guests")
    found: list[Meeting] = list(
        meetings.select_related("organization", "chair", "recorder").prefetch_related(*related),
    )
    return found


def _by_meeting(rows: Iterable[Any]) -> Rows:
    found: Rows = {}
    for row in rows:
        found.setdefault(row.meeting_id, []).append(row)
    return found


def _heading(meeting: Meeting, people: list[Attendance]) -> dict[str, object]:
    attendees = [row for row in people if row.role == Role.ATTENDEE]
    came = [row for row in attendees if row.came]
    on_leave = [row for row in attendees if row.was_on_leave]
    absent = [row for row in attendees if not row.came and not row.was_on_leave]
    observers = [row.member.name for row in people if row.role == Role.OBSERVER and row.came]
    observers += [f"{row.name}（{row.home}）" if row.home else row.name for row in meeting.guests.all() if row.came]
    return {
        "organization": meeting.organization.name,
        "title": meeting.title,
        "number": meeting.number,
        "kinds": meeting.kind_titles,
        "times": _times(meeting),
        "day": words.day(meeting.held_on),
        "place": meeting.place or "—",
        "mode": meeting.get_mode_display(),
        "chair": str(meeting.chair or ""),
        "recorder": str(meeting.recorder or ""),
        "due": len(attendees),
        "present": len(came),
        "online": sum(row.presence == Presence.ONLINE for row in came),
        "leave": len(on_leave),
        "absent": len(absent),
        "present_names": names(came),
        "leave_names": "、".join(_with_reason(row) for row in on_leave) or "无",
        "absent_names": names(absent),
        "observer_names": "、".join(observers) or "无",
        "agenda": [f"{place}．{item.title}" for place, item in enumerate(meeting.agenda.all(), 1)],
    }


def _times(meeting: Meeting) -> list[str]:
    """A line for each sitting; the last says if the meeting was written down on a later day only."""
    lines = times(meeting)
    if not lines or meeting.begun_at is None:
        return lines
    ended = max(timezone.localtime(one.ends_at).date() for one in meeting.sittings.all())
    if timezone.localtime(meeting.begun_at).date() > ended:
        lines[-1] += f"（{words.day(meeting.begun_at)}补记）"
    return lines


def _with_reason(row: Attendance) -> str:
    return f"{row.member.name}（{row.leave_reason}）" if row.leave_reason else row.member.name


def _text(meeting: Meeting, minutes: Minutes | None) -> dict[str, object]:
    confirmed = minutes.confirmed_at if minutes else None
    text = minutes.text if minutes else drafted(meeting)
    return {
        "paragraphs": [line.strip() for line in text.splitlines() if line.strip()],
        "is_draft": confirmed is None,
        "confirmed_by": minutes.confirmed_by.name if minutes and minutes.confirmed_by else "",
        "confirmed_on": words.day(confirmed),
    }


def _vote(row: Decision) -> dict[str, object]:
    return {
        "text": f"{row.candidate_name}：{row.text}" if row.candidate_name else row.text,
        "type": row.get_type_display(),
        "method": row.get_method_display(),
        "due": row.due,
        "present": row.present,
        "in_favour": row.in_favour + row.written_in_favour,
        "written": row.written_in_favour,
        "against": row.against,
        "abstain": row.abstain,
        "need": row.need_in_favour if row.need_in_favour is not None else "—",
        "result": row.result_text,
        "citations": "、".join(row.citations.splitlines()) or "—",
        "more": _more(row),
    }


def _more(row: Decision) -> str:
    """Who watched over the papers, and who decided what the rules leave open."""
    tellers = f"监票人、计票人：{row.tellers}" if row.tellers else ""
    judged = f"人工认定：{row.judged_note}" if row.judged_note else ""
    return "；".join(part for part in (tellers, judged) if part)


def _make_up(row: MakeUp) -> dict[str, str]:
    return {
        "name": row.attendance.member.name,
        "state": row.get_state_display(),
        "due": words.day(row.due_on),
        "done": words.day(row.done_at),
    }


def _correction(row: Correction) -> dict[str, str]:
    return {
        "section": row.get_section_display(),
        "old": row.old_text,
        "new": row.new_text,
        "reason": row.reason,
        "by": row.made_by.name if row.made_by else "",
        "on": words.day(row.made_at),
    }
