"""A step taken for many cases on one page: the half-yearly reviews of a branch, a yearly analysis, whom it receives."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.engines.procedures.actions import taking
from dangjian.engines.procedures.definition import Procedure, Step
from dangjian.engines.procedures.entries import shown
from dangjian.engines.procedures.forms import ManyForm, RowForm, fields_of
from dangjian.engines.procedures.installed import offer_of, procedure
from dangjian.engines.procedures.models import CaseStep
from dangjian.engines.procedures.queries import for_many, side_of, taken_in
from dangjian.kernel import clock
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import Request
from dangjian.kernel.submit import attempt

MOST = 50
"""So many people stand on one page; those whose last day comes first."""


def many(request: Request, *, code: str) -> HttpResponse:
    """Whom it is time for, each with a tick and what is to be filled in. Who was entered is gone from the page; others stay."""
    known = procedure(code)
    rows = for_many(request.actor, known)
    step = _chosen(request, known, rows)
    of_step = list(rows.filter(code=step.code)[: MOST + 1])
    sides = {side.pk: side for row in of_step[:MOST] if (side := side_of(step, row.case))}
    form = ManyForm(step, request.POST or None, place=next(iter(sides.values())) if len(sides) == 1 else None)
    fields = {pk: fields_of(step, side, {}) for pk, side in sides.items()}
    chosen_ids = request.POST.getlist("chosen")
    said = _filled_before(known, step, [row.case_id for row in of_step[:MOST]])
    people = [
        RowForm(
            row,
            step,
            request.POST or None,
            fields=fields[side_of(step, row.case).pk],
            shared=form,
            chosen=chosen_ids,
            said=said.get(row.case_id, ()),
        )
        for row in of_step[:MOST]
    ]
    if request.method == "POST" and form.is_valid():
        chosen = [one for one in people if one.is_chosen]
        left = [one for one in chosen if not _take(request, one, form.cleaned_data["day"])]
        if not chosen:
            form.add_error(None, "还没有勾选要办理的人。")
        elif len(left) < len(chosen):
            messages.success(request, f"“{step.title}”已办理{len(chosen) - len(left)}人。")
        if chosen and not left:
            return redirect(request.get_full_path())
        if left:
            form.add_error(None, f"还有{len(left)}人没有办理，请看标红的地方，改好以后再提交。")
        people = [one for one in people if one in left or one not in chosen]
    context = {
        "form": form,
        "people": people,
        "step": step,
        "steps": _steps(request, known, rows),
        "most": MOST if len(of_step) > MOST else 0,
        "crumbs": [(known.title, reverse(offer_of(code).list_name))],
        "title": f"集中办理：{step.title}",
        "back": reverse(offer_of(code).list_name),
    }
    return render(request, "procedures/many.html", context, status=422 if form.is_bound and form.errors else 200)


def _chosen(request: Request, known: Procedure, rows: QuerySet[CaseStep]) -> Step:
    """The step that the address names; else the first one for which it is time."""
    steps = {one.code: one for one in known.on(clock.today()).steps if one.is_for_many}
    if named := request.GET.get("step"):
        if named not in steps:
            raise NotFound("这个流程没有这一步。")
        return steps[named]
    first = rows.values_list("code", flat=True).first() or next(iter(steps), "")
    if first not in steps:
        raise NotFound
    return steps[first]


def _steps(request: Request, known: Procedure, rows: QuerySet[CaseStep]) -> Sequence[tuple[Step, int]]:
    """The steps that are entered so and are the reader's somewhere, each with how many wait."""
    waiting = Counter(rows.values_list("code", flat=True))
    steps = (one for one in known.on(clock.today()).steps if one.is_for_many)
    return [(one, waiting[one.code]) for one in steps if request.actor.may(one.who.permission)]


def _filled_before(known: Procedure, step: Step, case_ids: Collection[int]) -> Mapping[int, Sequence[tuple[str, str]]]:
    """What the step ``shows`` of each case: title and text of what was filled in at the steps before. One question for all."""
    if not step.shows:
        return {}
    found: dict[int, dict[str, tuple[str, str]]] = {pk: {} for pk in case_ids}
    entries = {(one.code, entry.code): entry for one in known.all_steps for entry in one.entry if entry.code in step.shows}
    for row in taken_in(case_ids, {code for code, _ in entries}):
        for code, text in row.read_entry().items():
            if text and (row.code, code) in entries:
                entry = entries[row.code, code]
                found[row.case_id][code] = (entry.title, shown(entry, text))
    return {pk: [texts[code] for code in step.shows if code in texts] for pk, texts in found.items()}


def _take(request: Request, one: RowForm, day: Any) -> bool:
    """Take the step of one case; if it is refused, its row says why and the others go on."""
    keywords = {"actor": request.actor, "case": one.row.case, "code": one.row.code, "day": day}
    return attempt(one, lambda _data: taking.take(**keywords, **one.keywords())) is not None
