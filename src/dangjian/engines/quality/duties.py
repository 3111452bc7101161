"""What organisations owe: that they work through what is to be mended in their records, once a month.

What is not done by the end of a month goes into the list of the next one: nobody is overdue because a diploma is hard to find.
"""

import datetime as dt
from functools import partial

from django.db.models import CharField, DateField, Exists, IntegerField, OuterRef, QuerySet, Value

from dangjian.engines.quality.models import Flaw, WorkedThrough
from dangjian.engines.quality.queries.checks import ABOVE, OF_BRANCHES
from dangjian.kernel.periods import MONTH, Span
from dangjian.kernel.rulebook import book
from dangjian.org.duty_offers import ActionLink, DueDates, DutyRule, Evidence
from dangjian.org.models import Kind, Organization

SECRETARY = ("secretary", "deputy_secretary", "organisation_member")
OFFICE = ("organisation_member", "party_worker", "deputy_secretary", "secretary")


def lists_of_month(kinds: frozenset[Kind], today: dt.date) -> QuerySet[Organization]:
    """Those of ``kinds`` that had something to mend when the month began and still have, unless the unit wants no such duty."""
    month = Span.of(today, MONTH)
    left = Flaw.objects.to_mend().filter(keeper=OuterRef("pk"), found_on__lt=month.start)
    rows = Organization.objects.filter(Exists(left), kind__in=kinds).annotate(
        month=Value(month.start.toordinal(), IntegerField()),
        opens_on=Value(month.start, DateField()),
        last_on=Value(month.last, DateField()),
        list_title=Value(f"{month.label}核对补正记录", CharField()),
    )
    return rows if book().on("quality.monthly", today).expect(bool) else rows.none()


def worked_through() -> QuerySet[WorkedThrough]:
    """Lists that were worked through."""
    rows: QuerySet[WorkedThrough] = WorkedThrough.objects.all()
    return rows


def _rule(code: str, kinds: frozenset[Kind], responsible: tuple[str, ...], order: int) -> DutyRule:
    return DutyRule(
        code,
        "核对补正记录",
        "数据质量",
        rule="quality.monthly",
        kinds=kinds,
        how="按清单逐条补正：点一条就到填写的地方；可以请本人在手机上填写。核对后确实补不了的，写明原因。月中新发现的，下个月再办。",
        responsible=responsible,
        start=ActionLink("去补正", "quality:flaws", query=lambda duty: {"organization": duty.organization_id}),
        occasions=DueDates(
            partial(lists_of_month, kinds),
            organization="pk",
            opens_on="opens_on",
            due_on="last_on",
            occasion="month",
            title="list_title",
        ),
        evidence=Evidence(worked_through, on="done_on", organization="organization_id", occasion="ordinal"),
        icon="checkup-list",
        order=order,
    )


RULES = (
    _rule(OF_BRANCHES, frozenset({Kind.BRANCH}), SECRETARY, 412),
    _rule(ABOVE, frozenset({Kind.GENERAL_BRANCH, Kind.COMMITTEE}), OFFICE, 413),
)
