"""The table of what was done on paper this year: duties whose period was running when their organisation came onto the platform.

It stands with the frame because it joins two engines that do not know each other: what is owed, and how tables come in.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from django.urls import reverse

from dangjian.engines.duties import live
from dangjian.engines.duties.actions import PaperWork, forget_paper_work, note_paper_work
from dangjian.engines.duties.models import DoneBefore, Duty, State
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.dates import parse_date
from dangjian.kernel.errors import Invalid
from dangjian.kernel.registry import by_code
from dangjian.kernel.registry import offers as all_of
from dangjian.kernel.rulebook import book
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.kernel.ui.words import day as written_day
from dangjian.kernel.windows import Window, windows
from dangjian.org import sheet_offers as offers
from dangjian.org.duty_offers import DutyRule
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import Checked, Done, NextStep, Progress, Sheet, SheetColumn, Upload, Words
from dangjian.org.written.names import Names

CODE: Final = "done_before"
KINDS: Final = {"organization": "党组织", "duty": "事项", "day": "日期", "period": "所属期"}
A_YEAR: Final = dt.timedelta(days=366)
QUARTERS: Final = str.maketrans("1234", "一二三四")
WORDS: Final = Words(
    noun="已办事项表",
    subject="启用前已办事项",
    unit="项",
    advice=(
        "启用平台的时候，今年（本季度、本月）的有些事已经在纸面上办过。登记在这里，平台就不再催办。",
        "一个党组织的一件事填一行：党组织、事项、办理日期。由上级党组织登记下级的，只登记启用日期以前办的；启用以后办的，在平台上办理。",
        "已经开过的会，也可以由支部在平台上补记全部内容；补记了的不用再填。",
    ),
    empty="先下载模板，按台账填写启用以前已经办完的事项。",
    undo="这次登记的已办事项会撤回，没有别的记录证明已办的，重新列入待办。",
    needs="党组织要先在平台上。",
    update="改为这次填写的日期",
)
NOTES: Final = (
    "一个党组织的一件事填一行。第二行是示例，名称以“示例”开头的行不会导入，可以删除。",
    "所属期一般不用填，按办理日期算；跨年办的（例如一月开上年度的组织生活会），填所属期，例如2026年。",
    "每季度、每年应办几次的，登记以后这一期整项算作已办。",
)


def _rules() -> Sequence[DutyRule]:
    """What organisations owe in every period of a kind, and what can be shown to be done."""
    return [rule for rule in all_of(DutyRule) if rule.sort == "calendar" and rule.subject == "organization" and rule.evidence]


def columns() -> Sequence[SheetColumn]:
    """Who did what on which day."""
    titles = tuple(rule.title for rule in _rules())
    return (
        SheetColumn(
            "organization", "党组织", ("单位", "党支部", "党组织名称"), required=True, kind="organization",
            example="示例机电党支部", hint="写全称、简称或编码；党小组写成“机电党支部/第一党小组”。", in_preview=True,
        ),
        SheetColumn(
            "duty", "事项", ("应办事项", "任务", "活动类型"), required=True, read=_duty, kind="duty", repeats=True,
            choices=titles, example=titles[0] if titles else "", in_preview=True,
        ),
        SheetColumn(
            "done_on", "办理日期", ("日期", "完成日期", "召开日期", "时间"), required=True, read=_day, kind="day",
            example="2026-10-15", in_preview=True, holds_days=True,
        ),
        SheetColumn(
            "period", "所属期", ("周期", "所属年度", "年度"), kind="period", hint="一般不用填，按办理日期算。", in_preview=True
        ),
        SheetColumn("note", "说明", ("备注", "依据", "材料"), read=_note, hint="例如会议记录存放在哪里。"),
    )  # fmt: skip


def _duty(value: Value) -> str:
    typed = as_text(value).strip()
    known = [rule for rule in _rules() if typed in {rule.title, rule.short, rule.code}]
    if not known:
        raise Invalid(f"没有“{typed}”这个事项。", how=f"请填：{'、'.join(rule.title for rule in _rules())}。")
    return known[0].code


def _day(value: Value) -> dt.date:
    found = parse_date(value)
    if found.month_only:
        raise Invalid("办理日期要写到哪一天。", how="例如2026-10-15。")
    return found.value


def _note(value: Value) -> str:
    return as_text(value).strip()[:200]


class DoneBeforeChecker:
    """Finds the organisation and the period of each row, and says what keeps it from being noted."""

    def __init__(self, upload: Upload) -> None:
        self.place = upload.organization
        self.names: Names | None = None

    def check(self, row: Checked) -> None:
        """See ``offers.Checker``."""
        if "done_on" in row.clean and row.clean["done_on"] > clock.today():
            row.complain("done_on", "day", "办理日期晚于今天。")

    def compare(self, rows: Sequence[Checked]) -> None:
        """Three queries: the organisations, what was noted before, what is shown done."""
        placed = [(row, one) for row in rows if (one := self._organization(row)) is not None and not row.is_wrong]
        known = by_code(DutyRule)
        found = [
            (row, one, rule, window)
            for row, one in placed
            if (rule := self._rule(row, one, known)) is not None and (window := _window(row, one, rule)) is not None
        ]
        ids = {one.pk for _, one, _, _ in found}
        noted = {
            (one.organization_id, one.rule, one.period_start): one for one in DoneBefore.objects.filter(organization__in=ids)
        }
        shown = Duty.objects.filter(organization__in=ids, state=State.DONE, evidence_id__isnull=False).order_by()
        there = set(shown.values_list("organization_id", "rule", "period_start"))
        for row, one, rule, window in found:
            key = (one.pk, rule.code, window.start)
            row.key, row.key_column = f"{one.pk}:{rule.code}:{window.start}", "duty"
            row.doubled = f"与第{{first}}行是同一件事：{one.short_name}{window.label}{rule.title}。"
            row.clean |= {"organization_id": one.pk, "period_start": window.start, "title": f"{window.label}{rule.title}"}
            before = noted.get(key)
            if key in there:
                row.outcome, row.warns = "ignored", True
                row.complain("duty", "duty", f"平台上已有{window.label}{rule.title}的记录，不用再登记。", is_warning=True)
            elif before is not None:
                same = (before.done_on, before.note) == (row.clean["done_on"], row.clean.get("note", ""))
                row.outcome, row.record_id = ("ignored", None) if same else ("update", before.pk)

    def _organization(self, row: Checked) -> Organization | None:
        typed = as_text(row.raw.get("organization"))
        if not typed:
            return None
        if self.names is None:
            self.names = Names(list(Organization.objects.standing().below(self.place).select_related("parent")))
        found = self.names.called(typed)
        if len(found) == 1 and found[0].pk == self.place.pk and self.place.parent_id:
            text = f"{found[0].short_name}自己的已办事项，由上级党组织登记。"
        elif len(found) == 1:
            return found[0]
        elif found:
            ways = "”“".join(self.names.way_to(one) for one in found[:4])
            text = f"有{len(found)}个党组织都叫“{typed}”，请写明上级：“{ways}”。"
        else:
            near = self.names.near(typed, lambda _one: True)
            text = f"在“{self.place}”范围内没有党组织叫“{typed}”。" + (
                f"是不是“{'”“'.join(near)}”？" if near else "请写全称、简称或编码。"
            )
        row.complain("organization", "organization", text)
        return None

    def _rule(self, row: Checked, one: Organization, known: Any) -> DutyRule | None:
        rule: DutyRule = known[row.clean["duty"]]
        if one.kind in rule.kinds:
            return rule
        row.complain("duty", "duty", f"{one.short_name}是{one.get_kind_display()}，不用办“{rule.title}”。")
        return None


def _window(row: Checked, one: Organization, rule: DutyRule) -> Window | None:
    """The period of the duty in which the row counts; complains if there is none, or if it does not matter any more."""
    done_on = row.clean["done_on"]
    if done_on >= one.live_on:
        text = f"{one.short_name}从{written_day(one.live_on)}起使用平台，这以后办的请在平台上办理；开过的会可以补记。"
        row.complain("done_on", "day", text)
        return None
    spans = list(windows(rule.key(one.kind), one.live_on - A_YEAR, one.live_on, book()))
    window = _named(row, spans) if "period" in row.raw else next((span for span in spans if span.holds(done_on)), None)
    if row.is_wrong:
        return None
    if window is None or not window.start <= done_on <= _last_day(rule, window):
        where = f"“{window.label}”的" if window else "启用前一年以内的"
        row.complain("done_on", "day", f"办理日期{written_day(done_on)}不在{where}期限内，请核对日期和所属期。")
        return None
    earlier = spans[spans.index(window) - 1] if spans.index(window) else None
    if "period" not in row.raw and earlier and done_on <= _last_day(rule, earlier):
        text = f"按{window.label}登记；如果办的是{earlier.label}的，请在“所属期”里写“{earlier.label}”。"
        row.complain("done_on", "period", text, is_warning=True)
    elif not live.owes(one, window, clock.today()) and _last_day(rule, window) == window.last:
        text = f"{one.short_name}从{written_day(one.live_on)}启用，{window.label}的{rule.title}本来就不计，登记只作备查。"
        row.complain("done_on", "period", text, is_warning=True)
    return window


def _named(row: Checked, spans: Sequence[Window]) -> Window | None:
    typed = as_text(row.raw["period"]).strip()
    year, _, rest = typed.replace(" ", "").replace("年度", "年").partition("年")
    label = f"{year}年{rest.translate(QUARTERS) if '季' in rest else rest}"
    window = next((span for span in spans if span.label == label), None)
    if window is None and (month := _month(typed)):  # spreadsheets like to make a day of 2026年11月
        window = next((span for span in spans if span.holds(month)), None)
    if window is None:
        text = f"没有“{typed}”这一期。可以写：{'、'.join(span.label for span in spans[-4:])}。"
        row.complain("period", "period", text)
    return window


def _month(typed: str) -> dt.date | None:
    try:
        return parse_date(typed).value
    except Invalid:
        return None


def _last_day(rule: DutyRule, window: Window) -> dt.date:
    return rule.due(window) if rule.due else window.last


def enter(*, actor: Actor, upload: Upload, new: Iterable[offers.Row], updates: Iterable[offers.Row], progress: Progress) -> Done:
    """Note every row; keeps what was noted before."""
    fresh, again = list(new), list(updates)
    rows = [*fresh, *again]
    found = Organization.objects.select_related("parent").in_bulk({row.values["organization_id"] for row in rows})
    works = {
        row.number: PaperWork(
            organization=found[row.values["organization_id"]],
            rule=row.values["duty"],
            title=row.values["title"],
            period_start=row.values["period_start"],
            done_on=row.values["done_on"],
            note=row.values.get("note", ""),
        )
        for row in rows
    }
    former = note_paper_work(actor=actor, rows=list(works.values()), batch=upload.batch)
    progress(len(rows))
    kept = {
        number: {
            "organization": work.organization.pk,
            "rule": work.rule,
            "period_start": work.period_start,
            "former": former.get(work.key),
        }
        for number, work in works.items()
    }
    return Done(new=len(fresh), updated=len(again), kept=kept)


def undo(
    *,
    actor: Actor,
    upload: Upload,  # noqa: ARG001 - the offer's signature
    entered_at: dt.datetime,  # noqa: ARG001 - the offer's signature
    kept: Iterator[offers.Row],
    progress: Progress,
) -> int:
    """Put back what was noted before. See ``offers.Undo``."""
    rows = [row.values for row in kept]
    former = {(row["organization"], row["rule"], row["period_start"]): row["former"] for row in rows}
    number = forget_paper_work(actor=actor, former=former)
    progress(number)
    return number


def next_steps(_organization: Organization) -> Sequence[NextStep]:
    """Where it is to be seen."""
    return (NextStep("查看责任矩阵", "各党组织哪些已办、哪些未办", reverse("duties:matrix"), "table"),)


SHEET: Final = Sheet(
    code=CODE,
    title="已办事项表",
    permission="duties.excuse",
    words=WORDS,
    columns=columns,
    name_column="organization",
    checker=DoneBeforeChecker,
    enter=enter,
    undo=undo,
    kinds=KINDS,
    headers_left_aside=frozenset({"序号"}),
    notes=NOTES,
    next_steps=next_steps,
    order=70,
)
