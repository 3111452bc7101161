"""The list of applicants as a sheet: who has applied, at which branch, and how far they had come before the platform."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from django.urls import reverse

from dangjian.activities.development.actions import importing
from dangjian.activities.development.actions.importing import STEPS, Arrival
from dangjian.activities.development.columns import FLAG, OWN_TITLES, PLACE
from dangjian.activities.development.models import Applicant
from dangjian.activities.development.queries.people import applications_by_index, full_members_by_name, index_of
from dangjian.activities.development.sheets.leaving import going_out
from dangjian.engines.procedures.actions.past import day_problem
from dangjian.kernel import clock, dates, names
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Invalid
from dangjian.kernel.rulebook import NotInForce, Period, book
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.kernel.ui import words
from dangjian.members.models import Category, Standing
from dangjian.members.queries.known import Known, known_people
from dangjian.members.queries.known import index_of as index_of_member
from dangjian.members.sheets.matching import near_by_place
from dangjian.members.sheets.people import check_branch, check_identity
from dangjian.members.sheets.roster.columns import BRANCH, column_of, read_flag
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import Checked, Done, Elsewhere, NextStep, Progress, Row, Sheet, SheetColumn, Upload, Way, Words
from dangjian.org.written.branches import Branches

PERSON: Final = (
    "name", "resident_id", BRANCH, "mobile", "sex", "birth_on", "ethnicity", "native_place", "education", "unit_name", "job_post",
    "job_title", "front_line", "employee_no", "work_started_on",
)  # fmt: skip
CONTACTS = "contacts"
AMENDED: Final = (*(name for name in PERSON if name != BRANCH), FLAG, PLACE)
"""What is typed of an applicant; the rest follows from their branch and their case."""
BEFORE, AFTER = "before.", "after."
TITLES: Final = {
    "applied_on": "申请入党日期",
    "activist_on": "确定积极分子日期",
    "filed_on": "积极分子备案日期",
    "object_on": "确定发展对象日期",
    "admitted_on": "支部大会通过日期",
    "approved_on": "上级批准日期",
}
STAGES: Final = ("activist_on", "object_on", "admitted_on")
ALIASES: Final = {
    "applied_on": ("申请入党时间", "递交入党申请书日期", "申请日期"),
    "activist_on": ("列为积极分子日期", "确定为入党积极分子日期", "积极分子时间"),
    "filed_on": ("备案日期", "上级党委备案日期"),
    "object_on": ("列为发展对象日期", "确定为发展对象日期", "发展对象时间"),
    "admitted_on": ("接收为预备党员日期", "入党日期", "入党时间"),
    "approved_on": ("批准日期", "上级党委批准日期", "审批日期"),
}
KINDS: Final = {
    "identity": "证件号码",
    "mismatch": "与证件号码不符",
    "code": "选项不认识",
    "branch": "党支部",
    "date": "日期",
    "order": "日期先后",
    "live": "启用以后办的",
    "contacts": "培养联系人",
    "phone": "电话",
    "exists": "已在册",
}
LIKELY_APART: Final = "、"
MOVING: Final = Elsewhere("转支部", lambda pk: reverse("development:move", args=[pk]))
ENDING: Final = Elsewhere("入党申请结束", lambda pk: reverse("development:end", args=[pk]))
STEP: Final = Elsewhere("发展党员办理", lambda _pk: reverse("development:applicants"))
"""Days and helpers stand in the case; they are put right at its steps."""
NOTES: Final = (
    "一名入党申请人填一行。红色表头的列必填，其余有就填；不需要的列可以整列删除。",
    "启用平台以前已经确定为积极分子、发展对象的，填上日期，导入后从那一步接着办，不用逐步补。",
    "启用以后办的步骤不随表格导入，导入后在平台上办，可以填原来的日期。",
    "支部大会已经通过的，先把本人作为预备党员导入党员名册，再在这里填支部大会通过日期。",
    "上传后先检查，每个问题都会指出单元格；入库后30天内、没有接着办理的，可以整批撤销。",
)
WORDS: Final = Words(
    noun="名单",
    subject="入党申请人",
    unit="名",
    advice=(
        "用本系统的模板，或者单位现有的申请人、积极分子花名册，列的次序可以不同。",
        "必须有“姓名”“公民身份号码”“申请入党日期”；导入到一个党支部时可以没有“所在党支部”。",
        "日期写成2025-07-01、2025年7月1日、2025.7、20250701都可以。",
    ),
    needs="党支部要先在平台上；预备党员要先在党员名册上。",
    undo="这次登记的入党申请人和他们的办理记录会删除；导入以后又办理过的，不能撤销。",
)


def columns() -> Sequence[SheetColumn]:
    """Who they are as on a roster of members, and the days of the stages that they have come to."""
    return [
        *(replace(column_of(name), elsewhere=MOVING if name == BRANCH else None) for name in PERSON),
        SheetColumn(
            FLAG,
            OWN_TITLES[FLAG],
            ("是否共青团员", "团员"),
            read=read_flag,
            kind="code",
            repeats=True,
            choices=("是", "否"),
        ),
        *(
            SheetColumn(
                name,
                title,
                ALIASES[name],
                required=name == "applied_on",
                read=_day,
                kind="date",
                repeats=True,
                example="2024-03-15" if name == "applied_on" else "",
                hint="启用平台以前的日期。" if name != "applied_on" else "申请书上写的日期。",
                in_preview=name in {"applied_on", "activist_on"},
                holds_days=True,
                elsewhere=STEP,
            )
            for name, title in TITLES.items()
        ),
        SheetColumn(PLACE, OWN_TITLES[PLACE], ("流动情况", "流入地", "流出地"), hint="流动人员才填。"),
        SheetColumn(
            CONTACTS,
            "培养联系人",
            ("联系人",),
            kind="contacts",
            hint="本支部的正式党员，一至两名，用顿号隔开。",
            elsewhere=STEP,
        ),
    ]


def _day(value: Value) -> dt.date:
    day = dates.parse_date(value).value
    if day > clock.today():
        raise Invalid("这一天还没有到。", how="请检查年份。")
    return day


def missing(organization: Organization, found: Collection[str]) -> list[str]:
    """A list of one branch need not name it."""
    needed = [one for one in columns() if one.required and (one.code != BRANCH or not organization.is_branch)]
    return [one.title for one in needed if one.code not in found]


class ApplicantsChecker:
    """Checks the rows of one list, adding to ``Checked.clean`` the branch, contacts, and the record of somebody on probation."""

    def __init__(self, upload: Upload) -> None:
        self.upload = upload
        self.today = clock.today()
        self.branches = Branches.below(upload.organization, self.today)
        self._places: dict[int, Organization] = {}

    def check(self, row: Checked) -> None:
        """See ``sheet_offers.Checker``."""
        check_identity(row, self.today, may_lack=self.upload.compares)
        branch = check_branch(row, self.branches, self.upload.filled)
        if branch:
            self._places[branch.pk] = branch
            if not self.upload.compares:
                self._after_going_live(row, branch)
        self._order(row)
        self._age(row)
        if names_of := _written(row.raw.get(CONTACTS)):
            row.clean[CONTACTS] = names_of
            row.told[CONTACTS] = LIKELY_APART.join(names_of)
            if len(names_of) > 2:
                row.complain(CONTACTS, "contacts", "培养联系人是一至两名。")

    def compare(self, rows: Sequence[Checked]) -> None:
        """One person applies once, and nobody who is a member already."""
        for row in rows:
            if number := row.clean.get("resident_id"):
                row.key, row.key_column = index_of(number), "resident_id"
            elif not row.has("resident_id"):
                row.complain("resident_id", "identity", "没有公民身份号码，也没有同名、同出生日期、同支部的申请人，看不出是谁。")
            if self.upload.compares and (branch := self._places.get(row.clean.get("branch_id", 0))):
                # What was done since the platform came is compared, and does not come in by a list.
                self._after_going_live(row, branch)
        applied = applications_by_index({row.key for row in rows if row.key})
        of_member = {row.key: index_of_member(row.clean["resident_id"]) for row in rows if row.key}
        known = known_people(set(of_member.values()))
        contacts = full_members_by_name(self._places)
        for row in rows:
            if row.key:
                self._hold_against(row, applied.get(row.key), known.get(of_member[row.key]))
            self._find_contacts(row, contacts.get(row.clean.get("branch_id", 0), {}))

    def _hold_against(self, row: Checked, applied: Applicant | None, member: Known | None) -> None:
        if applied is not None:
            seen = self.upload.by.may("development.view", applied.organization)
            where = f"“{applied.organization}”" if seen else "本单位另一个党支部"
            row.complain("resident_id", "exists", f"这名同志已在{where}登记，正在办理。要换支部的，请办理转支部。")
        elif row.clean.get("admitted_on"):
            self._as_probationary(row, member)
        elif member is not None and member.standing == Standing.NORMAL:
            what = "党员" if member.category == Category.FULL else "预备党员"
            text = f"{member.name}已是{what}。" if member.visible else "这个号码已登记在本单位一名党员名下。"
            row.complain("resident_id", "exists", f"{text}请核对；预备党员请填支部大会通过日期。")
        elif member is not None and member.standing not in {Standing.REMOVED, Standing.NOT_ADMITTED}:
            row.complain("resident_id", "exists", "这个号码已有党员档案。请办理恢复或转入，不用申请入党。")

    def _as_probationary(self, row: Checked, member: Known | None) -> None:
        """Whoever the meeting has passed is on the roster already, on probation, in the same branch."""
        if member is None or member.standing != Standing.NORMAL:
            row.complain("admitted_on", "exists", "支部大会已通过的，请先把本人作为预备党员导入党员名册。")
        elif member.category != Category.PROBATIONARY:
            row.complain("admitted_on", "exists", f"{member.name}已是正式党员，不用导入。")
        elif member.branch_id != row.clean.get("branch_id", member.branch_id):
            row.complain(BRANCH, "branch", f"{member.name}在名册上是“{member.branch_name}”的预备党员，请填同一个党支部。")
        else:
            row.clean["member_id"] = member.member_id

    def _find_contacts(self, row: Checked, known: Mapping[str, int]) -> None:
        wanted = row.clean.get(CONTACTS, [])
        if not wanted or not row.clean.get("activist_on"):
            row.clean.pop(CONTACTS, None)
            return
        found = [known.get(names.fold(name)) for name in wanted]
        if None in found or len(set(found)) != len(found):
            row.clean.pop(CONTACTS)
            text = "在本支部的正式党员里没有找到（或有同名的），这一项不导入，请导入后在办理页面指定。"
            row.complain(CONTACTS, "contacts", text, is_warning=True)
            return
        row.clean["contact_ids"] = found

    def _after_going_live(self, row: Checked, branch: Organization) -> None:
        for _, name in STEPS[1:]:
            day = row.clean.get(name)
            if day and (problem := day_problem(branch, day)):
                row.complain(name, "live", problem)

    def _order(self, row: Checked) -> None:
        earlier, titles = "", {"birth_on": "出生日期", **TITLES}
        for name in titles:
            day = row.clean.get(name)
            if day is None:
                continue
            if earlier and day < row.clean[earlier]:
                row.complain(name, "order", f"不能早于“{titles[earlier]}”（{words.day(row.clean[earlier])}）。")
            earlier = name
        reached = [name for name in STAGES if row.clean.get(name)]
        lacking = [name for name in STAGES[: STAGES.index(reached[-1])] if name not in reached] if reached else []
        for name in lacking:
            text = f"填了“{TITLES[reached[-1]]}”，没有填“{TITLES[name]}”，年报统计会缺这个日期。"
            row.complain(name, "order", text, is_warning=True)
        if row.clean.get("approved_on") and not row.clean.get("admitted_on"):
            row.complain("approved_on", "order", "填了上级批准日期，还要填支部大会通过日期。")

    def _age(self, row: Checked) -> None:
        born, applied = row.clean.get("birth_on"), row.clean.get("applied_on")
        if born is None or applied is None:
            return
        try:
            rule = book().on("member.least_age", applied)
        except NotInForce:
            return
        if applied < rule.expect(Period).after(born):
            row.complain("applied_on", "order", f"申请时不满{rule.text}。请核对申请入党日期和出生日期。（{rule.citation}）")


def _written(value: Value) -> list[str]:
    """Names as people write them in one cell."""
    text = as_text(value)
    for mark in "，,；;/ 　\n":
        text = text.replace(mark, LIKELY_APART)
    return [name for name in text.split(LIKELY_APART) if name]


def enter(
    *,
    actor: Actor,
    upload: Upload,
    new: Iterable[Row],
    updates: Iterable[Row],
    progress: Progress,
) -> Done:
    """See ``sheet_offers.Enter``. Only a comparison updates."""
    entered = importing.enter_many(actor=actor, rows=map(_arrival, new), batch=upload.batch, progress=progress)
    kept: dict[int, dict[str, Any]] = {}
    for row in updates:
        columns = {name: row.values[name] for name in AMENDED if name in row.values}
        before = importing.amend(actor=actor, applicant_id=row.record_id, columns=columns, batch=upload.batch)
        kept[row.number] = {f"{BEFORE}{name}": value for name, value in before.items()}
        kept[row.number] |= {f"{AFTER}{name}": columns[name] for name in before}
        progress(entered + len(kept))
    return Done(entered, len(kept), kept)


def _arrival(row: Row) -> Arrival:
    values = dict(row.values)
    branch_id, member_id = values.pop("branch_id"), values.pop("member_id", None)
    contacts = values.pop("contact_ids", [])
    values.pop(CONTACTS, None)
    days = {name: day for _, name in STEPS if (day := values.pop(name, None))}
    return Arrival(branch_id, days, values, contacts, member_id)


def undo(
    *,
    actor: Actor,
    upload: Upload,
    entered_at: dt.datetime,  # noqa: ARG001 - as the protocol has it; what was done since says it
    kept: Iterable[Row],
    progress: Progress,
) -> int:
    """See ``sheet_offers.Undo``."""
    done = importing.take_back(actor=actor, batch=upload.batch)
    for row in kept:
        before, after = (
            {name.removeprefix(side): value for name, value in row.values.items() if name.startswith(side)}
            for side in (BEFORE, AFTER)
        )
        importing.put_back(actor=actor, applicant_id=row.record_id, before=before, after=after, batch=upload.batch)
        done += 1
        progress(done)
    return done


def next_steps(organization: Organization) -> Sequence[NextStep]:
    """Where the new applicants are to be seen."""
    address = f"{reverse('development:applicants')}?organization={organization.pk}"
    return (NextStep("查看申请人", "接着办理轮到的步骤、开通账号", address, "user-heart"),)


APPLICANTS: Final = Sheet(
    code="applicants",
    title="入党申请人名单",
    permission="development.import",
    words=WORDS,
    columns=columns,
    name_column="name",
    checker=ApplicantsChecker,
    enter=enter,
    undo=undo,
    missing=missing,
    kinds=KINDS,
    notes=NOTES,
    next_steps=next_steps,
    of_people=True,
    out=going_out(AMENDED, CONTACTS),
    is_compared=True,
    found_by=(Way(("resident_id",)), Way(("name", "birth_on", BRANCH), unless=("resident_id",))),
    near=near_by_place(BRANCH),
    record_url=lambda pk: reverse("development:change", args=[pk]),
    gone=ENDING,
    order=50,
)
