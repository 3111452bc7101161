"""Which branch people mean: by full name, short name or code, among those that a sheet may be entered into.

For the checker of any sheet that has a column with the branch::

    branches = Branches.below(upload.organization, effective_on)
    found = branches.find(row.raw.get("branch"))      # Found(branch, trouble)
"""

import datetime as dt
import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Self

from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.kernel.ui import words
from dangjian.org.models import Organization

MOST_SUGGESTED: Final = 200
"""Names nobody knows for which similar ones are looked up; in a wholly wrong column that would take minutes."""

_NOISE = re.compile(r"[\s·•．.、，,（）()〔〕\[\]“”\"'：:;；\-—－_/]+")


@dataclass(frozen=True, slots=True)
class Found:
    """The branch that is meant, or why none is."""

    branch: Organization | None
    trouble: str = ""


@dataclass
class Branches:
    """``organizations`` are all that may be named; ``place`` is what the sheet is entered into."""

    place: Organization
    organizations: Iterable[Organization]
    effective_on: dt.date
    _by_name: dict[str, list[Organization]] = field(default_factory=lambda: defaultdict(list))
    _answers: dict[Value, Found] = field(default_factory=dict)
    _suggested: int = 0

    @classmethod
    def below(cls, place: Organization, effective_on: dt.date) -> Self:
        """Those at and below ``place`` that stand today."""
        rows = Organization.objects.standing().below(place).select_related("parent")
        return cls(place, list(rows), effective_on)

    def __post_init__(self) -> None:
        for one in self.organizations:
            for name in {folded(one.name), folded(one.short_name), folded(one.code)}:
                self._by_name[name].append(one)

    def find(self, typed: Value) -> Found:
        """What ``typed`` means. Nothing typed means ``place`` itself if that is a branch."""
        if typed not in self._answers:
            self._answers[typed] = self._find(as_text(typed))
        return self._answers[typed]

    def _find(self, text: str) -> Found:
        if not text:
            return self._suits(self.place) if self.place.is_branch else Found(None, "没有填写所在党支部。")
        named = self._by_name.get(folded(text), [])
        branches = [one for one in named if one.is_branch]
        if len(branches) == 1:
            return self._suits(branches[0])
        if len(branches) > 1:
            full = "”“".join(f"{one.name}（{one.code}）" for one in branches[:4])
            return Found(None, f"有{len(branches)}个党支部都叫“{text}”，请写全称或编码：“{full}”。")
        if named:
            return Found(None, self._not_a_branch(text, named[0]))
        near = self.suggest(text)
        hint = f"是不是“{'”“'.join(near)}”？" if near else "请写党支部的全称、简称或编码。"
        return Found(None, f"在“{self.place}”范围内没有党支部叫“{text}”。{hint}")

    def _suits(self, branch: Organization) -> Found:
        if self.effective_on < branch.established_on:
            text = f"“{branch}”成立于{words.day(branch.established_on)}，晚于所选的生效日期{words.day(self.effective_on)}。"
            return Found(None, text)
        return Found(branch)

    def _not_a_branch(self, text: str, one: Organization) -> str:
        if one.is_group and one.parent:
            return f"“{text}”是党小组，请写它所在的党支部“{one.parent}”。"
        return f"“{text}”是{one.get_kind_display()}，党员要编入党支部。"

    def suggest(self, text: str) -> list[str]:
        """At most three names of branches that come near, nearest first."""
        self._suggested += 1
        if self._suggested > MOST_SUGGESTED:
            return []
        typed = folded(text)
        names = {name: one.short_name for name, found in self._by_name.items() for one in found if one.is_branch}
        inside = [name for name in names if len(typed) > 1 and (typed in name or name in typed)]
        near = [*inside[:3], *difflib.get_close_matches(typed, names, n=3, cutoff=0.5)]
        return list(dict.fromkeys(names[name] for name in near))[:3]


def folded(text: str) -> str:
    """What remains of a name for comparison: without 中共 in front, 委员会 behind, blanks and punctuation."""
    bare = _NOISE.sub("", unicodedata.normalize("NFKC", text)).lower()
    return bare.removeprefix("中国共产党").removeprefix("中共").removesuffix("委员会") or bare
