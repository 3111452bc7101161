"""What is to be mended, for whom, and where that is done."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.urls import reverse

from dangjian.engines.quality.models import Flaw, QualityMonth
from dangjian.kernel.actor import Visitor
from dangjian.kernel.gate import permission_of
from dangjian.kernel.periods import Span
from dangjian.members.models import CorrectionProposal
from dangjian.org.models import Organization
from dangjian.org.openings import register
from dangjian.org.prepared import prepared_number
from dangjian.org.quality_offers import SORTS


def left_of(keeper: Organization, month: Span) -> QuerySet[Flaw]:
    """What ``keeper`` has to mend in a month and has not: what stood on the list when it began."""
    rows: QuerySet[Flaw] = register(Flaw).filter(keeper=keeper, found_on__lt=month.start)
    return rows.exclude(url="").filter(explained_at=None)


def with_proposals(rows: QuerySet[Flaw]) -> QuerySet[Flaw]:
    """With ``is_proposed``: the member concerned has proposed a correction that waits."""
    waiting = CorrectionProposal.objects.filter(member=OuterRef("member"), state=CorrectionProposal.State.OPEN)
    return rows.annotate(is_proposed=Exists(waiting))


def address_for(flaw: Flaw, reader: Visitor) -> str:
    """Where ``reader`` mends it, answers it themselves, or sees what it is about; empty where none of that is open to them."""
    is_mine = flaw.member is not None and flaw.member.user_id is not None and flaw.member.user_id == reader.user_id
    if is_mine:
        return flaw.own_url if reader.may("members.own") else ""
    if flaw.url and reader.may(flaw.permission or permission_of(flaw.url), flaw.organization):
        return flaw.url
    if flaw.member_id and reader.may("members.view", flaw.organization):
        return reverse("members:detail", args=[flaw.member_id])
    return reverse("org:detail", args=[flaw.organization_id]) if reader.may("org.view", flaw.organization) else ""


def of_sorts(unit: Organization, month: Span) -> dict[str, tuple[int, int]]:
    """Records that were looked at and those that failed, by sort, of a unit and all below it."""
    rows = QualityMonth.objects.filter(organization__path__startswith=unit.path, month=month.start).order_by()
    found = {sort: (looked_at, failing) for sort, looked_at, failing in _summed(rows)}
    return {sort: found[sort] for sort in SORTS if sort in found}


def _summed(rows: QuerySet[QualityMonth]) -> Iterable[tuple[str, int, int]]:
    return rows.values_list("sort").annotate(looked=Sum("looked_at"), wrong=Sum("failing"))


@prepared_number
def own_number(user_id: int) -> int:
    """How many flaws of their own record a member may answer now; none while they have proposed corrections that wait."""
    return own_flaws(user_id).count()


def own_flaws(user_id: int) -> QuerySet[Flaw]:
    """Those flaws, in the open scope."""
    proposed = CorrectionProposal.objects.filter(member=OuterRef("member"), state=CorrectionProposal.State.OPEN)
    rows: QuerySet[Flaw] = Flaw.objects.filter(Q(member__user=user_id), ~Q(own_url=""), ~Exists(proposed), explained_at=None)
    return rows
