"""A step of a case: who may take it, what is asked for, and the action that takes it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.datastructures import MultiValueDict

from dangjian.kernel.actor import Actor, may
from dangjian.kernel.gate import Request
from dangjian.org.cases.facts import Words, words_of
from dangjian.org.forms import ActionForm
from dangjian.org.scope import Row
from dangjian.org.views import steps

Look = Literal["card", "fold", "button", "drawn"]
"""How a step stands on the page: as a form that waits to be filled in, as one that unfolds, or as a button alone.

With ``drawn`` a template of the case has it, ready filled in (one button for each thing to choose); what is refused is a card.
"""


@dataclass(frozen=True, kw_only=True)
class Step(Generic[Row]):
    """One step.

    :param code: names it in what a form sends, and to programs.
    :param label: on its button.
    :param require: raises unless the actor may take it now; the action asks the same function, of the row it has locked.
    :param act: the action, called with ``actor``, the case's subject and what the form holds.
    :param form: its form; a class is called with what was sent, a function with the row and what was sent (``None`` at first).
        Where it is an ``EditForm``, nobody covers what somebody else saved meanwhile by one of the events ``verbs``.
    :param done: what is said when it was taken; a function is called with what the action returns.
    :param title: above its form, by default the label.
    :param look: see ``Look``, or a function of the row; a step without a form is a button.
    :param confirm: the question asked before it is taken.
    :param note: stands above the form.
    :param effects: what will be true afterwards, line by line, of the row, what was typed, and what the action returned when it
        was tried: the step then has a page of its own, which shows that and asks once more.
    :param citation: the article that this page shows.
    :param due: its last day as a mark beside its title, where it has one of its own.
    :param is_draft: whether what is typed is kept on the device until it is sent.
    :param to: where to go when it was taken, of what the action returned; by default back to the case.
    :param page: where the step is taken, if another page does that; ``in_dialog`` opens that page's form over this one.
    :param is_primary: whether the button that leads to its page is the one to press first.
    """

    code: str
    label: Words[Row]
    require: Callable[[Actor, Row], object]
    act: Callable[..., Any] | None = None
    done: str | Callable[[Any], str] = ""
    form: Callable[..., forms.Form] | None = None
    title: Words[Row] = ""
    look: Look | Callable[[Row], Look] = "card"
    icon: str = "check"
    confirm: Words[Row] = ""
    is_dangerous: bool = False
    note: Words[Row] = ""
    effects: Callable[[Row, dict[str, Any], Any], Sequence[str]] | None = None
    citation: Callable[[Row], str] | None = None
    verbs: tuple[str, ...] = ()
    due: Callable[[Row], str] | None = None
    is_draft: bool = False
    to: Callable[[Any], str] | None = None
    page: Callable[[Row], str] | None = None
    in_dialog: bool = False
    is_primary: bool = False

    @property
    def has_page(self) -> bool:
        """Whether it is taken on a page of its own."""
        return self.effects is not None or self.page is not None

    def look_of(self, row: Row) -> Look:
        """How it stands on the page of ``row``."""
        if self.form is None:
            return "button"
        return self.look(row) if callable(self.look) else self.look

    def moves_on(self, row: Row) -> bool:
        """Whether the case waits for it: a form that stands open, or the button to press first."""
        return self.is_primary or (self.look_of(row) == "card" and not self.has_page)

    def is_open(self, actor: Actor, row: Row) -> bool:
        """Whether the actor may take the step now."""
        return may(self.require, actor, row)

    def form_of(
        self, row: Row, data: QueryDict | None = None, files: MultiValueDict[str, UploadedFile] | None = None
    ) -> forms.Form:
        """The form, empty or with what was sent. Its fields have identifiers of their own: a page has several forms."""
        if self.form is None:
            made: forms.Form = ActionForm(data)
        elif isinstance(self.form, type):
            made = self.form(data, files)
        else:
            made = self.form(row, data, files)
        made.auto_id = f"{self.code}_%s"
        return made

    def take(self, actor: Actor, subject: Mapping[str, object], form: forms.Form) -> object:
        """Do it with what ``form`` holds."""
        if self.act is None:
            message = f"the step {self.code} is taken on another page"
            raise TypeError(message)
        keywords = form.keywords() if isinstance(form, ActionForm) else form.cleaned_data
        return self.act(actor=actor, **subject, **keywords)

    def said(self, result: object) -> str:
        """What is told when it was taken."""
        return self.done(result) if callable(self.done) else self.done

    def shown(self, row: Row, form: forms.Form, *, is_asked_for: bool = False) -> dict[str, object]:
        """For the template of the case; its form stands open where it was filled in or ``is_asked_for``."""
        label = words_of(self.label, row)
        return {
            "code": self.code,
            "label": label,
            "title": words_of(self.title, row) or label,
            "due": self.due(row) if self.due else "",
            "form": form,
            "look": self.look_of(row),
            "is_open": form.is_bound or is_asked_for,
            "is_draft": self.is_draft,
            "icon": self.icon,
            "confirm": words_of(self.confirm, row),
            "is_dangerous": self.is_dangerous,
            "is_primary": self.is_primary,
            "note": words_of(self.note, row),
        }

    def linked(self, row: Row, case: str) -> dict[str, object]:
        """The button that leads to its page, for the template of the case, whose address is ``case``."""
        return {
            "label": words_of(self.label, row),
            "icon": self.icon,
            "in_dialog": self.in_dialog,
            "is_primary": self.is_primary,
            "address": self.address_of(row, case),
        }

    def address_of(self, row: Row, case: str) -> str:
        """Of its page, where it has one, for the case at the address ``case``."""
        return self.page(row) if self.page else f"{case}?step={self.code}"

    def answer(self, request: Request, row: Row, *, subject: str, back: str) -> HttpResponse:
        """Its own page: the form, what it will bring about, or the action."""
        if self.effects is None:
            return redirect(self.page(row) if self.page else back)
        if request.method == "GET":
            self.require(request.actor, row)
        effects = self.effects
        form: Any = self.form_of(row, request.POST or None, request.FILES)
        return steps.run(
            request,
            steps.Step(
                title=words_of(self.title or self.label, row),
                intro=words_of(self.note, row),
                organization=row.its_organization(),
                form=form,
                act=lambda _keywords: self.take(request.actor, {subject: row}, form),
                effects=lambda keywords, result: effects(row, keywords, result),
                done=self.said(row),
                label=f"确认{words_of(self.label, row)}",
                back=back,
                after=self.to or (lambda _result: back),
                citation=self.citation(row) if self.citation else "",
                danger=self.is_dangerous,
            ),
        )
