"""Small marks of a page, for templates (``{% badge … %}``) and for cells of a list: a state, the time left, a person's disc."""

import datetime as dt

from django.utils.html import format_html
from django.utils.safestring import SafeString

from dangjian.kernel.ui import icons, states, words


def badge(state: object, word: str = "", tone: str = "") -> SafeString:
    """A pill with icon and word for a state of ``states.LOOKS``, or for any other with ``word`` and ``tone``."""
    shown = states.look(str(state), word, tone)
    return format_html(
        '<span class="badge {}">{}{}</span>',
        shown.tone,
        icons.icon(shown.icon),
        shown.word,
    )


def due_badge(moment: dt.date | None) -> SafeString:
    """A pill with the time left until a last day."""
    tone = words.due_tone(moment)
    name = {"bad": "alert-circle", "warn": "clock"}.get(tone, "calendar")
    return format_html('<span class="badge {}">{}{}</span>', tone, icons.icon(name), words.due(moment))


def avatar(name: str, size: str = "") -> SafeString:
    """A disc with the surname. ``size``: ``sm``, ``lg`` or nothing."""
    initial = (name or "").strip()[:1] or "·"
    tint = sum(map(ord, name or "")) % 5
    return format_html(
        '<span class="avatar tint-{}{}" aria-hidden="true">{}</span>',
        tint,
        f" {size}" if size else "",
        initial,
    )


def number_badge(number: int, tone: str, icon: str) -> SafeString | str:
    """A number that asks to be looked at, as a pill; nought stays plain."""
    return format_html('<span class="badge {}">{}{}</span>', tone, icons.icon(icon), words.number(number)) if number else "0"
