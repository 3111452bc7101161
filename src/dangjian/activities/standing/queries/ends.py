"""What comes of itself and is to be decided by people: 留党察看 that ends soon, suspended members who are still lost."""

import datetime as dt

from django.db.models import DateField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Concat

from dangjian.engines.procedures.models import ProcedureCase
from dangjian.kernel.rulebook import Period, book
from dangjian.kernel.sql import earlier, later
from dangjian.members.models import ChangeKind, MembershipEntry, Sanction, Standing
from dangjian.members.policy import PROBATION_WITHIN_PARTY


def probations_ending(today: dt.date) -> QuerySet[Sanction]:
    """留党察看 whose end is near, of whoever is a member and of whom the end is not before the branch yet."""
    before = book().on("disp.probation_remind", today).expect(Period)
    handled = ProcedureCase.objects.exclude(state=ProcedureCase.State.WITHDRAWN).filter(
        procedure="probation_end", subject_id=OuterRef("member_id"), started_on__gte=OuterRef("opens_on")
    )
    rows: QuerySet[Sanction] = Sanction.objects.filter(
        kind=PROBATION_WITHIN_PARTY, ends_on__isnull=False, extended_by=None, member__standing=Standing.NORMAL
    )
    rows = rows.annotate(opens_on=earlier(F("ends_on"), before)).filter(opens_on__lte=today)
    return rows.annotate(duty_title=Concat(F("member__name"), Value("：办理留党察看期满"))).filter(~Exists(handled))


def still_lost(today: dt.date) -> QuerySet[MembershipEntry]:
    """Lines of 停止党籍 of whoever is lost for so long since that the article has them removed, and nothing of it is begun."""
    length = book().on_or_first("lost.remove", today).expect(Period)
    running = ProcedureCase.objects.filter(
        procedure__in=("removal", "restoration"), subject_id=OuterRef("member_id"), state=ProcedureCase.State.OPEN
    )
    rows: QuerySet[MembershipEntry] = MembershipEntry.objects.filter(
        kind=ChangeKind.SUSPENDED, reverses=None, reversed_by=None, member__standing=Standing.SUSPENDED
    )
    rows = rows.annotate(opens_on=later("effective_on", length), no_day=Value(None, output_field=DateField()))
    rows = rows.filter(opens_on__lte=today)
    return rows.annotate(duty_title=Concat(F("member__name"), Value("：研究按自行脱党除名"))).filter(~Exists(running))
