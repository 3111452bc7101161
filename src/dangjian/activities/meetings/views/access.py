"""What every page of one meeting begins with: the meeting, for whom it opens, and what the reader may do with it now."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from dangjian.activities.meetings.actions import (
    answering,
    attending,
    calling,
    deciding,
    guards,
    making_up,
    papers,
    recording,
    reporting,
)
from dangjian.activities.meetings.models import Meeting, Status
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor, may
from dangjian.kernel.errors import PermissionDenied
from dangjian.kernel.gate import Request
from dangjian.org.gate import find

STEPS = ("召集", "进行", "记录", "确认", "归档")
_STEP_OF: dict[str, int] = {
    Status.DRAFT: 0,
    Status.CALLED: 1,
    Status.RUNNING: 1,
    Status.HELD: 2,
    Status.CONFIRMED: 4,
    Status.CLOSED: 5,
    Status.CANCELLED: 0,
}
BADGES: dict[str, tuple[str, str]] = {
    Status.DRAFT: ("草稿", "neutral"),
    Status.CALLED: ("已通知", "info"),
    Status.RUNNING: ("进行中", "info"),
    Status.HELD: ("待整理记录", "warn"),
    Status.CONFIRMED: ("记录已确认", "good"),
    Status.CLOSED: ("已归档", "good"),
    Status.CANCELLED: ("已取消", "neutral"),
}


ASKED: dict[str, tuple[str, Callable[[Actor, Meeting], object]]] = {
    "call": ("", guards.require_caller),
    "record": ("", guards.require_recorder),
    "look_over": ("", guards.require_confirmer),
    "decide_leaves": ("", answering.require_deciding_leaves),
    "remind": ("", calling.require_reminding),
    "send": ("call", calling.require_sending),
    "change": ("call", calling.require_changing),
    "cancel": ("call", calling.require_cancelling),
    "change_agenda": ("record", calling.require_changing_agenda),
    "begin": ("record", attending.require_beginning),
    "register": ("record", attending.require_registering),
    "end": ("record", attending.require_ending),
    "decide": ("record", deciding.require_deciding),
    "grade": ("record", deciding.require_grading),
    "write": ("record", recording.require_writing),
    "close": ("record", recording.require_closing),
    "correct": ("record", recording.require_correcting),
    "report": ("record", reporting.require_reporting),
    "attach": ("record", papers.require_attaching),
    "assign_make_up": ("record", making_up.require_assigning_make_up),
    "confirm": ("look_over", recording.require_confirming),
    "send_back": ("look_over", recording.require_sending_back),
}
"""The steps of a meeting as templates name them (``may.begin``), each with what its action asks.

Before it stands what nobody takes it without: most readers are told by that alone, without the database being asked again.
"""


class May:
    """What the reader may do with a meeting as it stands: each step is asked when a page wants to know, and once.

    >>> open_to = May(request.actor, meeting)
    >>> open_to["begin"]
    """

    def __init__(self, actor: Actor, meeting: Meeting) -> None:
        self._actor, self._meeting = actor, meeting
        self._found: dict[str, bool] = {}

    def __getitem__(self, step: str) -> bool:
        """Whether the action of the step would let the reader take it."""
        if step not in self._found:
            before, asks = ASKED[step]
            self._found[step] = (not before or self[before]) and may(asks, self._actor, self._meeting)
        return self._found[step]


def is_over(meeting: Meeting) -> bool:
    """Whether the time of every sitting has passed, ended or not: nobody checks in with a code any more."""
    ends = [one.ends_at for one in meeting.sittings.all()]
    return bool(ends) and max(ends) < clock.now()


def badge_of(meeting: Meeting, *, is_submitted: bool) -> tuple[str, str]:
    """Word and tone of what the meeting waits for; ``is_submitted`` says whether its minutes wait to be confirmed."""
    if meeting.status == Status.RUNNING and is_over(meeting):
        return "待结束", "warn"
    if meeting.status == Status.HELD and is_submitted:
        return "记录待确认", "warn"
    return BADGES[meeting.status]


def meeting_of(_request: Request, pk: int) -> Meeting:
    """The meeting with what its pages show of it, or the gate's refusal."""
    rows = Meeting.objects.select_related("organization", "chair", "recorder", "created_by").prefetch_related("kinds", "sittings")
    found: Meeting = find(rows, pk=pk)
    return found


def meeting_to_read(request: Request, pk: int) -> Meeting:
    """The meeting, for somebody who may see the organisation's meetings, or is named as its chair or recorder."""
    meeting = meeting_of(request, pk)
    open_to = May(request.actor, meeting)
    if meeting.status == Status.DRAFT and not (open_to["call"] or open_to["record"]):
        raise PermissionDenied("这次会议还在拟定，没有发出通知。", how="通知发出后可以查看。")
    if not request.actor.may("meetings.view", meeting.organization) and not open_to["record"]:
        raise PermissionDenied("您没有查看这次会议办理情况的权限。", how="您参加的会议请在“我参加的”中查看。")
    return meeting


def meeting_to_record(request: Request, pk: int) -> Meeting:
    """The meeting, for somebody who keeps its record (by permission, or named as its chair or recorder)."""
    meeting = meeting_of(request, pk)
    if not may(guards.require_recorder, request.actor, meeting):
        raise PermissionDenied("您不是这次会议的主持人或记录人，不能办理记录。", how="如需代为记录，请召集人把您改为记录人。")
    return meeting


def meeting_to_read_or_record(request: Request, pk: int) -> Meeting:
    """The meeting, to be read; a form about it comes from somebody who keeps its record."""
    return meeting_to_record(request, pk) if request.method == "POST" else meeting_to_read(request, pk)


def meeting_to_confirm(request: Request, pk: int) -> Meeting:
    """The meeting, for somebody who confirms its minutes."""
    meeting = meeting_of(request, pk)
    guards.require_confirmer(request.actor, meeting)
    return meeting


def meeting_to_grant_leave(request: Request, pk: int) -> Meeting:
    """The meeting, for somebody who grants leave from it."""
    meeting = meeting_of(request, pk)
    answering.require_leave_right(request.actor, meeting)
    return meeting


def context_of(request: Request, meeting: Meeting, **more: Any) -> dict[str, Any]:
    """The variables that the head of every page of a meeting needs."""
    done = _STEP_OF[meeting.status]
    minutes = more.get("minutes")
    is_submitted = minutes is not None and minutes.submitted_at is not None
    if meeting.status == Status.HELD and is_submitted:
        done = STEPS.index("确认")
    word, tone = badge_of(meeting, is_submitted=is_submitted)
    return {
        "meeting": meeting,
        "is_over": is_over(meeting),
        "is_ahead": meeting.held_on is not None and meeting.held_on > clock.today(),
        "may": May(request.actor, meeting),
        "steps": [{"title": title, "done": place < done, "now": place == done} for place, title in enumerate(STEPS)],
        "status_word": word,
        "status_tone": tone,
        **more,
    }


def tab_address(meeting: Meeting, tab: str = "") -> str:
    """The address of a tab of the meeting's page."""
    address = reverse("meetings:detail", args=[meeting.pk])
    return f"{address}?tab={tab}" if tab else address


def to_tab(meeting: Meeting, tab: str = "") -> HttpResponse:
    """Back to a tab of the meeting's page."""
    return redirect(tab_address(meeting, tab))
