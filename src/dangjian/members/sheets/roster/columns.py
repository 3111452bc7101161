"""The columns of a roster: under which headers people know them, and what the template shows.

Values are typed items of a member's record (``members.columns``), and three that the account of membership decides: the branch,
the category, which a roster states for the opening line, and the group.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.urls import reverse

from dangjian.kernel import clock, codes
from dangjian.kernel.errors import Invalid
from dangjian.kernel.identity import is_telephone
from dangjian.kernel.rulebook import Choices, book
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.members import columns as items
from dangjian.members.columns import COLUMNS, FOLLOWING, MASKS
from dangjian.org.models import Kind, Organization
from dangjian.org.sheet_offers import EXAMPLE_MARK, Elsewhere, SheetColumn

BRANCH: Final = "branch"
GROUP: Final = "group"
CATEGORY: Final = "category"
REQUIRED: Final = ("name", "resident_id", BRANCH)
"""Without these a person cannot be told from another, or has no place."""

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
    GROUP: ("党小组", "所属党小组", "党小组名称", "小组"),
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

LEFT_ASIDE: Final = frozenset({"信息完整度", "年龄", "党龄", "序号", "党龄校正值"})
"""Known columns that are worked out by the platform or kept elsewhere; they are passed over without a word."""

TEMPLATE: Final = (
    "name", "resident_id", BRANCH, GROUP, CATEGORY, "joined_on", "converted_on", "mobile", "sex", "birth_on",
    "ethnicity", "native_place",
    "education", "degree", "school", "major", "unit_name", "job_post", "job_title", "tech_title", "tech_rank", "front_line",
    "is_migrant_worker", "employee_no", "work_started_on", "archive_unit", "registered_residence", "current_address", "phone",
    "applied_on", "join_type", "joined_branch_name", "site", "shift", "new_social_stratum", "joint_unit_name",
    "lost_reason", "lost_on",
)  # fmt: skip

HINTS: Final = {
    "resident_id": "18位。本列已设为文本格式，请不要改成数字。",
    BRANCH: "写党支部的全称、简称或党组织编码。",
    GROUP: "可不填。写本支部党小组的名称，例如“第一党小组”；党小组要先建好。",
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

EXAMPLE: Final = {
    "name": f"{EXAMPLE_MARK}（虚构）张三",
    "resident_id": "990000198003070011",
    BRANCH: "虚构集团第一党支部",
    CATEGORY: "正式党员",
    "joined_on": "2004-06-30",
    "converted_on": "2005-06-30",
    "mobile": "19900000000",
    "ethnicity": "汉族",
    "native_place": "虚构省星河市",
    "education": "大学本科毕业",
    "school": "星河理工大学",
    "major": "机械工程",
    "job_title": "班长",
    "is_migrant_worker": "否",
}
MOST_BRANCHES: Final = 400
LONGEST_ADDRESS: Final = 200
KIND_OF: Final = {"resident_id": "identity", "mobile": "phone", "phone": "phone", "code": "code", "date": "date", "flag": "code"}
SHOWN: Final = frozenset({"name", "resident_id", BRANCH, CATEGORY, "joined_on"})
OF_WORK: Final = frozenset(
    {"unit_name", "job_post", "job_title", "tech_title", "tech_rank", "front_line", "site", "shift", "work_started_on",
     "employee_no", "is_migrant_worker", "archive_unit"}
)  # fmt: skip
"""What those who manage people's jobs know best."""
_REPEAT: Final = frozenset({"code", "date", "flag", "text"})
_OWN: Final = frozenset({"name", "employee_no"})


def title(name: str) -> str:
    """What people call the column."""
    return {BRANCH: "所在党支部", GROUP: "所在党小组", CATEGORY: "人员类别"}.get(name) or COLUMNS[name].title


def roster_columns() -> list[SheetColumn]:
    """All columns, those of the template first. The ID number, the branch and the category are left to the checker."""
    exported = {choice.code: choice.title for choice in book().on("rec.member_export", clock.today()).expect(Choices)}
    others = [name for name in (*COLUMNS, BRANCH, GROUP, CATEGORY) if name not in TEMPLATE]
    return [column_of(name, exported.get(name, "")) for name in (*TEMPLATE, *others)]


def column_of(name: str, exported: str = "") -> SheetColumn:
    """The column of an item, of branch, group or category, for other sheets of people too; ``exported`` is a further header."""
    item = COLUMNS.get(name)
    kind = item.kind if item else ""
    return SheetColumn(
        code=name,
        title=title(name),
        headers=((exported,) if exported else ()) + ALIASES.get(name, ()),
        required=name in REQUIRED,
        read=_reader(name, kind) if item and kind != "resident_id" else None,
        kind=KIND_OF.get(kind, "text"),
        repeats=kind in _REPEAT and name not in _OWN,
        example=EXAMPLE.get(name, ""),
        hint=HINTS.get(name, item.help if item else ""),
        choices=_choices(name),
        choices_in=_branches if name == BRANCH else None,
        mask=MASKS.get(kind),
        in_preview=name in SHOWN,
        in_template=name in TEMPLATE,
        holds_days=kind == "date",
        write=_writer(name, kind),
        elsewhere=_elsewhere(name),
        of_work=name in OF_WORK,
    )


def _elsewhere(name: str) -> Elsewhere | None:
    """What changes an item that a sheet changes on no record that is there: a line of the account, or another matter."""
    if name == BRANCH:
        return Elsewhere("组织关系转接（支部间调整）", _account)
    if name == CATEGORY:
        return Elsewhere("党籍变动（转正等）", _account)
    if name == GROUP:
        return Elsewhere("编入党小组", _record)
    return Elsewhere("流动、失联登记", _record) if name in FOLLOWING else None


def _record(member_id: int) -> str:
    return reverse("members:detail", args=[member_id])


def _account(member_id: int) -> str:
    return f"{_record(member_id)}?tab=account"


def record_url(member_id: int) -> str:
    """Where a record is put right."""
    return reverse("members:edit", args=[member_id])


LEAVING: Final = Elsewhere("转出组织关系或其他减少", _account)
"""What is done about somebody on record who is a member no more."""


def _choices(name: str) -> tuple[str, ...]:
    if name == CATEGORY:
        return tuple(codes.get("member_category").labels)
    column = COLUMNS.get(name)
    if column is None:
        return ()
    if column.kind == "flag":
        return ("是", "否")
    return tuple(codes.get(column.codes).labels) if column.codes else ()


def _branches(organization: Organization) -> tuple[str, ...]:
    rows = Organization.objects.standing().below(organization).filter(kind=Kind.BRANCH)
    return tuple(rows.order_by("path").values_list("short_name", flat=True)[:MOST_BRANCHES])


def _reader(name: str, kind: str) -> Callable[[Value], Any]:
    if kind == "flag":
        return read_flag
    if kind in {"mobile", "phone"}:
        return lambda value: _number(name, kind, value)
    if kind == "address":
        return lambda value: _address(name, value)
    return lambda value: items.clean(name, value)


def _writer(name: str, kind: str) -> Callable[[Any], Value] | None:
    """Codes and flags go out in words; texts, days and numbers as they are."""
    return (lambda value: items.show(name, value)) if kind in {"code", "flag"} else None


def _number(name: str, kind: str, value: Value) -> Any:
    if "*" in str(value):
        raise Invalid("号码中间几位被星号隐去了，请填完整号码。")
    clean = items.clean(name, value)
    if kind == "phone" and not is_telephone(clean):
        raise Invalid("联系电话只能有数字、短横线和“转”，至少5位，最多40位。")
    return clean


def _address(name: str, value: Value) -> Any:
    clean = items.clean(name, value)
    if len(clean) > LONGEST_ADDRESS:
        raise Invalid(f"最多{LONGEST_ADDRESS}个字，现在是{len(clean)}个。")
    return clean


def read_flag(value: Value) -> bool:
    """Yes or no, as people write it."""
    if isinstance(value, bool):
        return value
    known = FLAGS.get(as_text(value).lower())
    if known is None:
        raise Invalid(f"“{as_text(value)}”看不出是还是否。", how="请填是或否。")
    return known
