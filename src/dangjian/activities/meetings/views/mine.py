"""What a member sees of organisational life: calls to meetings and answers, whether they came, papers, decisions and record."""

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.activities.meetings import actions, own, queries
from dangjian.activities.meetings.forms.member import LeaveRequestForm
from dangjian.activities.meetings.models import CAME, Attachment, Attendance, Presence, Role, Sitting
from dangjian.activities.meetings.queries.clashes import clashes
from dangjian.activities.meetings.views import home
from dangjian.kernel import clock, parameters
from dangjian.kernel.errors import NotFound, PermissionDenied, Refusal
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.lists import Asked, Choice, Drawn, Empty, ListPart
from dangjian.kernel.periods import YEAR
from dangjian.kernel.submit import attempt
from dangjian.kernel.typed import number
from dangjian.org.scope import opened

REASONS = ("当班走不开", "出差在外", "身体不适", "休假探亲", "家中有事")
"""Why people usually ask for leave, offered as chips."""
SHOWN_AS = {"present": "到会", "leave": "请假", "absent": "缺席", "made_up": "已补课"}
SHOWN: dict[str, Q] = {
    "present": Q(presence__in=CAME),
    "leave": Q(presence=Presence.LEAVE),
    "absent": Q(presence=Presence.ABSENT),
    "made_up": Q(presence=Presence.MADE_UP),
}


def _narrowed(rows: QuerySet[Attendance], show: str) -> QuerySet[Attendance]:
    return rows.filter(SHOWN[show]) if show else rows


@requires(SIGNED_IN)
def door(request: Request) -> HttpResponseBase:
    """组织生活, one entry for everybody: those who run meetings come to their work, everybody else to their own meetings."""
    if not request.actor.may("meetings.view"):
        return redirect("meetings:mine")
    with opened(request.actor.scope_of("meetings.view")):
        return home.home(request)


@requires(SIGNED_IN)
def mine(request: Request) -> HttpResponse:
    """My meetings: to come, past (``?tab=past``), and what I have to make up (``?tab=make-ups``)."""
    parts = {"": _coming, "past": _past, "make-ups": _make_ups}
    tab = parameters.one_of(request, "tab", parts)
    context = {
        "tab": tab,
        "to_make_up": queries.own_make_ups(_user(request)).count(),
        "runs_meetings": request.actor.may("meetings.view"),
        "reasons": REASONS,
        **parts[tab](request),
    }
    return render(request, "meetings/mine.html", context)


def _user(request: Request) -> int:
    return int(request.user.pk)


def _coming(request: Request) -> dict[str, object]:
    found = own.invitations(_user(request))
    return {"next": found[0] if found else None, "later": found[1:]}


def _years(_asked: Asked) -> list[tuple[str, str]]:
    this = clock.today().year
    return [(str(year), f"{year}年") for year in (this, this - 1, this - 2)]


PAST = ListPart(
    name="meetings:mine_past",
    title="参加过的会议",
    page="meetings:mine",
    within={"tab": "past"},
    rows=lambda asked: queries.past_for(_user(asked.request)),
    drawn=Drawn("meetings/_past_row.html"),
    order=("-meeting__held_on",),
    filters=(
        Choice("show", "到会情况", list(SHOWN_AS.items()), look="chips", rows=_narrowed),
        Choice("year", "年份", _years, "全部年份", field="meeting__held_on__year"),
    ),
    missed=lambda _asked: Empty("calendar-off", "没有符合条件的会议", "换一个条件看看。"),
    empty=Empty("calendar-off", "还没有参加过会议", "会议结束后，会记在这里。"),
)

HANDED_IN = ListPart(
    name="meetings:mine_handed_in",
    title="交过的补课",
    page="meetings:mine",
    within={"tab": "make-ups"},
    heading="交过的补课",
    icon="send",
    rows=lambda asked: own.make_ups_handed_in(_user(asked.request)),
    drawn=Drawn("meetings/_handed_in_row.html"),
    order=("-done_at",),
    empty=Empty("send", "还没有交过补课"),
)


def _past(request: Request) -> dict[str, object]:
    year = parameters.span(request, YEAR).start.year
    counted = {name: Count("pk", filter=condition) for name, condition in SHOWN.items()}
    due = queries.past_for(_user(request)).filter(role=Role.ATTENDEE, meeting__held_on__year=year).order_by()
    return {"figures": due.aggregate(due=Count("pk"), **counted), "figures_year": year, "past": PAST.of(request)}


def _make_ups(request: Request) -> dict[str, object]:
    user_id = _user(request)
    todo = own.make_ups_of(user_id).filter(pk__in=queries.own_make_ups(user_id).values("pk"))
    return {"todo": todo, "handed_in": HANDED_IN.of(request)}


def called_to(request: Request, pk: int) -> Attendance:
    """The reader's own row of a meeting, wherever it is held: being called is the right."""
    return own.own_row(_user(request), pk)


def paper_of_mine(request: Request, pk: int, attachment_pk: int) -> Attachment:
    """A file of a meeting that somebody called to it may open."""
    found: Attachment | None = own.papers_for(called_to(request, pk)).filter(pk=attachment_pk).first()
    if found is None:
        raise NotFound
    return found


@requires(SIGNED_IN, on=called_to)
def attend(request: Request, row: Attendance) -> HttpResponse:
    """One meeting as somebody called to it sees it."""
    return _meeting_page(request, row, LeaveRequestForm())


def _meeting_page(request: Request, row: Attendance, form: LeaveRequestForm) -> HttpResponse:
    meeting = row.meeting
    context = {
        "one": own.Invitation.of(row),
        "meeting": meeting,
        "row": row,
        "form": form,
        "reasons": REASONS,
        "runs_meetings": request.actor.may("meetings.view", meeting.organization),
        "agenda": list(meeting.agenda.all()),
        **own.record_for(row),
        "make_up": own.make_ups_of(_user(request)).filter(attendance=row).first(),
        "clashes": clashes(meeting, request.actor, row.member),
    }
    return render(request, "meetings/mine_meeting.html", context, status=422 if form.errors else 200)


@requires(SIGNED_IN, on=called_to, methods=("POST",))
def answer(request: Request, row: Attendance) -> HttpResponse:
    """Coming (to a sitting), or asking for leave with a reason."""
    if request.POST.get("answer") == "leave":
        return _ask_leave(request, row)
    try:
        actions.answer(actor=request.actor, meeting=row.meeting, coming=True, sitting=_sitting(request, row))
    except (PermissionDenied, NotFound):
        raise
    except Refusal as refusal:
        messages.warning(request, refusal.brief)
        return redirect("meetings:attend", row.meeting_id)
    messages.success(request, "已答复参加，请按时到会。")
    return _back(request, row.meeting_id)


def _ask_leave(request: Request, row: Attendance) -> HttpResponse:
    form = LeaveRequestForm(request.POST)
    if attempt(form, lambda data: actions.answer(actor=request.actor, meeting=row.meeting, coming=False, **data)):
        messages.success(request, "请假已提交，批准后会通知您。")
        return _back(request, row.meeting_id)
    return _meeting_page(request, row, form)


def _sitting(request: Request, row: Attendance) -> Sitting | None:
    asked = number(request.POST.get("sitting"))
    return None if asked is None else own.sitting_of(row, asked)


def _back(request: Request, pk: int) -> HttpResponse:
    """To the page on which the answer was given."""
    pages = {"mine": reverse("meetings:mine"), "home": reverse("site:home")}
    return redirect(pages.get(request.POST.get("from", ""), reverse("meetings:attend", args=[pk])))


@requires(SIGNED_IN, on=paper_of_mine)
def own_attachment(_request: Request, paper: Attachment) -> HttpResponseBase:
    """A file of a meeting for somebody called to it: pictures are shown, everything else is downloaded."""
    try:
        file = paper.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    return FileResponse(file, as_attachment=not paper.is_image, filename=paper.title, content_type=paper.content_type)
