"""What several actions ask before they write: where the meeting stands, and who runs it.

``require_caller``, ``require_recorder`` and ``require_confirmer`` ask who somebody is for the meeting, and open its pages.
Each step has a ``require_…`` of its own beside its action, which asks that and whether it can be taken now.
"""

from collections.abc import Callable

from dangjian.activities.meetings.models import Meeting, Minutes, Status
from dangjian.activities.meetings.queries import confirmers, is_tiny, writers_of
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict
from dangjian.members.models import Member
from dangjian.members.own import is_own, require_or_stand_in
from dangjian.org.openings import locked

RECORDING = frozenset({Status.DRAFT, Status.CALLED, Status.RUNNING, Status.HELD})
"""While its record is open."""


def locked_for(actor: Actor, meeting: Meeting, check: Callable[[Actor, Meeting], object]) -> Meeting:
    """The meeting as it stands now, held until the transaction ends, if ``check`` lets the actor take the step now.

    >>> meeting = locked_for(actor, meeting, require_ending)
    """
    return locked(meeting, "organization", "chair", "recorder", check=lambda row: check(actor, row))


def is_person(actor: Actor, member: Member | None) -> bool:
    """Whether the actor is this member."""
    return member is not None and member.user_id is not None and member.user_id == actor.user_id


def wrote(actor: Actor, meeting: Meeting, minutes: Minutes | None) -> bool:
    """Whether the actor wrote or recorded the minutes, so that somebody else has to confirm them.

    Where there are fewer than three members nobody else may be left to do so.
    """
    if minutes is None or actor.user_id is None:
        return False
    if minutes.written_by_id != actor.user_id and not is_own(actor, meeting.recorder):
        return False
    return not is_tiny(meeting.organization)


def require_caller(actor: Actor, meeting: Meeting) -> None:
    """Whoever holds ``meetings.call`` there calls the meeting, changes it and calls it off."""
    actor.require("meetings.call", meeting.organization)


def require_recorder(actor: Actor, meeting: Meeting) -> None:
    """The recorder and the chair named for the meeting may record it, and whoever holds ``meetings.record`` there.

    Where the chair is the only one who does, nobody is left to register them: whoever holds it at the level above stands in.
    """
    if not is_person(actor, meeting.recorder) and not is_person(actor, meeting.chair):
        require_or_stand_in(actor, "meetings.record", meeting.organization, [meeting.chair] if meeting.chair else [])


def require_confirmer(actor: Actor, meeting: Meeting) -> None:
    """The chair confirms the minutes, or whoever holds ``meetings.confirm`` there.

    Where nobody of the organisation is left to do so, whoever holds it at the level above stands in.
    """
    if not is_person(actor, meeting.chair) and not actor.may("meetings.confirm", meeting.organization):
        minutes = Minutes.objects.filter(meeting=meeting).first()
        stand_in = actor.may("meetings.confirm") and actor.user_id in confirmers(meeting, writers=writers_of(minutes)).people
        if not stand_in:
            actor.require("meetings.confirm", meeting.organization)


def require_open(meeting: Meeting) -> None:
    """The record of the meeting may still be changed."""
    if meeting.status == Status.CANCELLED:
        raise Conflict(f"“{meeting}”已取消，不能再修改。")
    if meeting.status not in RECORDING:
        raise Conflict(
            f"“{meeting}”的记录已经{'归档' if meeting.status == Status.CLOSED else '由主持人确认'}，不能直接修改。",
            how="如记录有误，请办理“更正”，原记录会保留。" if meeting.status == Status.CLOSED else "如需修改，请先由主持人退回。",
        )


def require_status(meeting: Meeting, *allowed: Status, doing: str) -> None:
    """Raise ``Conflict`` unless the meeting stands at one of ``allowed``; ``doing`` says in Chinese what was wanted."""
    if meeting.status not in allowed:
        raise Conflict(f"“{meeting}”现在是“{meeting.get_status_display()}”，不能{doing}。")


def require_in_hand(meeting: Meeting, *, doing: str) -> None:
    """The meeting has begun, and its record is still open."""
    require_open(meeting)
    require_status(meeting, Status.RUNNING, Status.HELD, doing=doing)
