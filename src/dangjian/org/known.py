"""Items of a record that are known from elsewhere: a form shows them with their source and does not ask for them.

    class RecordForm(SourcedForm, ActionForm):
        def __init__(self, data=None, *, member):
            super().__init__(data, initial=…)
            self.leave_to_sources(member)

What knows an item offers an ``ItemSource``: another system that delivers it, the case from which it follows, a row of the same
record. Somebody who sees that it is wrong goes where it is mended; where there is no such place, a press of the button in its
help text asks for the item in the form itself, with all that was typed before.
"""

from typing import Any

from django.db.models import Model
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dangjian.kernel.editing import EditForm
from dangjian.kernel.ui.words import day
from dangjian.org.known_offers import KnownItem, known_items

ASK, ASKED = "ask", "asked"
"""The button that asks for an item, and the hidden field that keeps it asked."""


class SourcedForm(EditForm):
    """A form of a record of which some items are known from elsewhere."""

    may_ask = False
    """Whether there is a button that asks: then it must not be the one that Enter presses (``ui/seen.html``)."""

    @property
    def is_asking(self) -> bool:
        """Whether the form came back to be asked for one more item, not to be carried out."""
        return self.is_bound and bool(self.data.get(ASK))

    def leave_to_sources(self, row: Model) -> None:
        """Show what is known of ``row`` with its source, except where somebody has asked to fill it in here."""
        pressed = {str(self.data[ASK])} if self.is_asking else set()
        kept: list[str] = self.data.getlist(ASKED) if self.is_bound and hasattr(self.data, "getlist") else []
        for name, one in known_items(row).items():
            if name not in self.fields:
                continue
            may_ask = not one.wrong_url and not one.is_settled
            if may_ask and name in {*pressed, *kept}:
                self.fields[name].help_text = _asked(name, one)
                if name in pressed and name not in kept:
                    self._begin_with_what_stands(name)
            else:
                self.fields[name].disabled = True
                self.fields[name].help_text = _said(name, one, may_ask=may_ask)
                self.may_ask |= may_ask

    def _begin_with_what_stands(self, name: str) -> None:
        value = self.get_initial_for_field(self.fields[name], name)
        data = QueryDict(mutable=True)
        data.update(self.data)
        data[self.add_prefix(name)] = "on" if value is True else str(value or "")
        self.data = data

    def full_clean(self) -> None:
        """Nothing is wrong yet with a form that is being laid out anew."""
        if self.is_asking:
            self._errors, self.cleaned_data = ErrorDict(), dict[str, Any]()
        else:
            super().full_clean()

    def is_valid(self) -> bool:
        """A form that asks for one more item is not carried out."""
        return not self.is_asking and super().is_valid()


def _from(one: KnownItem) -> SafeString:
    source = format_html('<a href="{}">{}</a>', one.url, one.source) if one.url else one.source
    return format_html("来自{}，{}。", source, day(one.on)) if one.on else format_html("来自{}。", source)


def _said(name: str, one: KnownItem, *, may_ask: bool) -> SafeString:
    if one.wrong_url:
        return format_html('{}<a class="as-link" href="{}">{}</a>', _from(one), one.wrong_url, one.wrong_word)
    if may_ask:
        button = '{}<button class="as-link" type="submit" name="{}" value="{}" formnovalidate>这里不对</button>'
        return format_html(button, _from(one), ASK, name)
    return _from(one)


def _asked(name: str, one: KnownItem) -> SafeString:
    return format_html('原{}请改成对的。<input type="hidden" name="{}" value="{}">', _from(one), ASKED, name)
