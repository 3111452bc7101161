"""The record: drafted, edited, confirmed, closed, corrected; and the study that makes up for an absence."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render

from dangjian.accounts.editing import Turn, editing
from dangjian.activities.meetings import queries
from dangjian.activities.meetings.actions.making_up import assign_make_up
from dangjian.activities.meetings.actions.recording import close, confirm, correct, draft_minutes, save_minutes, send_back
from dangjian.activities.meetings.actions.reporting import note_report
from dangjian.activities.meetings.forms.outcome import CorrectionForm, MakeUpForm, MinutesForm, RecordBackForm, ReportForm
from dangjian.activities.meetings.models import Meeting, Minutes, Status
from dangjian.activities.meetings.views.access import (
    context_of,
    meeting_to_confirm,
    meeting_to_read_or_record,
    meeting_to_record,
    tab_address,
    to_tab,
)
from dangjian.activities.meetings.views.case_steps import case_lines
from dangjian.kernel import clock
from dangjian.kernel.editing import Overtaken
from dangjian.kernel.forms import Cleaned
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.submit import attempt, submit

WRITTEN = ("meetings.minutes_saved", "meetings.minutes_drafted")
MAKE_UP_DAYS = 14
"""Proposed time for a make-up study; the recorder sets another day where they like."""


@requires(SIGNED_IN, on=meeting_to_read_or_record, methods=("GET", "POST"))
def edit(request: Request, meeting: Meeting) -> HttpResponse:
    """The minutes: a text drafted from what was captured, to be edited, saved, and submitted to whoever confirms it."""
    form = _form(meeting, request.POST or None)
    ready = "ready" in request.POST

    def save(data: Cleaned) -> Minutes:
        return save_minutes(actor=request.actor, meeting=meeting, ready=ready, **data)

    if request.method == "POST" and attempt(form, save, Turn(meeting, lambda: _form(meeting), WRITTEN)) is not None:
        messages.success(request, f"已保存。{_confirmers(request, meeting).way}" if ready else "记录已保存。")
        return to_tab(meeting, "minutes") if ready else redirect("meetings:minutes", meeting.pk)
    minutes = Minutes.objects.filter(meeting=meeting).select_related("written_by", "confirmed_by").first()
    context = context_of(request, meeting, form=form, minutes=minutes)
    context["is_asked"] = meeting.status == Status.HELD and context["may"]["send_back"]
    context["votes_left"] = queries.votes_left(meeting)
    context["case_lines"] = case_lines(request.actor, meeting)
    context["to_judge"] = queries.to_judge(meeting)
    if context["may"]["write"] and not queries.is_tiny(meeting.organization):
        context["confirmers"] = _confirmers(request, meeting)
    return render(request, "meetings/minutes.html", context, status=422 if form.errors else 200)


def _confirmers(request: Request, meeting: Meeting) -> queries.Confirmers:
    """Who would confirm what the reader writes."""
    return queries.confirmers(meeting, writers={request.actor.user_id or 0})


def _form(meeting: Meeting, data: QueryDict | None = None) -> MinutesForm:
    text = Minutes.objects.filter(meeting=meeting).values_list("text", flat=True).first()
    return MinutesForm(data, initial={"text": text or ""})


@requires(SIGNED_IN, on=meeting_to_record, methods=("POST",))
def draft(request: Request, meeting: Meeting) -> HttpResponse:
    """Write the text from agenda, attendance, decisions and votes, in the place of what is there."""
    try:
        with editing(_form(meeting, request.POST), row=meeting, again=lambda: _form(meeting), verbs=WRITTEN):
            draft_minutes(actor=request.actor, meeting=meeting, anew=True)
    except Overtaken:
        messages.warning(request, "有人刚才改过会议记录，没有重新生成。请先看看现在的文字。")
        return redirect("meetings:minutes", meeting.pk)
    messages.success(request, "已按议程、到会和表决情况生成初稿，请补充发言要点。")
    return redirect("meetings:minutes", meeting.pk)


@requires(SIGNED_IN, on=meeting_to_confirm, methods=("POST",))
def confirm_record(request: Request, meeting: Meeting) -> HttpResponse:
    """The chair confirms."""
    confirm(actor=request.actor, meeting=meeting)
    messages.success(request, "记录已确认，可以归档了。")
    return to_tab(meeting, "minutes")


@requires(SIGNED_IN, on=meeting_to_confirm, methods=("POST",))
def send_back_record(request: Request, meeting: Meeting) -> HttpResponse:
    """The chair gives the record back."""
    return submit(
        request,
        RecordBackForm(request.POST),
        lambda data: send_back(actor=request.actor, meeting=meeting, **data),
        template="meetings/send_back.html",
        context=lambda: context_of(request, meeting),
        done="记录已退回，记录人会收到您的意见。",
        to=tab_address(meeting, "minutes"),
    )


@requires(SIGNED_IN, on=meeting_to_record, methods=("POST",))
def close_record(request: Request, meeting: Meeting) -> HttpResponse:
    """Put the record away under its archive number."""
    closed = close(actor=request.actor, meeting=meeting)
    messages.success(request, f"已归档，档案编号 {closed.number}。")
    return to_tab(meeting)


@requires(SIGNED_IN, on=meeting_to_record, methods=("GET", "POST"))
def correct_record(request: Request, meeting: Meeting) -> HttpResponse:
    """Put right a closed record, beside the original."""
    return submit(
        request,
        CorrectionForm(request.POST or None),
        lambda data: correct(actor=request.actor, meeting=meeting, **data),
        template="meetings/correct.html",
        context=lambda: context_of(request, meeting, minutes=Minutes.objects.filter(meeting=meeting).first()),
        done=lambda made: f"已更正“{made.get_section_display()}”，原文保留。",
        to=tab_address(meeting, "minutes"),
    )


@requires(SIGNED_IN, on=meeting_to_record, methods=("GET", "POST"))
def report(request: Request, meeting: Meeting) -> HttpResponse:
    """Note that the superior was told how the meeting went."""
    return submit(
        request,
        ReportForm(request.POST or None, initial=_noted(meeting)),
        lambda data: note_report(actor=request.actor, meeting=meeting, **data),
        turn=Turn(meeting, lambda: ReportForm(initial=_noted(meeting)), ("meetings.reported",)),
        template="meetings/report.html",
        context=lambda: context_of(request, meeting),
        done="报送情况已登记。",
        to=tab_address(meeting, "overview"),
    )


def _noted(meeting: Meeting) -> dict[str, Any]:
    """What is noted of the report now."""
    meeting.refresh_from_db(fields=["reported_on", "report_document"])
    return {"reported_on": meeting.reported_on or clock.today(), "document": meeting.report_document}


@requires(SIGNED_IN, on=meeting_to_record, methods=("GET", "POST"))
def assign(request: Request, meeting: Meeting) -> HttpResponse:
    """Set those who did not come something to study."""
    initial = {"material": _material(meeting), "due_on": clock.today() + dt.timedelta(days=MAKE_UP_DAYS)}
    return submit(
        request,
        MakeUpForm(request.POST or None, meeting=meeting, initial=initial),
        lambda data: assign_make_up(actor=request.actor, meeting=meeting, **data),
        template="meetings/make_up_assign.html",
        context=lambda: context_of(request, meeting),
        done=lambda number: f"已给 {number} 人布置补课，他们会收到通知。",
        to=tab_address(meeting, "people"),
    )


def _material(meeting: Meeting) -> str:
    """What was studied or decided, for those who were not there."""
    titles = [f"{number}. {item.title}" for number, item in enumerate(meeting.agenda.all(), 1)]
    return "\n".join([f"学习“{meeting.title}”的内容：", *titles]) if titles else f"学习“{meeting.title}”的会议记录。"
