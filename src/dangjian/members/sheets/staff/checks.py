"""What a row of a staff list means: only members on record are kept, of everybody else nothing is."""

from collections.abc import Sequence
from typing import Final

from dangjian.kernel import clock, identity, names
from dangjian.kernel.errors import Invalid
from dangjian.kernel.spreadsheets import as_text
from dangjian.members.models import Standing
from dangjian.members.own import own_records
from dangjian.members.queries.known import Known, indexer, known_by_number, known_people
from dangjian.members.sheets.matching import match_at_work
from dangjian.members.sheets.staff.columns import (
    AT_WORK,
    LEFT,
    LEFT_ON,
    LEFT_TO_CHECKER,
    POLITICS,
    STATUS,
    code_of,
    has_left,
    party_of,
)
from dangjian.org.sheet_offers import UNKNOWN_WORD, Checked, Upload

KINDS: Final = {
    "identity": "证件号码",
    "date": "日期",
    "phone": "电话",
    "code": "选项不认识",
    "exists": "已在册",
    "party": "党员",
    UNKNOWN_WORD: "不认识的写法",
}
"""What problems are sorted by."""


class StaffChecker:
    """Checks the rows of one staff list: employee number and name, else the identity number, else name, birth date and unit."""

    def __init__(self, upload: Upload) -> None:
        self.by = upload.by
        self.compares = upload.compares
        self.today = clock.today()
        self._index_of = indexer()

    def check(self, row: Checked) -> None:
        """See ``sheet_offers.Checker``."""
        self._number(row)
        for name in LEFT_TO_CHECKER & row.raw.keys():
            if code := code_of(name, row.raw[name]):
                row.clean[name] = row.told[name] = code
            else:
                text = f"平台没有“{as_text(row.raw[name])}”这种写法，这一项没有比对。请在模板里写明它是哪一种。"
                row.complain(name, UNKNOWN_WORD, text, is_warning=True)
        left = has_left(row.raw.get(STATUS)) or (STATUS not in row.raw and LEFT_ON in row.clean)
        if STATUS in row.raw:
            row.told[STATUS] = LEFT if left else AT_WORK
        if POLITICS in row.raw:
            row.told[POLITICS] = party_of(row.raw[POLITICS]) or "非党员"

    def compare(self, rows: Sequence[Checked]) -> None:
        """Find the member whom each row is about, with a fixed number of questions."""
        numbers = {_number_and_name(row) for row in rows if row.clean.get("employee_no") and row.clean.get("name")}
        by_number = known_by_number(numbers)
        for row in rows:
            if "resident_id" in row.clean:
                row.key, row.key_column = self._index_of(row.clean["resident_id"]), "resident_id"
        by_index = known_people({row.key for row in rows if row.key})
        own = own_records(self.by)
        left: list[Checked] = []
        for row in rows:
            found = by_number.get(_number_and_name(row)) or by_index.get(row.key)
            if found is None:
                left.append(row)
            else:
                self._found(row, found, is_own=found.member_id in own)
        match_at_work(left)
        for row in left:
            if row.outcome == "new":
                self._of_nobody(row)

    def _found(self, row: Checked, known: Known, *, is_own: bool) -> None:
        if not known.visible or known.standing != Standing.NORMAL:
            self._of_nobody(row)
        elif is_own:
            row.outcome = "ignored"
            row.complain("name", "exists", "这一行是您本人。本人的档案不能由自己更新，这一行不采用。", is_warning=True)
        else:
            row.outcome, row.record_id = "update", known.member_id

    def _number(self, row: Checked) -> None:
        value = row.raw.get("resident_id")
        if value is None:
            return
        try:
            told = identity.check_resident_id(value, today=self.today)
        except Invalid:
            # Their number is wrong or hidden: it tells nobody and is not taken.
            return
        row.clean["resident_id"] = row.told["resident_id"] = told.number
        row.clean.setdefault("birth_on", told.birth_on)

    def _of_nobody(self, row: Checked) -> None:
        """Somebody who is no member here: counted alone, unless they say to be one; then their own problems are told too."""
        if party_of(row.raw.get(POLITICS)) and row.told.get(STATUS) != LEFT and self.compares:
            row.problems.clear()
            row.outcome = "new"
            return
        row.problems.clear()
        row.outcome, row.forgotten = "ignored", True


def _number_and_name(row: Checked) -> tuple[str, str]:
    return str(row.clean.get("employee_no", "")), names.fold(str(row.clean.get("name", "")))
