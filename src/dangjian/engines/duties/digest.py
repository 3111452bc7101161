"""What the daily digest says about duties: each person's own, and to the level above how many are overdue below."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db.models import Count, F, Q
from django.urls import reverse

from dangjian.engines.duties.models import Duty, amber_until, is_overdue
from dangjian.kernel.offers import DigestLine
from dangjian.kernel.ui.words import due
from dangjian.org.models import Kind, Post
from dangjian.org.openings import register

MOST_LINES = 6
"""A longer list is summed up: a digest of forty lines is read by nobody."""


def digest_lines(user_ids: Sequence[int], day: dt.date) -> Mapping[int, Sequence[DigestLine]]:
    """The lines of each of ``user_ids`` who has any; three queries however many they are."""
    wanted = set(user_ids)
    own, below = _own(wanted, day), _below(wanted, day)
    return {user: [*below.get(user, []), *own.get(user, [])] for user in own.keys() | below.keys()}


def _own(wanted: set[int], day: dt.date) -> dict[int, list[DigestLine]]:
    rows = (
        register(Duty)
        .live()
        .unfinished()
        .opened(day)
        .filter(
            Q(due_on__lte=amber_until(day)) | Q(due_on=None, opens_on=day),
            responsible__isnull=False,
            submitted_on=None,
        )
    )
    found: dict[int, list[DigestLine]] = defaultdict(list)
    more: dict[int, int] = defaultdict(int)
    columns = ("responsible_id", "pk", "title", "organization__short_name", "due_on")
    for user, pk, title, organization, due_on in rows.soonest_first().values_list(*columns).iterator():
        if user not in wanted:
            continue
        if len(found[user]) >= MOST_LINES:
            more[user] += 1
            continue
        text = f"{organization}：{title}" + (f"，{due(due_on)}" if due_on else "")
        found[user].append(DigestLine(text, reverse("duties:detail", args=(pk,)), urgent=due_on is not None and due_on < day))
    for user, number in more.items():
        found[user].append(DigestLine(f"另有{number}项应办事项", reverse("duties:mine")))
    return found


def _below(wanted: set[int], day: dt.date) -> dict[int, list[DigestLine]]:
    """Overdue duties rise to the secretary of the superior organisation."""
    rows = register(Duty).live().filter(is_overdue(day), organization__parent__isnull=False).order_by()
    counts = rows.values_list("organization__parent_id", "organization__kind").annotate(n=Count("pk"))
    by_superior: dict[int, dict[str, int]] = defaultdict(dict)
    for superior, kind, number in counts:
        by_superior[superior][kind] = number
    posts = register(Post).in_effect(day).filter(kind="secretary", user__is_active=True, organization__dissolved_on=None)
    found: dict[int, list[DigestLine]] = defaultdict(list)
    for user, organization, name, top in posts.order_by("organization__path").values_list(
        "user_id",
        "organization_id",
        "organization__short_name",
        F("organization__kind"),
    ):
        if user not in wanted or organization not in by_superior:
            continue
        parts = "、".join(f"所属{Kind(kind).label} {number} 项" for kind, number in by_superior[organization].items())
        url = reverse("duties:mine") if top == Kind.BRANCH else reverse("duties:matrix") + "?state=overdue&per=year"
        found[user].append(DigestLine(f"{name}{parts}超期", url, urgent=True))
    return found
