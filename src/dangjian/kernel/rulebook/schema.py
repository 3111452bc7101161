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

import yaml
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, TypeAdapter, ValidationError, model_validator

from dangjian.kernel.rulebook.citation import Citation
from dangjian.kernel.rulebook.shapes import COMPARABLE, RAW_TYPES, TEXT, Bands, Choice, Choices, ShapeName, Value

Local = Literal["no", "stricter", "any"]
Direction = Literal["higher", "lower", "longer", "shorter"]
KEY_PATTERN = r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$"


class RulebookError(Exception):
    """A rule file or a setting of the deployment is wrong. The message names file and key."""


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Source(_Closed):
    document: TEXT
    number: str = ""
    article: Annotated[StrictInt, Field(ge=1)] | None = None
    item: Annotated[StrictInt, Field(ge=1)] | None = None
    note: str = ""
    titled: StrictBool = True

    def citation(self) -> Citation:
        return Citation(**self.model_dump())


class _DatedValue(_Closed):
    starts: Annotated[dt.date, Field(alias="from")]
    to: dt.date | None = None
    value: Any
    confidence: Literal["V", "V2"] | None = None
    source: _Source | Annotated[list[_Source], Field(min_length=1)]

    @property
    def citations(self) -> tuple[Citation, ...]:
        sources = self.source if isinstance(self.source, list) else [self.source]
        return tuple(source.citation() for source in sources)


class _Entry(_Closed):
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
    source: _Source | None = None


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


_EXPLAINED = {
    "missing": "缺少必填字段",
    "extra_forbidden": "有不认识的字段",
    "literal_error": "取值不在允许范围内",
    "date_type": "不是日期",
    "date_parsing": "不是日期",
    "date_from_datetime_parsing": "不是日期",
    "int_type": "须为整数",
    "string_type": "须为文字",
    "string_too_short": "不能为空",
    "too_short": "不能为空",
    "bool_type": "须为 true 或 false",
    "model_type": "须写成字段的形式",
    "dict_type": "须写成字段的形式",
    "list_type": "须为列表",
    "greater_than": "数值太小",
    "greater_than_equal": "数值太小",
    "less_than_equal": "数值太大",
}


def explained(error: ValidationError) -> str:
    """Every problem that pydantic found, in Chinese, with the place inside the entry."""
    said = []
    for problem in error.errors(include_url=False, include_input=False):
        place = ".".join(str(part) for part in problem["loc"])
        own = problem["msg"].removeprefix("Value error, ") if problem["type"] == "value_error" else "格式不对"
        message = _EXPLAINED.get(problem["type"], own)
        said.append(f"{place}：{message}" if place else message)
    return "；".join(said)


class _Loader(yaml.SafeLoader):
    """YAML in which a key may stand once and only ``true`` and ``false`` are booleans (``local: no`` stays a word)."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _mapping_without_doubles(loader: _Loader, node: yaml.MappingNode) -> dict[object, object]:
    seen: set[object] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"“{key}”出现了两次", key_node.start_mark)
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping_without_doubles)


def read_file(file: Path) -> Iterator[Entry]:
    """The entries of one rule file. Raises ``RulebookError``."""
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - it derives from SafeLoader
    except yaml.YAMLError as error:
        raise RulebookError(f"规则文件 {file} 读不懂：{error}") from error
    if not isinstance(content, dict):
        raise RulebookError(f"规则文件 {file} 须是“规则名：内容”的形式")
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
    citations = (setting.source.citation(),) if setting.source else ()
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
