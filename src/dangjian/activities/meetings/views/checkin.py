"""Checking in on one's own phone: with the QR code on the host's screen, or with its six digits."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from dangjian.activities.meetings import actions, checkin, own, queries
from dangjian.activities.meetings.actions import CheckIn
from dangjian.activities.meetings.forms.member import CodeForm
from dangjian.activities.meetings.models import Attendance, Method, Mode
from dangjian.kernel import clock
from dangjian.kernel.errors import NotFound, Refusal
from dangjian.kernel.forms import show_refusal
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.typed import number

_LITTLE = (
    "presence", "checked_in_at", "method", "meeting__title", "meeting__place", "meeting__recorder__name",
    "sitting__starts_at", "sitting__ends_at", "sitting__place",
)  # fmt: skip
NOT_CALLED = "您不在这次会议的通知名单中，不能签到。如应参加，请联系会议记录人把您加入名单。"


@dataclass(frozen=True, slots=True)
class Done:
    """What an acknowledgement shows. After a tap it is what the tap itself learnt: hundreds tap within a minute."""

    meeting_id: int
    title: str
    time: str
    presence: str
    by_hand: bool = False
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    place: str = ""

    @classmethod
    def of_tap(cls, result: CheckIn) -> Self:
        """Just checked in."""
        return cls(result.meeting_id, result.title, _time(result.at), result.presence)

    @classmethod
    def of_row(cls, row: Attendance) -> Self:
        """Checked in before."""
        sitting = row.sitting
        return cls(
            row.meeting_id, row.meeting.title, _time(row.checked_in_at), row.presence, by_hand=row.method == Method.HAND,
            starts_at=sitting.starts_at if sitting else None, ends_at=sitting.ends_at if sitting else None,
            place=(sitting.place if sitting else "") or row.meeting.place,
        )  # fmt: skip

    @property
    def address(self) -> str:
        """Where the meeting's agenda and papers are."""
        return _address(self.meeting_id)


def _time(at: dt.datetime | None) -> str:
    return f"{timezone.localtime(at):%H:%M}" if at else ""


@lru_cache(maxsize=128)
def _address(meeting_id: int) -> str:
    return reverse("meetings:attend", args=[meeting_id])


@requires(SIGNED_IN, methods=("GET", "POST"))
def scanned(request: Request, token: str) -> HttpResponse:
    """Where the QR code leads: one tap and one is checked in. Whoever is checked in already sees that, however old the code."""
    online = request.POST.get("online") == "1"
    if request.method == "POST":
        try:
            result = actions.check_in(actor=request.actor, token=token, online=online, waited=_waited(request))
        except Refusal as refusal:
            return _refused(request, refusal, _row_of(request, token, whole=False))
        return _done(request, Done.of_tap(result))
    row = _row_of(request, token)
    if row and row.came:
        return _page(request, row=row, done=Done.of_row(row))
    try:
        checkin.sitting_of(token, clock.now())
    except Refusal as refusal:
        return _refused(request, refusal, row)
    if row is None:
        return _refused(request, NotFound(NOT_CALLED), row)
    return _page(request, row=row, one=own.Invitation.of(row), may_choose=row.meeting.mode == Mode.BOTH)


def _waited(request: Request) -> int:
    """How many seconds the tap waited for the network, as the phone says."""
    return number(request.POST.get("waited")) or 0


def _row_of(request: Request, token: str, *, whole: bool = True) -> Attendance | None:
    """The reader's own row of the meeting that a token names, good or not: it tells them nothing but what is theirs.

    ``whole`` brings what an invitation shows. A tap that comes too late needs little of it, and many come too late together.
    """
    named = checkin.named_by(token)
    if named is None:
        return None
    rows = queries.own_attendances(int(request.user.pk))
    if whole:
        rows = rows.select_related("meeting__recorder")
    else:
        little = ("meeting__recorder", "sitting")
        rows = rows.prefetch_related(None).select_related(None).select_related(*little).only(*_LITTLE)
    found: Attendance | None = rows.filter(meeting__sittings=named).first()
    return found


def _page(request: Request, *, status: int = 200, **context: object) -> HttpResponse:
    return render(request, "meetings/checkin.html", {"reader": request.actor.name, **context}, status=status)


def _done(request: Request, done: Done) -> HttpResponse:
    """Acknowledge. Hundreds do this within a minute, so the answer to a tap is only the part of the page that changes."""
    if request.htmx:
        return HttpResponse(
            render_to_string("meetings/checkin_done.html", {"done": done, "reader": request.actor.name, "is_answer": True})
        )
    return redirect(f"{reverse('meetings:check_in_code')}?meeting={done.meeting_id}")


def _refused(request: Request, refusal: Refusal, row: Attendance | None) -> HttpResponse:
    context = {"refusal": refusal, "row": row, "reader": request.actor.name}
    if request.htmx:
        return HttpResponse(render_to_string("meetings/checkin_refused.html", context), status=422)
    return _page(request, status=refusal.status, **context)


@requires(SIGNED_IN, methods=("GET", "POST"))
def code(request: Request) -> HttpResponse:
    """Type the six digits. ``meeting`` says where one means to check in; else it is found by the digits."""
    asked = number(request.POST.get("meeting") or request.GET.get("meeting"))
    now_open = [one for one in own.invitations(int(request.user.pk)) if one.can_check_in]
    row = own.own_row(int(request.user.pk), asked) if asked else None
    if row is None and len(now_open) == 1:
        row = now_open[0].row
    if row and row.came:
        return _done(request, Done.of_row(row)) if request.htmx else _code_page(request, None, row)
    form = CodeForm(
        request.POST or None,
        asks_way=any(one.meeting.mode == Mode.BOTH for one in now_open if row is None or one.meeting.pk == row.meeting_id),
        initial={"meeting": row.meeting_id if row else None, "way": "onsite"},
    )
    if request.method == "POST" and form.is_valid():
        try:
            result = actions.check_in(
                actor=request.actor,
                code=form.cleaned_data["code"],
                meeting=row.meeting if row else None,
                online=form.cleaned_data["way"] == "online",
                waited=_waited(request),
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return _done(request, Done.of_tap(result))
    if form.is_bound:
        form.empty_code()
    if request.htmx:
        context = {"form": form, "row": row, "now_open": now_open, "request": request}
        return HttpResponse(render_to_string("meetings/checkin_code_form.html", context, request), status=422)
    return _code_page(request, form, row, now_open)


def _code_page(request: Request, form: CodeForm | None, row: Attendance | None, now_open: object = ()) -> HttpResponse:
    context = {
        "form": form,
        "row": row,
        "now_open": now_open,
        "done": Done.of_row(row) if form is None and row else None,
        "reader": request.actor.name,
    }
    return render(request, "meetings/checkin_code.html", context, status=422 if form and form.errors else 200)
