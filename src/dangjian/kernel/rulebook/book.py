"""The rulebook: the answer to "what holds for this on that day, and by what article"."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from dangjian.kernel.citation import Citation
from dangjian.kernel.errors import Invalid
from dangjian.kernel.rulebook.schema import Entry, RulebookError, Validity, read_file
from dangjian.kernel.rulebook.shapes import Choice, Incomparable, Period, Value, compared, said

Shape = TypeVar("Shape")

DEPLOYMENT = "本平台"
_OWN_CHOICE = "由本单位设定"


class UnknownRule(LookupError):
    """No rule of this name is in the book."""

    def __init__(self, key: str) -> None:
        super().__init__(f"规则库中没有“{key}”这条规则")


class NotInForce(Invalid, LookupError):
    """The rule has no value on the day asked for.

    A refusal as well: whoever asks about a day before a rule began, and is not answered otherwise, reads a sentence and a way on.
    """

    def __init__(self, entry: Entry, day: dt.date) -> None:
        first = entry.validities[0].starts
        asked, begins = (f"{one.year}年{one.month}月{one.day}日" for one in (day, first or dt.date.min))
        super().__init__(
            f"“{entry.title}”在{asked}没有适用的规定，平台收录的规定自{begins}起施行。",
            how="请核对日期。确是更早的事，按当时的文件办理，在平台上只登记结果。",
        )


class LayerRefused(Invalid):
    """A unit wants a value that the rule does not leave to it."""


@dataclass(frozen=True, slots=True)
class Layer:
    """What one level sets for itself: raw values by key, in the form the rule files use. ``name`` is shown to people."""

    name: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RuleValue:
    """The answer for one day. ``set_by`` names the layer that tightened or chose the value; empty = the rule itself."""

    key: str
    title: str
    unit: str
    value: Value
    citations: tuple[Citation, ...]
    confidence: str
    kind: str
    note: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    set_by: str = ""

    @property
    def source(self) -> Citation | None:
        """The first place it rests on; ``None`` only for a setting without one."""
        return self.citations[0] if self.citations else None

    @property
    def citation(self) -> str:
        """For people: the articles, or that it is local practice; and who set it tighter."""
        text = "、".join(citation.text for citation in self.citations)
        if self.kind == "setting":
            text = f"{text}（{_OWN_CHOICE}）" if text else _OWN_CHOICE
        return f"{text}（{self.set_by}规定：{self.text}）" if self.set_by else text

    @property
    def text(self) -> str:
        """The value for people: 每季度1次, 50人."""
        return said(self.value, self.unit)

    def expect(self, shape: type[Shape]) -> Shape:
        """The value as ``shape`` (``int``, ``bool``, ``str``, ``Share``, ``Period`` …); ``TypeError`` if it is something else."""
        if type(self.value) is not shape:
            raise TypeError(f"{self.key} 的值是 {type(self.value).__name__}，不是 {shape.__name__}")
        return self.value


@dataclass(frozen=True, slots=True)
class ValueDescription:
    """One dated value for the public page."""

    text: str
    citation: str
    notes: tuple[str, ...]
    valid_from: dt.date | None
    valid_to: dt.date | None


@dataclass(frozen=True, slots=True)
class RuleDescription:
    """One line of the public page 规则库. ``deployment`` is the value this deployment set, if any."""

    key: str
    title: str
    unit: str
    kind: str
    local: str
    confidence: str
    reviewed_on: dt.date
    note: str
    options: tuple[Choice, ...]
    values: tuple[ValueDescription, ...]
    deployment: str = ""

    @property
    def is_cited(self) -> bool:
        """Whether an article stands behind it; settings of a unit may have none."""
        return any(value.citation for value in self.values)


def load(directories: Iterable[Path], settings: Mapping[str, object] | None = None) -> "Rulebook":
    """Read every ``*.yaml`` of ``directories``; ``settings`` are the deployment's own values by key.

    Raises ``RulebookError`` naming file and key for anything uncited, undated, overlapping, unknown or doubled.
    """
    entries: dict[str, Entry] = {}
    for directory in directories:
        for file in sorted(directory.glob("*.yaml")):
            for entry in read_file(file):
                if entry.key in entries:
                    raise RulebookError(f"规则文件 {file} 中的 {entry.key}：与 {entries[entry.key].file} 中的重复")
                entries[entry.key] = entry
    book = Rulebook(entries)
    deployment = Layer(DEPLOYMENT, dict(settings or {}))
    for key, raw in deployment.values.items():
        try:
            book.check_override(key, raw)
        except (UnknownRule, LayerRefused) as error:
            raise RulebookError(f"DANGJIAN_RULE_SETTINGS 中的 {key}：{error}") from error
    return replace(book, deployment=deployment)


@dataclass(frozen=True)
class Rulebook:
    """All rules of the house. Built by ``load``; read by ``on``."""

    entries: Mapping[str, Entry]
    deployment: Layer = field(default_factory=lambda: Layer(DEPLOYMENT, {}))

    def __contains__(self, key: str) -> bool:
        return key in self.entries

    def entry(self, key: str) -> Entry:
        """The rule ``key`` with all its values. Raises ``UnknownRule``."""
        try:
            return self.entries[key]
        except KeyError:
            raise UnknownRule(key) from None

    def on(self, key: str, day: dt.date, *, layers: Sequence[Layer] = ()) -> RuleValue:
        """The value of ``key`` on ``day`` for a unit whose superiors and itself set ``layers`` (highest first).

        A layer's value that is no longer tighter than what holds above it (because that became tighter) gives way to it.
        Raises ``UnknownRule``, ``NotInForce``.
        """
        entry = self.entry(key)
        validity = next((one for one in entry.validities if one.covers(day)), None)
        if validity is None:
            raise NotInForce(entry, day)
        value, set_by = validity.value, ""
        for layer in (self.deployment, *layers):
            if key in layer.values and entry.local != "no":
                own = entry.read(layer.values[key])
                if entry.local == "any" or _tighter(entry, own, value):
                    value, set_by = own, layer.name
        return _answer(entry, validity, value, set_by)

    def on_or_first(self, key: str, day: dt.date) -> RuleValue:
        """As ``on``; for what had begun before there was a rule and ran on under it, the first value that the rule had."""
        first = self.entry(key).validities[0].starts
        return self.on(key, max(day, first) if first else day)

    def check_override(self, key: str, raw: object, *, above: Sequence[Layer] = ()) -> Value:
        """``raw`` as the value a unit may set for ``key`` from now on, under what the layers ``above`` set.

        Raises ``UnknownRule``, or ``LayerRefused`` when the rule leaves no room, the value is malformed, or it loosens the rule.
        """
        entry = self.entry(key)
        latest = entry.validities[-1]
        if entry.local == "no":
            raise LayerRefused(f"“{entry.title}”是统一规定，本单位不能另行设定。", citation=_cited(latest))
        try:
            own = entry.read(raw)
        except ValueError as error:
            raise LayerRefused(f"“{entry.title}”填写的值不对：{error}") from error
        if _counts_working_days(own) != _counts_working_days(latest.value):
            how = f"请按规定的单位填写，例如：{said(latest.value)}。"
            raise LayerRefused(f"“{entry.title}”的单位不能在工作日和其他单位之间更换。", how=how, citation=_cited(latest))
        if entry.local == "stricter":
            self._check_tighter(entry, latest, own, above)
        return own

    def _check_tighter(self, entry: Entry, latest: Validity, own: Value, above: Sequence[Layer]) -> None:
        binding = latest.value
        for layer in (self.deployment, *above):
            if entry.key in layer.values:
                theirs = entry.read(layer.values[entry.key])
                binding = theirs if _tighter(entry, theirs, binding) else binding
        try:
            loosens = own != binding and not _is_tighter(entry, own, binding)
        except Incomparable as error:
            raise LayerRefused(f"“{entry.title}”填写的值不能与规定比较：{error}。", citation=_cited(latest)) from error
        if loosens:
            raise LayerRefused(
                f"“{entry.title}”只能定得比上级更严：上级规定是{said(binding, entry.unit)}，不能改为{said(own, entry.unit)}。",
                how="请填写更严的要求，或者不填，按上级规定执行。",
                citation=_cited(latest),
            )

    def setting(self, values: Mapping[str, object]) -> "Rulebook":
        """The same book in a deployment that sets ``values``, each of which ``check_override`` has admitted."""
        return replace(self, deployment=Layer(DEPLOYMENT, dict(values)))

    def describe(self) -> tuple[RuleDescription, ...]:
        """Every rule and setting, by key, for the public page."""
        return tuple(self._described(self.entries[key]) for key in sorted(self.entries))

    def _described(self, entry: Entry) -> RuleDescription:
        own = self.deployment.values.get(entry.key)
        return RuleDescription(
            key=entry.key,
            title=entry.title,
            unit=entry.unit,
            kind=entry.kind,
            local=entry.local,
            confidence=entry.confidence,
            reviewed_on=entry.reviewed_on,
            note=entry.note,
            options=entry.options,
            values=tuple(
                ValueDescription(
                    text=said(validity.value, entry.unit),
                    citation=_answer(entry, validity, validity.value, "").citation,
                    notes=tuple(citation.note for citation in validity.citations if citation.note),
                    valid_from=validity.starts,
                    valid_to=validity.ends,
                )
                for validity in entry.validities
            ),
            deployment="" if own is None else said(entry.read(own), entry.unit),
        )


def _cited(validity: Validity) -> str:
    return "、".join(citation.text for citation in validity.citations)


def _counts_working_days(value: Value) -> bool:
    """Whether whoever reads the value has to ask the table of working days: SQL cannot."""
    return isinstance(value, Period) and value.working_days is not None


def _is_tighter(entry: Entry, own: Value, binding: Value) -> bool:
    order = compared(own, binding)
    return order > 0 if entry.stricter in {"higher", "longer"} else order < 0


def _tighter(entry: Entry, own: Value, binding: Value) -> bool:
    try:
        return _is_tighter(entry, own, binding)
    except Incomparable:
        return False


def _answer(entry: Entry, validity: Validity, value: Value, set_by: str) -> RuleValue:
    return RuleValue(
        key=entry.key,
        title=entry.title,
        unit=entry.unit,
        value=value,
        citations=validity.citations,
        confidence=validity.confidence,
        kind=entry.kind,
        note=entry.note,
        valid_from=validity.starts,
        valid_to=validity.ends,
        set_by=set_by,
    )
