"""Elections: the papers counted and the votes of each candidate, with the result while they are entered."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render

from dangjian.accounts.editing import Turn
from dangjian.activities.meetings.actions import record_election, remove_election
from dangjian.activities.meetings.actions.electing import departures_of, require_known
from dangjian.activities.meetings.election import elect
from dangjian.activities.meetings.forms.election import FIRST_ROWS, CandidateRows, ElectionForm
from dangjian.activities.meetings.forms.people import People
from dangjian.activities.meetings.forms.rows import CANDIDATES, change
from dangjian.activities.meetings.models import ElectedOffice, Election, Meeting
from dangjian.activities.meetings.policy import VoteKind
from dangjian.activities.meetings.queries import VoteBase, election_kind, vote_base
from dangjian.activities.meetings.usual import rule_on
from dangjian.activities.meetings.views.access import context_of, meeting_to_record, to_tab
from dangjian.kernel import clock, parameters
from dangjian.kernel.editing import SEEN
from dangjian.kernel.errors import Refusal
from dangjian.kernel.form_rows import typed
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.rulebook import book
from dangjian.kernel.submit import attempt
from dangjian.org.gate import find

RECORDED = ("meetings.election_recorded",)


def election_to_record(request: Request, pk: int, election_pk: int) -> Election:
    """An election, for somebody who keeps the record of its meeting."""
    return _row(meeting_to_record(request, pk), election_pk)


@requires(SIGNED_IN, on=meeting_to_record, methods=("GET", "POST"))
def election_new(request: Request, meeting: Meeting) -> HttpResponse:
    """Record an election; ``part`` only adds or takes away a row."""
    return _election_form(request, meeting, None)


@requires(SIGNED_IN, on=election_to_record, methods=("GET", "POST"))
def election(request: Request, row: Election) -> HttpResponse:
    """Change an election; ``part`` only adds or takes away a row."""
    return _election_form(request, row.meeting, row)


def _election_form(request: Request, meeting: Meeting, row: Election | None) -> HttpResponse:
    form, rows = _layout(request, meeting, row)

    def record(_data: dict[str, object]) -> Election:
        return record_election(actor=request.actor, meeting=meeting, election=row, candidates=rows.plan(), **form.plan())

    if form.is_bound and form.is_valid() and rows.is_valid():
        saved = attempt(form, record, Turn(meeting, lambda: _again(meeting, row.pk), RECORDED) if row else None)
        if saved:
            elected = saved.candidates.filter(passed=True).count()
            messages.success(request, f"选举已登记：当选 {elected} 名。" if saved.stands else "选举已登记：选举无效。")
            return to_tab(meeting, "agenda")
        rows = CandidateRows(form.data, prefix=CANDIDATES)
    context = context_of(
        request,
        meeting,
        form=form,
        rows=rows,
        election=row,
        names=People(meeting.organization).names,
        options=rule_on("vote.election.options", meeting.held_on or clock.today()),
        **_preview(meeting, form, rows),
    )
    return render(request, "meetings/election.html", context, status=422 if form.is_bound else 200)


def _row(meeting: Meeting, pk: int) -> Election:
    found: Election = find(meeting.elections.select_related("agenda_item"), pk=pk)
    return found


def _layout(request: Request, meeting: Meeting, row: Election | None) -> tuple[ElectionForm, Any]:
    """The form and its rows; where only a row was added or taken away they keep what was typed and complain of nothing."""
    if request.method != "POST":
        initial = ElectionForm.initial_of(row) if row else _first(request, meeting)
        return _joined(ElectionForm(meeting=meeting, initial=initial), CandidateRows(prefix=CANDIDATES, initial=_rows(row)))
    if "part" not in request.POST:
        return _joined(ElectionForm(request.POST, meeting=meeting), CandidateRows(request.POST, prefix=CANDIDATES))
    data = change(request.POST, request.POST["part"])
    form = ElectionForm(meeting=meeting, initial=data.dict())
    form.carried = data.get(SEEN, "")
    return _joined(form, CandidateRows(prefix=CANDIDATES, initial=typed(data, CANDIDATES)))


def _joined(form: ElectionForm, rows: Any) -> tuple[ElectionForm, Any]:
    form.alongside = rows.forms
    return form, rows


def _again(meeting: Meeting, pk: int) -> ElectionForm:
    """The form as it would be shown now."""
    row = _row(meeting, pk)
    initial = ElectionForm.initial_of(row)
    return _joined(ElectionForm(meeting=meeting, initial=initial), CandidateRows(prefix=CANDIDATES, initial=_rows(row)))[0]


def _first(request: Request, meeting: Meeting) -> dict[str, object]:
    """A new election: of the item it was opened from, to what this meeting elects, with a paper for everybody who came."""
    item = meeting.agenda.filter(pk=parameters.number(request, "item") or 0).first()
    office = ElectedOffice.COMMITTEE if "general_meeting" in meeting.kind_codes else ElectedOffice.SECRETARY
    present = len(_base(meeting, office).present)
    papers = {"issued": present, "returned": present, "valid": present, "invalid": 0}
    return {"agenda_item": item, "office": office, **papers}


def _base(meeting: Meeting, office: str) -> VoteBase:
    return vote_base(meeting, election_kind(meeting, office) or VoteKind.ELECTION)


def _rows(row: Election | None) -> list[dict[str, object]]:
    if row is None:
        return [{} for _ in range(FIRST_ROWS)]
    names = ("in_favour", "against", "abstain", "written_in")
    return [{"name": one.candidate_name, **{name: getattr(one, name) for name in names}} for one in row.candidates.order_by("pk")]


@requires(SIGNED_IN, on=meeting_to_record, methods=("POST",))
def election_preview(request: Request, meeting: Meeting) -> HttpResponse:
    """Who is elected with the figures entered so far, with the articles."""
    form = ElectionForm(request.POST, meeting=meeting)
    rows = CandidateRows(request.POST, prefix=CANDIDATES)
    return render(request, "meetings/_election_preview.html", {"meeting": meeting, **_preview(meeting, form, rows)})


def _preview(meeting: Meeting, form: ElectionForm, rows: Any) -> dict[str, Any]:
    office = str(form["office"].value() or ElectedOffice.OTHER)
    base = _base(meeting, office)
    shown: dict[str, Any] = {"base": base}
    if not form.is_bound or not form.is_valid() or not rows.is_valid() or not rows.plan():
        return shown
    plan, candidates = form.plan(), rows.plan()
    try:
        require_known(meeting.held_on or clock.today())
        result = elect(
            kind=election_kind(meeting, office) or VoteKind.ELECTION,
            seats=plan["seats"],
            due=len(base.due),
            present=len(base.present),
            ballots=plan["ballots"],
            candidates=candidates,
            book=book(),
            on=meeting.held_on or clock.today(),
        )
    except ValueError as wrong:
        return shown | {"wrong": f"{wrong}。"}
    except Refusal as gap:
        return shown | {"wrong": gap.brief}
    found = departures_of(meeting, office=office, seats=plan["seats"], candidates=candidates)
    return shown | {"result": result, "lines": list(zip(candidates, result.candidates, strict=True)), "departures": found}


@requires(SIGNED_IN, on=election_to_record, methods=("POST",))
def election_remove(request: Request, row: Election) -> HttpResponse:
    """Take an election out of an open record."""
    remove_election(actor=request.actor, election=row)
    messages.success(request, "选举已删除。")
    return to_tab(row.meeting, "agenda")
