"""The closed schema of ``rules/*.yaml``. What it does not know it refuses, naming the file and the key.

A file is a mapping from dotted keys to entries. A *rule* is law, with dated values and a source each::

    life.general_meeting:
      title: 支部党员大会召开次数
      unit: 次
      shape: frequency          # number share frequency period span choices option flag text rate money bands
      local: stricter           # may a unit override: no | stricter | any
      stricter: higher          # which way is tighter: higher | lower | longer | shorter
      reviewed_on: 2026-11-22
      confidence: V             # V read in the text itself, V2 read in a secondary page; a single value may say its own
      values:
        - from: 2018-10-28      # ``to`` is the last day in force; left out = still in force
          value: {times: 1, per: quarter}
          source: {document: 中国共产党支部工作条例（试行）, article: 11}   # or a list of sources

A *setting* (``kind: setting``, confidence ``M`` or ``U``) is local practice or unsettled: it has a ``default`` and a ``note``
that says so, instead of ``values``.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from dangjian.kernel.citation import Citation
from dangjian.kernel.closed_yaml import TEXT, Closed, FileProblem, Source, Sources, cited, explained, read_mapping
from dangjian.kernel.rulebook.shapes import COMPARABLE, RAW_TYPES, Bands, Choice, Choices, ShapeName, Value

Local = Literal["no", "stricter", "any"]
Direction = Literal["higher", "lower", "longer", "shorter"]
KEY_PATTERN = r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$"


class RulebookError(FileProblem):
    """A rule file or a setting of the deployment is wrong. The message names file and key."""


class _DatedValue(Closed):
    starts: Annotated[dt.date, Field(alias="from")]
    to: dt.date | None = None
    value: Any
    confidence: Literal["V", "V2"] | None = None
    source: Sources

    @property
    def citations(self) -> tuple[Citation, ...]:
        return cited(self.source)


class _Entry(Closed):
    title: TEXT
    unit: str
    shape: ShapeName
    options: list[Choice] | None = None
    stricter: Direction | None = None
    reviewed_on: dt.date

    @model_validator(mode="after")
    def _consistent(self) -> "_Entry":
        if (self.shape == "option") != (self.options is not None):
            raise ValueError("options 与 shape: option 必须同时出现")
        return self


class _Rule(_Entry):
    kind: Literal["rule"] = "rule"
    local: Local
    confidence: Literal["V", "V2"]
    values: Annotated[list[_DatedValue], Field(min_length=1)]
    note: str = ""

    @model_validator(mode="after")
    def _direction(self) -> "_Rule":
        if (self.local == "stricter") != (self.stricter is not None):
            raise ValueError("local: stricter 必须写明 stricter 的方向，其他情况不写")
        if self.local == "stricter" and self.shape not in COMPARABLE:
            raise ValueError(f"{self.shape} 类的值分不出宽严，不能写 local: stricter")
        return self


class _Setting(_Entry):
    kind: Literal["setting"]
    local: Literal["any"] = "any"
    confidence: Literal["M", "U"]
    default: object
    note: TEXT
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Validity:
    """A value with the days on which it holds (``ends`` is the last one); a setting holds on every day."""

    starts: dt.date | None
    ends: dt.date | None
    value: Value
    citations: tuple[Citation, ...]
    confidence: str

    def covers(self, day: dt.date) -> bool:
        """Whether the value holds on ``day``."""
        return (self.starts is None or self.starts <= day) and (self.ends is None or day <= self.ends)


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule or setting, checked, with its values in time order."""

    key: str
    title: str
    unit: str
    kind: Literal["rule", "setting"]
    shape: ShapeName
    options: tuple[Choice, ...]
    local: Local
    stricter: Direction | None
    reviewed_on: dt.date
    confidence: str
    note: str
    validities: tuple[Validity, ...]
    file: Path

    def read(self, raw: object) -> Value:
        """``raw`` (as YAML gives it) as a value of this rule's shape. Raises ``ValueError`` with a Chinese text."""
        return read_value(self.shape, raw, self.options)


_CHECKED: dict[str, TypeAdapter[Any]] = {shape: TypeAdapter(raw) for shape, raw in RAW_TYPES.items()}


def read_value(shape: ShapeName, raw: object, options: Iterable[Choice] = ()) -> Value:
    """``raw`` checked and built as ``shape``. Raises ``ValueError`` with a Chinese text."""
    try:
        value = _CHECKED[shape].validate_python(raw)
    except ValidationError as error:
        raise ValueError(explained(error)) from error
    if shape == "choices":
        codes = [choice.code for choice in value]
        if len(set(codes)) != len(codes):
            raise ValueError("列表中有重复的 code")
        return Choices(value)
    if shape == "bands":
        return Bands.checked(value)
    if shape == "option":
        return _picked(value, options)
    result: Value = value
    return result


def _picked(code: str, options: Iterable[Choice]) -> Choice:
    for option in options:
        if option.code == code:
            return option
    known = "、".join(option.code for option in options)
    raise ValueError(f"“{code}”不在可选范围内（{known}）")


def read_file(file: Path) -> Iterator[Entry]:
    """The entries of one rule file. Raises ``RulebookError``."""
    try:
        content = read_mapping(file)
    except ValueError as error:
        raise RulebookError(f"规则文件 {file} {error}") from error
    for key, raw in content.items():
        try:
            yield _compiled(key, raw, file)
        except ValidationError as error:
            raise RulebookError(f"规则文件 {file} 中的 {key}：{explained(error)}") from error
        except ValueError as error:
            raise RulebookError(f"规则文件 {file} 中的 {key}：{error}") from error


_KEY: TypeAdapter[str] = TypeAdapter(Annotated[str, Field(strict=True, pattern=KEY_PATTERN)])


def _compiled(key: object, raw: object, file: Path) -> Entry:
    try:
        name = _KEY.validate_python(key)
    except ValidationError as error:
        raise ValueError("规则名须为小写英文，用点分成至少两段") from error
    is_setting = isinstance(raw, dict) and raw.get("kind") == "setting"
    entry: _Rule | _Setting = _Setting.model_validate(raw) if is_setting else _Rule.model_validate(raw)
    options = tuple(entry.options or ())
    if isinstance(entry, _Setting):
        validities: tuple[Validity, ...] = (_always(entry, options),)
    else:
        validities = _in_order(entry, options)
    return Entry(
        key=name,
        title=entry.title,
        unit=entry.unit,
        kind=entry.kind,
        shape=entry.shape,
        options=options,
        local=entry.local,
        stricter=entry.stricter,
        reviewed_on=entry.reviewed_on,
        confidence=entry.confidence,
        note=entry.note,
        validities=validities,
        file=file,
    )


def _always(setting: _Setting, options: tuple[Choice, ...]) -> Validity:
    citations = cited(setting.source) if setting.source else ()
    return Validity(None, None, read_value(setting.shape, setting.default, options), citations, setting.confidence)


def _in_order(rule: _Rule, options: tuple[Choice, ...]) -> tuple[Validity, ...]:
    validities = sorted(
        (
            Validity(
                dated.starts,
                dated.to,
                read_value(rule.shape, dated.value, options),
                dated.citations,
                dated.confidence or rule.confidence,
            )
            for dated in rule.values
        ),
        key=lambda validity: validity.starts or dt.date.min,
    )
    for validity in validities:
        if validity.ends and validity.starts and validity.ends < validity.starts:
            raise ValueError(f"自 {validity.starts} 起的值，失效日期早于生效日期")
    for earlier, later in pairwise(validities):
        if earlier.ends is None or (later.starts and later.starts <= earlier.ends):
            raise ValueError(f"自 {earlier.starts} 起的值与自 {later.starts} 起的值日期重叠，请给前者写明 to")
    return tuple(validities)
