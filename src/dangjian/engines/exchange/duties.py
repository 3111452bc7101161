"""What whoever keeps an outside system owes: that it is compared as often as was laid down."""

import datetime as dt

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Concat, TruncDate

from dangjian.engines.exchange.models import ImportBatch, OutsideSystem, State
from dangjian.org.duty_offers import ActionLink, DueDates, DutyRule, Evidence
from dangjian.org.models import Kind

AHEAD = dt.timedelta(days=30)
"""So long before its day it is shown."""


def to_compare(today: dt.date) -> QuerySet[OutsideSystem]:
    """Systems in use whose day is near or over."""
    rows = OutsideSystem.objects.filter(closed_on=None, every_months__gt=0, due_on__lte=today + AHEAD)
    title = Concat(Value("与"), F("title"), Value("核对"), output_field=CharField())
    return rows.annotate(duty_title=title)


def compared() -> QuerySet[ImportBatch]:
    """Comparisons that were finished, as evidence."""
    rows: QuerySet[ImportBatch] = ImportBatch.objects.filter(system__isnull=False, state=State.COMMITTED)
    return rows.annotate(done_on=TruncDate("committed_at"))


RULES = (
    DutyRule(
        "in_step_with_systems",
        "与外部系统核对",
        "外部系统核对",
        rule="",
        kinds=frozenset({Kind.COMMITTEE, Kind.GENERAL_BRANCH, Kind.BRANCH}),
        severity="warning",
        how="请对方导出全部人员，在这个系统的页面上传比对，采用或者留作差异。",
        responsible=("organisation_member", "secretary", "deputy_secretary"),
        start=ActionLink("去核对", "exchange:system", args=lambda duty: (duty.occasion,)),
        occasions=DueDates(to_compare, organization="organization_id", opens_on="made_on", due_on="due_on", title="duty_title"),
        evidence=Evidence(compared, on="done_on", occasion="system_id"),
        view="exchange.view_differences",
        icon="arrows-exchange",
        order=490,
    ),
)
