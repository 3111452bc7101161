"""The roster as a sheet of this engine."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from django import forms
from django.urls import reverse

from dangjian.kernel import clock
from dangjian.kernel.errors import Invalid
from dangjian.kernel.ui.forms import RadioCards
from dangjian.kernel.ui.words import day
from dangjian.members.actions.roster import KINDS as ENTRY_KINDS
from dangjian.members.models import ChangeKind
from dangjian.members.sheets.matching import on_roster
from dangjian.members.sheets.roster.checks import KINDS, RosterChecker
from dangjian.members.sheets.roster.columns import BRANCH, LEAVING, LEFT_ASIDE, REQUIRED, record_url, roster_columns, title
from dangjian.members.sheets.roster.entering import enter, undo
from dangjian.members.sheets.roster.leaving import OUT
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import EXAMPLE_MARK, NextStep, Sheet, Words

KIND_TITLES = {
    ChangeKind.OPENING: "现有党员建账（期初）",
    ChangeKind.TRANSFERRED_IN: "转入组织关系",
    ChangeKind.WHOLE_IN: "整建制转入",
}
KIND_NOTES: dict[str, str] = {
    ChangeKind.OPENING: "开始使用本系统时，把现有党员一次录入",
    ChangeKind.TRANSFERRED_IN: "成批从外单位转入组织关系，计入当年增加",
    ChangeKind.WHOLE_IN: "一个党支部从外单位整建制转入，计入当年增加；办理在“整建制转接”",
}
EXISTING = [("update", "更新他们的档案"), ("skip", "跳过，不改动")]
NOTES = (
    "一名党员填一行。红色表头的列必填，其余有就填；不需要的列可以整列删除，列的次序可以改变。",
    "也可以直接上传全国党员管理信息系统导出的名册（xlsx、xls、ods或csv），不用改列名和次序。",
    f"第二行是示例（虚构的人），名字以“{EXAMPLE_MARK}”开头的行不会导入，可以删除。",
    "日期可以写成1998-07-01、1998年7月1日、1998.7、19980701，也可以是表格里的日期；只写月份的按当月1日登记。",
    "身份证号一列请保持文本格式。变成1.23E+17样子的号码后几位已经丢失，需要重新填写。",
    "有公式的格子请先计算并保存；竖着合并的单元格按每一行都是这个值读，表头只留一行。",
    "上传后先检查，每个问题都会指出单元格，改好以后再入库；入库前不会写入任何内容，入库后30天内可以整批撤销。",
)
WORDS: Final = Words(
    noun="名册",
    subject="党员",
    unit="名",
    advice=(
        "用本系统的模板，或者全国党员管理信息系统导出的党员表。列的次序可以不同，多出来的列会列出并跳过。",
        "必须有“姓名”“公民身份号码”“所在党支部”三列；只导入到一个党支部时可以没有“所在党支部”。",
        "日期写成1998-07-01、1998年7月1日、1998.7、19980701都可以。",
    ),
    empty="先下载模板填写，或者直接用全国党员管理信息系统导出的表。",
    needs="党支部要先在平台上。任职时开通的账号，名册入库以后归到本人名下。",
    update="已在本支部册",
    undo="新增的档案会删除，更新过的档案会恢复原样。名册里有人在这之后办理过变动、改过档案或有了其他记录的，不能撤销。",
)


def questions() -> dict[str, forms.Field]:
    """How the people of the roster come in, and what happens to those on record."""
    return {
        "entry_kind": forms.ChoiceField(
            label="这些党员怎样进入", choices=[(kind.value, KIND_TITLES[kind]) for kind in ENTRY_KINDS],
            initial=ChangeKind.OPENING, widget=RadioCards(notes=KIND_NOTES),
        ),
        "effective_on": forms.DateField(
            label="生效日期", initial=clock.today, help_text="从这一天起计入党支部人数。补录的填启用日期。"
        ),
        "existing": forms.ChoiceField(
            label="已经在本支部名册里的党员", choices=EXISTING, initial="update",
            widget=RadioCards(notes={"update": "空着的格子不会清掉原有内容"}),
        ),
        "document": forms.CharField(label="依据文号", max_length=120, required=False, help_text="没有可不填。"),
    }  # fmt: skip


def accept(_organization: Organization, answers: Mapping[str, Any]) -> None:
    """Refuse another kind of entry, and a day to come."""
    if answers["entry_kind"] not in ENTRY_KINDS:
        raise Invalid("请选择进入方式。", fields={"entry_kind": "请选择"})
    if answers["effective_on"] > clock.today():
        raise Invalid("生效日期不能晚于今天。", fields={"effective_on": "请填今天或以前的日期"})


def missing(organization: Organization, found: Collection[str]) -> list[str]:
    """A roster of one branch need not name it."""
    needed = [name for name in REQUIRED if name != BRANCH or not organization.is_branch]
    return [title(name) for name in needed if name not in found]


def said(answers: Mapping[str, Any]) -> Sequence[str]:
    """What was answered, in a line."""
    return (ChangeKind(answers["entry_kind"]).label, f"{day(answers['effective_on'])}起")


def next_steps(organization: Organization) -> Sequence[NextStep]:
    """Where the new members are to be seen."""
    members = f"{reverse('members:list')}?organization={organization.pk}"
    return (
        NextStep("查看党员名册", "编入党小组、开通账号", members, "users"),
        NextStep("补全缺少的项目", "看看还缺什么", reverse("members:completeness"), "list-check"),
    )


ROSTER: Final = Sheet(
    code="roster",
    title="党员名册",
    permission="members.import",
    words=WORDS,
    columns=roster_columns,
    name_column="name",
    checker=RosterChecker,
    enter=enter,
    undo=undo,
    questions=questions,
    accept=accept,
    missing=missing,
    kinds=KINDS,
    headers_left_aside=LEFT_ASIDE,
    notes=NOTES,
    said=said,
    next_steps=next_steps,
    of_people=True,
    out=OUT,
    is_compared=True,
    appeared=on_roster,
    record_url=record_url,
    gone=LEAVING,
    order=30,
)
