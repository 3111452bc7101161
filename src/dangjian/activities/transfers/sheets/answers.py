"""The table that comes back from the national system: matched with our transfers, compared, then taken."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.urls import reverse

from dangjian.activities.transfers.actions.national import EXCHANGE, Told, take_answers
from dangjian.activities.transfers.models import NationalAnswer
from dangjian.activities.transfers.national import case_in, template
from dangjian.activities.transfers.queries.national import agrees, entered_open, open_of_people, steps_open, taken_by
from dangjian.activities.transfers.sheets.people import NAME, NUMBER
from dangjian.engines.procedures.definition import Step
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.kernel import clock, dates, identity, names
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Invalid
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.members.queries.known import index_of, known_people
from dangjian.members.sheets.roster.columns import column_of
from dangjian.org.models import Organization
from dangjian.org.openings import register
from dangjian.org.sheet_offers import Checked, Done, NextStep, Progress, Row, Sheet, SheetColumn, Upload, Words

CASE, DIRECTION, FROM, TO, ANSWER, DAY, REASON = "number", "direction", "from", "to", "answer", "answered_on", "reason"
KINDS: Final = {
    "person": "哪名党员",
    "answer": "办理结果",
    "date": "日期",
    "reason": "原因",
    "turn": "还没有轮到",
    "own": "本人",
}
NOTES: Final = (
    "用从“转接统计”旁边“全国系统”页面导出的交换表，填“办理结果”“办理日期”“原因”三列；从全国系统导出的表列名相同的也可以。",
    "先检查、对照，再入库；入库时按对方的结果办理我们这边轮到的一步。重复导入同一份表，不会重复办理。",
)
WORDS: Final = Words(
    noun="回执表",
    subject="转接",
    unit="件",
    advice=(
        "“业务编号”是导出时写上的；没有编号的，按公民身份号码和姓名对应。",
        f"“办理结果”写：{'、'.join(spelt[0] for spelt in template().answers.values())}。",
    ),
    needs="转接要先在平台上办理，回执与它们一件一件对应。",
    update="我们这边有的转接：记下对方的结果，轮到的一步按结果办理",
    undo="",
)


def columns() -> Sequence[SheetColumn]:
    """Those of the table by which rows are matched, and the answer."""
    known = {one.code: one.title for one in template().columns}
    answers = tuple(spelt[0] for spelt in template().answers.values())
    return [
        SheetColumn(CASE, known[CASE], ("编号", "流水号"), read=as_text),
        column_of(NAME),
        replace(column_of(NUMBER), required=False),
        SheetColumn(DIRECTION, known[DIRECTION], ("类型",), read=as_text, repeats=True),
        SheetColumn(FROM, known[FROM], ("转出党支部", "原党组织"), read=_text, repeats=True),
        SheetColumn(TO, known[TO], ("转入党支部", "接收党组织"), read=_text, repeats=True),
        SheetColumn(
            ANSWER,
            known[ANSWER],
            ("结果", "业务状态", "状态", "办理状态"),
            required=True,
            read=_answer,
            repeats=True,
            kind="answer",
            choices=answers,
            example=template().spelt("received"),
        ),
        SheetColumn(DAY, known[DAY], ("接收日期", "办结日期"), read=_day, kind="date", repeats=True, holds_days=True),
        SheetColumn(REASON, known[REASON], ("退回原因", "理由", "备注"), read=_text),
    ]


def _text(value: Value) -> str:
    return as_text(value)[:200]


def _answer(value: Value) -> str:
    found = template().answer(as_text(value))
    if found is None:
        spelt = "、".join(all_of_it[0] for all_of_it in template().answers.values())
        raise Invalid(f"不认识办理结果“{as_text(value)}”。", how=f"请写：{spelt}。")
    return found


def _day(value: Value) -> dt.date:
    day = dates.parse_date(value).value
    if day > clock.today():
        raise Invalid("这一天还没有到。", how="请检查年份。")
    return day


@dataclass(frozen=True, slots=True)
class Ours:
    """Our transfers that rows may mean: by number, by member under the index of the ID number, by the number entered."""

    by_number: Mapping[int, ProcedureCase]
    by_index: Mapping[str, ProcedureCase]
    by_entry: Mapping[str, ProcedureCase]

    def of(self, row: Checked) -> ProcedureCase | None:
        """The transfer that a row means."""
        number = str(row.clean.get(NUMBER, ""))
        named = self.by_number.get(case_in(str(row.clean.get(CASE, ""))) or 0)
        return named or (self.by_index.get(index_of(number)) or self.by_entry.get(number) if number else None)


class AnswersChecker:
    """Matches the rows with our transfers, and says of each what would happen."""

    def __init__(self, upload: Upload) -> None:
        self.upload = upload

    def check(self, row: Checked) -> None:
        """See ``sheet_offers.Checker``."""
        value = row.raw.get(NUMBER)
        if value is not None and "*" not in as_text(value):
            try:
                row.clean[NUMBER] = identity.check_resident_id(value).number
            except Invalid as problem:
                row.complain(NUMBER, "person", problem.brief)
        elif not row.clean.get(CASE):
            row.complain(NUMBER, "person", "没有业务编号的，请填完整的18位公民身份号码。")
        if row.clean.get(ANSWER) == NationalAnswer.RETURNED and not row.clean.get(REASON):
            row.complain(REASON, "reason", "退回的须写明原因。")

    def compare(self, rows: Sequence[Checked]) -> None:
        """Find the transfer of each row, and compare."""
        known = self._ours(rows)
        found = {place: case for place, row in enumerate(rows) if (case := known.of(row))}
        opened = steps_open([case for case in found.values() if case.is_open])
        for place, row in enumerate(rows):
            case = found.get(place)
            row.key = f"case {case.pk}" if case else _key(row)
            row.key_column, row.doubled = NAME, "与第{first}行是同一件转接。"
            if case is None:
                row.clean |= {"ours": "没有", "then": "只记下来，列入“两边对照”"}
            else:
                self.judge(row, case, opened.get(case.pk, {}))

    def _ours(self, rows: Sequence[Checked]) -> Ours:
        numbers = {number for row in rows if (number := case_in(str(row.clean.get(CASE, ""))))}
        people = {str(row.clean[NUMBER]): index_of(str(row.clean[NUMBER])) for row in rows if row.clean.get(NUMBER)}
        members = known_people(set(people.values()))
        of_people = open_of_people([one.member_id for one in members.values()])
        cases = register(ProcedureCase).filter(pk__in=numbers, procedure__in=template().takes)
        return Ours(
            {case.pk: case for case in cases.select_related("organization", "other_side")},
            {index: of_people[one.member_id] for index, one in members.items() if one.member_id in of_people},
            entered_open(people),
        )

    def judge(self, row: Checked, case: ProcedureCase, opened: Mapping[str, dt.date]) -> None:
        """Say what would come of a row that means a transfer of ours, of which ``opened`` are the open steps."""
        if not self.upload.by.may(EXCHANGE, case.organization):
            row.complain(CASE if row.clean.get(CASE) else NAME, "person", "这件转接不在您的办理范围内。")
            return
        if names.fold(case.title) != names.fold(str(row.clean.get(NAME, ""))):
            row.complain(NAME, "person", f"这个编号或号码在这里是{case.title}，请核对。")
            return
        row.outcome, row.record_id = "update", case.pk
        row.clean["case_id"] = case.pk
        answer = NationalAnswer(row.clean[ANSWER]) if row.clean.get(ANSWER) else None
        if answer is None:
            return
        row.clean["ours"] = procedure(case.procedure).stage_title(case.stage) if case.is_open else case.get_state_display()
        self._say_what_follows(row, case, answer, opened)

    def _say_what_follows(self, row: Checked, case: ProcedureCase, answer: NationalAnswer, opened: Mapping[str, dt.date]) -> None:
        what = template().takes[case.procedure].get(answer.value)
        step = procedure(case.procedure).step(what.step, clock.today()) if what else None
        if what is None or step is None or taken_by(case, answer, opened) is None:
            row.clean["then"] = _written_down(case, answer, step)
        elif self.upload.by.user_id is not None and self.upload.by.user_id == case.account_id:
            row.complain(NAME, "own", "这一行关系到您本人，请由其他同志导入。")
        else:
            outcome = step.outcome(what.outcome)
            row.clean |= {"takes": True, "then": f"办理“{step.title}”" + (f"：{outcome.title}" if outcome else "")}


def _written_down(case: ProcedureCase, answer: NationalAnswer, step: Step | None) -> str:
    """Why an answer takes nothing."""
    if agrees(case, answer):
        return "两边一致，不用办"
    turn = f"还没有轮到“{step.title}”，" if step and case.is_open else ""
    return f"{turn}只记下来，列入“两边对照”"


def _key(row: Checked) -> str:
    person = index_of(str(row.clean[NUMBER])) if row.clean.get(NUMBER) else str(row.clean.get(CASE, ""))
    return f"{person[:48]} {str(row.clean.get(DIRECTION, ''))[:20]}".strip()


def figures(values: Mapping[str, Any]) -> Sequence[str]:
    """Ours beside theirs, and what would happen."""
    theirs = template().spelt(values[ANSWER]) if values.get(ANSWER) else ""
    return [str(values.get("ours", "")), theirs, str(values.get("then", ""))]


def enter(*, actor: Actor, upload: Upload, new: Iterable[Row], updates: Iterable[Row], progress: Progress) -> Done:
    """See ``sheet_offers.Enter``."""
    rows = [*((row, "") for row in new), *((row, "case") for row in updates)]
    told = [_told(row, is_ours=bool(kind)) for row, kind in rows]
    take_answers(actor=actor, organization=upload.organization, rows=told, progress=progress)
    updated = sum(1 for _row, kind in rows if kind)
    return Done(len(rows) - updated, updated)


def _told(row: Row, *, is_ours: bool) -> Told:
    values = row.values
    key = f"case {values['case_id']}" if is_ours else _key(Checked({}, dict(values)))
    return Told(
        number=row.number,
        key=key,
        columns={
            "name": str(values.get(NAME, ""))[:64],
            "direction": str(values.get(DIRECTION, ""))[:20],
            "sent_from": str(values.get(FROM, "")),
            "sent_to": str(values.get(TO, "")),
        },
        answer=NationalAnswer(values[ANSWER]),
        answered_on=values.get(DAY),
        reason=str(values.get(REASON, "")),
        case_id=values.get("case_id"),
        takes=bool(values.get("takes")),
    )


def missing(_organization: Organization, found: Collection[str]) -> list[str]:
    """The columns without which nothing could be matched or taken."""
    lacking = [one.title for one in columns() if one.required and one.code not in found]
    return lacking if {CASE, NUMBER} & set(found) else [*lacking, "业务编号或者公民身份号码"]


def next_steps(_organization: Organization) -> Sequence[NextStep]:
    """Where the two sides are compared."""
    return (NextStep("两边对照", "看看全国系统和这里哪些不一致", reverse("transfers:national"), "arrows-left-right"),)


ANSWERS: Final = Sheet(
    code="transfer_answers",
    title="全国系统转接回执",
    permission=EXCHANGE,
    words=WORDS,
    columns=columns,
    name_column=NAME,
    checker=AnswersChecker,
    enter=enter,
    missing=missing,
    kinds=KINDS,
    notes=NOTES,
    next_steps=next_steps,
    figure_titles=("我们这边", "全国系统", "入库以后"),
    figures=figures,
    order=90,
)
