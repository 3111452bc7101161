"""Organisations and units counted once more, in plain Python over all records."""

import datetime as dt
from typing import Any

from dangjian.org.models import Organization, OrganizationVersion, Post, TermOfBody, Unit
from dangjian.org.unscoped import unscoped

LEVELS = {"611": "committee", "621": "general_branch", "631": "branch", "632": "branch"}


def organizations(unit: int, since: dt.date, until: dt.date) -> list[dict[str, Any]]:
    """Those that stood at or under ``unit`` on ``until``."""
    with unscoped("the test counts all"):
        return [
            {"pk": pk, "org_type": code, "org_level": LEVELS[code], **_full(pk, since, until)}
            | _elected(pk, since, until)
            | around(pk, until)
            for pk, code in _stood(unit, until).items()
            if code in LEVELS
        ]


def units(unit: int, since: dt.date, until: dt.date) -> list[dict[str, Any]]:
    """Units on record there, and one or several for whoever covers none that is on record."""
    found = []
    for one in organizations(unit, since, until):
        with unscoped("the test counts all"):
            recorded = Organization.objects.get(pk=one["pk"])
            posts = list(Post.objects.filter(organization=recorded, kind="party_worker"))
            there = _on_record(one["pk"], until)
        staffed = any(post.starts_on <= until and (post.ends_on is None or post.ends_on > until) for post in posts)
        for row in there:
            covers = row.covered in {"own", "joint"}
            found.append({**one, "unit_covered": row.covered, "has_party_worker": covers and staffed, **_told([row])})
        if not any(row.covered in {"own", "joint"} for row in there):
            is_joint = one["org_type"] == "632"
            number = recorded.unit_count if is_joint else int(recorded.location_kind == "legal_entity")
            told = {"unit_covered": "joint" if is_joint else "own", "has_party_worker": staffed, **_told([])}
            found += [{**one, **told}] * number
    return found


def around(organization: int, day: dt.date) -> dict[str, Any]:
    """What is known of the unit in which an organisation stood: its own, else that of the next above that has one."""
    with unscoped("the test counts all"):
        of_day = {one.organization_id: one.parent_id for one in OrganizationVersion.objects.all() if _holds(one, day)}
        at: int | None = organization
        while at is not None:
            if own := [row for row in _on_record(at, day) if row.covered in {"own", "joint"}]:
                return _told(own)
            at = of_day.get(at)
    return _told([])


def _on_record(organization: int, day: dt.date) -> list[Unit]:
    rows = Unit.objects.filter(organization=organization).order_by("pk")
    return [row for row in rows if row.since_on <= day and (row.ended_on is None or row.ended_on > day)]


def _told(rows: list[Unit]) -> dict[str, Any]:
    said = {name: {getattr(row, name) for row in rows} for name in ("size", "control", "affiliation")}
    one = {name: next(iter(values)) if len(values) == 1 else "" for name, values in said.items()}
    return {"unit_size": one["size"], "unit_control": one["control"], "unit_central": one["affiliation"] == "中央"}


def _holds(one: OrganizationVersion, day: dt.date) -> bool:
    return one.starts_on <= day and (one.ends_on is None or one.ends_on > day)


def _stood(unit: int, day: dt.date) -> dict[int, str]:
    of_day = [one for one in OrganizationVersion.objects.all() if _holds(one, day)]
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
