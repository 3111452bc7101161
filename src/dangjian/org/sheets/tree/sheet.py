"""The table of organisations as a sheet of this engine: a whole enterprise's tree comes in by it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.urls import reverse

from dangjian.org.models import Kind, Organization
from dangjian.org.sheet_offers import EXAMPLE_MARK, Near, NextStep, Picture, Sheet, Way, Words
from dangjian.org.sheets.tree.checks import KINDS, TreeChecker
from dangjian.org.sheets.tree.columns import DISSOLVING, LEFT_ASIDE, columns, record_url
from dangjian.org.sheets.tree.entering import enter, undo
from dangjian.org.sheets.tree.known import there
from dangjian.org.sheets.tree.leaving import OUT
from dangjian.org.written.nearest import folded

CODE: Final = "organizations"
NOTES: Final = (
    "一个党组织填一行，党小组也一样。各行先后不限：上级可以写在下级的后面。红色表头的列必填，其余有就填。",
    "平台建立时设立的最高一级党组织可以写进表里，也可以不写；写进来的按名称认出，不会重复设立。",
    "上级党组织写全称、简称或编码都可以。有重名的，从上往下写清楚，例如：机电党总支/第一党支部。",
    "党总支设在党委之下，党支部设在党委或党总支之下，党小组设在党支部之下。党组不是基层党组织，不填在表里。",
    "平台上已有的党组织，只补充或更正电话、地址、场区、所在单位等基本信息；名称、类别、上级和成立日期不会因导入而改变。",
    f"第二行是示例（虚构的党组织），名称以“{EXAMPLE_MARK}”开头的行不会导入，可以删除。",
    "上传后先检查，并画成一棵树给您看；每个问题都会指出单元格。确认以后才写入，入库后30天内可以整批撤销。",
)
WORDS: Final = Words(
    noun="党组织表",
    subject="党组织",
    unit="个",
    advice=(
        "必须有“党组织全称”“党组织类别”“成立日期”三列；除最高一级以外，每个党组织都要写上级。",
        "各行先后不限，列的次序也可以不同；多出来的列会列出并跳过。",
        "党小组也在这张表里填，上级写所在的党支部。",
        "平台上已有的党组织不会重复设立，也不会改名。",
    ),
    empty="从这里开始：先下载模板，把党委、党总支、党支部、党小组一次填好，再上传。",
    needs="平台建立时设立的最高一级党组织之下，什么都不需要。最先导入。",
    update="补充基本信息",
    undo="新设立的党组织会删除，补充的信息会恢复原样。其中有党组织已经编入党员、任职或办过其他事的，不能撤销。",
)


def _title(values: Mapping[str, Any]) -> str:
    return str(values.get("short_name") or values.get("name") or "")


def _near(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> str:
    """One whose name says the same without its forms."""
    superior = "上级相同" if theirs.get("parent") == ours.get("parent") else "上级不同"
    return f"名称相近，{superior}"


def next_steps(organization: Organization) -> Sequence[NextStep]:
    """Where the new organisations are to be seen, and what comes in after them."""
    return (
        NextStep("查看党组织", "核对隶属关系", reverse("org:detail", args=[organization.pk]), "sitemap"),
        NextStep("继续导入", "任职、党员名册、党费", reverse("exchange:imports"), "table-import"),
    )


TREE: Final = Sheet(
    code=CODE,
    title="党组织表",
    permission="org.manage",
    words=WORDS,
    columns=columns,
    name_column="name",
    checker=TreeChecker,
    enter=enter,
    undo=undo,
    kinds=KINDS,
    headers_left_aside=LEFT_ASIDE,
    notes=NOTES,
    next_steps=next_steps,
    together=True,
    picture=Picture(levels=dict(Kind.choices), there=there, title=_title),
    out=OUT,
    is_compared=True,
    found_by=(Way(("code",)), Way(("name", "parent")), Way(("name",), unless=("parent",))),
    near=Near(folded, ("short_name", "parent", "code"), _near),
    record_url=record_url,
    gone=DISSOLVING,
    order=10,
)
