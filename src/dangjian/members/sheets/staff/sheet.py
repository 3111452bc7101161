"""The staff list as a sheet of the engine of imports."""

from collections.abc import Collection, Sequence
from typing import Final

from django.urls import reverse

from dangjian.members.sheets.roster.columns import LEAVING, record_url, title
from dangjian.members.sheets.staff.checks import KINDS, StaffChecker
from dangjian.members.sheets.staff.columns import STATUS, staff_columns
from dangjian.members.sheets.staff.entering import enter, undo
from dangjian.members.sheets.staff.leaving import OUT
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import EXAMPLE_MARK, Elsewhere, Sheet, Words

NOTES = (
    "一个人填一行。只更新在册党员的工作项目，不改党籍；不是党员的人只计数，不保存任何内容。",
    "先按员工编码和姓名找人，再按身份证号，都没有的按姓名、出生日期和部门；拿不准的请人认定。",
    f"第二行是示例（虚构的人），名字以“{EXAMPLE_MARK}”开头的行不会导入，可以删除。",
)
TELLING: Final = frozenset({"employee_no", "resident_id", "birth_on"})
WORKING: Final = frozenset({STATUS, "unit_name", "job_title", "job_post", "tech_title"})


def missing(_organization: Organization, found: Collection[str]) -> Sequence[str]:
    """It needs the name, something that tells namesakes apart, and something about the work; a list without these is another."""
    known = set(found)
    lacking = [] if "name" in known else [title("name")]
    lacking += [] if known & TELLING else [title("employee_no")]
    return [*lacking, *([] if known & WORKING else [title("unit_name")])]


WORDS: Final = Words(
    noun="人员名单",
    subject="党员",
    unit="名",
    advice=(
        "用人力资源系统导出的人员名单，列的次序可以不同，多出来的列会列出并跳过。",
        "必须有“姓名”，最好有“员工编码”；身份证号、部门、岗位、职称、用工状态、政治面貌有就填。",
        "只更新在册党员的工作项目；不是党员的人只计数，不保存。",
    ),
    empty="请人力资源部门导出人员名单，直接上传。",
    needs="党员要先在册。",
    update="在册党员",
    undo="更新过的档案会恢复原样；在这之后又改过档案的，不能撤销。",
)

STAFF: Final = Sheet(
    code="staff",
    title="人员名单",
    permission="members.import",
    words=WORDS,
    columns=staff_columns,
    name_column="name",
    checker=StaffChecker,
    enter=enter,
    undo=undo,
    missing=missing,
    kinds=KINDS,
    notes=NOTES,
    headers_left_aside=frozenset({"序号", "年龄", "性别", "民族"}),
    of_people=True,
    out=OUT,
    is_compared=True,
    record_url=record_url,
    added=Elsewhere("登记党员（转入组织关系）", lambda _record_id: reverse("members:new")),
    gone=LEAVING,
    order=35,
)
