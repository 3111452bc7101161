"""What a row of a roster means, and what is wrong with it. No table is asked here; see ``queries.known_people`` for the rest."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from dangjian.engines.exchange.branches import Branches
from dangjian.engines.exchange.columns import BRANCH, CATEGORY, EXAMPLE_MARK, FLAGS, REQUIRED, title
from dangjian.kernel import codes, identity
from dangjian.kernel.dates import parse_date
from dangjian.kernel.errors import Invalid
from dangjian.kernel.rulebook import NotInForce, Period, Rulebook, Span
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.members import columns as items
from dangjian.members import policy
from dangjian.members.actions.record import ORDER
from dangjian.members.columns import COLUMNS
from dangjian.members.models import Category

KINDS: Final = {
    "required": "缺少必填",
    "identity": "证件号码",
    "mismatch": "与证件号码不符",
    "code": "选项不认识",
    "branch": "党支部",
    "date": "日期",
    "order": "日期先后",
    "category": "人员类别",
    "phone": "电话",
    "long": "内容过长",
    "formula": "公式没有结果",
    "duplicate": "名册内重复",
    "exists": "已在册",
}
"""What problems are sorted by."""

UNCALCULATED: Final = "\0formula"
"""Stands for a cell whose formula has no result; nobody can type it."""

LONGEST_ADDRESS: Final = 200
_KIND_OF: Final = {"resident_id": "identity", "mobile": "phone", "phone": "phone", "code": "code", "date": "date", "flag": "code"}
_MEMOISED: Final = frozenset({"code", "date", "flag"})
_PHONE = re.compile(r"[\d\s+()（）\-—－转,，、;；/]{5,40}")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with one cell. A warning does not keep the row out."""

    column: str
    kind: str
    message: str
    is_warning: bool = False


@dataclass(slots=True)
class Checked:
    """A row as understood: clean values of ``COLUMNS``, the branch, the category; ``is_example`` for the template's own row."""

    clean: dict[str, Any] = field(default_factory=dict)
    branch_id: int | None = None
    category: str = ""
    problems: list[Problem] = field(default_factory=list)
    is_example: bool = False

    @property
    def is_wrong(self) -> bool:
        """Whether something must be put right."""
        return any(not problem.is_warning for problem in self.problems)

    def has(self, column: str) -> bool:
        """Whether something is wrong with ``column`` already."""
        return any(problem.column == column for problem in self.problems)

    def complain(self, column: str, kind: str, message: str, *, is_warning: bool = False) -> None:
        """Add a problem."""
        self.problems.append(Problem(column, kind, message, is_warning))


class RowChecker:
    """Checks the rows of one batch, one after the other; what repeats from row to row is judged once."""

    def __init__(self, *, branches: Branches, effective_on: dt.date, today: dt.date, book: Rulebook) -> None:
        self.branches = branches
        self.effective_on = effective_on
        self.today = today
        self.book = book
        self._memo: dict[tuple[str, type, Value], Any] = {}
        self._probation_ends: dict[dt.date, dt.date | None] = {}
        self._adult_from: dict[tuple[dt.date, dt.date], dt.date | None] = {}

    def check(self, raw: Mapping[str, Value]) -> Checked:
        """``raw``: what stands below each column, without the empty cells."""
        row = Checked()
        raw = self._without_formulas(row, raw)
        if as_text(raw.get("name")).startswith(EXAMPLE_MARK):
            row.is_example = True
            return row
        for name, value in raw.items():
            if name in COLUMNS and name != "resident_id":
                self._read(row, name, value)
        self._person(row, raw)
        self._place(row, raw)
        self._category(row, raw)
        self._order(row)
        return row

    def _without_formulas(self, row: Checked, raw: Mapping[str, Value]) -> Mapping[str, Value]:
        empty = [name for name, value in raw.items() if value == UNCALCULATED]
        for name in empty:
            row.complain(name, "formula", "这一格是没有算出结果的公式或错误值。请填写结果，或在表格中重新计算并保存后再上传。")
        return {name: value for name, value in raw.items() if value != UNCALCULATED} if empty else raw

    def _read(self, row: Checked, name: str, value: Value) -> None:
        kind = COLUMNS[name].kind
        key = (name, type(value), value)
        if kind in _MEMOISED and key in self._memo:
            row.clean[name] = self._memo[key]
            return
        if kind in {"mobile", "phone"} and "*" in str(value):
            row.complain(name, "phone", "号码中间几位被星号隐去了，请填完整号码。")
            return
        try:
            clean: Any = _flag(value) if kind == "flag" else items.clean(name, value)
        except Invalid as problem:
            row.complain(name, _KIND_OF.get(kind, "long"), f"{problem.message}{problem.how}")
            return
        if kind == "address" and len(clean) > LONGEST_ADDRESS:
            row.complain(name, "long", f"最多{LONGEST_ADDRESS}个字，现在是{len(clean)}个。")
        elif kind == "phone" and not _PHONE.fullmatch(clean):
            row.complain(name, "phone", "联系电话只能有数字、短横线和“转”，最多40位。")
        else:
            row.clean[name] = clean
            if kind in _MEMOISED:
                self._memo[key] = clean

    def _person(self, row: Checked, raw: Mapping[str, Value]) -> None:
        for name in REQUIRED[:2]:
            if raw.get(name) is None and not row.has(name):
                row.complain(name, "required", f"“{title(name)}”没有填写。")
        value = raw.get("resident_id")
        if value is None:
            return
        if "*" in str(value):
            row.complain("resident_id", "identity", "号码中间几位被星号隐去了，请填完整的18位号码。")
            return
        try:
            told = identity.check_resident_id(value, today=self.today)
        except Invalid as problem:
            row.complain("resident_id", "identity", f"{problem.message}{problem.how}")
            return
        row.clean["resident_id"] = told.number
        for name, from_number in (("birth_on", told.birth_on), ("sex", told.sex)):
            typed = row.clean.setdefault(name, from_number)
            if typed != from_number and not _same_month(name, raw.get(name), typed, from_number):
                text = f"与公民身份号码不一致：号码表示{title(name)}是{items.show(name, from_number)}。"
                row.complain(name, "mismatch", text)
            row.clean[name] = from_number

    def _place(self, row: Checked, raw: Mapping[str, Value]) -> None:
        found = self.branches.find(raw.get(BRANCH))
        if row.has(BRANCH):
            return
        if found.branch is None:
            row.complain(BRANCH, "branch" if BRANCH in raw else "required", found.trouble)
        else:
            row.branch_id = found.branch.pk

    def _category(self, row: Checked, raw: Mapping[str, Value]) -> None:
        typed = raw.get(CATEGORY)
        joined, converted = row.clean.get("joined_on"), row.clean.get("converted_on")
        if typed is None:
            self._derive_category(row, raw, joined, converted)
            return
        category = codes.get("member_category").find(typed)
        if category is None:
            row.complain(CATEGORY, "code", f"没有“{as_text(typed)}”这个类别。请填正式党员或预备党员。")
            return
        row.category = category
        if category == Category.PROBATIONARY and converted:
            row.complain("converted_on", "category", "预备党员没有转正日期。已经转正的，请把人员类别改为正式党员。")
        elif category == Category.FULL and "converted_on" not in raw:
            row.complain("converted_on", "category", "正式党员没有填转正日期，党龄无法计算，以后要补填。", is_warning=True)
        elif category == Category.PROBATIONARY and joined and (latest := self._latest_end(joined)) and latest < self.today:
            text = f"入党已满预备期和最长延长期（到{latest:%Y年%m月%d日}），请核对是否已经转正。"
            row.complain(CATEGORY, "category", text, is_warning=True)

    def _derive_category(self, row: Checked, raw: Mapping[str, Value], joined: dt.date | None, converted: dt.date | None) -> None:
        if converted or "converted_on" in raw:
            row.category = Category.FULL
            return
        latest = self._latest_end(joined) if joined else None
        if latest is None or latest < self.today:
            row.complain(CATEGORY, "category", "看不出是正式党员还是预备党员，请填人员类别或转正日期。")
        else:
            row.category = Category.PROBATIONARY

    def _latest_end(self, joined: dt.date) -> dt.date | None:
        """The last day on which somebody who joined then may still be on probation; None where no rule says it."""
        ends_on = self._probation_end(joined)
        if ends_on is None:
            return None
        longest = self.book.on("dev.probation.extend", ends_on).expect(Span).at_most
        return Period(months=int(longest or 0)).after(ends_on)

    def _order(self, row: Checked) -> None:
        earlier = ""
        for name in ORDER:
            day = row.clean.get(name)
            if day is None:
                continue
            if earlier and day < row.clean[earlier]:
                row.complain(name, "order", f"不能早于“{title(earlier)}”（{items.show(earlier, row.clean[earlier])}）。")
            earlier = name
            if name != "birth_on" and day > self.effective_on:
                row.complain(
                    name, "order", f"晚于所选的生效日期（{self.effective_on:%Y年%m月%d日}）。请核对，或换一个生效日期重新上传。"
                )
        self._age(row)
        self._probation(row)

    def _age(self, row: Checked) -> None:
        born, joined = row.clean.get("birth_on"), row.clean.get("joined_on")
        if born is None or joined is None or joined < born:
            return
        adult_on = self._adult_on(born, joined)
        if adult_on and joined < adult_on:
            rule = self.book.on("member.least_age", joined)
            text = f"入党时只有{policy.age(born, joined)}岁，不满{rule.text}。请核对入党时间和出生日期。（{rule.citation}）"
            row.complain("joined_on", "order", text)

    def _adult_on(self, born: dt.date, joined: dt.date) -> dt.date | None:
        if (born, joined) not in self._adult_from:
            try:
                least = self.book.on("member.least_age", joined).expect(Period)
                self._adult_from[born, joined] = least.after(born)
            except NotInForce:
                self._adult_from[born, joined] = None
        return self._adult_from[born, joined]

    def _probation(self, row: Checked) -> None:
        joined, converted = row.clean.get("joined_on"), row.clean.get("converted_on")
        if joined is None or converted is None or converted < joined:
            return
        ends_on = self._probation_end(joined)
        if ends_on and converted < ends_on:
            rule = self.book.on("dev.probation", joined)
            text = f"预备期不满{rule.text}（应到{ends_on:%Y年%m月%d日}），请核对。（{rule.citation}）"
            row.complain("converted_on", "order", text, is_warning=True)

    def _probation_end(self, joined: dt.date) -> dt.date | None:
        if joined not in self._probation_ends:
            try:
                self._probation_ends[joined] = policy.probation_ends_on(joined, book=self.book)
            except NotInForce:
                self._probation_ends[joined] = None
        return self._probation_ends[joined]


def _flag(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    known = FLAGS.get(as_text(value).lower())
    if known is None:
        raise Invalid(f"“{as_text(value)}”看不出是还是否。", how="请填是或否。")
    return known


def _same_month(name: str, raw: Value, typed: Any, from_number: Any) -> bool:
    """Whether only the month of birth was typed, and agrees."""
    if name != "birth_on" or typed.day != 1 or (typed.year, typed.month) != (from_number.year, from_number.month):
        return False
    return parse_date(raw).month_only
