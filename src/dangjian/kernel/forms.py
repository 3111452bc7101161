"""Amounts of money, months, names of people and files in forms, and showing a refusal where the person can mend it."""

import datetime as dt
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import Any, TypedDict, TypeVar, Unpack

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms.renderers import BaseRenderer
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html

from dangjian.kernel import money, names
from dangjian.kernel.errors import Invalid, NotFound, PermissionDenied, Refusal

Kind = TypeVar("Kind", bound=forms.Field)


Data = Mapping[str, object] | None
"""What was sent of a form; nothing while it is shown for the first time."""
Files = MultiValueDict[str, UploadedFile] | None
"""The files that were sent with it."""


Cleaned = dict[str, Any]
"""What a form has cleaned, by field: each value has the type that its field gives it, and goes to an action by its name."""


class FormOptions(TypedDict, total=False):
    """What a form takes beside that, and hands on to Django's."""

    auto_id: bool | str
    prefix: str | None
    initial: MutableMapping[str, Any] | None
    label_suffix: str | None
    empty_permitted: bool
    use_required_attribute: bool | None
    renderer: BaseRenderer | None


class FieldOptions(TypedDict, total=False):
    """What a field takes, and hands on to Django's."""

    required: bool
    label: str
    initial: object
    help_text: str
    error_messages: dict[str, str]
    disabled: bool


class YuanField(forms.Field):
    """An amount typed in yuan that cleans to fen (``int``; ``None`` if left empty). ``initial`` is fen too.

    :param least: the smallest amount in fen; below zero it allows amounts to be taken back.
    :param most: the largest amount in fen.
    """

    widget = forms.TextInput

    def __init__(self, *, least: int = 0, most: int | None = None, **more: Unpack[FieldOptions]) -> None:
        self.least, self.most = least, most
        super().__init__(**more)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, object]:
        """The phone shows digits with a point."""
        return {**super().widget_attrs(widget), "inputmode": "decimal", "autocomplete": "off"}

    def prepare_value(self, value: object) -> object:
        """Fen as yuan to be typed over, without separators; what was typed stays as it is."""
        return money.yuan(value).replace(",", "") if isinstance(value, int) else value

    def to_python(self, value: Any) -> int | None:
        """Fen. Raises ``ValidationError`` in Chinese."""
        if value in self.empty_values:
            return None
        try:
            fen = money.parse(value, negative=self.least < 0)
        except Invalid as problem:
            raise ValidationError(problem.brief, code="invalid") from problem
        if fen < self.least:
            raise ValidationError(f"不能少于{money.yuan(self.least)}元。", code="least")
        if self.most is not None and fen > self.most:
            raise ValidationError(f"不能多于{money.yuan(self.most)}元。", code="most")
        return fen

    def has_changed(self, initial: object, data: object) -> bool:
        """Whether another amount was typed; 12 and 12.00 are the same."""
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True


def month_choices(months: Iterable[dt.date]) -> list[tuple[str, str]]:
    """Months to choose from."""
    return [(month.isoformat(), f"{month.year}年{month.month}月") for month in months]


class MonthField(forms.TypedChoiceField):
    """A month out of a list; cleans to its first day, ``None`` if left empty."""

    def __init__(self, *, months: Sequence[dt.date] = (), empty: str = "", **more: Unpack[FieldOptions]) -> None:
        self._empty = [("", empty)] if empty else []
        super().__init__(coerce=dt.date.fromisoformat, empty_value=None, **more)
        self.offer(months)

    def offer(self, months: Iterable[dt.date]) -> None:
        """Let these be chosen."""
        self.choices = [*self._empty, *month_choices(months)]

    def prepare_value(self, value: Any) -> Any:
        """A date as the option it is."""
        return value.isoformat() if isinstance(value, dt.date) else value


class PersonNameField(forms.CharField):
    """The name of a person, cleaned as ``kernel.names`` keeps it; signs, emoji and what is no name are refused in plain words."""

    def __init__(self, *, max_length: int = 64, widget: forms.Widget | None = None, **more: Unpack[FieldOptions]) -> None:
        super().__init__(max_length=max_length, widget=widget, **more)

    def to_python(self, value: Any) -> str:
        """The name. Raises ``ValidationError`` in Chinese."""
        text = super().to_python(value)
        if not text:
            return ""
        try:
            return names.check(text)
        except Invalid as problem:
            raise ValidationError(problem.brief, code="invalid") from problem


class ManyFiles(forms.ClearableFileInput):
    """Several files may be chosen at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; cleaned to a list, empty if none was chosen and none is required."""

    widget = ManyFiles

    def clean(self, data: object, initial: object = None) -> list[object]:
        """Check each file by itself."""
        files = data if isinstance(data, (list, tuple)) else [data]
        return [cleaned for file in files if (cleaned := super(FilesField, self).clean(file, initial))]


def field_of(form: forms.BaseForm, name: str, kind: type[Kind]) -> Kind:
    """The field ``name`` of ``form``, which is a ``kind``: to give it the choices or rows that only the request decides.

    >>> field_of(self, "kind", forms.ChoiceField).choices = choices
    """
    field = form.fields[name]
    if not isinstance(field, kind):
        message = f"{name} is a {type(field).__name__}, no {kind.__name__}"
        raise TypeError(message)
    return field


def show_refusal(form: forms.BaseForm, refusal: Refusal) -> None:
    """Put the messages of ``refusal`` beside the fields they belong to, the sentence above the form.

    A form whose fields have other names than the keywords of the action has ``place_of(keyword)``.

    What nobody can mend by writing something else is raised again: that they lack the right, or that the thing is not there.
    """
    if isinstance(refusal, PermissionDenied | NotFound):
        raise refusal
    place_of = getattr(form, "place_of", str)
    for name, text in refusal.fields.items():
        place = place_of(name)
        form.add_error(place if place in form.fields else None, text)
    form.add_error(None, _with_way(refusal))


def _with_way(refusal: Refusal) -> str:
    if refusal.elsewhere is None:
        return refusal.text
    title, url = refusal.elsewhere
    return format_html('{} <a class="nowrap" href="{}">{}</a>', refusal.text, url, title)
