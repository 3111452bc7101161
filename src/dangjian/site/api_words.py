"""What is wrong with a field that a program sent, in Chinese."""

from collections.abc import Iterable, Mapping
from typing import Any

WORDS = {
    "missing": "必须填写",
    "extra_forbidden": "接口没有这个字段，请检查拼写",
    "int": "应为整数",
    "finite_number": "应为整数",
    "string": "应为文字",
    "string_too_long": "最多 {max_length} 个字",
    "string_too_short": "至少 {min_length} 个字",
    "bool": "应为 true 或 false",
    "date": "应为日期，如 2026-11-23",
    "date_form": "应为日期或时间，如 2026-11-23、2026-11-23T14:00:00+08:00",
    "datetime": "应为时间，如 2026-11-23T14:00:00+08:00",
    "timezone": "时间应带时区，如 2026-11-23T14:00:00+08:00",
    "day_too_early": "不能早于 {day}",
    "day_too_late": "不能晚于 {day}",
    "enum": "只能是 {expected}",
    "literal_error": "只能是 {expected}",
    "list": "应为列表",
    "too_short": "至少 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "greater_than_equal": "不能小于 {ge}",
    "greater_than": "应大于 {gt}",
    "less_than_equal": "不能大于 {le}",
    "less_than": "应小于 {lt}",
    "model": "应为对象",
    "dict": "应为对象",
}
"""By the type of a pydantic error, or by its first word where several types mean the same to whoever reads it."""
OTHERWISE = "填写不符合要求，请对照接口文档"


def mistakes(errors: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What is wrong, by field; a field of a list is named with its place, counted from 0: ``sittings.0.starts_at``."""
    return {_name(one["loc"]): _words(one) for one in errors}


def _name(steps: tuple[object, ...]) -> str:
    """Without the part of the request it stands in, which for a body is the name of the parameter too."""
    skipped = 2 if steps[0] == "body" else 1
    return ".".join(str(step) for step in steps[skipped:]) or "body"


def _words(error: Mapping[str, Any]) -> str:
    kind = error["type"]
    words = WORDS.get(kind) or WORDS.get(kind.partition("_")[0], OTHERWISE)
    context = {
        name: str(value).replace("' or '", "、").replace("', '", "、").strip("'") for name, value in _context(error).items()
    }
    return words.format(**context)


def _context(error: Mapping[str, Any]) -> Mapping[str, object]:
    found: Mapping[str, object] = error.get("ctx") or {}
    return found
