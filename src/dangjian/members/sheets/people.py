"""What is asked of every row of a sheet that is a person: their identity number, and the branch to which they belong."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from dangjian.kernel import identity
from dangjian.kernel.dates import parse_date
from dangjian.kernel.errors import Invalid
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.members import columns as items
from dangjian.members.sheets.roster.columns import BRANCH, title
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import Checked
from dangjian.org.written.branches import Branches


def check_identity(row: Checked, today: dt.date, *, may_lack: bool = False) -> None:
    """Put the identity number of a row into ``clean``, with birth date and sex, or complain.

    One that ``may_lack`` its number is a person who can be told otherwise.
    """
    value = row.raw.get("resident_id")
    if value is None:
        if not (may_lack or row.has("resident_id")):
            row.complain("resident_id", "required", f"“{title('resident_id')}”没有填写。")
        return
    if "*" in str(value):
        row.complain("resident_id", "identity", "号码中间几位被星号隐去了，请填完整的18位号码。")
        return
    try:
        told = identity.check_resident_id(value, today=today)
    except Invalid as problem:
        row.complain("resident_id", "identity", problem.brief)
        return
    row.clean["resident_id"] = row.told["resident_id"] = told.number
    for name, from_number in (("birth_on", told.birth_on), ("sex", told.sex)):
        typed = row.clean.setdefault(name, from_number)
        if typed != from_number and not _same_month(name, row.raw.get(name), typed, from_number):
            text = f"与公民身份号码不一致：号码表示{title(name)}是{items.show(name, from_number)}。"
            row.complain(name, "mismatch", text)
        row.clean[name] = from_number


def check_branch(row: Checked, branches: Branches, filled: Collection[str]) -> Organization | None:
    """Put ``branch_id`` into ``clean`` and return the branch that is meant, or complain and return ``None``."""
    raw = row.raw
    if row.has(BRANCH):
        return None
    if BRANCH not in raw and BRANCH in filled:
        text = "这一行没有填写所在党支部，别的行都填了。请补上；合并的单元格请取消合并后逐行填写。"
        row.complain(BRANCH, "required", text)
        return None
    found = branches.find(raw.get(BRANCH))
    if found.branch is None:
        row.complain(BRANCH, "branch" if BRANCH in raw else "required", found.trouble)
        return None
    row.clean["branch_id"] = found.branch.pk
    row.told[BRANCH], row.organization_id = found.branch.name, found.branch.pk
    return found.branch


def _same_month(name: str, raw: Value, typed: Any, from_number: Any) -> bool:
    """Whether only the month of birth was typed, and agrees."""
    if name != "birth_on" or typed.day != 1 or (typed.year, typed.month) != (from_number.year, from_number.month):
        return False
    return parse_date(raw).month_only
