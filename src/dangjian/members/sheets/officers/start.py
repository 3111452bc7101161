"""Steps of 「开始使用」: every body has a secretary, every group a leader, and every body a running term."""

from collections.abc import Sequence
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from dangjian.kernel.gate import Request
from dangjian.kernel.offers import StartedState, StartStep
from dangjian.members.sheets.officers.sheet import OFFICERS
from dangjian.org.models import Kind, Organization, Post, PostKind, TermOfBody

NAMED_AT_MOST: Final = 3


def heads(request: Request, organization: Organization) -> StartedState | None:
    """Organisations at and below ``organization`` with a secretary or a leader in office."""
    head = Post.objects.in_effect().filter(organization=OuterRef("pk"))
    with_head = Q(Exists(head.filter(kind=PostKind.SECRETARY))) & ~Q(kind=Kind.GROUP)
    with_leader = Q(Exists(head.filter(kind=PostKind.GROUP_LEADER))) & Q(kind=Kind.GROUP)
    rows = Organization.objects.standing().below(organization)
    return _state(request, organization, rows, with_head | with_leader, "还没有书记（组长）")


def terms(request: Request, organization: Organization) -> StartedState | None:
    """Organisations that elect, with a running term. Temporary ones hold no elections."""
    rows = Organization.objects.standing().below(organization).exclude(Q(kind=Kind.GROUP) | Q(type_code__startswith="9"))
    running = Exists(TermOfBody.objects.filter(organization=OuterRef("pk"), ended_on=None))
    return _state(request, organization, rows, Q(running), "还没有登记届次")


def _state(
    request: Request, organization: Organization, rows: QuerySet[Organization], fulfilled: Q, lacking: str
) -> StartedState | None:
    total = rows.count()
    if not total:
        return None
    without = list(rows.exclude(fulfilled).order_by("path").values_list("short_name", flat=True))
    missing = f"{_named(without)}{lacking}。" if without else ""
    may_upload = request.actor.may(OFFICERS.permission, organization)
    url = OFFICERS.upload_url if may_upload else reverse("org:detail", args=[organization.pk])
    return StartedState(not without, missing, url, total - len(without), total)


def _named(names: Sequence[str]) -> str:
    shown = "、".join(names[:NAMED_AT_MOST])
    return f"{shown}等{len(names)}个党组织" if len(names) > NAMED_AT_MOST else shown


STEPS: Final = (
    StartStep(
        "officers",
        "登记各级书记、委员和党小组组长",
        "平台按职务给权限、派事项；没有书记的支部，应办事项没有人看得到。",
        "user-star",
        "org.groups",
        heads,
        frozenset({Kind.COMMITTEE, Kind.GENERAL_BRANCH, Kind.BRANCH}),
        order=20,
    ),
    StartStep(
        "terms",
        "登记届次和本届开始日期",
        "平台据此推算届满日期，提前提醒换届。",
        "calendar-stats",
        "org.posts",
        terms,
        frozenset({Kind.COMMITTEE, Kind.GENERAL_BRANCH}),
        order=25,
    ),
)
