"""Examining records: what fails is kept until it fails no more, and the figures of the month with it.

Set-based: the number of statements depends on the checks, not on organisations, members or flaws.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from dangjian.accounts.events import record
from dangjian.engines.quality.models import Flaw, QualityMonth, WorkedThrough
from dangjian.engines.quality.queries.checks import MONTHLY, checks
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.periods import MONTH, Span
from dangjian.kernel.rulebook import Period, book
from dangjian.org.duty_offers import tell_duties
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import inside
from dangjian.org.quality_offers import Asking, FoundFlaw, QualityCheck
from dangjian.org.unscoped import unscoped

AT_ONCE = 1000
"""Rows written with one statement."""
FIGURES = ("sort", "looked_at", "failing", "explained", "as_of")
SHOWN = ("keeper_id", "about", "text", "url", "permission", "own_url", "member_id", "sort")
"""What a flaw says, which may change while it stays the same record."""

Place = tuple[int, str, str]
"""Organisation, check and key: what a flaw is known by."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What was found: flaws that are new, and those that are gone."""

    added: int = 0
    gone: int = 0


@dataclass(frozen=True, slots=True)
class _Result:
    """What one check has found at organisations that are kept on the platform."""

    check: QualityCheck
    looked_at: Mapping[int, int]
    flaws: list[FoundFlaw]


@transaction.atomic
def refresh(*, actor: Actor, organizations: Iterable[Organization | int] | None = None) -> Refreshed:
    """Examine all records, or those of ``organizations`` after some of them were mended.

    Needs no permission, because it only derives what follows from records that others were allowed to make. At the first
    time in a month the figures of the month before are taken for good. A full one leaves an event.
    """
    today = clock.today()
    month = Span.of(today, MONTH)
    with unscoped("records are examined for everybody, whoever caused it"):
        bodies = _bodies(organizations)
        chosen = None if organizations is None else tuple(bodies)
        if organizations is None:
            _take_for_good(month.previous(), bodies)
        found = _examined(Asking(month, chosen), bodies)
        done, settled = _keep_flaws(found, bodies, whole=organizations is None)
        explained = _explained(bodies)
        _keep_figures(month, found, explained, bodies)
        finished = _finish(settled, month)
        if organizations is None:
            summary = f"检查数据质量：新发现{done.added}条，已补正{done.gone}条"
            record(actor=actor, verb="quality.refreshed", summary=summary, data={"month": month.code})
    if finished:
        tell_duties(actor=actor, organization_ids=finished, rules=MONTHLY)
    return done


def settle(*, actor: Actor, keeper: Organization) -> None:
    """Note that an organisation has worked through its month if nothing of it is left; called when a flaw was explained."""
    month = Span.of(clock.today(), MONTH)
    with inside(keeper):
        finished = _finish({keeper.pk}, month)
    if finished:
        tell_duties(actor=actor, organization_ids=finished, rules=MONTHLY)


def _bodies(organizations: Iterable[Organization | int] | None) -> dict[int, int]:
    """Organisations whose records are examined, with their superiors; of a group, its branch."""
    rows = Organization.objects.standing().exclude(kind=Kind.GROUP).filter(live_on__lte=clock.today())
    if organizations is not None:
        named = {one if isinstance(one, int) else one.pk for one in organizations}
        groups = Organization.objects.filter(pk__in=named, kind=Kind.GROUP).values_list("parent_id", flat=True)
        rows = rows.filter(pk__in={*named, *groups})
    return {pk: parent or pk for pk, parent in rows.order_by("path").values_list("pk", "parent_id")}


def _examined(asking: Asking, bodies: Collection[int]) -> list[_Result]:
    found = []
    for check in checks():
        one = check.examine(asking)
        looked_at = {pk: number for pk, number in one.looked_at.items() if pk in bodies}
        found.append(_Result(check, looked_at, [flaw for flaw in one.flaws if flaw.organization_id in bodies]))
    return found


def _keep_flaws(found: list[_Result], bodies: Collection[int], *, whole: bool) -> tuple[Refreshed, set[int]]:
    """Bring flaws up to date; returns with it the organisations that may have nothing left of the month's list."""
    today = clock.today()
    rows = Flaw.objects.all() if whole else Flaw.objects.filter(organization__in=bodies)
    known: dict[Place, Flaw] = {(row.organization_id, row.check_code, row.key): row for row in rows}
    fresh: dict[Place, Flaw] = {}
    changed = []
    for result in found:
        for flaw in result.flaws:
            place = (flaw.organization_id, result.check.code, flaw.key)
            row = known.pop(place, None)
            if row is None:
                fresh[place] = Flaw(organization_id=place[0], check_code=place[1], key=place[2], found_on=today)
                _put(fresh[place], flaw, result.check)
            elif _put(row, flaw, result.check):
                changed.append(row)
    begun = Span.of(today, MONTH).start
    settled = {row.keeper_id for row in known.values() if row.found_on < begun}
    Flaw.objects.filter(pk__in=[row.pk for row in known.values()]).delete()
    Flaw.objects.bulk_create(fresh.values(), batch_size=AT_ONCE, ignore_conflicts=True)
    Flaw.objects.bulk_update(changed, [*SHOWN, "explanation", "explained_at", "explained_by"], batch_size=AT_ONCE)
    return Refreshed(len(fresh), len(known)), settled


def _put(row: Flaw, flaw: FoundFlaw, check: QualityCheck) -> bool:
    """Say of ``row`` what was found; returns whether that is something else than before.

    An explanation goes with what it explained, and when it has held for as long as the setting says.
    """
    said = {
        "keeper_id": flaw.keeper_id or flaw.organization_id,
        "about": flaw.about[:120],
        "text": flaw.text[:300],
        "url": flaw.url,
        "permission": flaw.permission,
        "own_url": flaw.own_url,
        "member_id": flaw.member_id,
        "sort": check.sort,
    }
    holds = book().on("quality.explanation_holds", clock.today()).expect(Period)
    is_over = row.explained_at is not None and holds.after(timezone.localdate(row.explained_at)) <= clock.today()
    if all(getattr(row, name) == value for name, value in said.items()) and not is_over:
        return False
    if is_over or row.text != said["text"]:
        row.explanation, row.explained_at, row.explained_by_id = "", None, None
    for name, value in said.items():
        setattr(row, name, value)
    return True


def _explained(bodies: Collection[int]) -> dict[tuple[int, str], int]:
    """How many flaws were explained, by organisation and check."""
    found: dict[tuple[int, str], int] = {}
    for pk, code in Flaw.objects.filter(explained_at__isnull=False).values_list("organization_id", "check_code"):
        if pk in bodies:
            found[pk, code] = found.get((pk, code), 0) + 1
    return found


def _keep_figures(month: Span, found: list[_Result], explained: Mapping[tuple[int, str], int], bodies: Collection[int]) -> None:
    today = clock.today()
    rows = {}
    for result in found:
        failing: dict[int, int] = {}
        for place in {(flaw.organization_id, flaw.key) for flaw in result.flaws}:
            failing[place[0]] = failing.get(place[0], 0) + 1
        for pk, number in result.looked_at.items():
            known = explained.get((pk, result.check.code), 0)
            rows[pk, result.check.code] = QualityMonth(
                organization_id=pk,
                month=month.start,
                check_code=result.check.code,
                sort=result.check.sort,
                looked_at=number,
                failing=max(0, failing.get(pk, 0) - known),
                explained=known,
                as_of=today,
            )
    kept = QualityMonth.objects.filter(month=month.start, organization__in=bodies)
    gone = [pk for pk, *place in kept.values_list("pk", "organization_id", "check_code") if tuple(place) not in rows]
    QualityMonth.objects.filter(pk__in=gone).delete()
    QualityMonth.objects.bulk_create(
        rows.values(),
        batch_size=AT_ONCE,
        update_conflicts=True,
        unique_fields=["organization", "month", "check_code"],
        update_fields=FIGURES,
    )


def _take_for_good(month: Span, bodies: Collection[int]) -> None:
    """Take the figures of a month that is over, if records were examined in it and its last figures are older than its end."""
    rows = QualityMonth.objects.filter(month=month.start)
    if rows.exists() and not rows.filter(as_of__gte=month.end).exists():
        _keep_figures(month, _examined(Asking(month), bodies), _explained(bodies), bodies)


def _finish(keepers: Collection[int], month: Span) -> list[int]:
    """Note those of ``keepers`` that have nothing left of what stood on their list when the month began."""
    left = Flaw.objects.to_mend().filter(keeper__in=keepers, found_on__lt=month.start).values_list("keeper_id", flat=True)
    done = set(keepers) - set(left.distinct())
    known = set(WorkedThrough.objects.filter(month=month.start, organization__in=done).values_list("organization_id", flat=True))
    fresh = sorted(done - known)
    WorkedThrough.objects.bulk_create(
        [
            WorkedThrough(organization_id=pk, month=month.start, ordinal=month.start.toordinal(), done_on=clock.today())
            for pk in fresh
        ],
        ignore_conflicts=True,
    )
    return fresh
