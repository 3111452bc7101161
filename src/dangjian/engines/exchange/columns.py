"""The columns of a roster: which ones the template has, under which other names people write them, what is left aside.

Values are typed items of a member's record (``members.columns``), and two that the account of membership decides: the branch and
the category, which a roster states for the opening line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from dangjian.kernel import clock, codes
from dangjian.kernel.rulebook import Choices, book
from dangjian.kernel.spreadsheets import Column as SheetColumn
from dangjian.members.columns import COLUMNS

BRANCH: Final = "branch"
CATEGORY: Final = "category"
REQUIRED: Final = ("name", "resident_id", BRANCH)
"""Without these a person cannot be told from another, or has no place."""

EXAMPLE_MARK: Final = "示例"
"""A row whose name begins so is the template's example and is left out."""

ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("党员姓名", "名字"),
    "resident_id": (
        "身份证号",
        "身份证号码",
        "身份证",
        "公民身份证号",
        "公民身份证号码",
        "居民身份证号",
        "居民身份证号码",
        "证件号码",
    ),
    "birth_on": ("出生年月", "出生年月日", "生日"),
    "ethnicity": ("族别",),
    "education": ("文化程度", "最高学历", "学历情况"),
    "degree": ("学位情况", "最高学位"),
    "school": ("毕业学校", "毕业院校名称", "毕业院校系"),
    "major": ("所学专业", "专业名称"),
    "joined_on": ("入党日期", "入党年月", "加入党组织日期", "加入中国共产党日期", "加入党组织时间"),
    "converted_on": ("转正日期", "转正年月", "转为正式党员日期"),
    "job_post": ("岗位",),
    "job_title": ("职务", "现任职务"),
    "tech_title": ("专业技术职务", "职称", "技术职称"),
    "tech_rank": ("职称等级", "专业技术等级"),
    "new_social_stratum": ("新社会阶层", "新社会阶层类型"),
    CATEGORY: ("党员类别", "政治面貌", "党员类型"),
    "is_migrant_worker": ("农民工",),
    "mobile": ("手机", "手机号", "移动电话", "手机电话"),
    "phone": ("固定电话", "办公电话", "电话", "其他联系方式"),
    BRANCH: ("党支部", "所在支部", "支部名称", "党支部名称", "所在党组织", "党组织名称", "所属党支部"),
    "joint_unit_name": ("联合支部单位",),
    "archive_unit": ("档案单位", "人事档案所在单位", "党员档案所在单位"),
    "registered_residence": ("户籍地", "户口所在地", "户籍地址", "户籍所在地（详细地址）"),
    "current_address": ("现住址", "家庭住址", "居住地", "住址", "家庭地址"),
    "lost_reason": ("失联情形", "失去联系的情形"),
    "lost_on": ("失联日期", "失联时间", "失去联系时间"),
    "is_mobile_member": ("流动党员",),
    "join_type": ("入党方式",),
    "joined_branch_name": ("入党时所在党支部",),
    "applied_on": ("申请入党时间", "递交入党申请书日期"),
    "activist_on": ("列为积极分子日期", "确定为入党积极分子日期"),
    "object_on": ("列为发展对象日期", "确定为发展对象日期"),
    "work_started_on": ("参加工作时间",),
    "employee_no": ("员工编码", "工号", "员工编号", "职工编号"),
    "unit_name": ("部门", "所在单位", "工作单位", "单位部门", "工作部门"),
    "site": ("厂区", "作业区"),
    "shift": ("班组班次",),
}
"""How else people head a column. A name stands once: one that could mean two columns is not here."""

LEFT_ASIDE: Final = frozenset({"信息完整度", "年龄", "党龄", "序号", "党龄校正值", "所在党小组"})
"""Known columns that are worked out by the platform or kept elsewhere; they are passed over without a word."""

TEMPLATE: Final = (
    "name", "resident_id", BRANCH, CATEGORY, "joined_on", "converted_on", "mobile", "sex", "birth_on",
    "ethnicity", "native_place",
    "education", "degree", "school", "major", "unit_name", "job_post", "job_title", "tech_title", "tech_rank", "front_line",
    "is_migrant_worker", "employee_no", "work_started_on", "archive_unit", "registered_residence", "current_address", "phone",
    "applied_on", "join_type", "joined_branch_name", "site", "shift", "new_social_stratum", "joint_unit_name",
    "lost_reason", "lost_on",
)  # fmt: skip

HINTS: Final = {
    "resident_id": "18位。本列已设为文本格式，请不要改成数字。",
    BRANCH: "写党支部的全称、简称或党组织编码。",
    CATEGORY: "正式党员或预备党员；不填时按转正日期推算。",
    "joined_on": "支部党员大会通过为预备党员之日，例如1998-07-01；只知道月份的写1998-07，按当月1日登记。",
    "converted_on": "预备党员不填。",
    "birth_on": "可不填，由公民身份号码带出。",
    "sex": "可不填，由公民身份号码带出。",
    "mobile": "11位手机号码；座机填在“联系电话”。",
    "is_migrant_worker": "填是或否。",
}
FLAGS: Final = {
    "是": True, "有": True, "√": True, "1": True, "y": True, "yes": True, "true": True, "农民工": True, "流动党员": True,
    "否": False, "无": False, "不是": False, "×": False, "0": False, "n": False, "no": False, "false": False, "-": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns of an uploaded sheet stand. ``places`` counts from 0; ``unknown`` are headers nobody knows."""

    places: Mapping[str, int]
    unknown: tuple[str, ...]
    missing: tuple[str, ...]


def title(name: str) -> str:
    """What people call the column."""
    if name == BRANCH:
        return "所在党支部"
    return "人员类别" if name == CATEGORY else COLUMNS[name].title


@cache
def known_headers() -> dict[str, str]:
    """Column by every header it is known under, those left aside as ""."""
    found = {title(name): name for name in (*COLUMNS, BRANCH, CATEGORY)}
    for choice in book().on("rec.member_export", clock.today()).expect(Choices):
        if choice.code in COLUMNS or choice.code in {BRANCH, CATEGORY}:
            found.setdefault(choice.title, choice.code)
    for name, others in ALIASES.items():
        for other in others:
            found.setdefault(other, name)
    return found | dict.fromkeys(LEFT_ASIDE, "")


def sheet_columns() -> list[SheetColumn]:
    """The template's columns with their drop-down lists. Dates are texts: what was typed is read most surely."""
    return [SheetColumn(title(name), required=name in REQUIRED, choices=_choices(name), hint=_hint(name)) for name in TEMPLATE]


def _choices(name: str) -> tuple[str, ...]:
    if name == CATEGORY:
        return tuple(codes.get("member_category").labels)
    column = COLUMNS.get(name)
    if column is None:
        return ()
    if column.kind == "flag":
        return ("是", "否")
    return tuple(codes.get(column.codes).labels) if column.codes else ()


def _hint(name: str) -> str:
    column = COLUMNS.get(name)
    return HINTS.get(name, column.help if column else "")
