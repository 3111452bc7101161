"""Whoever left the Party and whoever was punished, told once more record by record in plain Python."""

import datetime as dt
from typing import Any

from dangjian.members.models import Member, MembershipEntry, Sanction
from dangjian.members.models.account import REMOVALS
from dangjian.members.policy import age
from dangjian.org.unscoped import unscoped
from tests.engines.annual.naive import Naive, Record


def exits(unit: int, since: dt.date, until: dt.date) -> list[Record]:
    """Removals for good that were not taken back."""
    with unscoped("the test counts everybody"):
        lines = MembershipEntry.objects.filter(kind__in=REMOVALS)
        taken_back = set(MembershipEntry.objects.exclude(reverses=None).values_list("reverses", flat=True))
        return [
            _of(line.member, line.effective_on, change=line.kind, counts=line.sign != 0, conduct=line.conduct)
            for line in lines
            if line.reverses_id is None
            and line.pk not in taken_back
            and since <= line.effective_on <= until
            and Naive(unit, line.effective_on).is_below(line.organization_id)
        ]


def penalties(unit: int, since: dt.date, until: dt.date) -> list[Record]:
    """Penalties on record, and expulsions."""
    with unscoped("the test counts everybody"):
        found = [
            _of(row.member, row.starts_on, penalty=row.kind, conduct=row.conduct)
            for row in Sanction.objects.all()
            if row.kind != "rights_suspended"
            and row.extends_id is None
            and since <= row.starts_on <= until
            and (place := _place(row.member, row.starts_on)) is not None
            and Naive(unit, row.starts_on).is_below(place)
        ]
    left = [one for one in exits(unit, since, until) if one["change"] == "expelled"]
    return found + [{**one, "penalty": "expulsion"} for one in left]


def _of(member: Member, day: dt.date, **more: Any) -> Record:
    born = member.birth_on
    years = age(born, day) if born and born <= day else None
    return {"age": years, "joined_on": member.joined_on, **more}


def _place(member: Member, day: dt.date) -> int | None:
    lines = [line for line in MembershipEntry.objects.filter(member=member) if line.effective_on <= day]
    for place in {line.organization_id for line in lines}:
        if sum(line.sign for line in lines if line.organization_id == place) > 0:
            return place
    return None
