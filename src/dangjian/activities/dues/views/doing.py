"""A form and the deed it asks for: done, or shown again with what was typed and what is wrong."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

from django import forms
from django.contrib import messages

from dangjian.accounts.editing import Turn
from dangjian.kernel.errors import NotAllowed, NotThere, Refusal
from dangjian.kernel.forms import show_refusal
from dangjian.kernel.gate import Request


def attempt(form: forms.Form, act: Callable[[dict[str, Any]], Any], turn: Turn | None = None) -> Any:
    """What ``act`` answers to the values of ``form``; ``None`` if it was not done, and the form says why.

    ``turn`` says what the form overwrites, if it does.
    ``act`` answers something, as every action does. Raises ``NotAllowed`` and ``NotThere`` on, because no other input would help.
    """
    if not form.is_valid():
        return None
    try:
        with turn.of(form) if turn else nullcontext():
            return act(form.cleaned_data)
    except (NotAllowed, NotThere):
        raise
    except Refusal as refusal:
        show_refusal(form, refusal)
    return None


def take_step(
    request: Request,
    steps: dict[str, forms.Form],
    fill: Callable[[str, Any], forms.Form],
    deeds: Mapping[str, Callable[..., Any]],
    **subject: Any,
) -> str:
    """Take the ``step`` that a POST names and answer it; ``""`` if it was not taken.

    ``fill(step, data)`` makes the form of a step, ``deeds`` are the actions by step, called with ``actor``, ``subject`` and what
    was typed. ``steps`` are the forms that the page shows: the one of a step that was refused comes back in it.
    """
    step = request.POST.get("step", "")
    form = fill(step, request.POST)
    if step in deeds and attempt(form, lambda data: deeds[step](actor=request.actor, **subject, **data)) is not None:
        return step
    if step in steps:
        steps[step] = form
    else:
        messages.error(request, "这一步现在不能办理，请刷新页面查看最新情况。")
    return ""
