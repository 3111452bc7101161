"""A template as one file that another unit takes in: all its versions, with a checksum, nothing about anybody."""

import base64
import hashlib
import json
from collections.abc import Iterable
from typing import Annotated, Final, Literal

from pydantic import Field, StrictInt, StrictStr, ValidationError

from dangjian.engines.exchange.definition import Definition, check_items
from dangjian.kernel.closed_yaml import TEXT, Closed, explained
from dangjian.kernel.errors import Invalid
from dangjian.kernel.registry import by_code
from dangjian.org.sheet_offers import Sheet

MOST_BYTES: Final = 8_000_000
"""Of a file with a template: some dozens of versions with an official workbook."""

MOST_FORM: Final = 1_000_000
"""Bytes of an official workbook."""

_AGAIN: Final = "请向对方重新索取这个文件，不要打开修改。"


class HandedVersion(Closed):
    """A version as the file has it; ``form`` is the official workbook in base64."""

    number: Annotated[StrictInt, Field(ge=1, le=10_000)]
    made_on: Annotated[StrictStr, Field(max_length=10)]
    reason: Annotated[StrictStr, Field(max_length=200)] = ""
    definition: Definition
    form: StrictStr = ""

    @property
    def workbook(self) -> bytes | None:
        """The official workbook."""
        return base64.b64decode(self.form, validate=True) if self.form else None


class Handed(Closed):
    """The content of the file: ``came_from`` is the unit that hands it on."""

    format: Literal[1]
    key: Annotated[StrictStr, Field(pattern=r"^[a-z0-9._-]{3,40}$")]
    came_from: Annotated[StrictStr, Field(max_length=100)] = ""
    versions: Annotated[tuple[HandedVersion, ...], Field(min_length=1, max_length=500)]
    checksum: TEXT


def write(key: str, came_from: str, versions: Iterable[HandedVersion]) -> bytes:
    """The file of a template."""
    content = {
        "format": 1,
        "key": key,
        "came_from": came_from,
        "versions": [one.model_dump(mode="json", exclude_defaults=True) for one in versions],
    }
    return json.dumps({**content, "checksum": _checksum(content)}, ensure_ascii=False, indent=1).encode()


def read(content: bytes) -> Handed:
    """What a file says. Raises ``Invalid`` for one that is no template, was changed on the way or names what is not there."""
    if len(content) > MOST_BYTES:
        raise Invalid("这个文件太大，不是模板文件。", how="请选择从“下载模板文件”得到的 .json 文件。")
    try:
        plain = json.loads(content.decode("utf-8-sig"))
        found = Handed.model_validate_json(content.decode("utf-8-sig"))
    except ValidationError as error:
        raise Invalid(f"模板文件的内容不对：{explained(error)}。"[:300], how=_AGAIN) from error
    except (ValueError, RecursionError) as error:
        raise Invalid("这不是模板文件。", how="请选择从“下载模板文件”得到的 .json 文件。") from error
    if _checksum({name: value for name, value in plain.items() if name != "checksum"}) != found.checksum:
        raise Invalid("模板文件被改动过，或者没有传完整。", how=_AGAIN)
    numbers = [one.number for one in found.versions]
    if sorted(set(numbers)) != numbers:
        raise Invalid("模板文件里版本的次序不对。", how=_AGAIN)
    if len({one.definition.sheet for one in found.versions}) > 1:
        raise Invalid("模板文件里各版不是同一种表格。", how=_AGAIN)
    try:
        for one in found.versions:
            check_items(one.definition, by_code(Sheet).get(one.definition.sheet))
            _ = one.workbook
    except ValueError as error:
        raise Invalid(f"这个模板在本平台用不了：{error}。", how="两边的平台版本可能不同，请先更新平台。") from error
    return found


def _checksum(content: object) -> str:
    plain = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
