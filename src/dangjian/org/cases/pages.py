"""A case: its page shows what it is about, how far it is, what the reader may do now, and what was done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from dangjian.accounts.models import Event
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists.columns import State
from dangjian.kernel.submit import attempt
from dangjian.kernel.ui import marks
from dangjian.kernel.ui.done import say_done
from dangjian.org.cases.facts import Card, Stage, Words, words_of
from dangjian.org.cases.steps import Step
from dangjian.org.gate import find
from dangjian.org.scope import Row

DECLARED: "list[Case[Any]]" = []
"""All cases, for the contracts that every one of them keeps."""


@dataclass(frozen=True, kw_only=True)
class Case(Generic[Row]):
    """A case.

    :param name: of its address (``dues:relief``), which ends in its number.
    :param permission: of whoever may see it; each step asks for its own.
    :param follow: what the page reads with the row (``member__branch``).
    :param found: finds the row of a request by its number, or refuses, where being in the scope is not all that it takes.
    :param subject: the keyword by which its actions take it.
    :param title: of its page.
    :param states: the tone of each state of ``state_field``, whose choices have the words; or a function of the row, where the
        state is more than that field.
    :param cards: what is said of it, line by line; the first bears its state, and ``stages``, the way it goes.
    :param steps: in the order in which the page shows those that are open to the reader.
    :param waits: what is said to somebody who can do nothing to move it on; empty where nothing is to be said.
    :param concerns: what the rules have against it without forbidding it, each with ``text`` and ``citation``.
    :param load: puts onto the row what facts and templates need beside it.
    :param beside: template in front of the buttons, ``above`` one in front of the facts, ``below`` one between facts and steps,
        ``after`` one behind the steps, ``aside`` one in the second column; ``more`` answers their variables.
    :param crumbs: titles and addresses of the pages above, from the start page on.
    """

    name: str
    model: type[Row]
    permission: str
    subject: str
    title: Words[Row]
    states: Mapping[Any, str] | Callable[[Row], State]
    cards: tuple[Card[Row], ...]
    steps: tuple[Step[Row], ...]
    follow: tuple[str, ...] = ()
    found: Callable[[Request, int], Row] | None = None
    state_field: str = "state"
    stages: tuple[Stage[Row], ...] = ()
    waits: Callable[[Row, Actor], str] = field(default=lambda _row, _actor: "")
    concerns: Callable[[Row], Sequence[object]] = field(default=lambda _row: ())
    load: Callable[[Row, Request], None] | None = None
    above: str = ""
    below: str = ""
    after: str = ""
    beside: str = ""
    aside: str = ""
    more: Callable[[Row, Request], Mapping[str, object]] = field(default=lambda _row, _request: {})
    crumbs: Callable[[Row], list[tuple[str, str]]] = field(default=lambda _row: [])
    crumb: Words[Row] = ""
    intro: Words[Row] = ""
    frame: str = "frame.html"

    def __post_init__(self) -> None:
        DECLARED.append(self)

    def path(self, route: str) -> URLPattern:
        """The address of the page, for ``urlpatterns``; ``route`` names the number ``pk``. A step is sent to the same."""
        return path(route, requires(self.permission, methods=("GET", "POST"))(self.answer), name=self.name.rpartition(":")[2])

    def url(self, row: Row) -> str:
        """Where ``row`` is shown."""
        return reverse(self.name, args=[row.pk])

    def open_steps(self, actor: Actor, row: Row) -> list[Step[Row]]:
        """What the actor may do with ``row`` now: the buttons of the page, what a list offers, what a program may send."""
        return [one for one in self.steps if one.is_open(actor, row)]

    def state_of(self, row: Row) -> State:
        """Its state, as a column of a list shows it."""
        if callable(self.states):
            return self.states(row)
        state = getattr(row, self.state_field)
        return State(state, getattr(row, f"get_{self.state_field}_display")(), self.states[state])

    def find(self, request: Request, pk: int) -> Row:
        """The row, or a refusal."""
        return self.found(request, pk) if self.found else find(self.model.objects.select_related(*self.follow), pk=pk)

    def answer(self, request: Request, pk: int) -> HttpResponse:
        """The page, or what a step that was sent is answered."""
        row = self.find(request, pk)
        if code := request.GET.get("step"):
            return self._step(code).answer(request, row, subject=self.subject, back=self.url(row))
        if request.method != "POST":
            return self._shown(request, row, {})
        step = self._step(request.POST.get("step", ""))
        form = step.form_of(row, request.POST, request.FILES)
        result = attempt(form, lambda _data: step.take(request.actor, {self.subject: row}, form))
        if result is not None:
            say_done(request, step.said(result))
            return redirect(self.url(row))
        row = self.find(request, pk)
        return self._shown(request, row, {step.code: form})

    def _step(self, code: str) -> Step[Row]:
        found = next((one for one in self.steps if one.code == code), None)
        if found is None:
            raise Conflict("没有这一步。", how="请返回上一页，刷新后再办理。")
        return found

    def _shown(self, request: Request, row: Row, refused: Mapping[str, forms.Form]) -> HttpResponse:
        """The page. A step that was refused stays there with what was typed, even if somebody was faster."""
        if self.load:
            self.load(row, request)
        open_steps = self.open_steps(request.actor, row)
        is_open = {one.code for one in open_steps}
        context = {
            "case": self,
            "row": row,
            "frame": self.frame,
            "title": words_of(self.title, row),
            "crumb": words_of(self.crumb or self.title, row),
            "crumbs": self.crumbs(row),
            "intro": words_of(self.intro, row),
            "badge": marks.badge(*self.state_of(row)),
            "stages": [one.shown(row, getattr(row, self.state_field)) for one in self.stages],
            "cards": [one.shown(row) for one in self.cards],
            "steps": [
                one.shown(row, refused.get(one.code) or one.form_of(row))
                for one in self.steps
                if not one.has_page and (one.code in is_open or one.code in refused)
            ],
            "pages": [one.linked(row, self.url(row)) for one in self.steps if one.has_page and one.code in is_open],
            "waits": "" if any(one.moves_on for one in open_steps) else self.waits(row, request.actor),
            "concerns": self.concerns(row),
            "events": Event.objects.filter(subject_type=self.model._meta.label_lower, subject_id=row.pk).order_by("at", "pk"),
            "open_steps": is_open,
        }
        more = self.more(row, request)
        return render(request, "org/cases/page.html", {**context, **more}, status=422 if refused else 200)
