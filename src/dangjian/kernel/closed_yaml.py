"""Data files with a closed schema: what it does not know it refuses, saying in Chinese what is wrong and where."""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError

from dangjian.kernel.citation import Citation

TEXT = Annotated[StrictStr, Field(min_length=1)]


class FileProblem(Exception):
    """A data file is wrong. The message names the file and the entry."""


class Closed(BaseModel):
    """Part of an entry, without fields that nobody declared."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Closed):
    """The place that an entry rests on, as a file names it."""

    document: TEXT
    number: str = ""
    article: Annotated[StrictInt, Field(ge=1)] | None = None
    item: Annotated[StrictInt, Field(ge=1)] | None = None
    note: str = ""
    titled: StrictBool = True


Sources = Source | Annotated[list[Source], Field(min_length=1)]
"""One place, or a list of them."""


def cited(sources: Sources) -> tuple[Citation, ...]:
    """How ``sources`` are quoted."""
    return tuple(Citation(**one.model_dump()) for one in (sources if isinstance(sources, list) else [sources]))


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
    """YAML in which a key may stand once and only ``true`` and ``false`` are booleans (``local: no`` stays a word).

    An entry may repeat another one and say what differs: ``{<<: *talk, article: 7}``.
    """


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _mapping_without_doubles(loader: _Loader, node: yaml.MappingNode) -> dict[object, object]:
    seen: set[object] = set()
    for key_node, _ in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":
            continue
        key = loader.construct_object(key_node)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"“{key}”出现了两次", key_node.start_mark)
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping_without_doubles)


def read_mapping(file: Path) -> dict[object, object]:
    """The content of a file: entries by key. Raises ``ValueError`` with what follows the name of the file in a sentence."""
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - it derives from SafeLoader
    except yaml.YAMLError as error:
        raise ValueError(f"读不懂：{error}") from error
    if not isinstance(content, dict):
        raise ValueError("须是“名称：内容”的形式")  # noqa: TRY004 - whoever reads files catches ValueError
    return content
