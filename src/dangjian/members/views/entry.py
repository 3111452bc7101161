"""A page with one form and one action."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from dangjian.accounts.editing import Turn
from dangjian.kernel.errors import NotAllowed, NotThere, Refusal
from dangjian.kernel.gate import Request
from dangjian.kernel.ui.done import say_done
from dangjian.org.forms import ActionForm
from dangjian.org.lookup import answer_search, is_search


def run(
    request: Request,
    *,
    form: ActionForm,
    act: Callable[[dict[str, Any]], Any],
    done: str | Callable[[Any], str],
    back: str,
    after: Callable[[Any], str] | None = None,
    template: str = "members/entry.html",
    turn: Turn | None = None,
    undo: Callable[[Any], str] | None = None,
    **context: Any,
) -> HttpResponse:
    """Answer the options of a lookup, show the form, or do ``act(keywords)`` and go to ``after(result)`` (``back`` if none).

    A refusal is shown in the form with what was typed. ``undo(result)`` is where it is taken back, if it can be. ``turn`` says
    what the form overwrites, if it does. ``context`` holds ``title``, ``label`` and what else the template names.
    """
    if is_search(request):
        return answer_search(request, form)
    shown = {"form": form, "back": back, **context}
    if request.method != "POST":
        return render(request, template, shown)
    if form.is_valid():
        try:
            with turn.of(form) if turn else nullcontext():
                result = act(form.keywords())
        except (NotAllowed, NotThere):
            raise
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            say_done(request, done if isinstance(done, str) else done(result), undo=undo(result) if undo else "")
            return redirect(after(result) if after else back)
    return render(request, template, shown, status=422)
