"""Whom a row without a number that is known may be about: by name, birth date, branch and number, with one query for a piece.

Certain is a person whose name, birth date and branch all agree, if no number speaks against it and there is only one such
record. Whoever has the name and is near otherwise is for a person to decide.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dangjian.kernel import names
from dangjian.kernel.fields import Ciphertext
from dangjian.members.models import Member, Standing
from dangjian.members.queries.known import indexer, known_people
from dangjian.org.sheet_offers import Candidate, Checked, Near

MOST: Final = 5
"""Candidates of one row; whoever has so many namesakes is told by something else."""


@dataclass(frozen=True, slots=True)
class Namesake:
    """A record of somebody with the name; ``sealed`` is their number, opened only where it is to be compared."""

    member_id: int
    birth_on: dt.date | None
    branch_id: int | str
    unit_name: str
    sealed: str | Ciphertext

    @property
    def resident_id(self) -> str:
        """Their identity number, "" if it is not known."""
        return self.sealed.open() if isinstance(self.sealed, Ciphertext) and self.sealed else str(self.sealed)


def match_people(rows: Sequence[Checked]) -> None:
    """Set outcome, record and candidates of rows about whom no record has their number. Wrong rows stay as they are."""
    open_rows = [row for row in rows if row.clean.get("name") and not row.is_wrong]
    found = _namesakes({row.clean["name"] for row in open_rows if row.decided is None})
    for row in open_rows:
        if row.decided is not None:
            _follow(row, row.decided)
            continue
        _match(row, found.get(names.fold(row.clean["name"]), []))


def on_roster(told: Mapping[int, Mapping[str, Any]]) -> set[int]:
    """Those of what an export said of people who are on the roster by now, told by their numbers."""
    index_of = indexer()
    indexes = {key: index_of(values["resident_id"]) for key, values in told.items() if values.get("resident_id")}
    known = known_people(set(indexes.values()))
    normal = {index for index, one in known.items() if one.visible and one.standing == Standing.NORMAL}
    return {key for key, index in indexes.items() if index in normal}


def match_at_work(rows: Sequence[Checked]) -> None:
    """The same for rows that name a unit in the place of a branch; of whom nobody is near, ``outcome`` is "new"."""
    named = [row for row in rows if row.clean.get("name")]
    found = _namesakes({row.clean["name"] for row in named if row.decided is None})
    for row in named:
        if row.decided:
            row.outcome, row.record_id = "update", row.decided
            continue
        namesakes = [] if row.decided == 0 else found.get(names.fold(row.clean["name"]), [])
        number, born, unit = row.clean.get("resident_id", ""), row.clean.get("birth_on"), row.clean.get("unit_name", "")
        certain = [one for one in namesakes if not number and born and one.birth_on == born and one.unit_name == unit != ""]
        near = [(one, why) for one in namesakes if (why := why_near(one, number, born, None))]
        if len(certain) == 1:
            row.outcome, row.record_id = "update", certain[0].member_id
        elif near:
            row.outcome = "decide"
            row.candidates = [Candidate(one.member_id, why) for one, why in near[:MOST]]
        else:
            row.outcome = "new"


def _follow(row: Checked, decided: int) -> None:
    if decided:
        row.outcome, row.record_id = "update", decided
    else:
        row.outcome = "new"
        _ask_for_number(row)


def _match(row: Checked, namesakes: Sequence[Namesake]) -> None:
    number, born, branch = row.clean.get("resident_id", ""), row.clean.get("birth_on"), row.clean.get("branch_id")
    certain = [one for one in namesakes if not number and born and one.birth_on == born and one.branch_id == branch]
    if len(certain) == 1:
        row.outcome, row.record_id = "update", certain[0].member_id
        return
    near = [(one, why) for one in namesakes if (why := why_near(one, number, born, branch))]
    if near:
        row.outcome = "decide"
        row.candidates = [Candidate(one.member_id, why) for one, why in near[:MOST]]
    else:
        _ask_for_number(row)


def _ask_for_number(row: Checked) -> None:
    if "resident_id" not in row.clean and not row.has("resident_id"):
        text = "没有公民身份号码，也没有同名、同出生日期、同支部的在册党员，看不出是谁。请补填号码，或忽略此行。"
        row.complain("resident_id", "identity", text)


def near_by_place(place: str) -> Near:
    """How a sheet of people declares who is near: somebody of the name, by number, birth date and what stands in ``place``."""

    def why(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> str:
        known = Namesake(0, ours.get("birth_on"), ours.get(place, ""), "", ours.get("resident_id", ""))
        return why_near(known, theirs.get("resident_id") or "", theirs.get("birth_on"), theirs.get(place))

    return Near(names.fold, ("resident_id", "birth_on", place), why)


def why_near(one: Namesake, number: str, born: dt.date | None, branch: int | str | None) -> str:
    """What speaks for a namesake being meant, in words; "" if too little does."""
    said = ["姓名相同"]
    if number and (known := one.resident_id):
        if not is_slip(number, known):
            return ""
        said.append("身份证号只差一处")
    elif born and one.birth_on:
        if not near_days(born, one.birth_on):
            return ""
        said.append("出生日期相同" if born == one.birth_on else "出生日期相近")
    elif branch != one.branch_id:
        return ""
    if branch:
        said.append("同一党支部" if branch == one.branch_id else "不在同一党支部")
    return "，".join(said)


def is_slip(one: str, other: str) -> bool:
    """Whether two numbers differ as by a slip: in one digit (and the check digit that follows), or by two exchanged.

    >>> is_slip("990000198003070011", "990000198003700011")
    True
    """
    if len(one) != len(other):
        return False
    places = [place for place in range(len(one) - 1) if one[place] != other[place]]
    if len(places) == 2:
        first, second = places
        return one[first] == other[second] and one[second] == other[first]
    return len(places) <= 1


def near_days(one: dt.date, other: dt.date) -> bool:
    """Whether two birth dates differ as by a slip: in one part alone, or by day and month exchanged."""
    if (one.month, one.day) == (other.day, other.month):
        return one.year == other.year
    return sum((one.year != other.year, one.month != other.month, one.day != other.day)) <= 1


def _namesakes(wanted: Collection[str]) -> dict[str, list[Namesake]]:
    """Members on the roster, in the open scope, by the folded name."""
    found: dict[str, list[Namesake]] = defaultdict(list)
    if wanted:
        members = Member.objects.filter(name__in=wanted, standing=Standing.NORMAL).order_by("pk")
        known = members.values_list("pk", "name", "birth_on", "branch_id", "unit_name", "resident_id")
        for pk, name, born, branch, unit, sealed in known:
            found[names.fold(name)].append(Namesake(pk, born, branch, unit, sealed))
    return found
