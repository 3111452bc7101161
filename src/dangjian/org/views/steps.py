"""A form in two steps: what was entered is tried and its effect explained, then it is done."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html

from dangjian.accounts.editing import Turn
from dangjian.kernel.editing import SEEN
from dangjian.kernel.errors import NotFound, PermissionDenied, Refusal
from dangjian.kernel.forms import Cleaned, show_refusal
from dangjian.kernel.gate import Request
from dangjian.kernel.ui.done import say_done
from dangjian.org.forms import ActionForm
from dangjian.org.lookup import answer_search, is_search
from dangjian.org.models import Organization


@dataclass(frozen=True)
class Step:
    """What a form page does.

    ``act(keywords)`` is the action; ``effects(keywords, result)`` the sentences that explain it before it is done; ``back``
    where the person came from, ``back_title`` what that is called if it is no organisation; ``after(result)`` where they go then;
    ``undo(result)`` where it is taken back, if it can be; ``turn`` what the form overwrites, if it does.
    """

    title: str
    form: ActionForm
    act: Callable[[Cleaned], Any]
    effects: Callable[[Cleaned, Any], Sequence[str]]
    done: str
    back: str
    after: Callable[[Any], str]
    label: str = "确认办理"
    organization: Organization | None = None
    intro: str = ""
    back_title: str = ""
    citation: str = ""
    danger: bool = False
    turn: Turn | None = None
    undo: Callable[[Any], str] | None = None


def run(request: Request, step: Step) -> HttpResponse:
    """Answer a request to the form page: options of a lookup, the form, its explanation, or the action."""
    if is_search(request):
        return answer_search(request, step.form)
    context = {"step": step, "form": step.form, "organization": step.organization}
    if request.method != "POST" or request.POST.get("step") == "back":
        return render(request, "org/form.html", context)
    if not step.form.is_valid():
        return render(request, "org/form.html", context, status=422)
    try:
        keywords = step.form.keywords()
        if request.POST.get("step") == "confirm":
            with step.turn.of(step.form) if step.turn else nullcontext():
                result = step.act(keywords)
            say_done(request, step.done, undo=step.undo(result) if step.undo else "")
            return redirect(step.after(result))
        effects = _tried(step, keywords)
    except (PermissionDenied, NotFound):
        raise
    except Refusal as refusal:
        show_refusal(step.form, refusal)
        return render(request, "org/form.html", context, status=422)
    hidden = [step.form[name].as_hidden() for name in step.form.fields]
    if step.turn:
        hidden.append(format_html('<input type="hidden" name="{}" value="{}">', SEEN, request.POST.get(SEEN, "")))
    return render(request, "org/confirm.html", {**context, "effects": effects, "summary": step.form.summary(), "hidden": hidden})


def _tried(step: Step, keywords: dict[str, object]) -> Sequence[str]:
    """Do it and take it back, so that whatever would refuse it says so before the person confirms."""
    with transaction.atomic(), step.turn.of(step.form) if step.turn else nullcontext():
        effects = list(step.effects(keywords, step.act(keywords)))
        transaction.set_rollback(True)
    return effects
