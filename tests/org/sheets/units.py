"""Tables of organisations for tests."""

import io
from typing import Any

from tests.members.sheets.people import sheet

HEADERS = (
    "党组织全称", "党组织简称", "党组织类别", "上级党组织", "成立日期", "党组织编码", "所在行政单位", "联合单位数", "场区",
    "批准成立的党组织", "批复文号", "联系电话", "地址",
)  # fmt: skip


def unit(name: str, kind: str, superior: str | None, **changes: Any) -> dict[str, Any]:
    """A correct row; ``changes`` by header replace cells."""
    return {
        "党组织全称": name,
        "党组织简称": name,
        "党组织类别": kind,
        "上级党组织": superior,
        "成立日期": "2021-03-01",
        **changes,
    }


def table(*rows: dict[str, Any]) -> io.BytesIO:
    """An xlsx of ``rows``, from row 2 on."""
    return sheet(list(rows), HEADERS)
