"""What other pages show of members: the tab of an organisation, parts of the home page, results of the search box."""

import datetime as dt
from collections.abc import Sequence
from typing import cast

from django.db.models import Avg, Count, F, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from dangjian.kernel import clock
from dangjian.kernel.gate import Request
from dangjian.kernel.offers import Matter, SearchHit
from dangjian.kernel.once import once_a_request
from dangjian.kernel.prepared_sql import Question
from dangjian.kernel.rulebook import book
from dangjian.members import queries
from dangjian.members.columns import COLUMNS
from dangjian.members.models import ChangeKind, CorrectionProposal, Member
from dangjian.members.own import own_records
from dangjian.members.queries.people import found_by_text
from dangjian.members.queries.records import member_of_user, waiting_proposals
from dangjian.members.views.record import header
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Organization
from dangjian.org.prepared import prepared_number, prepared_rows
from dangjian.org.scope import opened

SHOWN = 12


def of_organization(request: HttpRequest, organization: Organization) -> dict[str, object] | None:
    """The tab 党员 of an organisation: how many, how complete, who is in no group, how the year went."""
    actor = cast("GrantedActor", cast("Request", request).actor)
    with opened(actor.scope_of("members.view")):
        rows = queries.members_of(organization)
        figures = rows.aggregate(
            number=Count("pk"),
            average=Avg("completeness"),
            loose=Count("pk", filter=Q(organization=F("branch"))),
            probationary=Count("pk", filter=Q(category="2")),
        )
        members = list(rows.select_related("branch", "organization").order_by("name_sort")[:SHOWN])
        groups = Organization.objects.standing().filter(parent=organization, kind="group").exists()
    all_url = f"{reverse('members:list')}?organization={organization.pk}"
    average = int(figures["average"] or 0)
    probationary = figures["probationary"]
    return {
        "organization": organization,
        "members": members,
        "number": figures["number"],
        "loose": figures["loose"],
        "groups": groups,
        "average": average,
        "share": average / 100,
        "all_url": all_url,
        "note": f"其中预备党员{probationary}名" if probationary else "",
        "weak_url": f"{all_url}&sort=completeness",
        "loose_url": f"{all_url}&group=none",
        "may_new": organization.is_branch and actor.may("members.account", organization),
        "new_url": f"{reverse('members:new')}?branch={organization.pk}",
        **_year(organization),
    }


def of_me(request: HttpRequest) -> dict[str, object] | None:
    """One's own record on the home page."""
    member = member_of_user(cast("Request", request).actor.user_id)
    return header(member) if member else None


@once_a_request
def _own_records(request: HttpRequest) -> tuple[int, ...]:
    return tuple(sorted(own_records(cast("Request", request).actor)))


def _others_proposals(own: tuple[int, ...]) -> QuerySet[CorrectionProposal]:
    """Those that the actor may decide: nobody decides on their own record."""
    return waiting_proposals().exclude(member__in=own)


def proposals_number(request: HttpRequest) -> Question | int:
    """How many corrections wait, in the open scope of whoever decides them."""
    return _proposals_number.of(_own_records(request))


@prepared_number
def _proposals_number(own: tuple[int, ...]) -> int:
    return _others_proposals(own).count()


@prepared_rows
def _first_proposals(own: tuple[int, ...], *, limit: int) -> QuerySet[CorrectionProposal]:
    return _others_proposals(own).only("column", "member__name", "member__branch__short_name")[:limit]


def proposals(request: HttpRequest, limit: int) -> list[Matter]:
    """The longest waiting of them."""
    return [
        Matter(
            f"{row.member.name}申请更正{COLUMNS[row.column].title if row.column in COLUMNS else '档案'}",
            reverse("members:proposal", args=[row.pk]),
            row.member.branch.short_name,
        )
        for row in _first_proposals(_own_records(request), limit=limit)
    ]


def found_members(text: str, limit: int) -> Sequence[SearchHit]:
    """Members of the open scope by name, pinyin initials, mobile or identity number."""
    rows = Member.objects.counted().filter(found_by_text(text)).select_related("branch").order_by("name_sort")[:limit]
    return [SearchHit(row.name, reverse("members:detail", args=[row.pk]), row.branch.short_name) for row in rows]


def _year(organization: Organization) -> dict[str, object]:
    if organization.is_group:
        return {}
    today = clock.today()
    flow = queries.flow(organization.pk, dt.date(today.year - 1, 12, 31), today)
    identity = book().on("count.identity", today)
    return {"flow": flow, "ups": _named(flow.increases), "downs": _named(flow.decreases), "identity": identity}


def _named(amounts: dict[str, int]) -> list[tuple[str, int]]:
    return [(ChangeKind(kind).label, amount) for kind, amount in amounts.items()]
