"""A form field that is found by typing: a person or an organisation out of thousands.

The field asks ``search(text)`` for options and ``resolve(value)`` for the thing chosen, both inside the scope of the page, so
that nobody can choose what they may not see. The page that shows the form answers the searches itself::

    if is_search(request):
        return answer_search(request, form)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dangjian.kernel.forms import FieldOptions

LIMIT = 30


@dataclass(frozen=True)
class Option:
    """One line to choose: ``value`` is posted, ``chosen`` is what the form's clean data hold."""

    value: str
    label: str
    detail: str
    chosen: Any


class LookupWidget(forms.Widget):
    """A search box above the options it found; the chosen one stays first."""

    template_name = "org/widgets/lookup.html"
    use_fieldset = True

    def __init__(self, placeholder: str, *, several: bool = False) -> None:
        super().__init__()
        self.placeholder = placeholder
        self.several = several
        self.field: LookupField

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The widget's variables, with the options found for no text at all."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        chosen = [str(one) for one in (value if isinstance(value, (list, tuple)) else [value]) if one]
        context["widget"]["placeholder"] = self.placeholder
        context |= {"options": self.field.options("", chosen), "chosen": chosen, "several": self.several}
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> object:
        """All values posted if several may be chosen, else the one."""
        if self.several and hasattr(data, "getlist"):
            return data.getlist(name)
        return super().value_from_datadict(data, files, name)


class LookupField(forms.Field):
    """See the text of this module. ``cleaned_data`` holds ``Option.chosen``, or a list of them if ``several`` may be chosen."""

    widget: LookupWidget

    def __init__(
        self,
        *,
        search: Callable[[str], Sequence[Option]],
        resolve: Callable[[str], Option | None],
        placeholder: str,
        missing: str,
        several: bool = False,
        **more: Unpack[FieldOptions],
    ) -> None:
        more.setdefault("error_messages", {"required": missing})
        super().__init__(widget=LookupWidget(placeholder, several=several), **more)
        self.several = several
        self.widget.field = self
        self.search = search
        self.resolve = resolve

    def options(self, text: str, chosen: Sequence[str]) -> list[Option]:
        """What is chosen first, then what ``text`` finds."""
        kept = [option for value in chosen if (option := self.resolve(value))]
        found = [option for option in self.search(text) if option.value not in chosen]
        return [*kept, *found[: max(0, LIMIT - len(kept))]]

    def to_python(self, value: Any) -> Any:
        """The thing chosen, or the list of them; refused if one is not among what may be chosen."""
        if value in self.empty_values:
            return [] if self.several else None
        found = [self.resolve(str(one)) for one in (value if self.several else [value])]
        if None in found:
            raise ValidationError("没有找到所选的内容，请重新查找并选择。")
        things = [option.chosen for option in found if option]
        return things if self.several else things[0]

    def label_of(self, value: str) -> str:
        """What the value posted is called."""
        option = self.resolve(value)
        return f"{option.label}（{option.detail}）" if option and option.detail else option.label if option else ""


def is_search(request: HttpRequest) -> bool:
    """Whether the page is asked only for the options of one of its lookup fields."""
    return request.method == "GET" and "lookup" in request.GET


def answer_search(request: HttpRequest, form: forms.Form) -> HttpResponse:
    """The options for ``?lookup=<field>&<field>_find=<text>``; what is chosen already comes as ``<field>``."""
    name = request.GET["lookup"]
    field = form.fields.get(name)
    options: list[Option] = []
    chosen = [value for value in request.GET.getlist(name) if value]
    text = request.GET.get(f"{name}_find", "")
    several = False
    if isinstance(field, LookupField):
        options, several = field.options(text, chosen), field.several
    context = {
        "name": name,
        "options": options,
        "chosen": chosen,
        "several": several,
        "text": text,
        "base_id": f"id_{name}",
    }
    return render(request, "org/widgets/lookup_options.html", context)
