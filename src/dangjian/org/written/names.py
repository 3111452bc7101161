"""Organisations by what people call them: full name, short name, code, or the way down to them (机电党支部/第一党小组)."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable

from dangjian.org.models import Organization
from dangjian.org.written.nearest import Nearest, folded

_STEP = re.compile(r"[/／\\＼>＞→]+")


class Names:
    """The names of ``organizations``."""

    def __init__(self, organizations: Iterable[Organization]) -> None:
        self._known = {one.pk: one for one in organizations}
        self._by_name: dict[str, list[Organization]] = defaultdict(list)
        self._below_superior: dict[str, list[Organization]] = defaultdict(list)
        self._nearest = Nearest()
        for one in self._known.values():
            for name in _own_names(one):
                self._by_name[name].append(one)
            superior = self._known.get(one.parent_id or 0)
            if superior:
                for name in {folded(superior.short_name + one.short_name), folded(superior.name + one.name)}:
                    self._below_superior[name].append(one)

    def called(self, text: str) -> list[Organization]:
        """All that may be meant by ``text``."""
        found = self._by_name.get(folded(text), [])
        if found:
            return found
        steps = [folded(step) for step in _STEP.split(text) if step.strip()]
        if len(steps) > 1:
            ends = self._by_name.get(steps[-1], [])
            return [one for one in ends if self._stands_below(one, steps[:-1])]
        return self._below_superior.get(folded(text), [])

    def _stands_below(self, one: Organization, steps: list[str]) -> bool:
        """Whether the superiors of ``one`` bear the names ``steps``, in this order; some may be left out."""
        left, superior = list(steps), self._known.get(one.parent_id or 0)
        while left and superior:
            if left[-1] in _own_names(superior):
                left.pop()
            superior = self._known.get(superior.parent_id or 0)
        return not left

    def near(self, text: str, among: Callable[[Organization], bool]) -> list[str]:
        """At most three short names that come near, nearest first."""
        names = {name: one.short_name for name, found in self._by_name.items() for one in found if among(one)}
        return self._nearest.like(text, names)

    def way_to(self, one: Organization) -> str:
        """How to write ``one`` so that it cannot be another: behind its superior."""
        superior = self._known.get(one.parent_id or 0)
        return f"{superior.short_name}/{one.short_name}" if superior else one.name


def _own_names(one: Organization) -> set[str]:
    return {folded(one.name), folded(one.short_name), folded(one.code)}
