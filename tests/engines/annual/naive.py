"""The figures counted once more, in plain Python over all records: slow, and by nothing that the engine uses.

It reads the definitions as they are written and asks each record by itself.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from dangjian.kernel import codes
from dangjian.members.models import EarlierValue, Education, JobRecord, Member, MembershipEntry
from dangjian.members.policy import age, party_age
from dangjian.org.models import OrganizationVersion
from dangjian.org.unscoped import unscoped

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Naive:
    """Figures of one organisation on one day."""

    unit: int
    day: dt.date

    def members(self) -> list[Record]:
        """Whoever was counted on the day, with what was known of them."""
        with unscoped("the test counts everybody"):
            found = []
            for member in Member.objects.all():
                lines = [
                    line
                    for line in MembershipEntry.objects.filter(member=member).order_by("effective_on", "pk")
                    if line.effective_on <= self.day
                ]
                places = {line.organization_id for line in lines}
                at = [place for place in places if sum(line.sign for line in lines if line.organization_id == place) > 0]
                if at and self.is_below(at[0]):
                    found.append({**self.record(member, lines), "branch": at[0]})
            return found

    def is_below(self, branch: int) -> bool:
        """Whether a branch stood under the organisation on the day."""
        of_day = [
            one
            for one in OrganizationVersion.objects.all()
            if one.starts_on <= self.day and (one.ends_on is None or one.ends_on > self.day)
        ]
        parents = {one.organization_id: one.parent_id for one in of_day}
        at: int | None = branch
        while at is not None and at != self.unit:
            at = parents.get(at)
        return at == self.unit and branch in parents

    def record(self, member: Member, lines: list[MembershipEntry]) -> Record:
        """What was known of a member on the day."""
        taken_back = {line.reverses_id for line in lines if line.reverses_id}
        said = [line.category for line in lines if line.category and not line.reverses_id and line.pk not in taken_back]
        levels = [
            row.level
            for row in Education.objects.filter(member=member)
            if row.level and (row.ends_on is None or row.ends_on <= self.day)
        ]
        later = {row.level for row in Education.objects.filter(member=member) if row.ends_on and row.ends_on > self.day}
        left = [
            (row.starts_on, row.job_post)
            for row in JobRecord.objects.filter(member=member)
            if row.job_post and row.ends_on and row.starts_on <= self.day < row.ends_on
        ]
        was = partial(self._was, member)
        post = max(left)[1] if left else was("job_post")
        education = min([*levels, *({was("education")} - later - {""})], default="")
        converted = member.converted_on if member.converted_on and member.converted_on <= self.day else None
        group = str(codes.get("job_label").item(post).extra["stat"]) if post in codes.get("job_label") else ""
        if was("is_migrant_worker"):
            group = {"016": "0164", "025": "0253"}.get(group, group)
        return {
            "category": said[-1] if said else "",
            "sex": member.sex,
            "ethnicity": member.ethnicity,
            "birth_on": member.birth_on,
            "age": age(member.birth_on, self.day) if member.birth_on and member.birth_on <= self.day else None,
            "joined_on": member.joined_on,
            "party_age": party_age(converted, self.day, member.party_age_correction_months),
            "education_group": group_of(education),
            "occupation": group,
            "tech_rank": was("tech_rank"),
            "new_social_stratum": was("new_social_stratum"),
            "front_line": was("front_line"),
            "is_migrant_worker": was("is_migrant_worker"),
            "join_type": member.join_type,
        }

    def _was(self, member: Member, item: str) -> Any:
        """What an item of the record was on the day."""
        changed = [row for row in EarlierValue.objects.filter(member=member, column=item) if row.held_until > self.day]
        if not changed:
            return getattr(member, item)
        value = min(changed, key=lambda row: row.held_until).value
        return value == "1" if item == "is_migrant_worker" else value


def group_of(level: str) -> str:
    """The group of an education."""
    found = str(codes.get("education").item(level).extra.get("group", "")) if level in codes.get("education") else ""
    return found if found in codes.get("education_group") else ""


def figures(file: Path, records: list[Record], **others: list[Record]) -> list[list[int]]:
    """All cells of the table that ``file`` defines, rows by columns; ``others`` are records of populations that rows name."""
    written = yaml.safe_load(file.read_text(encoding="utf-8"))
    columns = [column for _, column in _lines(written["columns"])]
    counted = [(others.get(of, records), row) for of, row in _lines(written["rows"])]
    return [[sum(row(one) and column(one) for one in of) for column in columns] for of, row in counted]


LISTS = {
    "occupation": "job_prefix",
    "category": "member_category",
    "change": "membership_change",
    "penalty": "discipline_kind",
    "probation": "probation_result",
    "stage": "applicant_stage",
    "unit_control": "soe_column",
    "honour": "party_honour",
}
"""Lists of codes that are named otherwise than their dimension."""


def _lines(written: list[dict[str, Any]]) -> Iterator[Any]:
    for line in written:
        of, also = line.get("population", ""), partial(_meets, where=line.get("where", {}))
        if "each" not in line:
            yield of, also
            continue
        name = line["each"]
        listed = codes.get(line.get("by") or LISTS.get(name, name))
        for item in listed.items:
            if line.get("only") and item.code not in line["only"]:
                continue
            said = {"from": item.low, "to": item.high} if "by" in line else item.code
            yield of, lambda one, name=name, said=said, also=also: also(one) and _met(one[name], said, name)


def _up(code: str, listed: codes.CodeList) -> list[str]:
    """A code with all that it is part of."""
    found = []
    while code in listed:
        found.append(code)
        code = listed.item(code).parent
    return found


def _meets(one: Record, where: Mapping[str, Any]) -> bool:
    return all(_met(one[name], said, name) for name, said in where.items())


def _met(value: Any, said: Any, name: str) -> bool:
    if isinstance(said, dict) and "known" in said:
        return bool(value) == said["known"]
    if isinstance(said, dict) and "not" in said:
        return bool(value) and value != said["not"]
    if isinstance(said, dict):
        low, high = said.get("from", said.get("min")), said.get("to", said.get("max"))
        return value is not None and (low is None or low <= value) and (high is None or value <= high)
    if isinstance(said, bool):
        return bool(value) == said
    within = _up(value, codes.get(LISTS.get(name, name)))
    return any(one in within for one in (said if isinstance(said, list) else [said]))
