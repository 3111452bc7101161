"""A page with one form and one action."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse

from dangjian.accounts.editing import Turn
from dangjian.kernel.forms import Cleaned
from dangjian.kernel.gate import Request
from dangjian.kernel.submit import submit
from dangjian.org.forms import ActionForm
from dangjian.org.lookup import answer_search, is_search


def run(
    request: Request,
    *,
    form: ActionForm,
    act: Callable[[Cleaned], object],
    done: str | Callable[[Any], str],
    back: str,
    after: Callable[[Any], str] | None = None,
    template: str = "members/entry.html",
    turn: Turn | None = None,
    undo: Callable[[Any], str] | None = None,
    **context: object,
) -> HttpResponse:
    """Answer the options of a lookup, show the form, or do ``act(keywords)`` and go to ``after(result)`` (``back`` if none).

    A refusal is shown in the form with what was typed. ``undo(result)`` is where it is taken back, if it can be. ``turn`` says
    what the form overwrites, if it does. ``context`` holds ``title``, ``label`` and what else the template names.
    """
    if is_search(request):
        return answer_search(request, form)
    return submit(
        request,
        form,
        lambda _data: act(form.keywords()),
        template=template,
        context={"back": back, **context},
        done=done,
        to=after or back,
        turn=turn,
        undo=undo,
    )
