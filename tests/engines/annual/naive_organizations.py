"""Organisations and units counted once more, in plain Python over all records."""

import datetime as dt
from typing import Any

from dangjian.org.models import Organization, OrganizationVersion, Post, TermOfBody
from dangjian.org.unscoped import unscoped

LEVELS = {"611": "committee", "621": "general_branch", "631": "branch", "632": "branch"}


def organizations(unit: int, since: dt.date, until: dt.date) -> list[dict[str, Any]]:
    """Those that stood at or under ``unit`` on ``until``."""
    with unscoped("the test counts all"):
        return [
            {"pk": pk, "org_type": code, "org_level": LEVELS[code], **_full(pk, since, until), **_elected(pk, since, until)}
            for pk, code in _stood(unit, until).items()
            if code in LEVELS
        ]


def units(unit: int, since: dt.date, until: dt.date) -> list[dict[str, Any]]:
    """The units for which these stand."""
    found = []
    for one in organizations(unit, since, until):
        with unscoped("the test counts all"):
            recorded = Organization.objects.get(pk=one["pk"])
            posts = list(Post.objects.filter(organization=recorded, kind="party_worker"))
        held = [post for post in posts if post.starts_on <= until and (post.ends_on is None or post.ends_on > until)]
        joined = recorded.unit_count if one["org_type"] == "632" else 0
        alone = one["org_type"] != "632" and recorded.location_kind == "legal_entity"
        found += [{**one, "has_party_worker": bool(held), "occupation": ""}] * (joined + alone)
    return found


def _stood(unit: int, day: dt.date) -> dict[int, str]:
    of_day = [
        one for one in OrganizationVersion.objects.all() if one.starts_on <= day and (one.ends_on is None or one.ends_on > day)
    ]
    parents = {one.organization_id: one.parent_id for one in of_day}
    found = {}
    for one in of_day:
        at: int | None = one.organization_id
        while at is not None and at != unit:
            at = parents.get(at)
        if at == unit and unit in parents:
            found[one.organization_id] = one.type_code
    return found


def _elected(pk: int, since: dt.date, until: dt.date) -> dict[str, Any]:
    terms = [one for one in TermOfBody.objects.filter(organization=pk) if since <= one.starts_on <= until]
    last = max(terms, key=lambda term: term.number, default=None)
    return {
        "directly_elected": last is not None and last.is_by_direct_election,
        "heads_elected": last.heads_elected if last else "",
    }


def _full(pk: int, since: dt.date, until: dt.date) -> dict[str, dt.date | None]:
    terms = sorted(TermOfBody.objects.filter(organization=pk), key=lambda term: term.number)
    for term in terms:
        ended_before = term.ended_on is not None and term.ended_on < since
        if term.starts_on <= until and term.due_on <= until and not ended_before:
            later = [one.starts_on for one in terms if one.number > term.number and one.starts_on <= until]
            return {"term_full_on": term.due_on, "renewed_on": later[0] if later else None}
    return {"term_full_on": None, "renewed_on": None}
