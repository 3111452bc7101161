"""One meeting: its head with steps, and six tabs."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from dangjian.accounts.models import Event
from dangjian.activities.meetings import queries
from dangjian.activities.meetings.actions.calling import require_removing_item
from dangjian.activities.meetings.actions.deciding import require_judging
from dangjian.activities.meetings.actions.papers import require_detaching
from dangjian.activities.meetings.forms.papers import UploadForm
from dangjian.activities.meetings.models import (
    AgendaType,
    Answer,
    AttachmentKind,
    Attendance,
    ElectedOffice,
    Election,
    MakeUp,
    MakeUpState,
    Meeting,
    MeetingGuest,
    Minutes,
    Presence,
    Role,
    Status,
)
from dangjian.activities.meetings.queries.clashes import clashes
from dangjian.activities.meetings.views.access import May, context_of, meeting_to_read
from dangjian.activities.meetings.views.case_steps import case_line, case_lines
from dangjian.activities.meetings.views.figures import counts_of, ending_of, quorums_of
from dangjian.kernel import parameters
from dangjian.kernel.actor import may
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.lists import page_of
from dangjian.members.own import is_own

TRAIL_PAGE = 40
TABS = {
    "": ("overview", "概况"),
    "people": ("people", "人员"),
    "agenda": ("agenda", "议程与决议"),
    "minutes": ("minutes", "记录"),
    "attachments": ("attachments", "附件"),
    "trail": ("trail", "留痕"),
}
SHOWS = [
    ("", "全部"),
    ("came", "到会"),
    ("leave", "请假"),
    ("absent", "缺席"),
    ("unknown", "未登记"),
    ("silent", "未答复"),
    ("observers", "列席"),
]
_FILTERS: dict[str, dict[str, object]] = {
    "came": {"presence__in": (Presence.PRESENT, Presence.ONLINE)},
    "leave": {"presence": Presence.LEAVE},
    "absent": {"presence__in": (Presence.ABSENT, Presence.MADE_UP)},
    "unknown": {"presence": Presence.UNKNOWN, "role": Role.ATTENDEE},
    "silent": {"answer": Answer.NONE, "presence": Presence.UNKNOWN},
    "observers": {"role": Role.OBSERVER},
}


@requires(SIGNED_IN, on=meeting_to_read)
def detail(request: Request, meeting: Meeting) -> HttpResponse:
    """A meeting; ``tab`` says which part."""
    tab = parameters.one_of(request, "tab", TABS)
    context = context_of(
        request,
        meeting,
        tab=tab,
        tab_template=f"meetings/_tab_{TABS[tab][0]}.html",
        minutes=Minutes.objects.filter(meeting=meeting).select_related("written_by", "confirmed_by").first(),
        has_appraisal=queries.decides_grades(meeting),
    )
    minutes = context["minutes"]
    if meeting.status == Status.HELD and minutes and minutes.submitted_at and not context["may"]["send_back"]:
        context["confirmers"] = queries.confirmers(meeting, writers=queries.writers_of(minutes))
    if context["may"]["end"]:
        context |= ending_of(meeting)
    context["has_actions"] = _has_actions(context)
    context |= _PARTS[TABS[tab][0]](request, meeting)
    context["parts"] = _tabs(meeting)
    return render(request, "meetings/detail.html", context)


def _tabs(meeting: Meeting) -> list[tuple[str, str, int]]:
    numbers = {
        "people": meeting.attendances.count() + meeting.guests.count(),
        "agenda": meeting.agenda.count(),
        "attachments": meeting.attachments.count(),
    }
    return [(key, title, numbers.get(key, 0)) for key, (_, title) in TABS.items()]


def _has_actions(context: dict[str, Any]) -> bool:
    meeting, open_to = context["meeting"], context["may"]
    steps = {
        Status.DRAFT: ("send",),
        Status.CALLED: ("record",),
        Status.RUNNING: ("end",),
        Status.HELD: ("write", "send_back"),
        Status.CONFIRMED: ("close",),
    }
    return meeting.status == Status.CLOSED or any(open_to[step] for step in steps.get(meeting.status, ()))


def _overview(request: Request, meeting: Meeting) -> dict[str, object]:
    return {
        "clashes": clashes(meeting, request.actor),
        "counts": counts_of(meeting),
        "quorums": quorums_of(meeting) if meeting.status != Status.CANCELLED else [],
        "agenda": meeting.agenda.select_related("speaker"),
        "leave_waiting": len(_leaves(request, meeting)),
        "make_ups_waiting": _make_ups(meeting).filter(state=MakeUpState.SUBMITTED).count(),
    }


def _leaves(request: Request, meeting: Meeting) -> list[Attendance]:
    """Leave that waits for a decision; nobody decides on their own."""
    asked = meeting.attendances.filter(answer=Answer.LEAVE_ASKED).select_related("member")
    return [row for row in asked if not is_own(request.actor, row.member)]


def _make_ups(meeting: Meeting) -> Any:
    return MakeUp.objects.filter(attendance__meeting=meeting)


def _people(request: Request, meeting: Meeting) -> dict[str, object]:
    show = parameters.one_of(request, "show", _FILTERS)
    rows: list[Any] = list(meeting.attendances.filter(**_FILTERS.get(show, {})).select_related("member", "sitting"))
    make_ups = {row.attendance_id: row for row in _make_ups(meeting)}
    for row in rows:
        row.make_up_row = make_ups.get(row.pk)
    stayed_away = Attendance.objects.due().filter(meeting=meeting, presence__in=(Presence.ABSENT, Presence.LEAVE), make_up=None)
    return {
        "rows": rows,
        "outside": _outside(meeting, show),
        "show": show,
        "shows": SHOWS,
        "counts": counts_of(meeting),
        "leave_rows": _leaves(request, meeting),
        "absent_without_make_up": stayed_away.count(),
        "has_sittings": len(meeting.sittings.all()) > 1,
    }


def _outside(meeting: Meeting, show: str) -> list[MeetingGuest]:
    """Guests on no roster here, as far as they belong to what is shown; they are asked for no answer."""
    by_presence = {key: value for key, value in _FILTERS.get(show, {}).items() if key.startswith("presence")}
    return [] if show == "silent" else list(meeting.guests.filter(**by_presence))


def _agenda(request: Request, meeting: Meeting) -> dict[str, object]:
    decisions: list[Any] = list(meeting.decisions.filter(election=None))
    elections: list[Election] = list(meeting.elections.prefetch_related("candidates"))
    for vote in [*decisions, *(one for election in elections for one in election.candidates.all())]:
        vote.meeting = meeting
        vote.may_judge = may(require_judging, request.actor, vote)
    open_to = May(request.actor, meeting)
    may_elect = queries.election_kind(meeting, ElectedOffice.SECRETARY) is not None
    items: list[Any] = list(meeting.agenda.select_related("speaker", "case__organization").prefetch_related("decisions"))
    for item in items:
        item.may_remove = open_to["change_agenda"] and may(require_removing_item, request.actor, item)
        item.decision_rows = [row for row in decisions if row.agenda_item_id == item.pk]
        item.election_rows = [row for row in elections if row.agenda_item_id == item.pk]
        item.case_line = case_line(request.actor, meeting, item)
        item.decide_word = "登记表决" if item.case_line else "作出决议"
        item.may_decide = open_to["decide"] and not (item.case_line and item.decision_rows)
        item.may_elect = item.may_decide and may_elect and item.type == AgendaType.VOTE and not item.case_line
    return {
        "agenda": items,
        "loose_decisions": [row for row in decisions if row.agenda_item_id is None],
        "loose_elections": [row for row in elections if row.agenda_item_id is None],
        "may_elect": may_elect,
    }


def _minutes(request: Request, meeting: Meeting) -> dict[str, object]:
    return {
        "case_lines": case_lines(request.actor, meeting) if meeting.status == Status.HELD else [],
        "corrections": list(meeting.corrections.select_related("made_by")),
        "votes_left": queries.votes_left(meeting) if meeting.status == Status.HELD else [],
        "to_judge": queries.to_judge(meeting) if meeting.status == Status.HELD else [],
    }


def _attachments(request: Request, meeting: Meeting) -> dict[str, object]:
    rows: list[Any] = list(meeting.attachments.all())
    open_to = May(request.actor, meeting)
    to_study = set(_make_ups(meeting).values_list("attachment", flat=True))
    for row in rows:
        row.is_to_study = row.pk in to_study
        row.may_remove = open_to["record"] and may(require_detaching, request.actor, row)
    return {
        "photos": [row for row in rows if row.is_image and row.kind == AttachmentKind.PHOTO],
        "papers": [row for row in rows if not row.is_image or row.kind != AttachmentKind.PHOTO],
        "upload": UploadForm(),
    }


def _trail(request: Request, meeting: Meeting) -> dict[str, object]:
    rows = Event.objects.filter(subject_type="meetings.meeting", subject_id=meeting.pk).order_by("-at", "-pk")
    page_obj = page_of(rows, request, TRAIL_PAGE)
    return {"events": page_obj.object_list, "events_page": page_obj}


_PARTS = {
    "overview": _overview,
    "people": _people,
    "agenda": _agenda,
    "minutes": _minutes,
    "attachments": _attachments,
    "trail": _trail,
}
