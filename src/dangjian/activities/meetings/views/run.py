"""While the meeting is held: the screen in the room, the recorder's roll, begin and end, the agenda's notes."""

import io
from collections.abc import Callable

import segno
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django_htmx.http import trigger_client_event

from dangjian.accounts.editing import Turn
from dangjian.activities.meetings import actions, checkin, queries
from dangjian.activities.meetings.forms.running import AgendaItemForm, GuestForm, MarkForm, MarkGuestForm
from dangjian.activities.meetings.models import AgendaItem, Meeting, Mode, Presence, Sitting, Status
from dangjian.activities.meetings.views.access import context_of, is_over, meeting_to_record, tab_address, to_tab
from dangjian.activities.meetings.views.figures import counts_of, ending_of, names_of, quorums_of
from dangjian.kernel import clock, parameters
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.forms import Cleaned
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.submit import attempt, submit
from dangjian.kernel.typed import number as typed_number
from dangjian.members.own import own_records
from dangjian.members.queries.people import found_by_text
from dangjian.org.gate import find

AFTERWARDS = "会后补记"
"""The usual reason once the time of the meeting has passed; one of ``REASONS``."""
NOT_TO_DECIDE = "您要上会的那一步不能列入这次会议：已经办理或撤回，已列入别的会议，或者会议的类型、日期不合要求。"
"""What is said to somebody who came with a step that this meeting cannot decide."""
REASONS = ("现场点名登记", "手机没电或没带", "不会操作", "网络不通", AFTERWARDS)
"""Why somebody is registered by hand, offered as chips; the first is the usual one."""


@requires(SIGNED_IN, on=meeting_to_record)
def host(request: Request, meeting: Meeting) -> HttpResponse:
    """The screen in the room: QR code, six digits, live counts. Read from the back row."""
    return render(request, "meetings/host.html", context_of(request, meeting, **_board(request, meeting)))


@requires(SIGNED_IN, on=meeting_to_record)
def host_board(request: Request, meeting: Meeting) -> HttpResponse:
    """The part of the screen that changes; asked for again every few seconds."""
    return render(request, "meetings/_host_board.html", context_of(request, meeting, **_board(request, meeting)))


def _board(request: Request, meeting: Meeting) -> dict[str, object]:
    at = clock.now()
    sitting = _sitting_now(meeting)
    is_open = meeting.status in {Status.CALLED, Status.RUNNING} and sitting is not None
    shown: dict[str, object] = {
        "counts": counts_of(meeting),
        "quorums": quorums_of(meeting),
        "sitting": sitting,
        "is_checking_in": is_open,
    }
    if is_open and sitting is not None:
        code = checkin.current_code(sitting.pk, at)
        address = request.build_absolute_uri(reverse("meetings:check_in", args=[checkin.token(sitting.pk, at)]))
        shown |= {"code": f"{code[:3]} {code[3:]}", "qr": _qr(address), "seconds": checkin.seconds_left(at)}
    return shown


def _sitting_now(meeting: Meeting) -> Sitting | None:
    """The sitting that people check in to now, ``None`` before the first opens and after the last."""
    at = clock.now()
    opened = [row for row in meeting.sittings.all() if row.starts_at - checkin.opens_before() <= at <= row.ends_at]
    return opened[0] if opened else None


def _qr(address: str) -> str:
    drawn = io.BytesIO()
    segno.make(address, error="m").save(
        drawn,
        kind="svg",
        xmldecl=False,
        svgns=False,
        omitsize=True,
        border=2,
        dark="#221d1a",
        light="#ffffff",
        title="签到二维码",
    )
    return mark_safe(drawn.getvalue().decode())  # noqa: S308 - drawn here from our own address


@requires(SIGNED_IN, on=meeting_to_record)
def roll(request: Request, meeting: Meeting) -> HttpResponse:
    """Everybody called, with one tap for each: 到会, 线上, 请假, 缺席."""
    name = "meetings/_roll.html" if request.htmx and not request.htmx.boosted else "meetings/roll.html"
    return render(request, name, _roll(request, meeting))


def _roll(request: Request, meeting: Meeting) -> dict[str, object]:
    text, only = parameters.text(request, "q", 30), parameters.one_of(request, "show", {"unknown"})
    rows = meeting.attendances.select_related("member", "sitting")
    if text:
        rows = rows.filter(found_by_text(text, "member__"))
    outside = meeting.guests.filter(name__icontains=text) if text else meeting.guests.all()
    if only == "unknown":
        rows, outside = rows.filter(presence=Presence.UNKNOWN), outside.filter(presence=Presence.UNKNOWN)
    marks = [Presence.PRESENT, Presence.ONLINE, Presence.LEAVE, Presence.ABSENT]
    if meeting.mode == Mode.ONSITE:
        marks.remove(Presence.ONLINE)
    own, ending = own_records(request.actor), ending_of(meeting)
    unmarked = [row for row in ending["missing"] if row.member_id not in own]
    return context_of(
        request,
        meeting,
        rows=rows,
        outside=outside,
        q=text,
        show=only,
        **ending,
        quorums=quorums_of(meeting),
        marks=[(mark.value, mark.label if mark != Presence.ONLINE else "线上") for mark in marks],
        reasons=sorted(REASONS, key=lambda reason: reason != AFTERWARDS) if is_over(meeting) else REASONS,
        unmarked=unmarked,
        rest_question=f"把这 {len(unmarked)} 人登记为到会吗？请假和缺席的请先逐人登记。\n{names_of(unmarked)}",
        own=own,
        guests=GuestForm(meeting=meeting),
    )


@requires(SIGNED_IN, on=meeting_to_record, methods=("POST",))
def mark(request: Request, meeting: Meeting) -> HttpResponse:
    """One tap on one person. Answers the row and the counts to htmx, else the page."""
    form = MarkForm(request.POST, meeting=meeting)
    number = attempt(form, lambda _data: actions.check_in_by_hand(actor=request.actor, meeting=meeting, **form.plan()))
    if number is not None:
        return _marked(request, meeting, form, number)
    return _not_marked(request, meeting, form)


def _not_marked(request: Request, meeting: Meeting, form: forms.Form) -> HttpResponse:
    text = " ".join(str(error) for errors in form.errors.values() for error in errors)
    if request.htmx:
        response = HttpResponse(status=204)
        _toast(response, text, "bad")
        return response
    messages.error(request, text)
    return redirect("meetings:roll", meeting.pk)


@requires(SIGNED_IN, on=meeting_to_record, methods=("POST",))
def mark_guest(request: Request, meeting: Meeting) -> HttpResponse:
    """One tap on a guest who is on no roster here. Answers the row to htmx, else the page."""
    form = MarkGuestForm(request.POST, meeting=meeting)
    row = attempt(form, lambda _data: actions.mark_guest(actor=request.actor, meeting=meeting, **form.plan()))
    if row is None:
        return _not_marked(request, meeting, form)
    is_new = row.presence == form.cleaned_data["presence"]
    done = row.get_presence_display()
    text = f"已登记{row}{done}。" if is_new else f"{row}刚才已登记为“{done}”，没有改动。"
    if request.htmx:
        response = render(request, "meetings/_roll_guest.html", {**_roll(request, meeting), "row": row})
        if not is_new:
            _toast(response, text, "warn")
        return response
    messages.add_message(request, messages.SUCCESS if is_new else messages.WARNING, text)
    return redirect("meetings:roll", meeting.pk)


def _marked(request: Request, meeting: Meeting, form: MarkForm, number: int) -> HttpResponse:
    chosen = form.cleaned_data["attendance"]
    row = meeting.attendances.select_related("member", "sitting").filter(pk__in=chosen).first() if len(chosen) == 1 else None
    overtaken = ""
    if row is not None and row.presence != form.cleaned_data["presence"]:
        overtaken = f"{row.member.name}刚才已登记为“{row.get_presence_display()}”，没有改动。"
    if not request.htmx or row is None:
        if overtaken:
            messages.warning(request, overtaken)
        else:
            messages.success(request, f"已登记 {number} 人。")
        return redirect("meetings:roll", meeting.pk)
    response = render(request, "meetings/_roll_answer.html", {**_roll(request, meeting), "row": row})
    if overtaken:
        _toast(response, overtaken, "warn")
    return response


@requires(SIGNED_IN, on=meeting_to_record, methods=("POST",))
def mark_rest(request: Request, meeting: Meeting) -> HttpResponse:
    """One tap on all who are not registered yet; says who was left out because they are registered by now."""
    chosen = {one for value in request.POST.getlist("attendance") if (one := typed_number(value))}
    done = actions.mark_rest(
        actor=request.actor, meeting=meeting, attendance_ids=chosen, reason=request.POST.get("reason", REASONS[0])
    )
    messages.success(request, f"已登记 {len(done.rows)} 人到会。")
    if done.left_out:
        names = "、".join(row.member.name for row in done.left_out)
        messages.warning(request, f"{names}已经登记过或请了假，没有改动。")
    return redirect("meetings:roll", meeting.pk)


def _toast(response: HttpResponse, text: str, tone: str) -> None:
    trigger_client_event(response, "toast", {"text": text, "tone": tone})


@requires(SIGNED_IN, on=meeting_to_record, methods=("POST",))
def add_person(request: Request, meeting: Meeting) -> HttpResponse:
    """Put somebody on the list who was not called."""
    form = GuestForm(request.POST, meeting=meeting)
    if form.is_valid():
        try:
            name = _added(request, meeting, form)
        except (Invalid, Conflict) as refusal:
            messages.error(request, refusal.text)
        else:
            messages.success(request, f"{name}已加入名单。")
    else:
        wrong = [str(error) for error in form.errors.get("role", ())]
        messages.error(request, " ".join(wrong) or "请选择要加入名单的人。")
    return redirect("meetings:roll", meeting.pk)


def _added(request: Request, meeting: Meeting, form: GuestForm) -> str:
    if form.guest:
        return actions.add_guest(actor=request.actor, meeting=meeting, key=form.guest).name
    return actions.add_attendee(actor=request.actor, meeting=meeting, **form.plan()).member.name


@requires(SIGNED_IN, on=meeting_to_record, methods=("POST",))
def begin(request: Request, meeting: Meeting) -> HttpResponse:
    """Open the meeting."""
    actions.begin(actor=request.actor, meeting=meeting)
    messages.success(request, "会议已开始，可以签到和记录。")
    return redirect("meetings:host" if request.POST.get("next") == "host" else "meetings:roll", meeting.pk)


@requires(SIGNED_IN, on=meeting_to_record, methods=("POST",))
def end(request: Request, meeting: Meeting) -> HttpResponse:
    """Close the meeting; whoever did not come is noted as on leave or absent."""
    actions.end(actor=request.actor, meeting=meeting, without_later="without_later" in request.POST)
    messages.success(request, "会议已结束，接下来整理记录。")
    return redirect("meetings:minutes", meeting.pk)


def item_to_record(request: Request, pk: int, item_pk: int) -> AgendaItem:
    """An item of the agenda, for somebody who keeps the record of its meeting."""
    return _item(meeting_to_record(request, pk), item_pk)


def _item(meeting: Meeting, pk: int) -> AgendaItem:
    found: AgendaItem = find(meeting.agenda.select_related("speaker", "case"), pk=pk)
    return found


@requires(SIGNED_IN, on=meeting_to_record, methods=("GET", "POST"))
def agenda_new(request: Request, meeting: Meeting) -> HttpResponse:
    """Add an item to the agenda."""
    steps = queries.decidable(request.actor, meeting.organization, meeting.kind_codes, on=meeting.held_on, meeting=meeting)
    asked = parameters.number(request, "case_step")
    first = next((one for row, one in steps if row.pk == asked), None)
    if asked and first is None and request.method == "GET":
        messages.warning(request, NOT_TO_DECIDE)
    form = AgendaItemForm(request.POST or None, meeting=meeting, item=None, steps=[one for _, one in steps], first=first)

    def add(_data: Cleaned) -> AgendaItem:
        return actions.add_agenda_item(actor=request.actor, meeting=meeting, item=form.new())

    return _agenda_form(request, meeting, form, add)


@requires(SIGNED_IN, on=item_to_record, methods=("GET", "POST"))
def agenda_item(request: Request, item: AgendaItem) -> HttpResponse:
    """Change an item of the agenda, or write down what was said under it."""
    meeting = item.meeting
    found = queries.decidable(request.actor, meeting.organization, meeting.kind_codes, on=meeting.held_on, meeting=meeting)
    steps = [one for _, one in found]
    form = AgendaItemForm(request.POST or None, meeting=meeting, item=item, steps=steps)

    def again() -> AgendaItemForm:
        return AgendaItemForm(meeting=meeting, item=_item(meeting, item.pk), steps=steps)

    def change(_data: dict[str, object]) -> AgendaItem:
        return actions.edit_agenda_item(actor=request.actor, item=item, **form.changes())

    return _agenda_form(request, meeting, form, change, item, Turn(meeting, again, ("meetings.agenda_changed",)))


def _agenda_form(
    request: Request,
    meeting: Meeting,
    form: AgendaItemForm,
    save: Callable[[dict[str, object]], AgendaItem],
    item: AgendaItem | None = None,
    turn: Turn | None = None,
) -> HttpResponse:
    return submit(
        request,
        form,
        save,
        turn=turn,
        template="meetings/agenda_item.html",
        context=lambda: context_of(request, meeting, item=item),
        done="议题已保存。",
        to=tab_address(meeting, "agenda"),
    )


@requires(SIGNED_IN, on=item_to_record, methods=("POST",))
def agenda_move(request: Request, item: AgendaItem) -> HttpResponse:
    """Move an item up or down by one."""
    meeting = item.meeting
    order = list(meeting.agenda.values_list("pk", flat=True))
    if item.pk in order:
        at = order.index(item.pk)
        to = max(0, min(len(order) - 1, at + (-1 if request.POST.get("direction") == "up" else 1)))
        order.insert(to, order.pop(at))
        actions.order_agenda(actor=request.actor, meeting=meeting, item_ids=order)
    return to_tab(meeting, "agenda")


@requires(SIGNED_IN, on=item_to_record, methods=("POST",))
def agenda_remove(request: Request, item: AgendaItem) -> HttpResponse:
    """Take an item off the agenda."""
    actions.remove_agenda_item(actor=request.actor, item=item)
    messages.success(request, "议题已删除。")
    return to_tab(item.meeting, "agenda")
