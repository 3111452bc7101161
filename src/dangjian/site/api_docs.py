"""The documentation of the machine interface, worked out from its OpenAPI schema, in the shape the page shows."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Spec = Mapping[str, Any]

TYPES = {
    "integer": "整数",
    "number": "数",
    "string": "文字",
    "boolean": "是否（true/false）",
    "array": "列表",
    "object": "对象",
}
FORMATS = {"date": "日期（2026-11-23）", "date-time": "时间（2026-11-23T14:00:00+08:00）", "uri": "网址"}
SAMPLES: dict[str, object] = {"integer": 1, "number": 1.0, "string": "", "boolean": False, "array": [], "object": {}}
SAMPLE_FORMATS = {"date": "2026-11-23", "date-time": "2026-11-23T14:00:00+08:00"}
DEEPEST = 4
"""Parts of parts are described down to here; no answer of the interface is nested deeper."""

ERRORS = (
    (401, "没有登录：令牌缺失、已停用或已到期。"),
    (403, "您能看到这个党组织，但没有办理此事的权限。"),
    (404, "没有这条内容，或不在您的查看范围内。"),
    (409, "现在的状态不允许，例如会议已经归档。没有改动任何数据。"),
    (422, "请求的内容不对，fields 说明是哪个字段。没有改动任何数据。"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A parameter or a field; ``depth`` says how far it is indented below the field it belongs to."""

    name: str
    type: str
    text: str
    required: bool
    default: str = ""
    depth: int = 0

    @property
    def indent(self) -> str:
        """Dots before the name of a part of a part."""
        return "·" * self.depth


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation with what is sent and what comes back."""

    anchor: str
    method: str
    path: str
    title: str
    text: str
    parameters: list[Part]
    body: list[Part]
    answer: list[Part]
    is_list: bool
    request: str
    response: str

    @property
    def tone(self) -> str:
        """The tint of its method: reading or writing."""
        return "info" if self.method == "GET" else "gold"


@dataclass(frozen=True, slots=True)
class Group:
    """The operations of one part of the platform."""

    anchor: str
    title: str
    operations: list[Operation]


def groups(schema: Spec, base: str) -> list[Group]:
    """Operations by tag, in the order of the schema. ``base`` is the address of the server in examples."""
    found: dict[str, list[Operation]] = {}
    for path, methods in schema["paths"].items():
        for method, spec in methods.items():
            found.setdefault(spec["tags"][0], []).append(_Reader(schema, base).operation(path, method, spec))
    return [Group(f"group-{number}", title, operations) for number, (title, operations) in enumerate(found.items(), 1)]


class _Reader:
    def __init__(self, schema: Spec, base: str) -> None:
        self.models: Spec = schema["components"]["schemas"]
        self.base = base

    def operation(self, path: str, method: str, spec: Spec) -> Operation:
        body = _json(spec.get("requestBody", {}))
        answer = next((_json(one) for code, one in spec["responses"].items() if str(code).startswith("2")), {})
        resolved = self._resolve(answer)
        items = resolved.get("properties", {}).get("items") if "count" in resolved.get("properties", {}) else None
        return Operation(
            anchor=spec["operationId"],
            method=method.upper(),
            path=path,
            title=spec["summary"],
            text=_clean(spec.get("description", "")),
            parameters=[self._parameter(one) for one in spec.get("parameters", [])],
            body=list(self._fields(body)),
            answer=list(self._fields(items["items"] if items else answer)),
            is_list=items is not None,
            request=self._request(path, method, body),
            response=_pretty(self._sample(answer, 0)),
        )

    def _parameter(self, one: Spec) -> Part:
        schema = one["schema"]
        text = _clean(one.get("description", "")) or ("路径中的编号" if one["in"] == "path" else "")
        return Part(one["name"], self._type(schema), text, bool(one.get("required")), _default(schema))

    def _fields(self, schema: Spec, depth: int = 0) -> Iterator[Part]:
        resolved = self._resolve(schema)
        if resolved.get("type") == "array":
            resolved = self._resolve(resolved.get("items", {}))
        required = resolved.get("required", [])
        for name, field in resolved.get("properties", {}).items():
            text = _clean(field.get("description", "")) or ("编号" if name == "id" else "")
            yield Part(name, self._type(field), text, name in required, _default(field), depth)
            if depth < DEEPEST and self._is_nested(field):
                yield from self._fields(field, depth + 1)

    def _is_nested(self, field: Spec) -> bool:
        resolved = self._resolve(field)
        inner = self._resolve(resolved.get("items", {})) if resolved.get("type") == "array" else resolved
        return bool(inner.get("properties"))

    def _resolve(self, schema: Spec) -> Spec:
        """Follow references, and take the one real type out of "or nothing"."""
        while True:
            choices = [one for one in schema.get("anyOf", schema.get("allOf", ())) if one.get("type") != "null"]
            if "$ref" in schema:
                schema = self.models[schema["$ref"].rsplit("/", 1)[-1]]
            elif choices:
                schema = choices[0]
            else:
                return schema

    def _type(self, schema: Spec) -> str:
        resolved = self._resolve(schema)
        if "enum" in resolved:
            return " | ".join(str(one) for one in resolved["enum"])
        if "const" in resolved:
            return str(resolved["const"])
        if resolved.get("type") == "array":
            return f"{self._type(resolved.get('items', {}))}的列表"
        if resolved.get("properties"):
            return "对象"
        return FORMATS.get(resolved.get("format", ""), TYPES.get(resolved.get("type", ""), "任意"))

    def _sample(self, schema: Spec, depth: int) -> object:
        examples = schema.get("examples")
        if examples:
            return examples[0]
        if "default" in schema:
            return schema["default"]
        resolved = self._resolve(schema)
        if resolved.get("properties"):
            return {name: self._sample(field, depth + 1) for name, field in resolved["properties"].items()}
        if resolved.get("type") == "array":
            return [self._sample(resolved.get("items", {}), depth + 1)] if depth < DEEPEST else []
        if "enum" in resolved:
            return resolved["enum"][0]
        return SAMPLE_FORMATS.get(resolved.get("format", ""), SAMPLES.get(resolved.get("type", "")))

    def _request(self, path: str, method: str, body: Spec) -> str:
        verb = "" if method == "get" else f"-X {method.upper()} "
        lines = [f"curl {verb}{self.base}{path.replace('{', '').replace('}', '')}", '  -H "Authorization: Bearer $TOKEN"']
        if body:
            lines += ['  -H "Content-Type: application/json"', f"  -d '{_pretty(self._sample(body, 0))}'"]
        return " \\\n".join(lines)


def _json(part: Spec) -> Spec:
    found: Spec = part.get("content", {}).get("application/json", {}).get("schema", {})
    return found


def _default(schema: Spec) -> str:
    value = schema.get("default")
    return "" if value in {None, ""} or isinstance(value, list | dict) else json.dumps(value, ensure_ascii=False).strip('"')


def _pretty(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _clean(text: str) -> str:
    """Without the full stop that a docstring adds to the Chinese one; English is meant for programmers of the house only."""
    text = text.strip().removesuffix(".") if "。" in text else text.strip()
    return "" if text.isascii() else text
