"""Whom a row means: a member on record, by ID number, or by employee number with the name."""

from collections.abc import Sequence

from dangjian.kernel import identity, names
from dangjian.kernel.errors import Invalid
from dangjian.kernel.spreadsheets import as_text
from dangjian.members.queries.known import Known, indexer, known_by_number, known_people
from dangjian.org.sheet_offers import Checked

NUMBER, STAFF, NAME = "resident_id", "employee_no", "name"


def check_number(row: Checked) -> None:
    """Put the ID number of a row into ``clean`` where it has one, or complain; a row without it has an employee number."""
    value = row.raw.get(NUMBER)
    if value is None:
        if STAFF not in row.raw and not row.has(NUMBER):
            row.complain(NUMBER, "person", "请填公民身份号码，或者员工编码。")
        return
    if "*" in as_text(value):
        row.complain(NUMBER, "person", "号码中间几位被星号隐去了，请填完整的18位号码。")
        return
    try:
        row.clean[NUMBER] = identity.check_resident_id(value).number
    except Invalid as problem:
        row.complain(NUMBER, "person", problem.brief)


def find_people(rows: Sequence[Checked]) -> dict[int, Known]:
    """The members of rows by their places, asked for all at once; where nobody is found, or somebody else, the row says so."""
    index_of = indexer()
    indexes = {place: index_of(row.clean[NUMBER]) for place, row in enumerate(rows) if NUMBER in row.clean}
    pairs = {place: _pair(row) for place, row in enumerate(rows) if NUMBER not in row.raw and STAFF in row.clean}
    by_index, by_number = known_people(set(indexes.values())), known_by_number(set(pairs.values()))
    found: dict[int, Known] = {}
    for place, row in enumerate(rows):
        if row.has(NUMBER) or row.has(NAME) or row.has(STAFF):
            continue
        known = by_index.get(indexes[place]) if place in indexes else by_number.get(pairs[place])
        if known is None or not known.visible:
            row.complain(NUMBER if place in indexes else STAFF, "person", "在您的办理范围内没有找到这名党员，请核对号码和姓名。")
        elif names.fold(known.name) != names.fold(str(row.clean.get(NAME, ""))):
            row.complain(NAME, "person", f"这个号码登记的是{known.name}，请核对姓名。")
        else:
            found[place] = known
    return found


def _pair(row: Checked) -> tuple[str, str]:
    return str(row.clean[STAFF]), names.fold(str(row.clean.get(NAME, "")))
