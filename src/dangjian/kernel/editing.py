"""Two people at one form that overwrites: the second one is shown both texts and chooses.

The page says in the hidden field ``seen`` what stood in each field when it was shown (``{{ form }}`` writes it, as
``{% seen form %}`` does in a form laid out by hand). ``overtaken`` compares that with what stands there when the form comes
back. Views use it through ``accounts.editing.editing``, which holds the row meanwhile and knows who it was.
"""

import datetime as dt
import difflib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.db.models import Model, QuerySet
from django.forms import BoundField
from django.http import QueryDict
from django.utils.crypto import salted_hmac

from dangjian.kernel import money
from dangjian.kernel.errors import Conflict
from dangjian.kernel.forms import YuanField
from dangjian.kernel.ui import words

SEEN = "seen"
NOTHING, TAKEN_AWAY = "（空）", "（这一行已被去掉。仍要保留就直接保存，不要就也去掉）"
_ROW = re.compile(r"(?P<rows>.+)-(?P<number>\d+)-[^-]+$")


class Overtaken(Conflict):
    """Somebody else saved the same thing since the page was opened; the form shows both."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text; ``differs`` if the other text does not have it."""

    text: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that somebody else changed meanwhile.

    ``mine`` is empty if it was not changed here: then the form holds the new text already. ``takes`` are the buttons: a word and
    the values, as JSON, that it puts into the field ``name``.
    """

    label: str
    name: str
    theirs: list[Line]
    mine: list[Line]
    takes: list[tuple[str, str]]


class EditForm(forms.Form):
    """A form that overwrites what is there. ``initial`` says what that is; forms ``alongside`` are saved together with it."""

    alongside: Sequence[forms.BaseForm] = ()
    differences: Sequence[Difference] = ()
    carried = ""
    """What the page said was seen, where the form is laid out anew with what was typed as its ``initial``."""

    @property
    def seen(self) -> str:
        """What stood in the fields when the page was first shown, so that nobody can read it."""
        posted = self.data.get(SEEN, "") if self.is_bound else self.carried
        return posted or json.dumps(self._marks(), separators=(",", ":"))

    def stood(self, name: str) -> object:
        """What stands in the field ``name`` of this form; another answer for what the page does not show."""
        return self[name].initial

    def in_words(self, name: str, value: object) -> str:
        """A value of the field ``name`` as people read it."""
        return _in_words(self.fields[name], value)

    def overtaken(self, now: "EditForm") -> bool:
        """Whether a field was changed meanwhile. ``now`` is the same form, unbound, as it would be shown now.

        Then ``differences`` tell which and how, fields left alone here hold the new text, and the next save goes by it.
        """
        seen = _read(self.data.get(SEEN, ""))
        found = []
        taken: dict[str, list[str]] = {}
        for name, theirs, mine in self._pairs(now) if seen else ():
            # A row that the page did not have is one that somebody added.
            then, *lines = seen.get(name, _mark(name, "") if _ROW.match(name) else theirs.mark).split(" ")
            if then == theirs.mark:
                continue
            if mine is None or mine.mark == then:
                taken[name] = theirs.typed
                found.append(Difference(theirs.label, name, _plain(theirs.words), [], []))
            elif mine.mark != theirs.mark:
                found.append(_both(name, theirs, mine, Counter(lines)))
        found += [_gone(name, mine) for name, mine in self._extra(now) if name in seen]
        if found:
            self._renew(taken, now)
        self.differences = found
        return bool(found)

    def _parts(self) -> Iterator[forms.BaseForm]:
        yield self
        yield from self.alongside

    def _marks(self) -> dict[str, str]:
        return {name: " ".join([theirs.mark, *theirs.line_marks]) for name, theirs, _ in self._pairs(self)}

    def _pairs(self, now: "EditForm") -> Iterator[tuple[str, "_Side", "_Side | None"]]:
        """Each field as it stands now, and as it was typed here if it was."""
        typed = self._typed()
        for part, bound in now._fields():
            stands = part.stood(bound.name) if isinstance(part, EditForm) else bound.initial
            yield bound.html_name, _Side.of(part, bound, stands), typed.get(bound.html_name)

    def _extra(self, now: "EditForm") -> Iterator[tuple[str, "_Side"]]:
        """What was typed into rows that somebody else took away."""
        there = {bound.html_name for _, bound in now._fields()}
        yield from ((name, mine) for name, mine in self._typed().items() if name not in there and mine.typed)

    def _typed(self) -> dict[str, "_Side"]:
        return {
            bound.html_name: _Side.of(part, bound, getattr(part, "cleaned_data", {}).get(bound.name, bound.data))
            for part, bound in self._fields()
            if part.is_bound
        }

    def _fields(self) -> Iterator[tuple[forms.BaseForm, BoundField]]:
        for part in self._parts():
            yield from ((part, bound) for bound in part if not bound.is_hidden)

    def _renew(self, taken: dict[str, list[str]], now: "EditForm") -> None:
        data = cast("QueryDict", self.data).copy()
        data[SEEN] = now.seen
        for name, values in taken.items():
            data.setlist(name, values)
            _make_room(data, name)
        for part in self._parts():
            part.data = data


class HidingForm(EditForm):
    """A form that does not show some of what is there: their fields are empty, and what is typed there takes its place.

    >>> form.hide(member, {"phone": mask_phone})
    """

    hidden_of: object = None
    masks: Mapping[str, Callable[[Any], str]] = {}

    def hide(self, row: object, masks: Mapping[str, Callable[[Any], str]]) -> None:
        """Say of each of these fields how much of it is shown, if anything is there."""
        self.hidden_of, self.masks = row, masks
        for name, mask in masks.items():
            held = getattr(row, name)
            if held:
                self.fields[name].widget.attrs["placeholder"] = mask(held)
                self.fields[name].help_text = "已填写，不改就留空。"

    def stood(self, name: str) -> object:
        """What is hidden is compared too, though the page does not show it."""
        return getattr(self.hidden_of, name) if name in self.masks else super().stood(name)

    def in_words(self, name: str, value: object) -> str:
        """What is hidden stays masked."""
        return self.masks[name](value) if name in self.masks and value else super().in_words(name, value)


@dataclass(frozen=True, slots=True)
class _Side:
    """What stands in a field, or was typed there. ``line_marks`` are those of a long text, line by line."""

    label: str
    mark: str
    line_marks: list[str]
    words: str
    typed: list[str]
    is_long: bool

    @classmethod
    def of(cls, form: forms.BaseForm, bound: BoundField, value: object) -> "_Side":
        shown = form.in_words(bound.name, value) if isinstance(form, EditForm) else _in_words(bound.field, value)
        mark = _mark(bound.html_name, _plain_text(value))
        label = bound.field.widget.attrs.get("aria-label") or bound.label
        is_long = isinstance(bound.field.widget, forms.Textarea)
        lines = [_mark(bound.html_name, line) for line in _plain_text(value).splitlines()] if is_long else []
        return cls(str(label), mark, lines, shown, _typed(bound, value), is_long)


def _mark(name: str, text: str) -> str:
    return salted_hmac(SEEN, f"{name}\0{text}").hexdigest()[:16]


def _read(text: str) -> dict[str, str]:
    try:
        seen = json.loads(text)
    except ValueError:
        return {}
    return seen if isinstance(seen, dict) else {}


def _plain_text(value: object) -> str:
    """The same text for the same value, whether it comes from the database or from a form."""
    if value is None or value is False or value == "":
        return ""
    if isinstance(value, Model):
        return str(value.pk)
    if isinstance(value, (list, tuple, set, frozenset, QuerySet)):
        return "\n".join(sorted(_plain_text(one) for one in value))
    if isinstance(value, (dt.datetime, dt.time)):
        return value.isoformat(timespec="minutes")
    return "\n".join(line.rstrip() for line in str(value).strip().splitlines())


def _typed(bound: BoundField, value: object) -> list[str]:
    """The values that the field's inputs would send."""
    if value is None or value is False or value == "":
        return []
    if value is True:
        return ["on"]
    if isinstance(value, (list, tuple, set, frozenset, QuerySet)):
        return [_plain_text(one) for one in value]
    prepared = bound.field.prepare_value(value)
    return [_plain_text(prepared) if isinstance(prepared, (Model, dt.time)) else str(prepared)]


def _in_words(field: forms.Field, value: object) -> str:
    if value is None or value == "" or value == []:  # noqa: PLR1714 - a list has no hash
        return NOTHING
    if isinstance(value, bool):
        return "是" if value else "否"
    if label_of := getattr(field, "label_of", None):  # a field that is found by typing
        return str(label_of(_plain_text(value)))
    if isinstance(field, forms.ChoiceField):
        return _chosen(field, value)
    if isinstance(field, YuanField):
        return f"{money.yuan(value)}元" if isinstance(value, int) else str(value)
    return _moment(value)


def _chosen(field: forms.ChoiceField, value: object) -> str:
    if isinstance(field, forms.ModelChoiceField):
        rows: Any = field.queryset  # never None in a form that is shown
        return str(value if isinstance(value, Model) else rows.filter(pk=value).first() or value)
    labels = dict(_flat(field.choices))
    values = value if isinstance(value, (list, tuple, set)) else [value]
    return "、".join(str(labels.get(str(one), one)) for one in values)


def _moment(value: object) -> str:
    if isinstance(value, dt.datetime):
        return words.daytime(value)
    if isinstance(value, dt.date):
        return words.day(value)
    return f"{value:%H:%M}" if isinstance(value, dt.time) else str(value)


def _flat(choices: Any) -> Iterator[tuple[str, object]]:
    for value, label in choices:
        if isinstance(label, (list, tuple)):
            yield from _flat(label)
        else:
            yield str(value), label


def _plain(text: str) -> list[Line]:
    return [Line(line, differs=False) for line in text.splitlines()]


def _both(name: str, theirs: _Side, mine: _Side, before: Counter[str]) -> Difference:
    """``before`` are the marks of the lines that both began with, as often as each stood there."""
    left, right = theirs.words.splitlines(), mine.words.splitlines()
    steps = difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    takes = [("用上面这一份", theirs.typed), ("用我填写的", mine.typed)]
    if theirs.is_long:
        takes.append(("两份合在一起", ["\n".join(_together(name, _lines(theirs), _lines(mine), before))]))
    return Difference(
        theirs.label,
        name,
        [Line(line, differs=tag != "equal") for tag, i, j, _, _ in steps for line in left[i:j]],
        [Line(line, differs=tag != "equal") for tag, _, _, i, j in steps for line in right[i:j]],
        [(word, json.dumps(values, ensure_ascii=False)) for word, values in takes],
    )


def _gone(name: str, mine: _Side) -> Difference:
    return Difference(mine.label, name, _plain(TAKEN_AWAY), _plain(mine.words), [])


def _make_room(data: QueryDict, name: str) -> None:
    """A field of a row that the page did not have yet: the formset gets that row."""
    row = _ROW.match(name)
    total = f"{row['rows']}-TOTAL_FORMS" if row else ""
    if row and total in data:
        data[total] = str(max(int(str(data[total])), int(row["number"]) + 1))


def _lines(side: _Side) -> list[str]:
    return [line.rstrip() for text in side.typed for line in text.splitlines()]


def _together(name: str, left: list[str], right: list[str], before: Counter[str]) -> Iterator[str]:
    """The lines of both: each as often as whoever changed how often it stands left it, so that none comes twice by merging."""
    here, there = Counter(left), Counter(right)
    wanted = {line: _left_by(before[_mark(name, line)], here[line], there[line]) for line in here | there}
    steps = difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    open_to = Counter(wanted)
    open_to.subtract(line for tag, i1, i2, _, _ in steps if tag == "equal" for line in left[i1:i2])
    for tag, i1, i2, j1, j2 in steps:
        if tag == "equal":
            yield from left[i1:i2]
            continue
        for line in (*left[i1:i2], *right[j1:j2]):
            if open_to[line] > 0:
                open_to[line] -= 1
                yield line


def _left_by(before: int, here: int, there: int) -> int:
    """How often a line stands in the end: as the one who changed that left it, and the more often if both did."""
    if here == before:
        return there
    return here if there == before else max(here, there)
