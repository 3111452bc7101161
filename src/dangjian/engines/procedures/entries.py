"""What is filled in at a step: as a field of a form, as the text that is kept, and as people read it.

Members are kept as their numbers with commas between them, a group as its number, a month as its first day. Identity and mobile
numbers are kept in full, and read masked.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from django import forms

from dangjian.engines.procedures.definition import Entry
from dangjian.engines.procedures.queries import full_members, groups_of, name_of_group, names_of
from dangjian.kernel import clock, identity, money
from dangjian.kernel.fields import mask_phone, mask_resident_id
from dangjian.kernel.forms import MonthField, YuanField
from dangjian.kernel.periods import MONTH, Span
from dangjian.kernel.ui import words
from dangjian.kernel.ui.forms import IDNumberInput, PersonPicker, PhoneInput, Segmented
from dangjian.org.models import Organization

LONGEST_LINE = 200
LONGEST_TEXT = 5000
LARGEST_NUMBER = 999_999
LONGEST_NUMBER = 15
MONTHS_BACK, MONTHS_AHEAD = 24, 12
"""So many months before and after this one are offered."""
SHORT_CHOICE, FEW_CHOICES = 4, 4
"""So few choices, of so few characters, stand side by side."""
BETWEEN = ","
YES, NO = "yes", "no"


def field_for(entry: Entry, organization: Organization | None) -> forms.Field:
    """The field of a form for ``entry``; members and groups to choose are those of ``organization``."""
    field = _field_for(entry, organization)
    if entry.outcomes:  # the page shows it where one of them is chosen
        field.widget.attrs["data-outcomes"] = " ".join(entry.outcomes)
    return field


def _field_for(entry: Entry, organization: Organization | None) -> forms.Field:
    required = entry.required and not entry.outcomes
    common: dict[str, Any] = {"label": entry.title, "required": required, "help_text": entry.help}
    if entry.kind in _PLAIN:
        return _PLAIN[entry.kind](**common)
    if entry.kind == "month":
        return MonthField(months=_months(), empty="请选择" if entry.required else "未填", **common)
    if entry.kind == "members":
        people = [(str(one.pk), one.name) for one in full_members(organization)]
        return forms.MultipleChoiceField(choices=people, widget=PersonPicker(offers_all=entry.most >= len(people)), **common)
    if entry.kind == "group":
        groups = [(str(one.pk), one.short_name) for one in groups_of(organization)]
        return forms.ChoiceField(choices=(("", "不编入党小组"), *groups), **(common | {"required": False}))
    choices = entry.choices if entry.kind == "choice" else ((YES, "是"), (NO, "否"))
    blank = () if entry.required else (("", "未填"),)
    return forms.ChoiceField(choices=(*blank, *choices), widget=_look_of((*blank, *choices)), **common)


class _NumberField(forms.CharField):
    """An identity or mobile number as it is kept; one that cannot be right is refused in plain words."""

    def __init__(self, *, read: Callable[[object], str], **more: Any) -> None:
        super().__init__(**more)
        self._read = read

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if not text:
            return ""
        try:
            return self._read(text)
        except identity.IdentityProblem as problem:
            raise forms.ValidationError(f"{problem.message}{problem.how}", code="invalid") from problem


def _resident_id(value: object) -> str:
    return identity.check_resident_id(value, today=clock.today()).number


NUMBERS: Mapping[str, Callable[[object], str]] = {"resident_id": _resident_id, "mobile": identity.check_mobile}
"""By kind, what reads a number that identifies a person. They are shown masked."""
_PLAIN: Mapping[str, Callable[..., forms.Field]] = {
    "line": partial(forms.CharField, max_length=LONGEST_LINE),
    "text": lambda **common: forms.CharField(max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 4}), **common),
    "day": forms.DateField,
    "number": partial(forms.IntegerField, min_value=0, max_value=LARGEST_NUMBER),
    "money": YuanField,
    "resident_id": lambda **common: _NumberField(read=NUMBERS["resident_id"], widget=IDNumberInput(), **common),
    "mobile": lambda **common: _NumberField(read=NUMBERS["mobile"], widget=PhoneInput(), **common),
}
"""The fields that depend on nothing but their kind."""


def _months() -> list[dt.date]:
    """The latest first."""
    span = Span.of(clock.today(), MONTH)
    ahead, back = [span], [span]
    for _ in range(MONTHS_AHEAD):
        ahead.append(ahead[-1].next())
    for _ in range(MONTHS_BACK):
        back.append(back[-1].previous())
    return [one.start for one in (*reversed(ahead[1:]), *back)]


def _look_of(choices: Sequence[tuple[str, str]]) -> type[forms.RadioSelect]:
    fits = len(choices) <= FEW_CHOICES and all(len(title) <= SHORT_CHOICE for _code, title in choices)
    return Segmented if fits else forms.RadioSelect


def text_of(value: object) -> str:
    """A cleaned value as the text that is kept; empty if nothing was filled in."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return BETWEEN.join(str(one) for one in value)
    return value.isoformat() if isinstance(value, dt.date) else str(value).strip()


def problem_of(entry: Entry, text: str, organization: Organization) -> str:
    """What is wrong with a text that is to be kept; empty if nothing is. A form has asked it already, a program has not."""
    if entry.kind in {"day", "month"}:
        is_right = _is_day(text) and (entry.kind == "day" or text.endswith("-01"))
        return "" if is_right else "请写成2026-12-01的样子"
    if entry.kind in NUMBERS:
        return _problem_of_number(NUMBERS[entry.kind], text)
    if entry.kind in {"number", "money"}:
        return "" if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else "请填不小于0的整数"
    if entry.kind in {"choice", "yes_no"}:
        known = dict(entry.choices) if entry.kind == "choice" else {YES: "", NO: ""}
        return "" if text in known else "请从列表中选择"
    if entry.kind == "members":
        return _problem_of_members(entry, text, organization)
    if entry.kind == "group":
        return "" if any(str(one.pk) == text for one in groups_of(organization)) else "请选择本支部的党小组"
    return "" if len(text) <= (LONGEST_TEXT if entry.kind == "text" else LONGEST_LINE) else "内容太长"


def _problem_of_members(entry: Entry, text: str, organization: Organization) -> str:
    chosen = text.split(BETWEEN)
    known = {str(one.pk) for one in full_members(organization)}
    if len(set(chosen)) != len(chosen) or not known.issuperset(chosen):
        return "请选择本支部的正式党员，不能重复"
    if not entry.least <= len(chosen) <= entry.most:
        wanted = f"{entry.least}名" if entry.least == entry.most else f"{entry.least}至{entry.most}名"
        return f"须选{wanted}"
    return ""


def _problem_of_number(read: Callable[[object], str], text: str) -> str:
    try:
        return "" if read(text) == text else "请只写号码，不加空格"
    except identity.IdentityProblem as problem:
        return problem.message


def numbers_in(text: str) -> list[int]:
    """The numbers of the members in a kept text."""
    return [int(one) for one in text.split(BETWEEN) if one]


def _is_day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def initial_of(entry: Entry, text: str) -> object:
    """A kept text as the field of a form begins with it."""
    if entry.kind == "members":
        return text.split(BETWEEN) if text else []
    return int(text) if entry.kind == "money" and text else text


def _names(text: str) -> str:
    named = names_of(numbers_in(text))
    return "、".join(named[pk] for pk in numbers_in(text) if pk in named)


READ: Mapping[str, Callable[[str], str]] = {
    "day": lambda text: words.day(dt.date.fromisoformat(text)),
    "month": lambda text: words.month(dt.date.fromisoformat(text)),
    "money": lambda text: f"{money.yuan(int(text))} 元",
    "members": _names,
    "group": lambda text: name_of_group(int(text)),
    "yes_no": lambda text: "是" if text == YES else "否",
    "resident_id": mask_resident_id,
    "mobile": mask_phone,
}
"""How people read what is kept, by kind."""


def shown(entry: Entry, text: str) -> str:
    """A kept text as people read it."""
    if not text:
        return ""
    read = READ.get(entry.kind)
    return read(text) if read else dict(entry.choices).get(text, text)
