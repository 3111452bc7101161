"""Counts from the membership account, for any organisation and any day."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, Sum

from dangjian.members.models import ChangeKind, MembershipEntry
from dangjian.org.models import OrganizationVersion
from dangjian.org.openings import register

WITHIN = (ChangeKind.MOVED_IN, ChangeKind.MOVED_OUT)


@dataclass(frozen=True)
class Flow:
    """How the count of an organisation went over a period. ``opening + increases − decreases = closing``."""

    opening: int
    increases: dict[str, int] = field(default_factory=dict)
    decreases: dict[str, int] = field(default_factory=dict)
    closing: int = 0

    @property
    def balances(self) -> bool:
        """The identity of table 1, lines 15 to 17, of the annual statistics."""
        return not self.difference

    @property
    def difference(self) -> int:
        """差: how many more there are than there should be (rule ``count.identity``); 0 unless lines were lost."""
        return self.closing - (self.opening + sum(self.increases.values()) - sum(self.decreases.values()))


def branches_below(organization_id: int, day: dt.date) -> set[int]:
    """Numbers of the branches that stood under the organisation on ``day`` (itself if it is a branch)."""
    versions = register(OrganizationVersion).as_of(day)
    own = versions.filter(organization_id=organization_id).values_list("path", flat=True).first()
    if own is None:
        return set()
    return set(versions.filter(path__startswith=own, kind="branch").values_list("organization_id", flat=True))


def branch_counts(day: dt.date, branches: Iterable[int] | None = None) -> dict[int, int]:
    """Members of each branch on ``day``, from the account. The caller checks what may be shown."""
    lines = register(MembershipEntry).until(day)
    if branches is not None:
        lines = lines.filter(organization__in=list(branches))
    sums = lines.order_by().values_list("organization_id").annotate(total=Sum("sign"))
    return {branch: total for branch, total in sums if total}


def count(organization_id: int, day: dt.date) -> int:
    """Members of an organisation with all below it on ``day``, with the tree of that day."""
    return sum(branch_counts(day, branches_below(organization_id, day)).values())


def flow(organization_id: int, after: dt.date, until: dt.date) -> Flow:
    """The account of an organisation from the end of the day ``after`` to the end of ``until``.

    Lines count where their branch stood on the day of the line; a move between two branches of the organisation is neither
    increase nor decrease of it. A branch that came under the organisation, or left it, by a superior's decision counts as a
    transfer of a whole unit with the members it had at the end of the day before. A branch dissolved on a day still owns that
    day's lines.
    """
    increases: dict[str, int] = defaultdict(int)
    decreases: dict[str, int] = defaultdict(int)
    inside = branches_below(organization_id, after)
    opening = sum(branch_counts(after, inside).values())
    since = after
    for day in _days_of_change(after, until):
        eve = day - dt.timedelta(days=1)
        _add_lines(inside, since, eve, increases, decreases)
        now = branches_below(organization_id, day)
        went_elsewhere = (inside - now) & _standing_branches(day)
        came = branch_counts(eve, now - inside)
        went = branch_counts(eve, went_elsewhere)
        increases[ChangeKind.WHOLE_IN] += sum(came.values())
        decreases[ChangeKind.WHOLE_OUT] += sum(went.values())
        inside, since = (inside | now) - went_elsewhere, eve
    _add_lines(inside, since, until, increases, decreases)
    return Flow(
        opening,
        {k: n for k, n in increases.items() if n},
        {k: n for k, n in decreases.items() if n},
        count(organization_id, until),
    )


def _add_lines(
    branches: set[int],
    after: dt.date,
    until: dt.date,
    increases: dict[str, int],
    decreases: dict[str, int],
) -> None:
    """Add the lines of ``branches`` after the day ``after`` up to ``until``. A reversal takes away from the kind it reverses."""
    lines = register(MembershipEntry).between(after, until).filter(organization__in=branches).exclude(sign=0)
    lines = lines.exclude(kind__in=WITHIN, counterpart__in=branches).order_by()
    is_original = ExpressionWrapper(Q(reverses=None), output_field=BooleanField())
    for kind, sign, original, number in lines.values_list("kind", "sign", is_original).annotate(n=Count("pk")):
        amount = number if original else -number
        side = increases if (sign > 0) == original else decreases
        side[kind] += amount


def _standing_branches(day: dt.date) -> set[int]:
    return set(register(OrganizationVersion).as_of(day).filter(kind="branch").values_list("organization_id", flat=True))


def _days_of_change(after: dt.date, until: dt.date) -> list[dt.date]:
    days = register(OrganizationVersion).filter(starts_on__gt=after, starts_on__lte=until).values_list("starts_on", flat=True)
    ends = register(OrganizationVersion).filter(ends_on__gt=after, ends_on__lte=until).values_list("ends_on", flat=True)
    return sorted({*days, *(day for day in ends if day)})


def last_days(member_ids: Iterable[int]) -> dict[int, dt.date]:
    """The day of each member's last line that was not reversed."""
    last: dict[int, dt.date] = {}
    lines = register(MembershipEntry).filter(member__in=list(member_ids), reverses=None, reversed_by=None).order_by()
    for member_id, day in lines.values_list("member_id", "effective_on"):
        last[member_id] = max(day, last.get(member_id, day))
    return last
