"""A case: its page shows what it is about, how far it is, what the reader may do now, and what was done."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic

from django import forms
from django.db.models import Model, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from dangjian.accounts.editing import Turn
from dangjian.accounts.models import Event
from dangjian.kernel.actor import Actor
from dangjian.kernel.editing import EditForm
from dangjian.kernel.errors import Conflict, NotFound
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import RowAction, State
from dangjian.kernel.submit import attempt
from dangjian.kernel.ui import marks
from dangjian.kernel.ui.done import say_done
from dangjian.org.cases.facts import Card, Due, Paper, Stage, Words, words_of
from dangjian.org.cases.steps import Step
from dangjian.org.gate import find
from dangjian.org.scope import Row

DECLARED: "list[Case[Any]]" = []
"""All cases, for the contracts that every one of them keeps."""


def _events_about(row: Model) -> QuerySet[Event]:
    return Event.objects.filter(subject_type=row._meta.label_lower, subject_id=row.pk)


OPEN = "open"
"""The parameter by which a link opens the form of a step that stands folded: ``?open=review#do-review``."""


@dataclass(frozen=True, kw_only=True)
class Case(Generic[Row]):
    """A case.

    :param name: of its address (``dues:relief``).
    :param model: of its rows; left out where ``found`` finds rows of several, and ``states`` is a function.
    :param permission: of whoever may see it; each step asks for its own.
    :param follow: what the page reads with the row (``member__branch``).
    :param found: finds the row of a request by what its address names, or refuses, where being in the scope is not all that it
        takes. It may return a row that does not stand in the database yet.
    :param address: what its address names, by default its number.
    :param subject: the keyword by which its actions take it.
    :param title: of its page.
    :param states: the tone of each state of ``state_field``, whose choices have the words; or a function of the row, where the
        state is more than that field.
    :param cards: what is said of it, line by line; the first bears its state, and ``stages``, the way it goes.
    :param steps: in the order in which the page shows those that are open to the reader.
    :param waits: what is said to somebody who can do nothing to move it on; empty where nothing is to be said.
    :param due: its last day; the time left stands beside its state.
    :param papers: of the row, those that the reader of the request may know of.
    :param events: its trail, by default what was recorded about it.
    :param concerns: what the rules have against it without forbidding it, each with ``text`` and ``citation``.
    :param load: puts onto the row what facts and templates need beside it.
    :param beside: template in front of the buttons, ``above`` one in front of the facts, ``below`` one between facts and steps,
        ``after`` one behind the steps, ``aside`` one in the second column; ``more`` returns their variables.
    :param crumbs: titles and addresses of the pages above, from the start page on.
    """

    name: str
    permission: str
    subject: str
    title: Words[Row]
    states: Mapping[Any, str] | Callable[[Row], State]
    cards: tuple[Card[Row], ...]
    steps: tuple[Step[Row], ...]
    model: type[Row] | None = None
    follow: tuple[str, ...] = ()
    found: Callable[..., Row] | None = None
    address: Callable[[Row], Mapping[str, object]] = field(default=lambda row: {"pk": row.pk})
    state_field: str = "state"
    stages: tuple[Stage[Row], ...] = ()
    waits: Callable[[Row, Actor], str] = field(default=lambda _row, _actor: "")
    due: Due[Row] | None = None
    papers: Callable[[Row, Request], Iterable[Paper]] = field(default=lambda _row, _request: ())
    events: Callable[[Row], QuerySet[Event]] = _events_about
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
        """The address of the page, for ``urlpatterns``; ``route`` names what ``address`` does. A step is sent to the same."""
        view = requires(self.permission, on=self.found or self._found, methods=("GET", "POST"))(self.answer)
        return path(route, view, name=self.name.rpartition(":")[2])

    def url(self, row: Row) -> str:
        """Where ``row`` is shown."""
        return reverse(self.name, kwargs=dict(self.address(row)))

    def open_steps(self, actor: Actor, row: Row) -> list[Step[Row]]:
        """What the actor may do with ``row`` now: the buttons of the page, what a list offers, what a program may send."""
        return [one for one in self.steps if one.is_open(actor, row)]

    def action(self, code: str) -> RowAction[Row]:
        """A step as a button in the rows of a list: taken at once, or on its page where it asks for something."""
        step = self._step(code)
        at_once = step.form is None and not step.has_page

        def address(row: Row) -> str:
            return step.address_of(row, self.url(row)) if step.has_page else self.url(row)

        return RowAction(
            step.label,
            address,
            may=lambda row, asked: step.is_open(asked.request.actor, row),
            icon=step.icon,
            tone="primary" if step.is_primary else "danger" if step.is_dangerous else "",
            sends=(lambda _row: {"step": code}) if at_once else None,
            confirm=(lambda row: words_of(step.confirm, row)) if step.confirm else None,
        )

    def state_of(self, row: Row) -> State:
        """Its state, as a column of a list shows it."""
        if callable(self.states):
            return self.states(row)
        state = getattr(row, self.state_field)
        return State(state, getattr(row, f"get_{self.state_field}_display")(), self.states[state])

    def find(self, request: Request, **address: Any) -> Row:
        """The row that an address names, or a refusal; for further pages about it."""
        return (self.found or self._found)(request, **address)

    def _found(self, _request: Request, pk: int) -> Row:
        if self.model is None:
            message = f"{self.name} does not say how its row is found"
            raise TypeError(message)
        return find(self.model.objects.select_related(*self.follow), pk=pk)

    def _again(self, request: Request, row: Row) -> Row:
        """The row as it stands now."""
        return self.find(request, **self.address(row))

    def answer(self, request: Request, row: Row) -> HttpResponseBase:
        """The page, one of the papers, or what a step that was sent is answered."""
        if code := request.GET.get("paper"):
            return self._sent(request, row, code)
        if code := request.GET.get("step"):
            return self._step(code).answer(request, row, subject=self.subject, back=self.url(row))
        if request.method != "POST":
            return self._shown(request, row, {})
        step = self._step(request.POST.get("step", ""))
        form = step.form_of(row, request.POST, request.FILES)
        turn = self._turn(request, row, step) if isinstance(form, EditForm) else None
        result = attempt(form, lambda _data: step.take(request.actor, {self.subject: row}, form), turn)
        if result is not None:
            say_done(request, step.said(result))
            return redirect(step.to(result) if step.to else self.url(row))
        return self._shown(request, self._again(request, row), {step.code: form})

    def _turn(self, request: Request, row: Row, step: Step[Row]) -> Turn:
        """The step's turn at what its form overwrites."""

        def again() -> Any:
            return step.form_of(self._again(request, row))

        return Turn(row, again, step.verbs)

    def _sent(self, request: Request, row: Row, code: str) -> HttpResponseBase:
        """The file of a paper."""
        found = next((one for one in self.papers(row, request) if one.code == code and one.file), None)
        if found is None or found.file is None:
            raise NotFound
        return found.file()

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
            "due": self.due.left(row) if self.due else "",
            "stages": [one.shown(row, self.state_of(row).code) for one in self.stages],
            "cards": [one for one in (card.shown(row) for card in self.cards) if one["facts"]],
            "steps": [
                one.shown(row, refused.get(one.code) or one.form_of(row), is_asked_for=request.GET.get(OPEN) == one.code)
                for one in self.steps
                if one.code in refused or (one.code in is_open and not one.has_page and one.look_of(row) != "drawn")
            ],
            "pages": [one.linked(row, self.url(row)) for one in self.steps if one.has_page and one.code in is_open],
            "papers": list(self.papers(row, request)),
            "waits": "" if any(one.moves_on(row) for one in open_steps) else self.waits(row, request.actor),
            "concerns": self.concerns(row),
            "events": self.events(row).order_by("at", "pk"),
            "open_steps": is_open,
        }
        more = self.more(row, request)
        return render(request, "org/cases/page.html", {**context, **more}, status=422 if refused else 200)
