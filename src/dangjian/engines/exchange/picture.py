"""A batch drawn as a tree before it is entered: what is on record, what comes in, and how many of each level.

Only where each row hangs is read of all rows; what rows are called is decrypted for those that are shown.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from dangjian.engines.exchange import payload
from dangjian.engines.exchange.models import ImportBatch, ImportRow
from dangjian.org.sheet_offers import Picture

SHOWN_AT_ONCE: Final = 60
"""Nodes of one level; the others are fetched when they are asked for."""

OPENED_AT_MOST: Final = 30
"""A top with more below it is shown closed."""


@dataclass(slots=True)
class Node:
    """Something on record (``number`` 0 unless a row speaks of it) or a row that comes in (``outcome``)."""

    key: str
    under: str
    level: str
    level_title: str
    title: str = ""
    there: bool = False
    number: int = 0
    outcome: str = ""
    below: Counter[str] = field(default_factory=Counter)
    children: "Branches | None" = None
    counted: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LevelCount:
    """How many of one level there will be."""

    title: str
    new: int
    there: int

    @property
    def total(self) -> int:
        """Those on record and those that come in."""
        return self.new + self.there


@dataclass(frozen=True, slots=True)
class Branches:
    """Some nodes beside each other, from the place ``start`` on; ``left`` more follow at the place ``following``."""

    key: str
    nodes: Sequence[Node]
    following: int
    left: int


class Drawing:
    """The tree of one batch; made in the scope of its sheet's permission."""

    def __init__(self, batch: ImportBatch, picture: Picture) -> None:
        self._batch = batch
        self._picture = picture
        self._nodes: dict[str, Node] = {}
        for one in picture.there(batch.upload):
            self._nodes[one.key] = Node(one.key, one.under, one.level, picture.levels[one.level], one.title, there=True)
        self._add_rows()
        self._below: dict[str, list[Node]] = defaultdict(list)
        for node in self._nodes.values():
            self._below[node.under if node.under in self._nodes else ""].append(node)
        self._count()

    def _add_rows(self) -> None:
        rows = ImportRow.objects.filter(batch=self._batch).exclude(node="").order_by("number")
        for number, key, under, level, outcome in rows.values_list("number", "node", "under", "level", "outcome"):
            known = self._nodes.get(key)
            if known is not None:
                known.number, known.outcome = number, outcome
            else:
                title = self._picture.levels.get(level, "")
                self._nodes[key] = Node(key, under, level, title, number=number, outcome=outcome)

    def _count(self) -> None:
        """Count what is below each node, from the lowest upwards, without recursion: a sheet may be any number of levels deep."""
        waiting, order = list(self._below[""]), []
        while waiting:
            node = waiting.pop()
            order.append(node)
            waiting.extend(self._below.get(node.key, ()))
        for node in reversed(order):
            upper = self._nodes.get(node.under)
            if upper is not None:
                upper.below.update(node.below)
                upper.below[node.level] += 1

    @property
    def levels(self) -> list[LevelCount]:
        """What comes in and what is on record, level by level."""
        new: Counter[str] = Counter()
        there: Counter[str] = Counter()
        for node in self._nodes.values():
            (there if node.there else new)[node.level] += 1
        counts = [LevelCount(title, new[code], there[code]) for code, title in self._picture.levels.items()]
        return [count for count in counts if count.total]

    def top(self) -> Branches:
        """The uppermost nodes; a lone one with not too many below it is opened."""
        found = self.branches("")
        if len(found.nodes) == 1 and len(self._below.get(found.nodes[0].key, ())) <= OPENED_AT_MOST:
            found.nodes[0].children = self.branches(found.nodes[0].key)
        return found

    def branches(self, key: str, start: int = 0) -> Branches:
        """The nodes below ``key`` ("" for the uppermost) from the place ``start`` on."""
        beside = self._below.get(key, [])
        chosen = beside[start : start + SHOWN_AT_ONCE]
        self._name(chosen)
        for node in chosen:
            node.counted = [(title, node.below[code]) for code, title in self._picture.levels.items() if node.below[code]]
        end = start + len(chosen)
        return Branches(key, chosen, end, len(beside) - end)

    def _name(self, nodes: Iterable[Node]) -> None:
        rows = {node.number: node for node in nodes if not node.title}
        for number, values in _meant(self._batch, rows):
            rows[number].title = self._picture.title(values) or f"第{number}行"


def _meant(batch: ImportBatch, numbers: Iterable[int]) -> Iterator[tuple[int, Mapping[str, object]]]:
    for row in ImportRow.objects.filter(batch=batch, number__in=list(numbers)):
        yield row.number, payload.clean_of(row.payload)
