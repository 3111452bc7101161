"""What is filled in at a step: as a field of a form, as the text that is kept, and as people read it."""

import datetime as dt
from typing import Any

from django import forms

from dangjian.engines.procedures.definition import Entry
from dangjian.kernel import money
from dangjian.kernel.forms import YuanField
from dangjian.kernel.ui import words

LONGEST_LINE = 200
LONGEST_TEXT = 5000
YES, NO = "yes", "no"


def field_for(entry: Entry) -> forms.Field:
    """The field of a form for ``entry``."""
    common: dict[str, Any] = {"label": entry.title, "required": entry.required, "help_text": entry.help}
    if entry.kind == "text":
        return forms.CharField(max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 4}), **common)
    if entry.kind == "day":
        return forms.DateField(**common)
    if entry.kind == "number":
        return forms.IntegerField(min_value=0, **common)
    if entry.kind == "money":
        return YuanField(**common)
    if entry.kind in {"choice", "yes_no"}:
        choices = entry.choices if entry.kind == "choice" else ((YES, "是"), (NO, "否"))
        blank = () if entry.required else (("", "未填"),)
        return forms.ChoiceField(choices=(*blank, *choices), widget=forms.RadioSelect, **common)
    return forms.CharField(max_length=LONGEST_LINE, **common)


def text_of(value: object) -> str:
    """A cleaned value as the text that is kept; empty if nothing was filled in."""
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, dt.date) else str(value).strip()


def problem_of(entry: Entry, text: str) -> str:
    """What is wrong with a text that is to be kept; empty if nothing is. A form has asked it already, a program has not."""
    if entry.kind == "day":
        return "" if _is_day(text) else "请写成2026-12-01的样子"
    if entry.kind in {"number", "money"}:
        return "" if text.isascii() and text.isdigit() else "请填不小于0的整数"
    if entry.kind in {"choice", "yes_no"}:
        known = dict(entry.choices) if entry.kind == "choice" else {YES: "", NO: ""}
        return "" if text in known else "请从列表中选择"
    return "" if len(text) <= (LONGEST_TEXT if entry.kind == "text" else LONGEST_LINE) else "内容太长"


def _is_day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def initial_of(entry: Entry, text: str) -> object:
    """A kept text as the field of a form begins with it."""
    return int(text) if entry.kind == "money" and text else text


def shown(entry: Entry, text: str) -> str:
    """A kept text as people read it."""
    if not text:
        return ""
    if entry.kind == "day":
        return words.day(dt.date.fromisoformat(text))
    if entry.kind == "money":
        return f"{money.yuan(int(text))} 元"
    if entry.kind == "yes_no":
        return "是" if text == YES else "否"
    return dict(entry.choices).get(text, text)
