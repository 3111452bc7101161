"""The items of a member's record that are typed: what each holds, how it is read, and how it is shown.

    clean("birth_on", "1988年3月")     # date(1988, 3, 1)
    show("education", "21")           # "大学本科毕业"
    masked(member, "mobile")          # "138****0000"

What follows from the membership account (branch, category, standing) has no place here.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from django.db import models

from dangjian.kernel import clock, codes, dates, identity, names
from dangjian.kernel.errors import Invalid
from dangjian.kernel.fields import mask_address, mask_phone, mask_resident_id
from dangjian.kernel.text import visible
from dangjian.members.models import Member

Kind = Literal["text", "code", "date", "flag", "months", "resident_id", "mobile", "phone", "address"]


@cache
def _field(name: str) -> "models.Field[Any, Any]":
    field = Member._meta.get_field(name)
    assert isinstance(field, models.Field)  # noqa: S101 - the columns named here are plain ones
    return field


@dataclass(frozen=True, slots=True)
class Column:
    """One item. ``codes`` names its code list; ``by_member`` says whether the member may propose a correction of it.

    One that ``follows`` what another app knows of the member (who is away, who is out of contact) is typed by nobody; old records
    may bring it. Of one that is ``dated``, what stood there before a change is kept with the day of the change.
    """

    name: str
    kind: Kind = "text"
    codes: str = ""
    by_member: bool = True
    help: str = ""
    follows: bool = False
    dated: bool = False

    @property
    def title(self) -> str:
        """What people call it."""
        return str(self.field.verbose_name)

    @property
    def field(self) -> "models.Field[Any, Any]":
        """The column of the table."""
        return _field(self.name)

    @property
    def is_private(self) -> bool:
        """Whether it is encrypted, masked on screen and shown in full only for a stated purpose."""
        return self.kind in MASKS


@dataclass(frozen=True, slots=True)
class Section:
    """Items that belong together on a page."""

    title: str
    icon: str
    columns: tuple[Column, ...]


SECTIONS = (
    Section(
        "身份信息",
        "id",
        (
            Column("name"),
            Column("resident_id", "resident_id", help="18位；出生日期和性别可由号码带出"),
            Column("sex", "code", "sex"),
            Column("birth_on", "date"),
            Column("ethnicity", "code", "ethnicity"),
            Column("native_place", help="例如：湖南省长沙县"),
        ),
    ),
    Section(
        "入党信息",
        "flag",
        (
            Column("applied_on", "date"),
            Column("activist_on", "date"),
            Column("object_on", "date"),
            Column("joined_on", "date", help="支部党员大会通过为预备党员之日"),
            Column("converted_on", "date", help="党龄从这一天起算"),
            Column("join_type", "code", "join_type", by_member=False),
            Column("joined_branch_name"),
            Column("party_age_correction_months", "months", by_member=False, help="停止党籍等应扣减的填负数"),
        ),
    ),
    Section(
        "学历学位",
        "school",
        (
            Column("education", "code", "education", dated=True),
            Column("degree", "code", "degree"),
            Column("school"),
            Column("major"),
        ),
    ),
    Section(
        "工作",
        "briefcase",
        (
            Column("unit_name"),
            Column("job_post", "code", "job_label", dated=True),
            Column("job_title"),
            Column("tech_title"),
            Column("tech_rank", "code", "tech_rank", dated=True),
            Column("front_line", "code", "front_line", dated=True),
            Column("new_social_stratum", "code", "new_social_stratum", dated=True),
            Column("work_started_on", "date"),
            Column("employee_no"),
            Column("site"),
            Column("shift", dated=True),
            Column("is_migrant_worker", "flag", dated=True),
            Column("archive_unit", help="人事档案存放的单位"),
            Column("joint_unit_name", help="联合党支部的党员填写"),
        ),
    ),
    Section(
        "联系方式",
        "phone",
        (
            Column("mobile", "mobile"),
            Column("phone", "phone", help="座机或其他电话"),
            Column("registered_residence", "address"),
            Column("current_address", "address"),
        ),
    ),
    Section(
        "管理",
        "clipboard-list",
        (
            Column("is_mobile_member", "flag", by_member=False, follows=True),
            Column("attendance_eased", "flag", by_member=False),
            Column("lost_reason", "code", "lost_reason", by_member=False, follows=True),
            Column("lost_on", "date", by_member=False, follows=True),
        ),
    ),
)
COLUMNS = {column.name: column for section in SECTIONS for column in section.columns}
FOLLOWING = frozenset(name for name, column in COLUMNS.items() if column.follows)
"""What follows from what other apps know: nobody types it, and a roster changes it on no record that is there."""
DATED = frozenset(name for name, column in COLUMNS.items() if column.dated)
"""What a person was may be asked for an earlier day (``EarlierValue``)."""
ORDER = ("birth_on", "applied_on", "activist_on", "object_on", "joined_on", "converted_on")
"""Dates of a person's way into the Party, each not before the ones to its left."""
PRIVATE = frozenset({"resident_id", "mobile", "phone", "registered_residence", "current_address"})

MASKS: dict[str, Callable[[str], str]] = {
    "resident_id": mask_resident_id,
    "mobile": mask_phone,
    "phone": mask_phone,
    "address": mask_address,
}


def clean(name: str, value: object) -> Any:
    """``value`` as the column keeps it. Raises ``Invalid`` whose ``fields`` names the column."""
    column = COLUMNS[name]
    try:
        return _READERS[column.kind](column, value)
    except Invalid as problem:
        raise Invalid(problem.message, how=problem.how, fields={name: problem.brief}) from problem


def stored(value: object) -> str:
    """A clean value of a dated item as ``EarlierValue`` keeps it; a flag as 1 or nothing."""
    return str(int(value) or "") if isinstance(value, bool) else str(value or "")


def show(name: str, value: object) -> str:
    """A clean value as people read it; private ones in full."""
    column = COLUMNS[name]
    if column.kind == "code":
        return codes.get(column.codes).label(str(value or ""))
    if column.kind == "flag":
        return "是" if value else "否"
    if column.kind == "months":
        return f"{value}个月" if value else ""
    if isinstance(value, dt.date):
        return f"{value.year}年{value.month}月{value.day}日"
    return str(value or "")


def masked(name: str, value: object) -> str:
    """As ``show``, with private values masked."""
    mask = MASKS.get(COLUMNS[name].kind)
    return mask(str(value)) if mask and value else show(name, value)


def as_text(value: object) -> str:
    """A clean value as text that ``clean`` reads back."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bool):
        return "1" if value else ""
    return str(value if value is not None else "")


def add_what_the_number_tells(row: object, wanted: dict[str, object], problems: dict[str, str]) -> None:
    """Fill in birth date and sex from the identity number in ``wanted`` where they are blank there and on ``row``.

    Where another one was typed, ``problems`` says so.
    """
    told = identity.check_resident_id(wanted["resident_id"])
    for name, value in (("birth_on", told.birth_on), ("sex", told.sex)):
        typed = wanted.get(name, getattr(row, name))
        if not typed:
            wanted[name] = value
        elif typed != value and name not in problems:
            problems[name] = f"与公民身份号码不一致：号码表示{COLUMNS[name].title}为{show(name, value)}。"


def _text(column: Column, value: object) -> str:
    text = " ".join(visible(str(value or "")).split())
    longest = column.field.max_length
    if longest and len(text) > longest:
        raise Invalid(f"最多{longest}个字，现在是{len(text)}个。")
    return names.check(text) if column.name == "name" else text


def _code(column: Column, value: object) -> str:
    if value in {None, ""}:
        return ""
    code = codes.get(column.codes).find(value)
    if code is None:
        near = codes.get(column.codes).suggest(value)
        raise Invalid(f"没有“{value}”这个选项。", how=f"是不是“{'”“'.join(near)}”？" if near else "请从列表中选择。")
    return code


def _date(column: Column, value: object) -> dt.date | None:
    if value in {None, ""}:
        return None
    day = dates.parse_date(value).value
    if day > clock.today() and column.name != "probation_extended_to":
        raise Invalid("这一天还没有到。", how="请检查年份。")
    return day


def _flag(_column: Column, value: object) -> bool:
    return str(value).lower() in {"1", "true", "on", "是"}


def _months(_column: Column, value: object) -> int:
    try:
        months = int(str(value or 0))
    except ValueError:
        raise Invalid("请填整数个月。", how="扣减的填负数，例如-6。") from None
    # More than a century is a slip of the finger.
    if abs(months) > 1200:
        raise Invalid("月数太大。", how="请检查。")
    return months


def _resident_id(_column: Column, value: object) -> str:
    return identity.check_resident_id(value, today=clock.today()).number if value else ""


def _mobile(_column: Column, value: object) -> str:
    return identity.check_mobile(value) if value else ""


_READERS: dict[str, Callable[[Column, object], object]] = {
    "text": _text,
    "address": _text,
    "phone": _text,
    "code": _code,
    "date": _date,
    "flag": _flag,
    "months": _months,
    "resident_id": _resident_id,
    "mobile": _mobile,
}
