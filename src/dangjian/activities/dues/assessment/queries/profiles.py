"""Who pays what: members with the assessment and the relief that hold in a month, and who approves reliefs."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, FilteredRelation, OuterRef, Q, QuerySet

from dangjian.activities.dues.assessment.models import Assessment, Relief, ReliefKind
from dangjian.activities.dues.kinds import PayerKind
from dangjian.activities.dues.policy import BANDED, month_of
from dangjian.kernel import clock
from dangjian.kernel.periods import QUARTER, Span
from dangjian.members.models import Member
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import register
from dangjian.org.prepared import prepared_rows


@dataclass(frozen=True, slots=True)
class Profile:
    """A member with what holds for them; ``pays_fen`` is after relief, ``None`` as long as they are not assessed."""

    member: Member
    assessment: Assessment | None
    relief: Relief | None

    @property
    def pays_fen(self) -> int | None:
        """What is owed a month."""
        if self.assessment is None:
            return None
        if self.relief is None:
            return self.assessment.amount_fen
        return min(self.assessment.amount_fen, self.relief.monthly_fen)


def with_standing(rows: QuerySet[Member], month: dt.date) -> QuerySet[Member]:
    """``rows`` joined with the assessment that holds in ``month``: columns of it are found as ``held__…``.

    Assessments that count never overlap, so that a member still stands once.
    """
    joined = {
        "dues_assessments__replaced_at": None,
        "dues_assessments__from_month__lte": month,
    }
    ends = Q(dues_assessments__until_month=None) | Q(dues_assessments__until_month__gt=month)
    return rows.annotate(held=FilteredRelation("dues_assessments", condition=Q(**joined) & ends))


def relieved_in(month: dt.date) -> QuerySet[Relief]:
    """Approved reliefs of ``month`` in the open scope."""
    found: QuerySet[Relief] = Relief.objects.in_month(month)
    return found


def profiles(members: Sequence[Member], month: dt.date) -> list[Profile]:
    """``members`` with what holds in ``month``, in their order; two queries."""
    ids = [member.pk for member in members]
    held = {row.member_id: row for row in Assessment.objects.in_month(month).filter(member__in=ids)}
    reliefs = {row.member_id: row for row in relieved_in(month).filter(member__in=ids)}
    return [Profile(member, held.get(member.pk), reliefs.get(member.pk)) for member in members]


def profile(member: Member, month: dt.date | None = None) -> Profile:
    """One member with what holds in ``month`` (the present one)."""
    return profiles([member], month or month_of(clock.today()))[0]


def unassessed(rows: QuerySet[Member], month: dt.date | None = None) -> QuerySet[Member]:
    """Those of ``rows`` for whom nothing is assessed, neither for ``month`` (the present one) nor for later."""
    ends = Q(until_month=None) | Q(until_month__gt=month or month_of(clock.today()))
    return rows.filter(~Exists(Assessment.objects.holding().filter(ends, member=OuterRef("pk"))))


def outdated(rows: QuerySet[Member], month: dt.date) -> QuerySet[Member]:
    """Those of ``with_standing`` who were assessed for another year.

    The base of the self-employed follows the last quarter: of them those who were assessed for another quarter.
    """
    quarter = Span.of(month, QUARTER).start
    earlier = Q(held__kind__in=BANDED, held__from_month__lt=dt.date(month.year, 1, 1))
    return rows.filter(earlier | Q(held__kind=PayerKind.SELF_EMPLOYED, held__from_month__lt=quarter))


def committee_over(branch: Organization) -> Organization | None:
    """The next higher Party committee of a branch: it approves reliefs. ``None`` if the platform has none."""
    steps = branch.path.rstrip("/").split("/")[:-1]
    paths = ["".join(f"{step}/" for step in steps[: place + 1]) for place in range(len(steps))]
    return register(Organization).filter(path__in=paths, kind=Kind.COMMITTEE, dissolved_on=None).order_by("-path").first()


def committees_over(branches: Iterable[Organization]) -> dict[int, Organization | None]:
    """``committee_over`` for many branches, by the number of the branch; one query."""
    branches = list(branches)
    committees = _committees()

    def nearest(branch: Organization) -> Organization | None:
        above = [one for one in committees if branch.path.startswith(one.path) and one.pk != branch.pk]
        return max(above, key=lambda one: len(one.path), default=None)

    return {branch.pk: nearest(branch) for branch in branches}


@prepared_rows
def _committees() -> QuerySet[Organization]:
    return register(Organization).filter(kind=Kind.COMMITTEE, dissolved_on=None)


@dataclass(frozen=True, slots=True)
class Overview:
    """How far the assessing is in the open scope."""

    members: int
    assessed: int
    reduced: int
    exempt: int

    @property
    def unassessed(self) -> int:
        """Members without an assessment."""
        return self.members - self.assessed


def overview(rows: QuerySet[Member], month: dt.date) -> Overview:
    """Numbers of ``rows``: how many are assessed (for ``month`` or a later one on), and reduced and exempt in ``month``."""
    missing = Count("pk", filter=Q(pk__in=unassessed(rows.order_by(), month).values("pk")))
    found = rows.order_by().aggregate(members=Count("pk"), missing=missing)
    kinds = dict(
        relieved_in(month).filter(member__in=rows.order_by().values("pk")).order_by().values_list("kind").annotate(n=Count("pk"))
    )
    return Overview(
        members=found["members"],
        assessed=found["members"] - found["missing"],
        reduced=kinds.get(ReliefKind.REDUCED, 0),
        exempt=kinds.get(ReliefKind.EXEMPT, 0),
    )
