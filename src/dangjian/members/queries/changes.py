"""The changes of membership in a period, read for the tables of the annual report."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from dangjian.kernel.tabulation import Coded, Day, Flag, Wanted, Years
from dangjian.members.models import ChangeKind, MembershipEntry
from dangjian.members.models.account import DECREASES, INCREASES, REMOVALS
from dangjian.members.queries.population import ACCOUNT, CATEGORY, DIMENSIONS, RECORD, personal_in_order
from dangjian.org.models import OrganizationVersion
from dangjian.org.openings import register

CHANGE = Coded("change", "变动", ACCOUNT, codes="membership_change")
CHANGED = Day("changed_on", "生效日期", ACCOUNT)
CONDUCT = Coded("conduct", "违纪行为和具体表现", ACCOUNT, codes="conduct")
COUNTS = Flag("counts", "改变党员数", ACCOUNT)
AGE = Years("age", "当时年龄", RECORD, unit="岁", since="birth_on", until="changed_on")
CHANGE_DIMENSIONS = (CHANGE, CHANGED, CONDUCT, COUNTS, AGE, *(one for one in DIMENSIONS if one.code != "age"))

WITHIN = frozenset({ChangeKind.MOVED_IN, ChangeKind.MOVED_OUT})
CARRIED = frozenset({ChangeKind.WHOLE_IN, ChangeKind.WHOLE_OUT})
AFTER_SUSPENSION = "restored_after_suspension"


class Change(NamedTuple):
    """Somebody came, left, or was removed for good after having left; in or out of a branch on a day."""

    number: int
    member: int
    branch: int
    kind: str
    category: str
    day: dt.date
    counts: bool
    conduct: str = ""


class Tree:
    """Where every branch stood on every day: what was under ``unit``, by the numbers of which paths are made."""

    def __init__(self, unit: int) -> None:
        self._mark = f"{unit:07d}/"
        self._stays: dict[int, list[tuple[dt.date, dt.date, bool]]] = defaultdict(list)
        rows = register(OrganizationVersion).filter(kind="branch").order_by("starts_on")
        for branch, path, starts_on, ends_on in rows.values_list("organization_id", "path", "starts_on", "ends_on"):
            self._stays[branch].append((starts_on, ends_on or dt.date.max, self._mark in path))

    def is_inside(self, branch: int, day: dt.date) -> bool:
        """Whether the branch stood under the unit; one dissolved on the day still owns the day's lines, where it stood before."""
        for starts_on, ends_on, inside in self._stays[branch]:
            if starts_on <= day < ends_on:
                return inside
        last = next((stay for stay in reversed(self._stays[branch]) if stay[1] <= day), None)
        return bool(last and last[2])

    def ever_inside(self) -> list[int]:
        """Branches that stood under the unit on some day."""
        return [branch for branch, stays in self._stays.items() if any(inside for *_, inside in stays)]

    def carried(self, since: dt.date, until: dt.date) -> Iterator[tuple[int, dt.date, bool]]:
        """Branches put under the unit or taken from under it by a superior: number, day, whether they came."""
        for branch, stays in self._stays.items():
            for before, after in pairwise(stays):
                if before[1] == after[0] and before[2] != after[2] and since <= after[0] <= until:
                    yield branch, after[0], after[2]


def scan_changes(wanted: Wanted, kinds: frozenset[str] = INCREASES | DECREASES) -> dict[str, Any]:
    """Whoever came or left in the period, and whoever was removed for good after that; a line that was taken back is none.

    A move inside what is asked for is no change of it. A branch that came under the unit, or left it, by a superior's decision
    brings or takes those whom it had the evening before, as a transfer of a whole unit (``members.queries.account.flow``).

    :param kinds: those of the lines that are wanted (``ChangeKind``).
    """
    lines = _lines(wanted, kinds)
    found = list(_of_everything(lines) if wanted.unit is None else _of_unit(wanted.unit, lines, wanted, kinds))
    columns = personal_in_order([one.member for one in found], wanted)
    columns["id"] = np.fromiter((one.number for one in found), np.int64, len(found))
    columns["organization"] = np.fromiter((one.branch for one in found), np.int64, len(found))
    columns["change"] = CHANGE.values(_named(found))
    columns["category"] = CATEGORY.values(one.category for one in found)
    columns["changed_on"] = CHANGED.values(one.day for one in found)
    columns["conduct"] = CONDUCT.values(one.conduct for one in found)
    columns["counts"] = COUNTS.values(one.counts for one in found)
    return columns


def _lines(wanted: Wanted, kinds: frozenset[str]) -> Any:
    rows = register(MembershipEntry).filter(effective_on__range=(wanted.since, wanted.until), reverses=None, reversed_by=None)
    return rows.filter(kind__in=sorted(kinds)).order_by("pk")


def _changes(rows: Any) -> Iterator[tuple[Change, int | None]]:
    """With the branch on the other side of a move."""
    names = ("pk", "member_id", "organization_id", "kind", "category", "effective_on", "sign", "counterpart_id", "conduct")
    for pk, member, branch, kind, category, day, sign, other, conduct in rows.values_list(*names).iterator(chunk_size=20_000):
        if sign or kind in REMOVALS:
            yield Change(pk, member, branch, kind, category, day, bool(sign), conduct), other


def _of_everything(lines: Any) -> Iterator[Change]:
    for change, _other in _changes(lines.exclude(kind__in=WITHIN)):
        yield change


def _of_unit(unit: int, lines: Any, wanted: Wanted, kinds: frozenset[str]) -> Iterator[Change]:
    tree = Tree(unit)
    for change, other in _changes(lines.filter(organization__in=tree.ever_inside())):
        if not tree.is_inside(change.branch, change.day):
            continue
        if change.kind in WITHIN and other is not None and tree.is_inside(other, change.day):
            continue
        yield change
    if kinds >= CARRIED:
        yield from _carried(list(tree.carried(wanted.since, wanted.until)))


def _carried(moves: list[tuple[int, dt.date, bool]]) -> Iterator[Change]:
    """Those who came or went with their branch; their rows have numbers below 0, as no line of the account stands for them."""
    if not moves:
        return
    lines = register(MembershipEntry).filter(organization__in={branch for branch, _, _ in moves}).exclude(sign=0)
    of_branch: dict[int, list[tuple[int, dt.date, int]]] = defaultdict(list)
    for branch, member, day, sign in lines.order_by("pk").values_list("organization_id", "member_id", "effective_on", "sign"):
        of_branch[branch].append((member, day, sign))
    number = 0
    for branch, day, came in moves:
        sums: dict[int, int] = defaultdict(int)
        for member, of_line, sign in of_branch[branch]:
            if of_line < day:
                sums[member] += sign
        kind = ChangeKind.WHOLE_IN if came else ChangeKind.WHOLE_OUT
        for member in sorted(member for member, total in sums.items() if total > 0):
            number -= 1
            yield Change(number, member, branch, kind, "", day, counts=True)


def _named(changes: Iterable[Change]) -> list[str]:
    """Their kinds among the codes of the tables: who was suspended before is restored after suspension (``count.plus``)."""
    listed = list(changes)
    restored = [one.member for one in listed if one.kind == ChangeKind.RESTORED]
    suspended: dict[int, dt.date] = {}
    if restored:
        rows = register(MembershipEntry).filter(kind=ChangeKind.SUSPENDED, member__in=restored, reverses=None, reversed_by=None)
        # The earliest of each stands last, and stays.
        suspended = dict(rows.order_by("-effective_on").values_list("member_id", "effective_on"))
    return [
        AFTER_SUSPENSION if one.kind == ChangeKind.RESTORED and suspended.get(one.member, dt.date.max) <= one.day else one.kind
        for one in listed
    ]
