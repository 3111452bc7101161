"""Days of a probation that limits of the procedure count by (``known`` in its file): when it ends, when it is to be discussed."""

import datetime as dt
from collections.abc import Collection, Mapping

from dangjian.activities.development.models import Applicant
from dangjian.activities.development.queries.way import PROCEDURE
from dangjian.engines.procedures.models import CaseState, CaseStep, StepState
from dangjian.kernel import clock
from dangjian.kernel.rulebook import NotInForce, Period, book
from dangjian.members.policy import probation_ends_on
from dangjian.org.openings import register


def probations_end(applicant_ids: Collection[int]) -> Mapping[int, dt.date]:
    """By applicant who has been admitted, the day on which the probation is over, extended or not; nothing before the rules."""
    rows = register(Applicant).filter(pk__in=applicant_ids)
    found = rows.values_list("pk", "member__joined_on", "member__probation_extended_to")
    ends = {pk: extended_to or end_of(joined_on) for pk, joined_on, extended_to in found if joined_on}
    return {pk: day for pk, day in ends.items() if day}


def end_of(joined_on: dt.date) -> dt.date | None:
    """When a probation is over, by the rule of its first day; ``None`` before all rules: an old date must not stop the others."""
    try:
        return probation_ends_on(joined_on, book=book())
    except NotInForce:
        return None


def conversions_due(applicant_ids: Collection[int]) -> Mapping[int, dt.date]:
    """By applicant who has been admitted, until when the meeting is to discuss how the probation ended.

    So long after its end as the unit has set it (``dev.conversion_meeting``), or to the day to which the discussion was put off.
    """
    usual = book().on_or_first("dev.conversion_meeting", clock.today()).expect(Period)
    put_off = _put_off(applicant_ids)
    return {pk: max(usual.after(ends_on), put_off.get(pk, ends_on)) for pk, ends_on in probations_end(applicant_ids).items()}


def _put_off(applicant_ids: Collection[int]) -> Mapping[int, dt.date]:
    rows = register(CaseStep).filter(
        case__procedure=PROCEDURE,
        case__subject_id__in=applicant_ids,
        case__state=CaseState.OPEN,
        code="defer_conversion",
        state=StepState.TAKEN,
    )
    found = ((row.case.subject_id, row.read_entry().get("to")) for row in rows.select_related("case").order_by("pk"))
    return {pk: dt.date.fromisoformat(to) for pk, to in found if to}


DAYS = {"probation_end": probations_end, "conversion_due": conversions_due}
