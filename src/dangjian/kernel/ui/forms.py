"""Renderer and widgets of forms. With the renderer in ``settings.FORM_RENDERER``, ``{{ form }}`` writes our markup.

Dates and times are native pickers by themselves. Choose a widget below where a phone user should tap instead of type.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import ChoiceWidget
from django.http import HttpRequest

from dangjian.kernel.dates import FIRST_YEAR, LAST_YEAR
from dangjian.kernel.pinyin import initials, letters

__all__ = [
    "CheckChips",
    "IDNumberInput",
    "PersonChoice",
    "PersonPicker",
    "PhoneInput",
    "RadioCards",
    "Segmented",
    "SuggestInput",
    "UiFormRenderer",
    "check_year",
]


def check_year(value: dt.date) -> None:
    """Raise ``ValidationError`` for a day outside the years that a table may name too (``kernel.dates``)."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValidationError(f"年份是{value.year}，应在{FIRST_YEAR}至{LAST_YEAR}之间。请写四位年份。", code="year")


class UiFormRenderer(TemplatesSetting):
    """The value of ``settings.FORM_RENDERER``; needs ``django.forms`` installed below ``dangjian.kernel.ui``."""

    form_template_name = "ui/form.html"
    formset_template_name = "ui/formset.html"
    field_template_name = "ui/field.html"

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        """Render a template of a form, with our own for lists of errors.

        Browsers cut what is pasted off at ``maxlength`` and say nothing, so what is too long comes in whole and is refused.
        """
        context.get("widget", {}).get("attrs", {}).pop("maxlength", None)
        # Error lists name their own template; they are the one part of a form without a renderer attribute.
        return super().render(_ERRORS.get(template_name, template_name), context, request)


_ERRORS = {
    "django/forms/errors/list/default.html": "ui/errors.html",
    "django/forms/errors/list/ul.html": "ui/errors.html",
}


class PhoneInput(forms.TextInput):
    """A telephone number: the phone shows its number pad."""

    input_type = "tel"

    def __init__(self, attrs: dict[str, object] | None = None) -> None:
        super().__init__({"autocomplete": "tel", "inputmode": "tel", **(attrs or {})})


class IDNumberInput(forms.TextInput):
    """A resident identity number; never kept as a draft on the device."""

    def __init__(self, attrs: dict[str, object] | None = None) -> None:
        private = {
            "autocomplete": "off",
            "spellcheck": "false",
            "data-private": True,
        }
        super().__init__({**private, **(attrs or {})})


class _Look(forms.Widget):
    look = ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["look"] = self.look
        return context


class SuggestInput(forms.TextInput):
    """A text for which some usual ones are offered; anything else may be typed."""

    template_name = "ui/suggest_input.html"

    def __init__(self, attrs: dict[str, Any] | None = None, suggestions: Sequence[str] = ()) -> None:
        super().__init__({"autocomplete": "off", **(attrs or {})})
        self.suggestions = suggestions

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """With the list beside the field."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        named = f"{context['widget']['attrs'].get('id', name)}_suggestions"
        context["widget"]["attrs"]["list"] = named
        context["widget"] |= {"list": named, "suggestions": self.suggestions}
        return context


class RadioCards(_Look, forms.RadioSelect):
    """Few choices as large cards; ``notes={value: text}`` explains each."""

    look = "cards"

    def __init__(
        self,
        attrs: dict[str, object] | None = None,
        choices: Any = (),
        notes: dict[str, str] | None = None,
    ) -> None:
        super().__init__(attrs, choices)
        self.notes = notes or {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, object]:
        """Add the explanation of a choice."""
        option: dict[str, object] = super().create_option(name, value, *args, **kwargs)
        option["note"] = self.notes.get(str(value), "")
        return option


class Segmented(_Look, forms.RadioSelect):
    """Two to four short choices side by side."""

    look = "segmented"


class CheckChips(_Look, forms.CheckboxSelectMultiple):
    """Several choices as chips."""

    look = "chips"


@lru_cache(maxsize=4096)
def _keys(label: str) -> str:
    """What a name is found by: itself, its pinyin and the initials of its pinyin."""
    return f"{label} {letters(label)} {initials(label)}".lower()


class _Searchable(_Look, ChoiceWidget):
    look = "people"
    template_name = "ui/person_picker.html"

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, object]:
        option: dict[str, object] = super().create_option(*args, **kwargs)
        option["key"] = _keys(str(option["label"]))
        return option

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["multiple"] = self.allow_multiple_selected
        return context


class PersonPicker(_Searchable, forms.CheckboxSelectMultiple):
    """Several people out of at most some hundreds, found by name or pinyin; a plain list without script.

    ``offers_all``: whether a button chooses all of them, which makes no sense where two may be chosen.
    """

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = (), *, offers_all: bool = True) -> None:
        super().__init__(attrs, choices)
        self.offers_all = offers_all

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """With what the button is drawn by."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["offers_all"] = self.offers_all
        return context


class PersonChoice(_Searchable, forms.RadioSelect):
    """One person out of at most some hundreds, found by name or pinyin."""
