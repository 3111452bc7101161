"""A spreadsheet of members who are to go to other branches: a transfer for each row."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from django.urls import reverse

from dangjian.activities.transfers.actions import batches
from dangjian.activities.transfers.actions.batches import BATCH, Going
from dangjian.activities.transfers.queries.going import PROCEDURE, ids_under_way
from dangjian.activities.transfers.sheets.leaving import DAY, NOTE, OUT, TO, WHY
from dangjian.activities.transfers.sheets.people import NAME, NUMBER, STAFF, check_number, find_people
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.queries import branches_there
from dangjian.kernel import clock, dates
from dangjian.kernel.actor import Actor
from dangjian.kernel.bulk import chunks
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.members.models import Standing
from dangjian.members.queries.known import Known
from dangjian.members.sheets.roster.columns import BRANCH, column_of
from dangjian.org.models import Organization
from dangjian.org.openings import register
from dangjian.org.sheet_offers import Checked, Done, NextStep, Progress, Row, Sheet, SheetColumn, Upload, Words
from dangjian.org.written.branches import Branches

AT_ONCE = 1000
KINDS: Final = {
    "person": "哪名党员",
    "branch": "党支部",
    "why": "转接原因",
    "date": "日期",
    "exists": "正在转接",
    "standing": "不能转接",
}
NOTES: Final = (
    "一名党员填一行。红色表头的列必填；公民身份号码和员工编码填一个就行。",
    "“所在党支部”可以不填，填了就核对是不是现在的党支部。",
    "“提出日期”不填的，按上传的当天。",
    "入库以后每人一件，等上级审核转出、转入的党支部接收；还没有审核的，30天内可以整批撤销。",
)
WORDS: Final = Words(
    noun="转接名单",
    subject="党员",
    unit="名",
    advice=(
        "用本系统的模板，或者单位现有的调动名单，列的次序可以不同。",
        "必须有“姓名”“转入党支部”“转接原因”，以及“公民身份号码”或者“员工编码”。",
    ),
    needs="党员和转入的党支部要先在平台上。",
    undo="这次提出的转接会删除；其中有上级已经审核的，不能撤销。",
)


def _reasons() -> dict[str, str]:
    """The reasons of the procedure, by what they are called."""
    entry = next(one for one in procedure(PROCEDURE).on(clock.today()).steps[0].entry if one.code == WHY)
    return {title: code for code, title in entry.choices}


def columns() -> Sequence[SheetColumn]:
    """Who, where they are, where they go, why and since when."""
    reasons = _reasons()
    return [
        column_of(NAME),
        replace(column_of(NUMBER), required=False),
        replace(column_of(STAFF), in_template=True, hint="没有公民身份号码的填这一列。"),
        replace(column_of(BRANCH), required=False, headers=(*column_of(BRANCH).headers, "转出党支部", "原党支部", "现党支部")),
        SheetColumn(
            TO,
            "转入党支部",
            ("转到党支部", "转往党支部", "接收党支部", "新党支部", "转入支部"),
            required=True,
            repeats=True,
            kind="branch",
            example="虚构集团第二党支部",
            hint="写党支部的全称、简称或党组织编码。",
            in_preview=True,
        ),
        SheetColumn(
            WHY,
            "转接原因",
            ("原因", "转接事由", "事由"),
            required=True,
            read=_why,
            repeats=True,
            kind="why",
            example=next(iter(reasons)),
            choices=tuple(reasons),
            in_preview=True,
            write=lambda code: next((title for title, known in reasons.items() if known == code), code),
        ),
        SheetColumn(NOTE, "说明", ("备注", "文号", "调动文号"), read=_note, hint="例如调动文件的文号；其他原因的必填。"),
        SheetColumn(
            DAY,
            "提出日期",
            ("日期", "转接日期"),
            read=_day,
            kind="date",
            repeats=True,
            hint="不填就是上传当天。",
            holds_days=True,
        ),
    ]


def _why(value: Value) -> str:
    reasons = _reasons()
    if as_text(value) not in reasons:
        raise Invalid(f"“{as_text(value)}”不是转接原因。", how=f"请填：{'、'.join(reasons)}。")
    return reasons[as_text(value)]


def _note(value: Value) -> str:
    text = as_text(value)
    if len(text) > 200:
        raise Invalid("最多200个字。")
    return text


def _day(value: Value) -> dt.date:
    day = dates.parse_date(value).value
    if day > clock.today():
        raise Invalid("这一天还没有到。", how="请检查年份。")
    return day


def missing(_organization: Organization, found: Collection[str]) -> list[str]:
    """The columns without which nobody could be transferred."""
    lacking = [one.title for one in columns() if one.required and one.code not in found]
    return lacking if {NUMBER, STAFF} & set(found) else [*lacking, "公民身份号码或者员工编码"]


class BatchChecker:
    """Checks the rows of one list, adding to ``Checked.clean`` the member and the branch to which they go."""

    def __init__(self, upload: Upload) -> None:
        self.upload = upload
        self.own = upload.by.user_id
        self.here = Branches.below(upload.organization, clock.today())
        top = register(Organization).filter(parent=None).order_by("pk").first() or upload.organization
        self.there = Branches(top, list(branches_there().select_related("parent")), clock.today())

    def check(self, row: Checked) -> None:
        """See ``sheet_offers.Checker``."""
        check_number(row)
        if BRANCH in row.raw:
            found = self.here.find(row.raw[BRANCH])
            if found.branch is None:
                row.complain(BRANCH, "branch", found.trouble)
            else:
                row.clean["from_id"] = found.branch.pk
        if TO in row.raw:
            to = self.there.find(row.raw[TO])
            if to.branch is None:
                row.complain(TO, "branch", to.trouble)
            else:
                row.clean["to_id"] = to.branch.pk
        if row.clean.get(WHY) == "other" and not row.clean.get(NOTE):
            row.complain(NOTE, "why", "其他原因须写明，请填写说明。")

    def compare(self, rows: Sequence[Checked]) -> None:
        """Each row is a member who counts, is where the row says, and is not under way already."""
        people = find_people(rows)
        under_way = ids_under_way([known.member_id for known in people.values()])
        for place, known in people.items():
            row = rows[place]
            row.clean["member_id"] = known.member_id
            row.key, row.key_column, row.doubled = f"member {known.member_id}", NAME, "与第{first}行是同一名党员。"
            self._judge(row, known, is_under_way=known.member_id in under_way)

    def _judge(self, row: Checked, known: Known, *, is_under_way: bool) -> None:
        if known.standing != Standing.NORMAL:
            row.complain(NAME, "standing", f"{known.name}{Standing(known.standing).label}，不能转接组织关系。")
        elif known.user_id and known.user_id == self.own:
            row.complain(NAME, "standing", "这一行是您本人，请在“我的”里提出。")
        elif is_under_way:
            row.complain(NAME, "exists", f"{known.name}的组织关系正在转接，请打开那一件办理。")
        elif row.clean.get("from_id", known.branch_id) != known.branch_id:
            row.complain(BRANCH, "branch", f"{known.name}现在在“{known.branch_name}”。")
        elif row.clean.get("to_id") == known.branch_id:
            row.complain(TO, "branch", f"{known.name}已经在这个党支部。")


def enter(
    *,
    actor: Actor,
    upload: Upload,  # noqa: ARG001 - as the protocol has it
    new: Iterable[Row],
    updates: Iterable[Row],  # noqa: ARG001 - as the protocol has it; nobody is updated
    progress: Progress,
) -> Done:
    """See ``sheet_offers.Enter``."""
    done = 0
    kept: dict[int, dict[str, int]] = {}
    for part in chunks(new, AT_ONCE):
        branches = register(Organization).in_bulk({row.values["to_id"] for row in part})
        asked = batches.ask_many(actor=actor, going=[_going(row.values, branches) for row in part])
        numbers = {row.values["member_id"]: row.number for row in part}
        for member_id, refusal in asked.refused.items():
            how = "请点“重新检查”，改好以后再入库。"
            raise Conflict(f"第{numbers[member_id]}行不能提出：{refusal.message}", how=how, citation=refusal.citation)
        kept |= {numbers[case.subject_id]: {"case": case.pk} for case in asked.cases}
        done += len(part)
        progress(done)
    return Done(done, kept=kept)


def _going(values: Any, branches: dict[int, Organization]) -> Going:
    entry = {name: values[name] for name in (WHY, NOTE) if values.get(name)}
    return Going(values["member_id"], branches[values["to_id"]], values.get(DAY) or clock.today(), entry)


def undo(
    *,
    actor: Actor,
    upload: Upload,  # noqa: ARG001 - as the protocol has it
    entered_at: dt.datetime,  # noqa: ARG001 - as the protocol has it; what was done since says it
    kept: Iterable[Row],
    progress: Progress,  # noqa: ARG001 - as the protocol has it
) -> int:
    """See ``sheet_offers.Undo``."""
    return batches.take_back(actor=actor, case_ids=[row.values["case"] for row in kept])


def next_steps(_organization: Organization) -> Sequence[NextStep]:
    """Where the transfers are to be seen."""
    return (NextStep("查看转接", "上级审核以后，由转入的党支部接收", reverse(f"procedures:{PROCEDURE}"), "transfer"),)


TRANSFERS: Final = Sheet(
    code="transfers",
    title="组织关系转接名单",
    permission=BATCH,
    words=WORDS,
    columns=columns,
    name_column=NAME,
    checker=BatchChecker,
    enter=enter,
    undo=undo,
    missing=missing,
    kinds=KINDS,
    notes=NOTES,
    next_steps=next_steps,
    of_people=True,
    out=OUT,
    order=80,
)
