"""The columns of a staff list: what human resources know of everybody, and where that is an item of a member's record."""

from dataclasses import replace
from typing import Any, Final

from django.urls import reverse

from dangjian.kernel.errors import Invalid
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.members import columns as items
from dangjian.members.sheets.roster.columns import LEAVING, column_of
from dangjian.org.sheet_offers import EXAMPLE_MARK, Elsewhere, SheetColumn

STATUS: Final = "status"
POLITICS: Final = "politics"
LEFT_ON: Final = "left_on"
HIRED_ON: Final = "hired_on"

AT_WORK: Final = "在岗"
LEFT: Final = "已离开"
_LEAVERS: Final = ("离职", "离岗离职", "解除", "终止", "调出", "调离", "辞职", "辞退", "开除", "死亡", "去世", "已离开", "退出")
"""Words of a status that say somebody is no longer with the enterprise; who is retired stays a member of their branch."""

MEMBER: Final = "中共党员"
PROBATIONARY: Final = "中共预备党员"
_MEMBERS: Final = dict.fromkeys(("中共党员", "党员", "正式党员", "中国共产党党员", "01"), MEMBER)
_PROBATIONERS: Final = {
    "中共预备党员": PROBATIONARY,
    "预备党员": PROBATIONARY,
    "中国共产党预备党员": PROBATIONARY,
    "02": PROBATIONARY,
}

HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "name": ("员工姓名",),
    "employee_no": ("员工号", "人员编号", "人员编码"),
    "unit_name": ("部门", "单位", "部门/单位", "所属部门", "组织单元"),
    "job_post": ("岗位类别",),
    "job_title": ("岗位", "岗位名称", "职务名称", "行政职务"),
    "tech_rank": ("职称级别",),
}
"""How human resources head what a roster heads otherwise."""

ITEMS: Final = ("name", "employee_no", "resident_id", "birth_on", "unit_name", "job_post", "job_title", "tech_title", "tech_rank")
MORE: Final = ("mobile", "site", "shift")
LEFT_TO_CHECKER: Final = frozenset({"job_post", "tech_rank"})
"""Codes here, words over there: one that is no code of ours is told as unknown, and a template says what it means."""

EXAMPLE: Final = {
    "name": f"{EXAMPLE_MARK}（虚构）李四",
    "employee_no": "900001",
    "unit_name": "虚构机电公司检修车间",
    "job_title": "班长",
}


def staff_columns() -> list[SheetColumn]:
    """All columns, in the order of the template."""
    return [
        *(_item(name) for name in ITEMS),
        SheetColumn(
            STATUS,
            "用工状态",
            ("员工状态", "人员状态", "在职状态", "用工情况"),
            example=AT_WORK,
            hint="离职、调出的写明；退休人员的组织关系另行办理，不算离开。",
            in_preview=True,
            elsewhere=LEAVING,
            repeats=True,
        ),
        SheetColumn(HIRED_ON, "入职日期", ("入司日期", "进入本单位日期"), read=_day, kind="date", holds_days=True),
        SheetColumn(LEFT_ON, "离职日期", ("离开日期", "减员日期"), read=_day, kind="date", holds_days=True),
        SheetColumn(
            POLITICS,
            "政治面貌",
            ("党派",),
            example=MEMBER,
            repeats=True,
            elsewhere=Elsewhere("党籍变动", lambda member_id: f"{reverse('members:detail', args=[member_id])}?tab=account"),
            kept_here=True,
        ),
        *(_item(name) for name in MORE),
    ]


def _item(name: str) -> SheetColumn:
    column = column_of(name)
    return replace(
        column,
        headers=(*HEADERS.get(name, ()), *(one for one in column.headers if not _is_taken(one))),
        required=name == "name",
        example=EXAMPLE.get(name, ""),
        hint="",
        in_preview=name in {"name", "employee_no", "unit_name"},
        in_template=True,
        choices=(),
        read=None if name in LEFT_TO_CHECKER else column.read,
    )


def _is_taken(header: str) -> bool:
    return any(header in headers for headers in HEADERS.values())


def _day(value: Value) -> Any:
    return items.clean("work_started_on", value)


def has_left(status: Value) -> bool:
    """Whether a status says that somebody is no longer with the enterprise.

    >>> has_left("合同到期解除"), has_left("退休"), has_left("内部退养")
    (True, False, False)
    """
    text = as_text(status).replace(" ", "")
    return any(word in text for word in _LEAVERS)


def party_of(politics: Value) -> str:
    """What a political status says of membership: a member, on probation, or "" of all others."""
    text = as_text(politics).replace(" ", "")
    return _MEMBERS.get(text) or _PROBATIONERS.get(text, "")


def code_of(name: str, value: Value) -> str:
    """The code that a word stands for, "" if it is none of ours."""
    try:
        return str(items.clean(name, value))
    except Invalid:
        return ""
