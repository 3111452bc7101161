"""The shift plan as production has it: a row for each person and day, or for each person with a column for each day."""

import calendar
import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, Final

from django import forms
from django.urls import reverse

from dangjian.activities.shifts.actions import plan
from dangjian.activities.shifts.actions.plan import PlanRow, Replaced
from dangjian.activities.shifts.models import ShiftDay
from dangjian.activities.shifts.policy import Shift, by_word, folded
from dangjian.activities.shifts.queries import IMPORT, known_on
from dangjian.kernel import clock, identity, names
from dangjian.kernel.actor import Actor
from dangjian.kernel.dates import parse_date
from dangjian.kernel.errors import Invalid
from dangjian.kernel.forms import MonthField
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.kernel.ui import words as said_of
from dangjian.members.models import Member
from dangjian.members.queries.known import index_of
from dangjian.members.sheets.roster.columns import column_of
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import Checked, Done, NextStep, Progress, Row, Sheet, SheetColumn, Upload, Words

NUMBER, NAME, RESIDENT, ON, SHIFT = "employee_no", "name", "resident_id", "on", "shift"
MONTH: Final = "month"
AROUND: Final = 92
"""A day in a header lies at most so many days from today: within that, day and month name one day."""
WEEKDAYS: Final = "一二三四五六日"
KINDS: Final = {"shift": "班次", "day": "日期", "person": "人员", "date": "日期"}
NOTES: Final = (
    "一人一天填一行；也可以直接上传生产系统导出的横排表：一人一行，1日到31日（或者具体日期）各一列，格子里写班次。",
    "人员按员工编码找，没有编码的按公民身份号码，再没有的按姓名找。只写入党员名册上的人；其他人的内容不保存，只数有几行。",
    "班次写“早班”“早”“A”等都可以，认得哪些写法在“排班”的“班次设定”里看、在那里加；休息写“休”。空格子表示没有安排。",
    "同样的日期再次上传，以后上传的为准；撤销导入，恢复原来的排班。排班只保留90天。",
)
WORDS: Final = Words(
    noun="排班表",
    subject="排班",
    unit="行",
    advice=(
        "生产系统导出的竖排表（一人一天一行）和横排表（一人一行、每天一列）都可以，不用改。",
        "只写入党员名册上的人，其他人跳过，内容不保存。",
    ),
    empty="请生产部门从排班系统导出本月的表，直接上传。",
    needs="党员名册要先在平台上，最好有员工编码。",
    update="替换原来的班次",
    undo="原来的排班会恢复。",
    ignored="不是党员的，内容没有保存",
)


def columns() -> list[SheetColumn]:
    """Who, the day and the shift; then columns that are days: by number, and all dates around today."""
    who = [replace(column_of(name), required=False, in_template=name != RESIDENT, in_preview=True) for name in (NUMBER, NAME)]
    example = {NUMBER: "E00001", NAME: "示例（虚构）张三"}
    who = [replace(column, example=example[column.code]) for column in who]
    return [
        *who,
        replace(column_of(RESIDENT), required=False, in_template=False),
        SheetColumn(
            ON, "日期", ("班次日期", "排班日期", "工作日期", "上班日期"), read=_day, kind="date", repeats=True, in_preview=True,
            example="2026-12-01", holds_days=True,
        ),
        SheetColumn(
            SHIFT, "班次", ("班次名称", "班别", "班种", "班制", "排班"), in_preview=True, example="早班",
            hint="写“班次设定”里的名称或写法。",
        ),
        *(SheetColumn(number_code(number), f"{number}日", _numbered(number), in_template=False) for number in range(1, 32)),
        *(SheetColumn(day.isoformat(), day.isoformat(), _dated(day), in_template=False) for day in _days_around()),
    ]  # fmt: skip


def number_code(number: int) -> str:
    """The code of the column of a day of the month."""
    return f"d{number}"


def _numbered(number: int) -> tuple[str, ...]:
    plain = (str(number), f"{number:02d}", f"{number}号", f"{number:02d}日")
    weekdays = (f"{number}{how}{day}" for how in ("", "周", "星期") for day in WEEKDAYS)
    return (*plain, *weekdays)


def _days_around() -> Iterator[dt.date]:
    today = clock.today()
    return (today + dt.timedelta(days=away) for away in range(-AROUND, AROUND))


def _dated(day: dt.date) -> tuple[str, ...]:
    year, month, number = day.year, day.month, day.day
    return (
        f"{month}月{number}日", f"{month:02d}月{number:02d}日", f"{month}月{number}号", f"{month}-{number}",
        f"{month:02d}-{number:02d}", f"{month}/{number}", f"{month:02d}/{number:02d}", f"{year}/{month}/{number}",
        f"{year}/{month:02d}/{number:02d}", f"{year}年{month}月{number}日", f"{year}.{month}.{number}", f"{day:%Y%m%d}",
        *(f"{month}月{number}日{how}{WEEKDAYS[day.weekday()]}" for how in ("", "周", "星期")),
    )  # fmt: skip


def _day(value: Value) -> dt.date:
    day = parse_date(value).value
    if abs((day - clock.today()).days) > AROUND:
        raise Invalid(f"“{said_of.day(day)}”离今天太远。", how="只导入前后三个月的排班，请检查年份。")
    return day


def questions() -> dict[str, forms.Field]:
    """The month that day numbers in headers belong to."""
    today = clock.today()
    first = today.replace(day=1)
    following = (first + dt.timedelta(days=32)).replace(day=1)
    before = (first - dt.timedelta(days=1)).replace(day=1)
    late = 20
    return {
        MONTH: MonthField(
            label="这是哪个月的排班",
            months=[following, first, before],
            initial=following if today.day > late else first,
            help_text="表头只写1日、2日……时按这个月；表里写了具体日期的，以表里的为准。",
        )
    }


def said(answers: Mapping[str, Any]) -> Sequence[str]:
    """The month, in a line."""
    return (f"{said_of.month(answers[MONTH])}的排班",)


def missing(_organization: Organization, found: Collection[str]) -> list[str]:
    """Who it is, and either day and shift or columns that are days."""
    lacking = [] if {NUMBER, NAME, RESIDENT} & set(found) else ["员工编码或姓名"]
    if any(code not in {NUMBER, NAME, RESIDENT, ON, SHIFT} for code in found):
        return lacking
    titles = {ON: "日期", SHIFT: "班次"}
    return [*lacking, *(title for code, title in titles.items() if code not in found)]


class PlanChecker:
    """Finds the member and the shifts of each row. Rows of people who are no members are forgotten."""

    def __init__(self, upload: Upload) -> None:
        self.upload = upload
        self._people: _People | None = None
        self._shifts: dict[str, Mapping[str, Shift]] = {}

    def check(self, row: Checked) -> None:
        """See ``sheet_offers.Checker``: all of it needs what is on record."""

    def compare(self, rows: Sequence[Checked]) -> None:
        """See ``sheet_offers.Checker``."""
        people = self._people = self._people or _People(self.upload.organization)
        found = {id(row): one for row in rows if (one := people.find(row))}
        lacking = {one.organization.path for one in found.values()} - self._shifts.keys()
        self._shifts |= {path: by_word(one.shift for one in known) for path, known in known_on(lacking).items()}
        for row in rows:
            member = found.get(id(row))
            if member is not None:
                self._read(row, member)
            elif not row.has(NAME):
                row.forgotten = True
        self._compare_days([row for row in rows if id(row) in found])

    def _read(self, row: Checked, member: Member) -> None:
        row.clean["member_id"] = member.pk
        known = self._shifts[member.organization.path]
        days: dict[str, str] = {}
        for code, day in self._cells(row):
            word = as_text(row.raw[code])
            shift = known.get(folded(word))
            if shift is None:
                row.complain(code, "shift", f"不认识“{word}”这个班次。请先在“班次设定”里添加这种写法，再点“重新检查”。")
            elif day is not None:
                days[day.isoformat()] = shift.title
        row.clean["days"] = days
        row.key, row.key_column = f"{member.pk}:{min(days, default='')}:{max(days, default='')}", NAME
        row.doubled = "与第{first}行是同一个人、同样的日期。请核对，重复的一行点“忽略此行”。"

    def _cells(self, row: Checked) -> Iterator[tuple[str, dt.date | None]]:
        """Columns with a shift, and the day of each."""
        if SHIFT in row.raw:
            if ON not in row.raw:
                row.complain(ON, "required", "“日期”没有填写。")
            yield SHIFT, row.clean.get(ON)
        for code in row.raw:
            if code.startswith("d") and code[1:].isdigit():
                yield code, self._numbered(row, code)
            elif code[:1].isdigit():
                yield code, dt.date.fromisoformat(code)

    def _numbered(self, row: Checked, code: str) -> dt.date | None:
        month, number = self.upload.answers[MONTH], int(code[1:])
        if number > calendar.monthrange(month.year, month.month)[1]:
            row.complain(code, "day", f"{month.month}月没有{number}日。请清空这一格，或者重新上传并选对月份。")
            return None
        return month.replace(day=number)

    def _compare_days(self, rows: Sequence[Checked]) -> None:
        """A row that says what is on record already is ignored; one that says otherwise of some day replaces it."""
        days = [day for row in rows for day in row.clean["days"]]
        there: dict[tuple[int, str], str] = {}
        if days:
            wanted = ShiftDay.objects.filter(
                member__in={row.clean["member_id"] for row in rows}, on__range=(min(days), max(days))
            )
            there = {(pk, on.isoformat()): shift for pk, on, shift in wanted.values_list("member_id", "on", "shift")}
        for row in rows:
            member, told = row.clean["member_id"], row.clean["days"]
            known = {day: there[member, day] for day in told if (member, day) in there}
            if known == told:
                row.outcome = "ignored"
            elif known:
                row.outcome, row.record_id = "update", member


class _People:
    """Members of an organisation and below it, found as plans name them; one query."""

    def __init__(self, organization: Organization) -> None:
        self._by_number: dict[str, list[Member]] = {}
        self._by_resident: dict[str, list[Member]] = {}
        self._by_name: dict[str, list[Member]] = {}
        members = Member.objects.counted().filter(organization__path__startswith=organization.path)
        for one in members.select_related("organization").defer("resident_id", "mobile", "phone"):
            if one.employee_no:
                self._by_number.setdefault(one.employee_no.upper(), []).append(one)
            if one.resident_id_index:
                self._by_resident.setdefault(one.resident_id_index, []).append(one)
            self._by_name.setdefault(names.fold(one.name), []).append(one)

    def find(self, row: Checked) -> Member | None:
        """Who is meant: by employee number, else identity number, else name. Complains of a name that several members have."""
        number = as_text(row.raw.get(NUMBER)).strip().upper()
        if found := self._by_number.get(number, []) if number else []:
            return self._single(row, found, NUMBER)
        resident = identity.normalise(as_text(row.raw.get(RESIDENT)))
        if resident:
            return self._single(row, self._by_resident.get(index_of(resident), []), RESIDENT)
        named = self._by_name.get(names.fold(as_text(row.raw.get(NAME))), [])
        # Whoever has a number of their own on record is not somebody with another number.
        return self._single(row, [one for one in named if not (number and one.employee_no)], NAME)

    @staticmethod
    def _single(row: Checked, found: Sequence[Member], column: str) -> Member | None:
        if len(found) > 1:
            title = "员工编码" if column == NUMBER else "姓名"
            text = (
                f"有{len(found)}名党员的{title}是这个，分不清是谁。请补上{'公民身份号码' if column == NUMBER else '员工编码'}。"
            )
            row.complain(NAME, "person", text)
            return None
        return found[0] if found else None


def enter(*, actor: Actor, upload: Upload, new: Iterable[Row], updates: Iterable[Row], progress: Progress) -> Done:
    """See ``sheet_offers.Enter``."""
    new_rows = [_planned(row) for row in new]
    replaced = plan.enter_days(
        actor=actor,
        organization=upload.organization,
        rows=chain(new_rows, map(_planned, updates)),
        batch=upload.batch,
        progress=progress,
    )
    return Done(len(new_rows), len(replaced) - len(new_rows), {one.number: _kept(one) for one in replaced})


def _planned(row: Row) -> PlanRow:
    days = {dt.date.fromisoformat(day): shift for day, shift in row.values["days"].items()}
    return PlanRow(row.number, row.values["member_id"], days)


def _kept(one: Replaced) -> dict[str, Any]:
    return {"member_id": one.member_id, "days": {day.isoformat(): before for day, before in one.before.items()}}


def undo(
    *,
    actor: Actor,
    upload: Upload,
    entered_at: dt.datetime,  # noqa: ARG001 - as the protocol has it; the upload that wrote a day says it
    kept: Iterator[Row],
    progress: Progress,  # noqa: ARG001 - as the protocol has it
) -> int:
    """See ``sheet_offers.Undo``."""
    return plan.take_back(actor=actor, organization=upload.organization, rows=map(_replaced, kept), batch=upload.batch)


def _replaced(row: Row) -> Replaced:
    before = {dt.date.fromisoformat(day): (said[0], said[1]) if said else None for day, said in row.values["days"].items()}
    return Replaced(row.number, row.values["member_id"], before)


def next_steps(organization: Organization) -> Sequence[NextStep]:
    """What the plan is good for."""
    address = f"{reverse('shifts:board')}?organization={organization.pk}"
    return (NextStep("查看排班", "按周或者按月看", address, "calendar-week"),)


def remedies(organization: Organization) -> Mapping[str, NextStep]:
    """Where words that nobody knows are added."""
    address = f"{reverse('shifts:kinds')}?organization={organization.pk}"
    return {"shift": NextStep("班次设定", "排班表里有不认识的班次，先在这里添加", address, "settings")}


PLAN: Final = Sheet(
    code="shift_plan",
    title="排班表",
    permission=IMPORT,
    words=WORDS,
    columns=columns,
    name_column=NAME,
    checker=PlanChecker,
    enter=enter,
    undo=undo,
    questions=questions,
    missing=missing,
    kinds=KINDS,
    notes=NOTES,
    said=said,
    next_steps=next_steps,
    remedies=remedies,
    figure_titles=("天数",),
    figures=lambda values: (str(len(values.get("days", ()))),),
    order=60,
)
