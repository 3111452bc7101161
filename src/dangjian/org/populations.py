"""The organisations of a day, and the units, as tables of the annual report count them."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.db.models import Prefetch, QuerySet
from django.urls import reverse

from dangjian.kernel import codes
from dangjian.kernel.lists import LINE, Column
from dangjian.kernel.sql import numbered
from dangjian.kernel.tabulation import Behind, Coded, Day, Flag, Population, Regrouped, Wanted
from dangjian.org.models import HAS_ORGANISATION, Covered, Organization, OrganizationVersion, Post, PostKind, TermOfBody, Unit
from dangjian.org.openings import register
from dangjian.org.policy import JOINT_BRANCH
from dangjian.org.unit_dimensions import UNIT_DIMENSIONS, of_organizations, of_units
from dangjian.org.unit_queries import on_record

TYPE = Coded("org_type", "党组织类别")
LEVEL = Regrouped("org_level", "党组织级别", of=TYPE, by="level")
FULL = Day("term_full_on", "任届期满日期")
RENEWED = Day("renewed_on", "换届日期")
DIRECT = Flag("directly_elected", "公推直选")
HEADS = Coded("heads_elected", "书记、副书记选举方式")
WORKERS = Flag("has_party_worker", "配备党务工作者")
COVERED = Coded("unit_covered", "建立党组织情况")


@dataclass(frozen=True, slots=True)
class Body:
    """An organisation as it stood on a day."""

    pk: int
    type_code: str


def bodies_on(day: dt.date, unit: int | None = None) -> list[Body]:
    """党委, 党总支 and 党支部 at or under ``unit`` on ``day``, as the tables count them: without temporary ones and groups."""
    counted = [item.code for item in TYPE.listed.items if item.extra.get(LEVEL.by)]
    rows = register(OrganizationVersion).as_of(day).filter(type_code__in=counted).order_by("path")
    if unit is not None:
        own = register(OrganizationVersion).as_of(day).filter(organization=unit).values_list("path", flat=True).first()
        rows = rows.filter(path__startswith=own) if own else rows.none()
    return [Body(*row) for row in rows.values_list("organization_id", "type_code")]


def scan_organizations(wanted: Wanted) -> dict[str, Any]:
    """The organisations on the last day of what is asked for, with the term that was full by then and what became of it."""
    bodies = bodies_on(wanted.until, wanted.unit)
    found = _columns(bodies, [one.pk for one in bodies])
    if wanted.asks(FULL.code) or wanted.asks(RENEWED.code):
        terms = _terms_full(wanted)
        pairs = [terms.get(one.pk, (None, None)) for one in bodies]
        found[FULL.code] = FULL.values(full for full, _ in pairs)
        found[RENEWED.code] = RENEWED.values(renewed for _, renewed in pairs)
    if wanted.asks(DIRECT.code) or wanted.asks(HEADS.code):
        elected = _elected(wanted)
        how = [elected.get(one.pk, (False, "")) for one in bodies]
        found[DIRECT.code] = DIRECT.values(direct for direct, _ in how)
        found[HEADS.code] = HEADS.values(heads for _, heads in how)
    return found | of_organizations((one.pk for one in bodies), wanted)


def scan_units(wanted: Wanted) -> dict[str, Any]:
    """The units on record with the organisation that they have or that looks after them, a row for each.

    For an organisation without a unit on record it is told by where it stands and how many units it joins.
    """
    bodies = bodies_on(wanted.until, wanted.unit)
    recorded = register(Organization).filter(numbered("pk", [one.pk for one in bodies])).order_by()
    known = {pk: (location, count) for pk, location, count in recorded.values_list("pk", "location_kind", "unit_count")}
    pairs: list[tuple[Body, Unit | None]] = []
    units = on_record(wanted.until, known.keys())
    for one in bodies:
        there = units.get(one.pk, [])
        pairs += [(one, unit) for unit in there]
        if not any(unit.covered in HAS_ORGANISATION for unit in there):
            pairs += [(one, None)] * _units_of(one, *known[one.pk])
    rows = [one for one, _ in pairs]
    found = _columns(rows, range(len(rows)))
    found[COVERED.code] = COVERED.values(unit.covered if unit else _covers(one) for one, unit in pairs)
    found |= of_units(([unit] if unit else [] for _, unit in pairs), wanted)
    if wanted.asks(WORKERS.code):
        posts = register(Post).in_effect(wanted.until).filter(kind=PostKind.PARTY_WORKER).order_by()
        staffed = set(posts.values_list("organization_id", flat=True))
        has_own = [unit is None or unit.covered in HAS_ORGANISATION for _, unit in pairs]
        found[WORKERS.code] = WORKERS.values(own and one.pk in staffed for one, own in zip(rows, has_own, strict=True))
    return found


def _columns(rows: list[Body], numbers: Iterable[int]) -> dict[str, Any]:
    own = np.fromiter((one.pk for one in rows), np.int64, len(rows))
    of_type = TYPE.values(one.type_code for one in rows)
    return {"id": np.fromiter(numbers, np.int64, len(rows)), "organization": own, "person": own, TYPE.code: of_type}


def _units_of(one: Body, location: str, count: int) -> int:
    """How many units an organisation stands for: a joint branch for those it joins, else one that is a legal entity."""
    return count if one.type_code in JOINT_BRANCH else int(location == "legal_entity")


def _covers(one: Body) -> str:
    return Covered.JOINT if one.type_code in JOINT_BRANCH else Covered.OWN


def _terms_full(wanted: Wanted) -> dict[int, tuple[dt.date, dt.date | None]]:
    """The first term of each that ran in the period and was full by its end, and when the next began, if in the period."""
    terms = register(TermOfBody).filter(starts_on__lte=wanted.until).order_by("organization", "number")
    found: dict[int, tuple[dt.date, dt.date | None]] = {}
    for organization, starts_on, due_on, ended_on in terms.values_list("organization", "starts_on", "due_on", "ended_on"):
        if organization in found:
            full, renewed = found[organization]
            found[organization] = full, renewed or starts_on
        elif due_on <= wanted.until and (ended_on is None or ended_on >= wanted.since):
            found[organization] = due_on, None
    return found


def _elected(wanted: Wanted) -> dict[int, tuple[bool, str]]:
    """How the last term that began in the period was elected: whether directly, and how its secretaries were."""
    terms = register(TermOfBody).filter(starts_on__range=(wanted.since, wanted.until)).order_by("number")
    rows = terms.values_list("organization", "is_by_direct_election", "heads_elected")
    return {organization: (direct, heads) for organization, direct, heads in rows}


def _bodies(numbers: Collection[int]) -> QuerySet[Organization]:
    """Those whom a figure counts: the reader has the right to the unit that is asked for, under which they stood on the day."""
    units = Prefetch("units", register(Unit).filter(ended_on=None))
    rows: QuerySet[Organization] = register(Organization).filter(numbered("pk", numbers)).select_related("parent")
    return rows.prefetch_related(units)


def _unit_names(one: Organization) -> str:
    """Those of its units, of which the list has a row only through their organisation."""
    return "、".join(unit.name for unit in one.units.all()) or "没有登记单位信息"


BODIES = Behind(
    rows=_bodies,
    columns=(
        Column("名称", "short_name", sort="short_name", key="name"),
        Column("类别", lambda one: codes.get("org_type").label(one.type_code), key="type"),
        Column("现在的上级", "parent.short_name", LINE, sort="parent__path", key="parent"),
    ),
    order=("path",),
    address=lambda one: reverse("org:detail", args=[one.pk]),
    mend=lambda one, actor: reverse("org:edit", args=[one.pk]) if actor.may("org.manage", one) else "",
)

ORGANIZATIONS = Population(
    code="organizations",
    title="党组织",
    unit="个",
    says="{until}的党组织",
    dimensions=(TYPE, LEVEL, FULL, RENEWED, DIRECT, HEADS, *UNIT_DIMENSIONS),
    scan=scan_organizations,
    behind=BODIES,
)

UNITS = Population(
    code="units",
    title="单位",
    unit="个",
    says="{until}的单位",
    dimensions=(TYPE, LEVEL, COVERED, WORKERS, *UNIT_DIMENSIONS),
    scan=scan_units,
    behind=replace(BODIES, columns=(*BODIES.columns, Column("单位", _unit_names, key="units")), of="person"),
    about="organizations",
)
