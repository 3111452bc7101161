"""The background reads what is counted of a large organisation, so that no page has to wait for it."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from dangjian.accounts.events import record
from dangjian.engines.annual import installed
from dangjian.engines.annual.models import GatheredColumn, Gathering
from dangjian.engines.annual.queries.gatherings import is_large, most_branches, spare
from dangjian.engines.annual.queries.reports import Report
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.background import enqueue
from dangjian.kernel.errors import Conflict
from dangjian.kernel.registry import offers
from dangjian.kernel.tabulation import Cut, Population, Wanted, kept_column, name_of
from dangjian.org.errands import do_for
from dangjian.org.making import KEPT, UNDER_WAY, Making, give_up_stuck, tell
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import at, register

BROKEN = "系统出错，没有汇总。请重新汇总；仍不行的，请联系管理员。"


@transaction.atomic
def gather(*, actor: Actor, organization: Organization, until: dt.date) -> Gathering:
    """Have the figures of the year until a day gathered anew; one that is under way is returned as it is."""
    actor.require("annual.view", organization)
    if not is_large(organization):
        raise Conflict(f"“{organization}”的统计数字随时算出，不用汇总。", how="请直接查看。")
    wanted = {"organization": organization, "since": until.replace(month=1, day=1), "until": until}
    with at(organization):
        give_up_stuck(Gathering)
        try:
            with transaction.atomic():
                row: Gathering = Gathering.objects.create(**wanted, asked_by_id=actor.user_id)
        except IntegrityError:
            under_way: Gathering = Gathering.objects.get(**wanted, state__in=UNDER_WAY)
            return under_way
    summary = f"汇总“{organization}”截至{until:%Y-%m-%d}的统计数字"
    record(actor=actor, verb="annual.gathering_asked", summary=summary, organization=organization, subject=row)
    enqueue("annual.gather", row.pk)
    return row


def carry_out(*, pk: int) -> None:
    """Gather for whoever asked, with the rights they have now. May be called again."""
    # For the person who asked, whose rights are asked for below.
    row = register(Gathering).select_related("organization", "asked_by").filter(pk=pk, state__in=UNDER_WAY).first()
    if row is None or row.asked_by is None:
        return
    do_for(
        row.asked_by,
        "annual.view",
        row.organization,
        lambda _actor: _read(row),
        fail=lambda reason: tell(row, state=Making.FAILED, failure=reason),
        broken=BROKEN,
    )


def gather_all() -> None:
    """Gather the figures of this year for every large organisation that has none of today, and clear away what is old."""
    today = clock.today()
    give_up_stuck(Gathering)
    for unit in large_organizations():
        wanted = {"organization": unit, "since": today.replace(month=1, day=1), "until": today}
        if not Gathering.objects.filter(**wanted).exclude(state=Making.FAILED).exists():
            _read(Gathering.objects.create(**wanted))
    spare().filter(asked_at__lt=clock.now() - KEPT).delete()


def large_organizations() -> list[Organization]:
    """Those whose figures are gathered, from the top down."""
    rows = Organization.objects.standing()
    number = Counter(above for path in rows.filter(kind=Kind.BRANCH).values_list("path", flat=True) for above in _above(path))
    paths = [path for path, many in number.items() if many > most_branches()]
    return list(rows.filter(path__in=paths).exclude(kind=Kind.BRANCH).order_by("path"))


def _above(path: str) -> Iterator[str]:
    """The paths of all that stand above."""
    place = path.find("/")
    while -1 < place < len(path) - 1:
        yield path[: place + 1]
        place = path.find("/", place + 1)


def _read(row: Gathering) -> None:
    """Read one population after the other; each is written by itself, so that nobody else waits for long."""
    begun = clock.now()
    tell(row, state=Making.RUNNING, gathered_at=begun)
    _clear(row)
    wanted = list(_populations())
    for done, (population, at_start) in enumerate(wanted, 1):
        cut = _cut(row, population, at_start)
        bits = {name_of(one): cut.bits(one) for one in installed.conditions(population.code, at_start)}
        kept = [(name, json.dumps(kept_column(column))) for name, column in (*cut.columns.items(), *bits.items())]
        with transaction.atomic(), at(row.organization):
            for name, content in kept:
                GatheredColumn.objects.create(
                    gathering=row, population=population.code, at_start=at_start, name=name, content=content
                )
        tell(row, share=min(99, 100 * done // len(wanted)))
    _finish(row, _counted(row))


def _counted(row: Gathering) -> str:
    """All tables, counted from what was read: so a page reads one text, whatever the number of people."""
    report = Report(row.organization, row.since, row.until, gathering=row)
    tables = {code: report.put_away(table) for code, table in report.tables.items()}
    return json.dumps({"of": installed.fingerprint(), "tables": tables}, separators=(",", ":"))


def _populations() -> Iterator[tuple[Population, bool]]:
    """All at the end of the period, and on the day before it those that tables ask for."""
    for population in offers(Population):
        yield population, False
    tables = installed.tables().values()
    for code in sorted({line.population for one in tables for line in one.rows if line.at_start}):
        yield installed.population(code), True


def _cut(row: Gathering, population: Population, at_start: bool) -> Cut:
    eve = row.since - dt.timedelta(days=1)
    days = (eve, eve) if at_start else (row.since, row.until)
    cut = population.cut(Wanted(*days, None if row.organization.parent_id is None else row.organization_id))
    for code in installed.needed(population.code, at_start):
        # What derives from others is worked out now: a report that keeps it must not depend on later programs.
        cut.column(code)
    return cut


@transaction.atomic
def _clear(row: Gathering) -> None:
    with at(row.organization):
        GatheredColumn.objects.filter(gathering=row).delete()


@transaction.atomic
def _finish(row: Gathering, content: str) -> None:
    with at(row.organization):
        # Of the same day, and those that showed a day before this one while it was the last.
        older = Q(until=row.until) | Q(until__lt=row.until, gathered_at__date__lte=F("until"))
        spare().filter(older, organization=row.organization, since=row.since).exclude(pk=row.pk).delete()
        Gathering.objects.filter(pk=row.pk).update(state=Making.READY, share=100, content=content)
