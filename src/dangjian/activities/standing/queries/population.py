"""Penalties that were decided in a period, read for the tables of the annual report (table 12)."""

from typing import Any

import numpy as np

from dangjian.kernel.tabulation import Coded, Day, Wanted, Years
from dangjian.members.models import ChangeKind, Sanction
from dangjian.members.queries.changes import CHANGED, CONDUCT, scan_changes
from dangjian.members.queries.placed import places_at
from dangjian.members.queries.population import DIMENSIONS, RECORD, personal_in_order
from dangjian.org.openings import register

DETAILS = "details"
PENALTY = Coded("penalty", "党纪处分", DETAILS, codes="discipline_kind")
DECIDED = Day("decided_on", "处分日期", DETAILS)
AGE = Years("age", "当时年龄", RECORD, unit="岁", since="birth_on", until=DECIDED.code)
PENALTY_DIMENSIONS = (PENALTY, CONDUCT, DECIDED, AGE, *(one for one in DIMENSIONS if one.code not in {"age", "category"}))
EXPULSION = "expulsion"


def scan_penalties(wanted: Wanted) -> dict[str, Any]:
    """Every penalty from its day on, in the branch to which the member belonged; 留党察看 that was prolonged is one.

    Expulsions are lines of the account; their rows have numbers below 0. Suspended rights of whoever is detained are no penalty.
    """
    kinds = [item.code for item in PENALTY.listed.items if item.code != EXPULSION]
    rows = register(Sanction).filter(starts_on__range=(wanted.since, wanted.until), kind__in=kinds, extends=None).order_by("pk")
    penalties = list(rows.values_list("pk", "member_id", "starts_on", "kind", "conduct"))
    places = places_at({(member, day) for _, member, day, *_ in penalties}, wanted.unit)
    conducts = CONDUCT.values(one[4] for one in penalties).tolist()
    found = [
        (pk, places[member, day].branch, member, day.toordinal(), kind, conduct)
        for (pk, member, day, kind, _), conduct in zip(penalties, conducts, strict=True)
        if (member, day) in places
    ]
    expelled = scan_changes(wanted, frozenset({ChangeKind.EXPELLED}))
    names = ("id", "organization", "person", CHANGED.code, CONDUCT.code)
    lines = zip(*(expelled[name].tolist() for name in names), strict=True)
    found += [(-pk, branch, member, day, EXPULSION, conduct) for pk, branch, member, day, conduct in lines]
    columns = personal_in_order([one[2] for one in found], wanted)
    columns["id"] = np.fromiter((one[0] for one in found), np.int64, len(found))
    columns["organization"] = np.fromiter((one[1] for one in found), np.int64, len(found))
    columns[DECIDED.code] = np.fromiter((one[3] for one in found), np.int32, len(found))
    columns[PENALTY.code] = PENALTY.values(one[4] for one in found)
    columns[CONDUCT.code] = np.fromiter((one[5] for one in found), np.int32, len(found))
    return columns
