"""What a row of a roster means, and what is wrong with it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from dangjian.kernel import clock, codes, names
from dangjian.kernel.rulebook import Bounds, NotInForce, Period, book
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.kernel.ui import words
from dangjian.members import columns as items
from dangjian.members import policy
from dangjian.members.columns import ORDER
from dangjian.members.models import Category, Standing
from dangjian.members.own import own_records
from dangjian.members.queries.known import Known, indexer, known_people
from dangjian.members.sheets.matching import match_people
from dangjian.members.sheets.people import check_branch, check_identity
from dangjian.members.sheets.roster.columns import CATEGORY, GROUP, title
from dangjian.org.sheet_offers import Checked, Upload
from dangjian.org.written.branches import Branches

KINDS: Final = {
    "identity": "证件号码",
    "mismatch": "与证件号码不符",
    "code": "选项不认识",
    "branch": "党支部",
    "group": "党小组",
    "date": "日期",
    "order": "日期先后",
    "category": "人员类别",
    "phone": "电话",
    "exists": "已在册",
}
"""What problems are sorted by."""


class RosterChecker:
    """Checks the rows of one roster; what repeats from row to row is judged once.

    It adds to ``Checked.clean`` what the ID number says, ``branch_id``, ``group_id`` if there is one, and ``category``.
    """

    def __init__(self, upload: Upload) -> None:
        self.effective_on: dt.date = upload.answers["effective_on"]
        self.by = upload.by
        self.filled = upload.filled
        self.compares = upload.compares
        self.update_existing = upload.answers["existing"] == "update"
        self.branches = Branches.below(upload.organization, self.effective_on)
        self.today = clock.today()
        self.book = book()
        self._index_of = indexer()
        self._probation_ends: dict[dt.date, dt.date | None] = {}
        self._adult_from: dict[tuple[dt.date, dt.date], dt.date | None] = {}

    def check(self, row: Checked) -> None:
        """See ``sheet_offers.Checker``."""
        raw = row.raw
        check_identity(row, self.today, may_lack=self.compares)
        self._place(row, raw)
        self._category(row, raw)
        self._order(row)

    def compare(self, rows: Sequence[Checked]) -> None:
        """One person has one record in the whole enterprise: it is found by the blind index of their ID number."""
        for row in rows:
            resident_id = row.clean.get("resident_id")
            if resident_id:
                row.key, row.key_column = self._index_of(resident_id), "resident_id"
        known, own = known_people({row.key for row in rows if row.key}), own_records(self.by)
        for row in rows:
            found = known.get(row.key)
            if found is not None:
                row.outcome, row.record_id = "update", found.member_id
                self._hold_against(row, found, is_own=found.member_id in own)
        if self.compares:
            match_people([row for row in rows if row.key not in known])

    def _hold_against(self, row: Checked, known: Known, *, is_own: bool) -> None:
        branch_id = row.clean.get("branch_id")
        if not known.visible:
            text = "这个号码已登记在本单位另一名党员名下。请核对；确属同一人的，请联系上级党务部门办理转接。"
            row.complain("resident_id", "exists", text)
        elif known.standing != Standing.NORMAL:
            state = Standing(known.standing).label
            text = f"{known.name}已有档案（{state}）。请打开原档案办理恢复或转入，不要重复建档。"
            row.complain("resident_id", "exists", text)
        elif self.compares:
            if is_own:
                row.outcome = "ignored"
                row.complain("name", "exists", "这一行是您本人。本人的档案不能由自己更新，这一行不比对。", is_warning=True)
        elif branch_id and known.branch_id != branch_id:
            text = f"{known.name}现在是“{known.branch_name}”的党员。要换支部的，请办理支部间调整（组织关系转接），不要用导入。"
            row.complain("resident_id", "exists", text)
        elif self.update_existing and is_own:
            row.outcome = "ignored"
            row.complain("name", "exists", "这一行是您本人。本人的档案不能由自己更新，这一行不入库。", is_warning=True)
        elif self.update_existing:
            _warn_of_differences(row, known)
            if row.clean.get("group_id", known.organization_id) != known.organization_id:
                text = f"{known.name}已在册，党小组不随名册改变；要调整的，请在党支部的“党小组”里办理。"
                row.complain(GROUP, "group", text, is_warning=True)
        else:
            row.outcome = "ignored"

    def _place(self, row: Checked, raw: Mapping[str, Value]) -> None:
        found = check_branch(row, self.branches, self.filled)
        if found is None:
            return
        if GROUP in raw:
            group = self.branches.group_of(found, raw[GROUP])
            if group.trouble:
                row.complain(GROUP, "group", group.trouble)
            elif group.branch:
                row.clean["group_id"] = group.branch.pk
                row.told[GROUP] = group.branch.name

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
        row.clean["category"] = category
        row.told[CATEGORY] = Category(category).label
        if category == Category.PROBATIONARY and converted:
            row.complain("converted_on", "category", "预备党员没有转正日期。已经转正的，请把人员类别改为正式党员。")
        elif category == Category.FULL and "converted_on" not in raw:
            row.complain("converted_on", "category", "正式党员没有填转正日期，党龄无法计算，以后要补填。", is_warning=True)
        elif category == Category.PROBATIONARY and joined and (latest := self._latest_end(joined)) and latest < self.today:
            text = f"入党已满预备期和最长延长期（到{words.day(latest)}），请核对是否已经转正。"
            row.complain(CATEGORY, "category", text, is_warning=True)

    def _derive_category(self, row: Checked, raw: Mapping[str, Value], joined: dt.date | None, converted: dt.date | None) -> None:
        if converted or "converted_on" in raw:
            row.clean["category"] = Category.FULL
            return
        if row.has("converted_on"):
            # What stands there cannot be read; once it is put right, it tells.
            return
        latest = self._latest_end(joined) if joined else None
        if latest is None or latest < self.today:
            row.complain(CATEGORY, "category", "看不出是正式党员还是预备党员，请填人员类别或转正日期。")
        else:
            row.clean["category"] = Category.PROBATIONARY

    def _latest_end(self, joined: dt.date) -> dt.date | None:
        """The last day on which somebody who joined then may still be on probation; None where no rule says it."""
        ends_on = self._probation_end(joined)
        if ends_on is None:
            return None
        longest = self.book.on("dev.probation.extend", ends_on).expect(Bounds).at_most
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
                    name, "order", f"晚于所选的生效日期（{words.day(self.effective_on)}）。请核对，或换一个生效日期重新上传。"
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
            text = f"预备期不满{rule.text}（应到{words.day(ends_on)}），请核对。（{rule.citation}）"
            row.complain("converted_on", "order", text, is_warning=True)

    def _probation_end(self, joined: dt.date) -> dt.date | None:
        if joined not in self._probation_ends:
            try:
                self._probation_ends[joined] = policy.probation_ends_on(joined, book=self.book)
            except NotInForce:
                self._probation_ends[joined] = None
        return self._probation_ends[joined]


def _warn_of_differences(row: Checked, known: Known) -> None:
    name, category = row.clean.get("name"), row.clean.get("category")
    if name and not names.same(name, known.name):
        text = f"这个号码登记的姓名是“{known.name}”，入库后会改成“{name}”，请核对。"
        row.complain("name", "exists", text, is_warning=True)
    if category and category != known.category:
        text = "与在册的人员类别不同。导入不改类别，转正请在“党籍变动”中办理。"
        row.complain(CATEGORY, "exists", text, is_warning=True)
