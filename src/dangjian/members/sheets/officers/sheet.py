"""The officers' sheet: who holds which post, and in which term each body is."""

from collections.abc import Collection, Sequence
from typing import Final

from django.urls import reverse

from dangjian.members.sheets.officers.checks import KINDS, OfficersChecker
from dangjian.members.sheets.officers.columns import ENDING, KIND, LEFT_ASIDE, ORGANIZATION, officers_columns
from dangjian.members.sheets.officers.entering import enter, undo
from dangjian.members.sheets.officers.leaving import OUT
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import EXAMPLE_MARK, NextStep, Sheet, Way, Words, upload_url

CODE: Final = "officers"
NOTES: Final = (
    "一人一个职务填一行；一人兼几个职务的填几行。红色表头的列必填。",
    f"第二行是示例（虚构的人），名字以“{EXAMPLE_MARK}”开头的行不会导入，可以删除。",
    "党组织写全称、简称或编码；名称有重复的（例如各支部都有“第一党小组”），写成“机电党支部/第一党小组”。",
    "职务写书记、副书记、常务委员（只有党委设）、组织委员、宣传委员、纪检委员、委员、党小组组长、党务工作者；“支部书记”“支委”等写法也认识。",
    "同一个党组织的各行，届次和本届开始日期要一致，也可以只在一行里填。届满日期由平台按任期推算，不用填。",
    "名册还没有导入的，填公民身份号码：先为他开通账号，名册导入以后自动归到本人名下。",
    "身份证号一列请保持文本格式。变成1.23E+17样子的号码后几位已经丢失，需要重新填写。",
    "上传后先检查，每个问题都会指出单元格，改好以后再入库；入库前不会写入任何内容，入库后30天内可以整批撤销。",
)
WORDS: Final = Words(
    noun="任职表",
    subject="任职",
    unit="项",
    advice=(
        "一行写明党组织、姓名、公民身份号码（或员工编码）、职务和任职日期；有届次的写上第几届和本届开始日期。",
        "党组织要先建好。党员名册可以以后再导入：名册里还没有的人，按公民身份号码先开通账号。",
        "换届、免职、换人请到党组织页面办理；这张表只登记现在在任的人和现在这一届。",
    ),
    empty="先下载模板填写，各级书记、委员和党小组组长都填在一张表里。",
    needs="党组织要先在平台上；党员名册可以在它前面，也可以在它后面。",
    update="已任职，补登届次",
    undo="这次登记的任职和届次会删除，没有启用过的账号一并删除。有人已经用这个职务办理过事项的，不能撤销。",
)


def missing(organization: Organization, found: Collection[str]) -> Sequence[str]:
    """Who, which post, since when; the sheet of one branch need not name it."""
    titles = {column.code: column.title for column in officers_columns()}
    needed = [name for name in (ORGANIZATION, "name", "kind") if name != ORGANIZATION or not organization.is_branch]
    lacking = [titles[name] for name in needed if name not in found]
    if not {"resident_id", "employee_no"} & set(found):
        lacking.append("公民身份号码或员工编码")
    if not {"starts_on", "term_starts_on"} & set(found):
        lacking.append("任职日期或本届开始日期")
    return lacking


def next_steps(organization: Organization) -> Sequence[NextStep]:
    """What people go on with."""
    return (
        NextStep("导入党员名册", "名册导入以后，任职时开通的账号归到本人名下", upload_url("roster"), "users"),
        NextStep("查看党组织", "各级书记、委员和届满日期", reverse("org:detail", args=[organization.pk]), "sitemap"),
    )


OFFICERS: Final = Sheet(
    code=CODE,
    title="任职表",
    permission="org.posts",
    words=WORDS,
    columns=officers_columns,
    name_column="name",
    checker=OfficersChecker,
    enter=enter,
    undo=undo,
    missing=missing,
    kinds=KINDS,
    headers_left_aside=LEFT_ASIDE,
    notes=NOTES,
    next_steps=next_steps,
    together=True,
    of_people=True,
    out=OUT,
    is_compared=True,
    found_by=(
        Way((ORGANIZATION, KIND, "resident_id")),
        Way((ORGANIZATION, KIND, "employee_no")),
        Way((ORGANIZATION, KIND, "name"), unless=("resident_id", "employee_no")),
    ),
    gone=ENDING,
    order=20,
)
