"""Which rows of the table speak of organisations that are on record, and what of these is to be corrected."""

from typing import Any, Final

from dangjian.kernel import codes
from dangjian.kernel.ui import words
from dangjian.org.actions.tree import KIND_OF_TYPE
from dangjian.org.sheet_offers import Checked
from dangjian.org.sheets.tree.columns import DETAILS
from dangjian.org.sheets.tree.known import Known
from dangjian.org.sheets.tree.units import Register, Unit, called, tidy
from dangjian.org.written.nearest import folded

SEE: Final = "请在“党组织”页面办理。"


class Recognition:
    """Tells rows that speak of something on record from new ones; ``also_coded`` are other codes that rows give to those."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._register = Register(known.units.values())
        self._of_code = {unit.code: unit for unit in known.units.values()}
        self._of_name: dict[tuple[str, str], list[Unit]] = {}
        for unit in known.units.values():
            self._of_name.setdefault((tidy(unit.name), unit.kind), []).append(unit)
        self.also_coded: list[tuple[str, Unit]] = []

    def recognise(self, row: Checked) -> Unit | None:
        """The organisation on record of which the row speaks; what will become of the row is said on it."""
        unit = self._of_code.get(row.clean.get("code", "")) or self._place(row) or self._named(row)
        if unit is None:
            return None
        row.record_id = unit.record.pk if unit.record else None
        if unit.row is not None:
            row.complain("name", "exists", f"与第{unit.row.number}行是同一个党组织“{unit.title}”。重复的一行点“忽略此行”。")
            row.outcome = "ignored"
            return unit
        unit.row = row
        row.node, row.under, row.level = unit.key, unit.above.key if unit.above else "", unit.kind
        self._compare(row, unit)
        return unit

    def _place(self, row: Checked) -> Unit | None:
        """The top of the table is there already: it stands there by its name, without a superior or with one from elsewhere."""
        place, superior = self._known.place, called(row)
        if _kind(row) != place.kind or (superior and self._register.find(superior)):
            return None
        named = {folded(row.clean.get(column, "")) for column in ("name", "short_name")} - {""}
        return place if named & {folded(place.name), folded(place.short_name)} else None

    def _named(self, row: Checked) -> Unit | None:
        """One of the same full name and kind under the superior that the row names."""
        candidates = self._of_name.get((tidy(row.clean.get("name", "")), _kind(row)), [])
        if not candidates or not called(row):
            return None
        segments = self._register.segments(called(row))
        found = [one for one in candidates if one.above and segments and self._register.names(one.above, segments)]
        return found[0] if len(found) == 1 else None

    def _compare(self, row: Checked, unit: Unit) -> None:
        name = row.clean.get("name", "")
        if name and tidy(name) != tidy(unit.name):
            text = (
                f"平台上登记的是“{unit.name}”（编码{unit.code}）。导入不改名称：是同一个党组织的，更名{SEE}不是的，请改正编码。"
            )
            row.complain("name", "exists", text, is_warning=folded(name) == folded(unit.name))
        self._compare_superior(row, unit)
        for column, title, before, after in _fixed(row, unit):
            text = f"平台上登记的{title}是“{before}”，与表里的“{after}”不同。导入不改这一项。"
            row.complain(column, "exists", text, is_warning=True)
        details = self._details(row, unit)
        row.warns = True
        row.outcome = "update" if details else "ignored"
        if "code" in details:
            row.clean["recoded"] = details["code"]

    def _compare_superior(self, row: Checked, unit: Unit) -> None:
        superior = called(row)
        if not superior or unit.above is None:
            return
        segments = self._register.segments(superior)
        if not segments or not self._register.names(unit.above, segments):
            text = f"“{unit.title}”现在的上级是“{unit.above.title}”。导入不改上级：调整隶属关系{SEE}"
            row.complain("parent", "exists", text)

    def _details(self, row: Checked, unit: Unit) -> dict[str, Any]:
        details = {name: row.clean[name] for name in DETAILS if name in row.clean}
        code = row.clean.get("code")
        if code and code != unit.code:
            self.also_coded.append((code, unit))
            if unit.record and unit.code.lstrip("0") == str(unit.record.pk):
                details["code"] = code
            else:
                text = f"平台上登记的编码是“{unit.code}”。导入不改已有的编码。"
                row.complain("code", "exists", text, is_warning=True)
        return {name: value for name, value in details.items() if getattr(unit.record, name) != value}


def _kind(row: Checked) -> str:
    return str(KIND_OF_TYPE.get(row.clean.get("type", ""), ""))


def _fixed(row: Checked, unit: Unit) -> list[tuple[str, str, str, str]]:
    """What differs and is part of the dated history: column, title, what is on record, what the row says."""
    found = []
    short_name, type_code = row.clean.get("short_name"), row.clean.get("type")
    day, types = row.clean.get("established_on"), codes.get("org_type")
    if "short_name" in row.raw and short_name and tidy(short_name) != tidy(unit.short_name):
        found.append(("short_name", "简称", unit.short_name, short_name))
    if unit.record and type_code and type_code != unit.record.type_code:
        found.append(("type", "类别", types.label(unit.record.type_code), types.label(type_code)))
    if day and unit.established_on and day != unit.established_on:
        found.append(("established_on", "成立日期", words.day(unit.established_on), words.day(day)))
    return found
