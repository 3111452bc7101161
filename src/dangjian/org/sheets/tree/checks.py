"""What a row of the table of organisations means, and what is wrong with it.

Rows stand in any order and name each other, so all of them are judged together: first which of them speak of organisations on
record, then under what each of the others stands, then what follows from where it stands.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from dangjian.kernel import clock
from dangjian.kernel.rulebook import book
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.ui import words
from dangjian.org.actions.tree import KIND_OF_TYPE
from dangjian.org.models import PARENT_KINDS, Kind
from dangjian.org.policy import JOINT_BRANCH
from dangjian.org.sheet_offers import Checked, Upload
from dangjian.org.sheets.tree.known import Known, codes_elsewhere
from dangjian.org.sheets.tree.leaving import Written
from dangjian.org.sheets.tree.recognition import Recognition
from dangjian.org.sheets.tree.superiors import find_superiors
from dangjian.org.sheets.tree.units import Register, Unit, called, short_of, tidy

KINDS: Final = {
    "name": "名称",
    "type": "党组织类别",
    "parent": "上级党组织",
    "date": "日期",
    "code": "编码",
    "number": "数字",
    "exists": "平台上已有",
}
"""What problems are sorted by."""

LONGEST_SHORT_NAME: Final = 40

DEEPEST: Final = 31
"""Levels of organisations that a path has room for."""


class TreeChecker:
    """Checks the rows of one table of organisations.

    It adds to ``Checked.clean`` of a new one ``above_row`` or ``above_id``, its superior; of one on record that has a code of
    the platform's own ``recoded``, the code that it gets.
    """

    def __init__(self, upload: Upload) -> None:
        self.organization = upload.organization
        self.today = clock.today()
        self._elsewhere: set[str] = set()
        self._written = Written(upload.organization) if upload.compares else None

    def check(self, row: Checked) -> None:
        """See ``sheet_offers.Checker``."""
        name = row.clean.get("name")
        if name and "short_name" not in row.raw:
            self._short_name_from(row, name)
        day = row.clean.get("established_on")
        if day and day > self.today:
            row.complain("established_on", "date", "成立日期不能晚于今天。")
        if row.clean.get("type") in JOINT_BRANCH:
            self._joint_branch(row)
        if self._written and "parent" in row.raw:
            row.told["parent"] = self._written.parent(as_text(row.raw["parent"]))

    def _short_name_from(self, row: Checked, name: str) -> None:
        short_name = short_of(name)
        if len(short_name) > LONGEST_SHORT_NAME:
            row.complain("short_name", "name", f"全称太长，得不出简称。请填写简称，最多{LONGEST_SHORT_NAME}个字。")
        else:
            row.clean["short_name"] = short_name

    def _joint_branch(self, row: Checked) -> None:
        number = row.clean.get("unit_count")
        most = book().on("org.joint_branch.units", self.today)
        if number is None and "unit_count" not in row.raw:
            row.complain("unit_count", "number", "联合党支部没有填联合单位数，以后要补填。", is_warning=True)
        elif number is not None and number > most.expect(int):
            text = f"联合党支部覆盖{number}个单位，一般不超过{most.text}，请核对。（{most.citation}）"
            row.complain("unit_count", "number", text, is_warning=True)

    def compare(self, rows: Sequence[Checked]) -> None:
        """All rows at once: see the text of this module."""
        known = Known(self.organization)
        recognition = Recognition(known)
        fresh = [_unit_of(row) for row in rows if recognition.recognise(row) is None]
        self._elsewhere = codes_elsewhere({unit.code for unit in fresh if unit.code}, known)
        register = Register([*known.units.values(), *fresh], recognition.also_coded)
        find_superiors(fresh, register, known)
        self._check_codes(fresh)
        self._check_names(known, fresh)
        for unit in fresh:
            _put_into_picture(unit)
            self._check_place(unit, known)

    def _check_codes(self, fresh: Iterable[Unit]) -> None:
        first: dict[str, int] = {}
        for unit in fresh:
            row, code = _row(unit), unit.code
            if not code:
                continue
            if code in self._elsewhere:
                row.complain("code", "code", f"编码“{code}”已被其他党组织使用。")
            elif (other := first.setdefault(code, row.number)) != row.number:
                row.complain("code", "code", f"与第{other}行的编码相同。每个党组织的编码只能用一次。")

    def _check_names(self, known: Known, fresh: Iterable[Unit]) -> None:
        """Of two beside each other with one name, the later row is wrong."""
        names: dict[tuple[str, str], Unit] = {}
        short_names: dict[tuple[str, str], Unit] = {}
        for unit in [*known.units.values(), *fresh]:
            if unit.above is None:
                continue
            other = names.setdefault((unit.above.key, tidy(unit.name)), unit)
            if other is not unit and unit.name:
                _complain_of_double(unit, other, "name", "全称")
                continue
            other = short_names.setdefault((unit.above.key, tidy(unit.short_name)), unit)
            if other is not unit and unit.short_name:
                _complain_of_double(unit, other, "short_name", "简称")

    def _check_place(self, unit: Unit, known: Known) -> None:
        row, above = _row(unit), unit.above
        if above is None:
            return
        if unit.kind and above.kind and above.kind not in PARENT_KINDS[unit.kind]:
            allowed = "或".join(Kind(kind).label for kind in Kind.values if kind in PARENT_KINDS[unit.kind])
            text = f"{Kind(unit.kind).label}只能设在{allowed}之下，“{above.title}”是{Kind(above.kind).label}。"
            row.complain("parent", "parent", text)
        elif sum(1 for _ in unit.superiors()) + self.organization.depth > DEEPEST:
            row.complain("parent", "parent", f"层级太多，最多{DEEPEST}级。")
        self._check_day(unit, above, known)

    def _check_day(self, unit: Unit, above: Unit, known: Known) -> None:
        row, day = _row(unit), unit.established_on
        if day is None or row.has("established_on"):
            return
        moved_on = known.moved_here.get(above.record.pk) if above.record else None
        if above.established_on and day < above.established_on:
            text = f"早于上级“{above.title}”的成立日期（{words.day(above.established_on)}）。"
            row.complain("established_on", "date", text)
        elif moved_on and day < moved_on:
            text = f"上级“{above.title}”在{words.day(moved_on)}调整过隶属关系，成立日期不能早于这一天。"
            row.complain("established_on", "date", text)


def _unit_of(row: Checked) -> Unit:
    clean = row.clean
    kind = KIND_OF_TYPE.get(clean.get("type", ""), "")
    name, short_name = clean.get("name", ""), clean.get("short_name", "")
    return Unit(name, short_name, clean.get("code", ""), str(kind), clean.get("established_on"), row=row, called=called(row))


def _row(unit: Unit) -> Checked:
    if unit.row is None:
        raise ValueError(unit)
    return unit.row


def _put_into_picture(unit: Unit) -> None:
    row, above = _row(unit), unit.above
    row.node, row.level = unit.key, unit.kind
    if above is None:
        return
    row.under = above.key
    if above.record is not None:
        row.clean["above_id"] = above.record.pk
    else:
        row.clean["above_row"] = _row(above).number


def _complain_of_double(unit: Unit, other: Unit, column: str, called_so: str) -> None:
    if unit.row is None or unit.above is None:
        return
    if other.row is not None and other.record is None:
        text = f"与第{other.row.number}行的{called_so}相同，上级也相同。"
    else:
        text = f"“{unit.above.title}”之下已有党组织的{called_so}是“{getattr(other, column)}”（编码{other.code}）。"
    how = "重复的一行点“忽略此行”；不是同一个的，请改用不同的名称。"
    unit.row.complain(column, "name", f"{text}{how}")
