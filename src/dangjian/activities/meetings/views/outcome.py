"""What comes out of a meeting: decisions with votes, grades of the appraisal."""

import re
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dangjian.accounts.editing import Turn
from dangjian.activities.meetings import policy
from dangjian.activities.meetings.actions import case_steps, judge_decision, record_appraisal, record_decision, remove_decision
from dangjian.activities.meetings.actions.deciding import require_judge
from dangjian.activities.meetings.forms.outcome import NAMES_SOMEBODY, TAKES_WRITTEN, DecisionForm, GradesForm
from dangjian.activities.meetings.models import AgendaType, Decision, DecisionType, Meeting, VoteMethod
from dangjian.activities.meetings.policy import VOTE_RULES
from dangjian.activities.meetings.queries import cap_of, carried_by, vote_base, vote_kind
from dangjian.activities.meetings.views.access import context_of, meeting_of, meeting_to_record, tab_address, to_tab
from dangjian.activities.meetings.views.figures import secret_ballot
from dangjian.engines.procedures.actions.deciding import wants_reason
from dangjian.kernel import clock, parameters
from dangjian.kernel.editing import SEEN
from dangjian.kernel.errors import Refusal
from dangjian.kernel.forms import Cleaned
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.rulebook import book
from dangjian.kernel.submit import attempt, submit
from dangjian.kernel.typed import number
from dangjian.org.gate import find

CONVERSION = re.compile(r"预备党员(.{2,20}?)(?:同志)?(?:按期)?转正")
INFORMING = frozenset({AgendaType.REPORT, AgendaType.STUDY, AgendaType.FIRST_AGENDA, AgendaType.LECTURE})
"""Items under which people are told something; what they decide on it, if anything, is not to be guessed."""
TELLING = re.compile("通报|传达|学习|听取")
ADMISSION = re.compile(r"(?:接收|吸收)(.{2,20}?)(?:同志)?(?:加入|为)(?:中共|中国共产党)?(?:党组织|预备党员)")
DISCUSSING = re.compile(r"^(讨论|研究|审议|表决|通过)(并通过)?[：:、，\s]*")


def decision_to_record(request: Request, pk: int, decision_pk: int) -> Decision:
    """A decision, for somebody who keeps the record of its meeting."""
    return _decision(meeting_to_record(request, pk), decision_pk)


def decision_to_judge(request: Request, pk: int, decision_pk: int) -> Decision:
    """A decision, for somebody who says how a vote ends that the rules leave open."""
    meeting = meeting_of(request, pk)
    require_judge(request.actor, meeting)
    return _decision(meeting, decision_pk)


@requires(SIGNED_IN, on=meeting_to_record, methods=("GET", "POST"))
def decision_new(request: Request, meeting: Meeting) -> HttpResponse:
    """Record a decision with its votes. The result is worked out while figures are entered."""
    return _decision_form(request, meeting, None, _first(request, meeting))


@requires(SIGNED_IN, on=decision_to_record, methods=("GET", "POST"))
def decision(request: Request, row: Decision) -> HttpResponse:
    """Change a decision."""
    return _decision_form(request, row.meeting, row, DecisionForm.initial_of(row))


def _decision_form(request: Request, meeting: Meeting, row: Decision | None, initial: dict[str, Any]) -> HttpResponse:
    form = DecisionForm(request.POST or None, meeting=meeting, initial=initial)

    return submit(
        request,
        form,
        lambda _data: record_decision(actor=request.actor, meeting=meeting, decision=row, **form.plan()),
        turn=Turn(meeting, lambda: _again(meeting, row.pk), ("meetings.decision_recorded",)) if row else None,
        template="meetings/decision.html",
        context=lambda: context_of(request, meeting, decision=row, **_preview(meeting, form)),
        done=lambda saved: f"决议已登记：{saved.result_text}。",
        to=_back(request, meeting),
    )


def _back(request: Request, meeting: Meeting) -> str:
    """Whoever came from the minutes, where a vote was missing, goes on there."""
    if request.GET.get("from") == "minutes":
        return reverse("meetings:minutes", args=[meeting.pk])
    return tab_address(meeting, "agenda")


def _again(meeting: Meeting, pk: int) -> DecisionForm:
    """The form as it would be shown now."""
    return DecisionForm(meeting=meeting, initial=DecisionForm.initial_of(_decision(meeting, pk)))


def _decision(meeting: Meeting, pk: int) -> Decision:
    found: Decision = find(meeting.decisions.select_related("agenda_item"), pk=pk)
    return found


def _first(request: Request, meeting: Meeting) -> dict[str, object]:
    """A new decision: of the item it was opened from, everybody present in favour until somebody says otherwise."""
    item = meeting.agenda.select_related("case").filter(pk=parameters.number(request, "item") or 0).first()
    carried = carried_by(item) if item else None
    if carried:
        chosen, candidate, text = carried.decision_type, carried.candidate_name, carried.decision_text
    else:
        chosen, candidate, text = _meant(item.title if item else "")
    if item and not carried and chosen == DecisionType.ORDINARY and (item.type in INFORMING or TELLING.match(item.title)):
        text = ""
    kind = vote_kind(meeting, chosen)
    present = len(vote_base(meeting, kind).present) if kind else 0
    is_secret = secret_ballot(meeting, chosen) != "free"
    method = VoteMethod.SECRET_BALLOT if is_secret else VoteMethod.SHOW_OF_HANDS
    first = {"type": chosen, "agenda_item": item, "candidate_name": candidate, "text": text}
    return first | {"method": method, "in_favour": present}


def _meant(title: str) -> tuple[str, str, str]:
    """Type, candidate and wording that the title of an item suggests."""
    conversion = CONVERSION.search(title)
    if conversion:
        name = conversion.group(1)
        return DecisionType.CONVERSION, name, f"同意{name}同志按期转为中共正式党员。"
    if admission := ADMISSION.search(title):
        name = admission.group(1)
        return DecisionType.ADMISSION, name, f"同意接收{name}同志为中共预备党员。"
    matter = DISCUSSING.sub("", title)
    return DecisionType.ORDINARY, "", f"同意{matter}。" if matter else ""


@requires(SIGNED_IN, on=meeting_to_record, methods=("POST",))
def decision_preview(request: Request, meeting: Meeting) -> HttpResponse:
    """How the vote ends with the figures entered so far, with the article."""
    form = DecisionForm(request.POST, meeting=meeting)
    form.is_valid()
    form.cleaned_data = getattr(form, "cleaned_data", {})
    return render(request, "meetings/_vote_preview.html", {"meeting": meeting, "form": form, **_preview(meeting, form)})


def _preview(meeting: Meeting, form: DecisionForm) -> dict[str, object]:
    chosen = str(form["type"].value() or DecisionType.ORDINARY)
    kind = vote_kind(meeting, chosen) if chosen in DecisionType.values else None
    against = _case_against(meeting, form)
    is_secret = form["method"].value() == VoteMethod.SECRET_BALLOT
    wanted = "" if is_secret else secret_ballot(meeting, chosen)
    shown: dict[str, object] = {
        "kind": kind,
        "rule": VOTE_RULES.get(kind) if kind else None,
        "names_candidate": chosen in NAMES_SOMEBODY,
        "names": [row.member.name for row in meeting.attendances.select_related("member")],
        "case_against": against,
        "secret_missing": wanted,
        "asks_reason": wanted == "usual" or wants_reason(against),
    }
    if kind is None:
        return shown
    base = vote_base(meeting, kind)
    figures = {name: _number(form[name].value()) for name in ("in_favour", "against", "abstain", "written_in_favour")}
    if chosen not in TAKES_WRITTEN:
        figures["written_in_favour"] = 0
    on = meeting.held_on or clock.today()
    try:
        result = policy.tally(kind, due=len(base.due), present=len(base.present), book=book(), on=on, **figures)
    except ValueError as wrong:
        return shown | {"base": base, "wrong": str(wrong)}
    return shown | {"base": base, "result": result}


def _case_against(meeting: Meeting, form: DecisionForm) -> Refusal | None:
    """What the text has against deciding the step that the item carries on the day of the meeting."""
    item = meeting.agenda.select_related("case__organization").filter(pk=_number(form["agenda_item"].value())).first()
    found = carried_by(item) if item else None
    return case_steps.said_against(meeting, found) if found else None


def _number(value: object) -> int:
    return number(str(value or "").strip(), most=99_999) or 0


@requires(SIGNED_IN, on=decision_to_record, methods=("POST",))
def decision_remove(request: Request, row: Decision) -> HttpResponse:
    """Take a decision out of an open record."""
    remove_decision(actor=request.actor, decision=row)
    messages.success(request, "决议已删除。")
    return to_tab(row.meeting, "agenda")


@requires(SIGNED_IN, on=decision_to_judge, methods=("POST",))
def decision_judge(request: Request, row: Decision) -> HttpResponse:
    """Decide a vote whose result the rules leave open."""
    judge_decision(
        actor=request.actor,
        decision=row,
        passed=request.POST.get("passed") == "1",
        note=request.POST.get("note", "")[:200],
    )
    messages.success(request, "已认定。")
    return to_tab(row.meeting, "agenda")


@requires(SIGNED_IN, on=meeting_to_record, methods=("GET", "POST"))
def appraisal(request: Request, meeting: Meeting) -> HttpResponse:
    """Grades of the democratic appraisal, with the cap on 优秀 counted while they are chosen."""
    if "rest" in request.POST:
        form = GradesForm(meeting=meeting, initial=GradesForm.completed(request.POST, meeting=meeting))
        form.carried = request.POST.get(SEEN, "")
        return render(request, "meetings/appraisal.html", context_of(request, meeting, form=form, **_cap(meeting, form)))
    form = GradesForm(request.POST or None, meeting=meeting)
    if request.method == "POST" and form.is_valid():
        if request.htmx and "save" not in request.POST:
            return render(request, "meetings/_appraisal_cap.html", {"form": form, **_cap(meeting, form)})

        def grade(data: Cleaned) -> int:
            return record_appraisal(actor=request.actor, meeting=meeting, results=form.plan(), reason=data["reason"])

        turn = Turn(meeting, lambda: GradesForm(meeting=meeting), ("meetings.appraisal_recorded",))
        if (number := attempt(form, grade, turn)) is not None:
            messages.success(request, f"已登记 {number} 人的评议结果。")
            return to_tab(meeting, "people")
    context = context_of(request, meeting, form=form, **_cap(meeting, form))
    return render(request, "meetings/appraisal.html", context, status=422 if form.errors else 200)


def _cap(meeting: Meeting, form: GradesForm) -> dict[str, object]:
    cap, chosen = cap_of(meeting, len(form.members)), form.excellent()
    return {"excellent": chosen, "cap": cap, "is_over": cap is not None and chosen > cap.most}
