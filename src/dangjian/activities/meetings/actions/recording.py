"""The record of a meeting: drafted from what was captured, written by the recorder, confirmed by the chair, closed, corrected."""

from django.db import transaction

from dangjian.accounts.events import EventsOf
from dangjian.activities.meetings.actions.calling import run_address
from dangjian.activities.meetings.actions.case_steps import move_cases, require_anothers
from dangjian.activities.meetings.actions.guards import (
    locked_for,
    require_confirmer,
    require_in_hand,
    require_recorder,
    require_status,
    wrote,
)
from dangjian.activities.meetings.minutes import drafted
from dangjian.activities.meetings.models import Correction, CorrectionSection, Meeting, Minutes, Status
from dangjian.activities.meetings.queries import confirmers, to_judge, writers_of
from dangjian.engines.notifications.actions import notify
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.org.models import Organization

LONGEST = 60_000


NOTES = EventsOf[Meeting]()


def require_writing(actor: Actor, meeting: Meeting) -> None:
    """Raise unless the actor may write the minutes now: from the beginning until they are confirmed."""
    require_recorder(actor, meeting)
    require_in_hand(meeting, doing="填写会议记录")


@transaction.atomic
def draft_minutes(*, actor: Actor, meeting: Meeting, anew: bool = False) -> Minutes:
    """Write the minutes from agenda, attendance, decisions and votes. A text that is there stays, unless ``anew`` replaces it."""
    meeting = locked_for(actor, meeting, require_writing)
    there: Minutes | None = Minutes.objects.filter(meeting=meeting).first()
    if there is not None and not anew:
        return there
    minutes = there or Minutes(meeting=meeting)
    minutes.text, minutes.drafted_at, minutes.written_by_id = drafted(meeting), clock.now(), actor.user_id
    minutes.edited_at, minutes.submitted_at = None, None
    minutes.save()
    NOTES.record(actor, meeting, "meetings.minutes_drafted", f"生成“{meeting}”的会议记录初稿")
    return minutes


@transaction.atomic
def save_minutes(*, actor: Actor, meeting: Meeting, text: str, ready: bool = False) -> Minutes:
    """Save the minutes as edited. ``ready`` submits them: those who can confirm them are asked to do so."""
    meeting = locked_for(actor, meeting, require_writing)
    if not text.strip():
        raise Invalid("会议记录不能是空白。", fields={"text": "请填写会议记录"})
    if len(text) > LONGEST:
        raise Invalid(f"会议记录请控制在{LONGEST}字以内，较长的材料请作为附件上传。", fields={"text": "太长"})
    minutes: Minutes = Minutes.objects.filter(meeting=meeting).first() or Minutes(meeting=meeting)
    minutes.text = text.replace("\r\n", "\n").strip()
    minutes.edited_at, minutes.written_by_id = clock.now(), actor.user_id
    if ready:
        minutes.submitted_at, minutes.sent_back_note = clock.now(), ""
    minutes.save()
    NOTES.record(actor, meeting, "meetings.minutes_saved", f"修改“{meeting}”的会议记录")
    if ready:
        notify(
            actor=actor,
            user_ids=confirmers(meeting, writers=writers_of(minutes)).people,
            title=f"请确认会议记录：{meeting}"[:120],
            url=run_address(meeting),
            topic="meetings",
            organization=meeting.organization,
        )
    return minutes


@transaction.atomic
def confirm(*, actor: Actor, meeting: Meeting) -> Minutes:
    """The chair, or who leads the organisation, confirms the minutes; where nobody else is left, the level above does.

    Whoever wrote them does not, unless the organisation has fewer than three members. What was decided on a case moves it in the
    same transaction; a case that cannot be moved keeps the record from being confirmed.
    """
    meeting = locked_for(actor, meeting, require_confirming)
    minutes: Minutes = Minutes.objects.get(meeting=meeting)
    minutes.confirmed_by_id, minutes.confirmed_at = actor.user_id, clock.now()
    minutes.save()
    meeting.status = Status.CONFIRMED
    meeting.save()
    move_cases(actor, meeting)
    NOTES.record(actor, meeting, "meetings.minutes_confirmed", f"确认“{meeting}”的会议记录")
    return minutes


def require_confirming(actor: Actor, meeting: Meeting) -> None:
    """Raise unless the actor may confirm the minutes now: written by another, of a meeting that is over, no vote left open."""
    require_confirmer(actor, meeting)
    require_status(meeting, Status.HELD, doing="确认会议记录")
    _require_anothers(actor, meeting, doing="确认")
    if to_judge(meeting):
        raise Conflict("还有表决结果需要人工认定，请先认定。")
    require_anothers(actor, meeting)


def _require_anothers(actor: Actor, meeting: Meeting, *, doing: str) -> None:
    """Raise unless there are minutes, and another than the actor wrote them."""
    minutes = Minutes.objects.filter(meeting=meeting).first()
    if minutes is None:
        raise Conflict(f"还没有会议记录，不能{doing}。", how="请先由记录人生成并整理会议记录。")
    if wrote(actor, meeting, minutes):
        raise PermissionDenied(
            "会议记录由记录人整理、主持人确认，不能由同一人办理。", how=confirmers(meeting, writers=writers_of(minutes)).way
        )


@transaction.atomic
def send_back(*, actor: Actor, meeting: Meeting, note: str) -> Minutes:
    """Give confirmed minutes, or minutes waiting for it, back to the recorder with a note."""
    meeting = locked_for(actor, meeting, require_sending_back)
    if not note.strip():
        raise Invalid("请写明需要修改的地方。", fields={"note": "请填写退回意见"})
    minutes: Minutes = Minutes.objects.get(meeting=meeting)
    minutes.confirmed_by, minutes.confirmed_at = None, None
    minutes.submitted_at, minutes.sent_back_note = None, note.strip()
    minutes.save()
    meeting.status = Status.HELD
    meeting.save()
    NOTES.record(actor, meeting, "meetings.minutes_sent_back", f"退回“{meeting}”的会议记录：{note.strip()}")
    people = {person.user_id for person in (meeting.recorder,) if person and person.user_id} | {minutes.written_by_id or 0}
    notify(
        actor=actor,
        user_ids=people - {0},
        title=f"会议记录退回修改：{meeting}"[:120],
        body=note.strip(),
        url=run_address(meeting),
        topic="meetings",
        organization=meeting.organization,
    )
    return minutes


def require_sending_back(actor: Actor, meeting: Meeting) -> None:
    """Raise unless the actor may give the minutes back now. Whoever wrote them changes them, until they are confirmed."""
    require_confirmer(actor, meeting)
    require_status(meeting, Status.HELD, Status.CONFIRMED, doing="退回会议记录")
    if meeting.status == Status.HELD:
        _require_anothers(actor, meeting, doing="退回")


@transaction.atomic
def close(*, actor: Actor, meeting: Meeting) -> Meeting:
    """Put the confirmed record away under an archive number: year, organisation, running number. After that only corrections."""
    meeting = locked_for(actor, meeting, require_closing)
    organization = Organization.objects.select_for_update(of=("self",)).get(pk=meeting.organization_id)
    year = (meeting.held_on or clock.today()).year
    prefix = f"{year}-{organization.code}-"
    taken = Meeting.objects.filter(organization=organization, number__startswith=prefix).count()
    meeting.number = f"{prefix}{taken + 1:03d}"
    meeting.status, meeting.closed_at = Status.CLOSED, clock.now()
    meeting.save()
    NOTES.record(actor, meeting, "meetings.closed", f"“{meeting}”归档，编号{meeting.number}")
    return meeting


def require_closing(actor: Actor, meeting: Meeting) -> None:
    """Raise unless the actor may put the record away now: once it is confirmed."""
    require_recorder(actor, meeting)
    require_status(meeting, Status.CONFIRMED, doing="归档")


@transaction.atomic
def correct(*, actor: Actor, meeting: Meeting, section: str, old_text: str, new_text: str, reason: str) -> Correction:
    """Put right a closed record: what it says, how it should read, and why. The record itself stays as it was."""
    meeting = locked_for(actor, meeting, require_correcting)
    wrong: dict[str, str] = {}
    if section not in CorrectionSection.values:
        wrong["section"] = "请选择更正哪一部分"
    if not old_text.strip():
        wrong["old_text"] = "请填写原文"
    if not new_text.strip():
        wrong["new_text"] = "请填写更正后的内容"
    elif new_text.strip() == old_text.strip():
        wrong["new_text"] = "与原文相同"
    if not reason.strip():
        wrong["reason"] = "请填写更正原因"
    if section == CorrectionSection.MINUTES and old_text.strip() and old_text.strip() not in meeting.minutes.text:
        wrong["old_text"] = "会议记录中没有这段文字，请从记录中复制"
    if wrong:
        raise Invalid("更正还不能保存。", fields=wrong)
    made: Correction = Correction.objects.create(
        meeting=meeting,
        section=section,
        old_text=old_text.strip(),
        new_text=new_text.strip(),
        reason=reason.strip(),
        made_by_id=actor.user_id,
    )
    NOTES.record(actor, meeting, "meetings.corrected", f"更正“{meeting}”的{made.get_section_display()}：{made.reason}")
    return made


def require_correcting(actor: Actor, meeting: Meeting) -> None:
    """Raise unless the actor may put the record right now: only one that is closed."""
    require_recorder(actor, meeting)
    if meeting.status != Status.CLOSED:
        raise Conflict("记录还没有归档，不用办理更正。", how="请直接修改，或由主持人退回后修改。")
