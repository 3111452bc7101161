"""Reads of units."""

import datetime as dt
from collections.abc import Collection

from django.db.models import Q, QuerySet

from dangjian.kernel.sql import numbered
from dangjian.org.models import Organization, Unit
from dangjian.org.openings import register


def in_sight(organization: Organization) -> QuerySet[Unit]:
    """Units in which an organisation can be: those of organisations above and below it, and its own."""
    steps = organization.path.strip("/").split("/")
    above = ["/".join(steps[:depth]) + "/" for depth in range(1, len(steps) + 1)]
    line = Q(organization__path__in=above) | Q(organization__path__startswith=organization.path)
    rows: QuerySet[Unit] = register(Unit).filter(line, ended_on=None)
    return rows.order_by("organization__path", "pk")


def on_record(day: dt.date, organizations: Collection[int]) -> dict[int, list[Unit]]:
    """Units counted on ``day``, by the number of the organisation, one of these, that they had or that looked after them."""
    rows = register(Unit).filter(numbered("organization", list(organizations)))
    found: dict[int, list[Unit]] = {}
    for one in rows.filter(Q(ended_on=None) | Q(ended_on__gt=day), since_on__lte=day).order_by("pk"):
        found.setdefault(one.organization_id, []).append(one)
    return found


def found_units(text: str) -> Q:
    """The condition for a part of the name, or of the credit code."""
    return Q(name__icontains=text.strip()) | Q(credit_code__icontains=text.strip())


def units_in_state(rows: QuerySet[Unit], state: str) -> QuerySet[Unit]:
    """Those that are counted, unless others are asked for."""
    return rows.exclude(ended_on=None) if state == "ended" else rows.filter(ended_on=None)
