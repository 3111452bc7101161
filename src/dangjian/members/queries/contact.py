"""Since when there has been no contact with members: counted from what the modules know of them (``LastContact``).

Without anything on record the clock starts on the day from which the branch is kept on the platform, or on which it received the
member. All questions are asked of many members at once.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import DateField, Exists, F, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from dangjian.kernel.registry import offers
from dangjian.members.models import ChangeKind, Member, MembershipEntry, VoteExemption
from dangjian.members.offers import LastContact, NotComing
from dangjian.org.openings import register

RECEIVED = (
    ChangeKind.ADMITTED,
    ChangeKind.READMITTED,
    ChangeKind.RESTORED,
    ChangeKind.TRANSFERRED_IN,
    ChangeKind.MOVED_IN,
)


def received() -> QuerySet[MembershipEntry]:
    """Lines by which a branch received somebody in person, and no reorganisation moved them."""
    rows: QuerySet[MembershipEntry] = register(MembershipEntry).filter(kind__in=RECEIVED, reorganisation=None)
    return rows.filter(reverses=None, reversed_by=None)


def with_contact(rows: QuerySet[Member]) -> QuerySet[Any]:
    """``rows`` with the last day of each ``LastContact`` (``contact_<code>``), and ``silent_since``: the latest of them."""
    days = {f"contact_{one.code}": _last(one) for one in offers(LastContact)}
    known = (Coalesce(F(name), F("branch__live_on"), output_field=DateField()) for name in days)
    return rows.annotate(**days).annotate(silent_since=Greatest(F("branch__live_on"), *known, output_field=DateField()))


def without_contact_since(rows: QuerySet[Member], day: dt.date) -> QuerySet[Member]:
    """Those of ``rows`` with whom there was no contact after ``day``, without working out when the last one was."""
    rows = rows.filter(branch__live_on__lte=day)
    for one in offers(LastContact):
        rows = rows.filter(~Exists(one.rows().filter(**{one.member: OuterRef("pk"), f"{one.on}__gt": day})))
    return rows


def reasons(member_ids: Collection[int], day: dt.date) -> Mapping[int, Sequence[str]]:
    """Why these members may rightly stay away (``NotComing``), as far as anything is on record."""
    found: dict[int, list[str]] = defaultdict(list)
    for one in offers(NotComing):
        for pk, words in one.of(member_ids, day).items():
            found[pk] += words
    return found


def eased(member_ids: Collection[int], day: dt.date) -> Mapping[int, Sequence[str]]:
    """Members who are old or weak, and those who are not counted as due to attend."""
    found: dict[int, list[str]] = defaultdict(list)
    for pk in register(Member).filter(pk__in=member_ids, attendance_eased=True).values_list("pk", flat=True):
        found[pk].append("年老体弱")
    exempt = register(VoteExemption).filter(member__in=member_ids, starts_on__lte=day)
    for pk, reason in exempt.exclude(ends_on__lte=day).values_list("member_id", "reason"):
        found[pk].append(f"不计入应到：{reason}")
    return found


def _last(one: LastContact) -> Subquery:
    mine = one.rows().filter(**{one.member: OuterRef("pk")}).order_by().values(one.member)
    return Subquery(mine.annotate(last=Max(one.on)).values("last"), output_field=DateField())
