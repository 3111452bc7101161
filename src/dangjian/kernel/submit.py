"""The one way from a form to an action.

What the person can mend is shown in the form, with what was typed, the article and status 422. That somebody may not, or that the
thing is not there, has its own page: no other input would help.

    @requires("dues.propose_relief", on=member_to_relieve, methods=("GET", "POST"))
    def propose(request, member):
        form = ReliefForm(request.POST or None)
        return submit(
            request,
            form,
            lambda data: relieving.propose_relief(actor=request.actor, member=member, **data),
            template="dues/assessment/relief_propose.html",
            context={"member": member},
            done="已报上级批准。",
            to=lambda made: reverse("dues:relief", args=[made.pk]),
        )
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, Protocol, TypeVar, overload

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render

from dangjian.kernel.effort import counted
from dangjian.kernel.errors import Refusal
from dangjian.kernel.forms import Cleaned, show_refusal
from dangjian.kernel.gate import Request
from dangjian.kernel.ui.done import say_done

Result = TypeVar("Result")


class Turn(Protocol):
    """What a form overwrites, held against others while it is saved (``accounts.editing.Turn``)."""

    def of(self, form: forms.Form) -> AbstractContextManager[None]:
        """Save inside; raises ``Overtaken`` if what ``form`` shows was changed since."""


@overload
def attempt(form: forms.Form, act: Callable[[Cleaned], None], turn: Turn | None = None) -> Literal[True] | None: ...
@overload
def attempt(form: forms.Form, act: Callable[[Cleaned], Result], turn: Turn | None = None) -> Result | None: ...
def attempt(form: forms.Form, act: Callable[[Cleaned], object], turn: Turn | None = None) -> object:
    """What ``act`` returns for the values of ``form`` (``True`` if nothing); ``None`` if it was not done, and the form says why.

    ``turn`` says what the form overwrites, if it does. Raises ``PermissionDenied`` and ``NotFound`` on.
    """
    if not form.is_valid():
        return None
    try:
        with counted(form, overwrites=turn is not None), turn.of(form) if turn else nullcontext():
            result = act(form.cleaned_data)
            return True if result is None else result
    except Refusal as refusal:
        show_refusal(form, refusal)
    return None


def submit(
    request: Request,
    form: forms.Form,
    act: Callable[[Cleaned], Result],
    *,
    template: str,
    to: str | Callable[[Result], str],
    done: str | Callable[[Result], str] = "",
    context: Mapping[str, object] | Callable[[], Mapping[str, object]] | None = None,
    turn: Turn | None = None,
    undo: Callable[[Result], str] | None = None,
) -> HttpResponse:
    """Show a form, or do what it says, tell that it was ``done`` and go on ``to`` the next page.

    ``done``, ``to`` and ``undo`` (where it is taken back, if it can be) may be worked out of what ``act`` returned. ``context``
    is what the template needs beside ``form``; a function is asked after the attempt, so that it shows how things stand then.
    """
    if request.method == "POST" and (result := attempt(form, act, turn)) is not None:
        if text := done if isinstance(done, str) else done(result):
            say_done(request, text, undo=undo(result) if undo else "")
        return redirect(to if isinstance(to, str) else to(result))
    more = context() if callable(context) else context or {}
    return render(request, template, {**more, "form": form}, status=422 if form.is_bound and form.errors else 200)
