"""Which branch people mean, among those that a sheet may be entered into.

For the checker of any sheet that has a column with the branch::

    branches = Branches.below(upload.organization, effective_on)
    found = branches.find(row.raw.get("branch"))      # Found(branch, trouble)
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.kernel.ui import words
from dangjian.org.models import Organization
from dangjian.org.written.names import Names
from dangjian.org.written.nearest import folded

NO_GROUP = {"", "无", "-", "—", "未编组", "未编入"}


@dataclass(frozen=True, slots=True)
class Found:
    """The branch (or group) that is meant, or why none is."""

    branch: Organization | None
    trouble: str = ""


@dataclass
class Branches:
    """``organizations`` are all that may be named; ``place`` is what the sheet is entered into."""

    place: Organization
    organizations: Iterable[Organization]
    effective_on: dt.date
    _answers: dict[Value, Found] = field(default_factory=dict)
    _groups: dict[tuple[int, str], Found] = field(default_factory=dict)

    @classmethod
    def below(cls, place: Organization, effective_on: dt.date) -> Self:
        """Those at and below ``place`` that stand today."""
        rows = Organization.objects.standing().below(place).select_related("parent")
        return cls(place, list(rows), effective_on)

    def __post_init__(self) -> None:
        self._names = Names(self.organizations)

    def find(self, typed: Value) -> Found:
        """What ``typed`` means. Nothing typed means ``place`` itself if that is a branch."""
        if typed not in self._answers:
            self._answers[typed] = self._find(as_text(typed))
        return self._answers[typed]

    def group_of(self, branch: Organization, typed: Value) -> Found:
        """Which group of ``branch`` is meant; a dash or 无 means none."""
        key = (branch.pk, as_text(typed))
        if key not in self._groups:
            self._groups[key] = self._group(branch, as_text(typed))
        return self._groups[key]

    def _group(self, branch: Organization, text: str) -> Found:
        if text.strip() in NO_GROUP:
            return Found(None)
        own = [one for one in self.organizations if one.is_group and one.parent_id == branch.pk]
        means = [
            one for one in own if one in self._names.called(text) or folded(text) in {folded(one.short_name), folded(one.name)}
        ]
        if len(means) == 1 and self.effective_on < means[0].established_on:
            text = f"“{means[0]}”成立于{words.day(means[0].established_on)}，晚于所选的生效日期{words.day(self.effective_on)}。"
            return Found(None, text)
        if len(means) == 1:
            return Found(means[0])
        there = (
            f"现有：{'、'.join(one.short_name for one in own)}。" if own else "这个支部还没有党小组，请先建立，或把这一格清空。"
        )
        return Found(None, f"“{branch}”没有党小组叫“{text}”。{there}")

    def _find(self, text: str) -> Found:
        if not text:
            return self._suits(self.place) if self.place.is_branch else Found(None, "没有填写所在党支部。")
        named = self._names.called(text)
        branches = [one for one in named if one.is_branch]
        if len(branches) == 1:
            return self._suits(branches[0])
        if len(branches) > 1:
            full = "”“".join(f"{one.name}（{one.code}）" for one in branches[:4])
            return Found(None, f"有{len(branches)}个党支部都叫“{text}”，请写全称或编码：“{full}”。")
        if named:
            return Found(None, self._not_a_branch(text, named[0]))
        near = self._names.near(text, lambda one: one.is_branch)
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
