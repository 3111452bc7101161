"""The columns of the table of organisations: under which headers people know them, and how a cell is read."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.urls import reverse

from dangjian.kernel import codes
from dangjian.kernel.dates import parse_date
from dangjian.kernel.errors import Invalid
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.org.actions.tree import KIND_OF_TYPE
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import EXAMPLE_MARK, Elsewhere, SheetColumn

DETAILS: Final = ("unit_name", "unit_count", "site", "approved_by", "phone", "address", "location_kind", "order")
"""Columns of an organisation that the table may correct: they are no part of its dated history."""

LEFT_ASIDE: Final = frozenset({"序号", "党员人数", "党员数", "人数", "备注", "书记", "党组织书记"})
"""Known columns that are worked out by the platform or kept elsewhere; they are passed over without a word."""

MOST_DOCUMENT: Final = 120
MOST_UNITS: Final = 99
MOST_ORDER: Final = 9999


def record_url(organization_id: int) -> str:
    """The page of an organisation."""
    return reverse("org:detail", args=[organization_id])


def _by(title: str, name: str) -> Elsewhere:
    return Elsewhere(title, lambda organization_id: reverse(name, args=[organization_id]))


RENAMING: Final = _by("更名", "org:rename")
MOVING: Final = _by("调整隶属关系", "org:move")
AT_ITS_PAGE: Final = Elsewhere("党组织页面更正", record_url)
DISSOLVING: Final = _by("撤销党组织", "org:dissolve")

_COUNT = re.compile(r"(\d+)(?:个|家)?")


def columns() -> Sequence[SheetColumn]:
    """What makes an organisation, in the order of the template."""
    types = codes.get("org_type")
    return (
        SheetColumn(
            "name", "党组织全称", ("全称", "党组织名称", "名称", "组织名称"), required=True, read=_text("name"), kind="name",
            example=f"{EXAMPLE_MARK}（虚构）中共虚构集团机电第一支部委员会", hint="与批复文件一致。",
            elsewhere=RENAMING,
        ),
        SheetColumn(
            "short_name", "党组织简称", ("简称",), read=_text("short_name"), kind="name", example="机电第一党支部",
            in_preview=True, hint="名单和通知上显示的名称；不填的由全称得出。同一上级之下不能重复。",
            elsewhere=RENAMING,
        ),
        SheetColumn(
            "type", "党组织类别", ("类别", "党组织类型", "组织类别", "类型"), required=True, read=_type, kind="type",
            repeats=True, example="党支部", choices=tuple(types.label(code) for code in KIND_OF_TYPE), in_preview=True,
            write=types.label,
            hint="党委、党总支部、党支部、联合党支部、临时党支部、党小组等，也可以写代码（611、621、631……）。",
            elsewhere=AT_ITS_PAGE,
        ),
        SheetColumn(
            "parent", "上级党组织", ("上级", "上级组织", "隶属党组织", "所属上级党组织", "上级党组织名称", "上级名称"),
            read=as_text, kind="parent", repeats=True, example="虚构集团机电党总支", in_preview=True,
            hint="写上级的全称、简称或编码；有重名的从上往下写，例如：机电党总支/第一党支部。最高一级不填。",
            elsewhere=MOVING,
        ),
        SheetColumn(
            "established_on", "成立日期", ("成立时间", "批准成立日期", "建立日期", "设立日期"), required=True, read=_day,
            kind="date", repeats=True, holds_days=True, example="2016-06-30", in_preview=True,
            hint="批准成立的日期，不早于上级的成立日期；只知道月份的写2016-06。",
            elsewhere=AT_ITS_PAGE,
        ),
        SheetColumn(
            "code", "党组织编码", ("编码", "组织编码", "党组织代码"), read=_text("code"), kind="code", example="",
            hint="全国党员管理信息系统中的编码；不填由系统编号。",
            elsewhere=AT_ITS_PAGE,
        ),
        SheetColumn(
            "unit_name", "所在行政单位", ("行政单位", "所在单位", "单位名称"), read=_text("unit_name"),
            example="虚构集团机电公司",
        ),
        SheetColumn(
            "unit_count", "联合单位数", ("单位数", "覆盖单位数"), read=_number(1, MOST_UNITS), kind="number",
            hint="联合党支部覆盖几个单位；其他党组织不填。",
        ),
        SheetColumn("site", "场区", ("厂区", "作业区", "地点"), read=_text("site"), example="星河基地", repeats=True),
        SheetColumn(
            "approved_by", "批准成立的党组织", ("批准单位", "批准成立的上级党组织", "批准机关"), read=_text("approved_by"),
            example="中共虚构集团委员会", repeats=True,
        ),
        SheetColumn(
            "document", "批复文号", ("文号", "批准文号", "成立文号"), read=_text("document", MOST_DOCUMENT),
            example="虚构党〔2016〕1号",
            elsewhere=AT_ITS_PAGE,
        ),
        SheetColumn("phone", "联系电话", ("电话", "办公电话"), read=_text("phone"), example="010-5550000"),
        SheetColumn("address", "地址", ("办公地址", "通讯地址"), read=_text("address"), example="虚构省星河市星光路1号"),
        SheetColumn(
            "location_kind", "所在单位情况", ("党组织所在单位情况",), read=_location, kind="type", repeats=True,
            choices=tuple(codes.get("unit_location_kind").labels), in_template=False,
            write=lambda code: codes.get("unit_location_kind").label(code),
        ),
        SheetColumn("order", "排列顺序", ("排序", "顺序"), read=_number(0, MOST_ORDER), kind="number", in_template=False),
    )  # fmt: skip


def _text(name: str, most: int = 0) -> Callable[[Value], str]:
    """Reads a text of at most as many letters as the column ``name`` of an organisation holds (or ``most``)."""
    about: Any = Organization._meta
    longest = most or about.get_field(name).max_length

    def read(value: Value) -> str:
        text = " ".join(as_text(value).split())
        if len(text) > longest:
            raise Invalid(f"最多{longest}个字，现在是{len(text)}个。")
        return text

    return read


def _number(least: int, most: int) -> Callable[[Value], int]:
    def read(value: Value) -> int:
        found = _COUNT.fullmatch(as_text(value))
        if found is None or not least <= int(found[1]) <= most:
            raise Invalid(f"请填{least}到{most}的整数。")
        return int(found[1])

    return read


def _day(value: Value) -> Any:
    return parse_date(value).value


def _type(value: Value) -> str:
    types = codes.get("org_type")
    found = types.find(value)
    if found in KIND_OF_TYPE:
        return found
    if found:
        raise Invalid(
            f"{types.label(found)}不是基层党组织，不在党组织表里登记。", how="请删去这一行，或改成党委、党总支部、党支部。"
        )
    near = [label for label in types.suggest(as_text(value)) if types.find(label) in KIND_OF_TYPE]
    how = f"是不是“{'”“'.join(near)}”？" if near else "请填党委、党总支部、党支部、联合党支部、临时党支部或党小组。"
    raise Invalid(f"没有“{as_text(value)}”这种党组织类别。", how=how)


def _location(value: Value) -> str:
    known = codes.get("unit_location_kind")
    found = known.find(value)
    if found is None:
        raise Invalid(f"没有“{as_text(value)}”这种单位情况。", how=f"请填：{'、'.join(known.labels)}。")
    return found
