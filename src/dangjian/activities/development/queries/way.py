"""What the steps of an applicant's case say: who the applicant is, how far they have come, who stands by them."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from dangjian.activities.development.models import Applicant, Helper, HelperRole, Stage
from dangjian.engines.procedures.entries import numbers_in
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase
from dangjian.engines.procedures.queries import taken_steps
from dangjian.members.models import Member, Standing
from dangjian.members.queries.known import index_of
from dangjian.org.openings import register

PROCEDURE = "development"

DATES = {
    "apply": "applied_on",
    "activist": "activist_on",
    "object": "object_on",
    "admission_meeting": "admitted_on",
    "approve": "approved_on",
    "archive": "archived_on",
}
"""By step, the date of an applicant that it gives."""

BEFORE_COMING = tuple(name for code, name in DATES.items() if code != "archive")
"""The days of what was done elsewhere, of somebody who came on probation."""

STAGES = (
    ("conversion_approve", Stage.FULL),
    ("admission_meeting", Stage.PROBATIONARY),
    ("object", Stage.OBJECT),
    ("activist", Stage.ACTIVIST),
)
"""The stage that is reached by a step, the farthest first."""


def applicant_of(case: ProcedureCase) -> Applicant:
    """The applicant whom a case is about."""
    found: Applicant = register(Applicant).select_related("organization", "member", "user").get(pk=case.subject_id)
    return found


def member_of(case: ProcedureCase) -> Member | None:
    """The member who the applicant of a case has become; ``None`` before, and where that was taken back."""
    member = register(Applicant).select_related("member__branch").get(pk=case.subject_id).member
    return None if member is None or member.standing == Standing.NOT_ADMITTED else member


def record_of(applicant: Applicant) -> Member | None:
    """The record of a member with the applicant's ID number: of somebody who was one before, or was not admitted."""
    number = index_of(applicant.resident_id)
    found: Member | None = register(Member).filter(resident_id_index=number).first() if number else None
    return found


def case_of(applicant: Applicant) -> ProcedureCase | None:
    """The case of an applicant; the last one if there were several."""
    rows = register(ProcedureCase).select_related("organization", "account").filter(procedure=PROCEDURE, subject_id=applicant.pk)
    found: ProcedureCase | None = rows.order_by("pk").last()
    return found


@dataclass(frozen=True, slots=True)
class Way:
    """How far an applicant has come, by the steps that count."""

    stage: Stage
    dates: Mapping[str, dt.date | None]
    contacts: Sequence[int]
    contacts_since: dt.date | None
    sponsors: Sequence[int]
    sponsors_since: dt.date | None


def way_of(case: ProcedureCase) -> Way:
    """What the steps of a case that count say of its applicant."""
    rows = list(taken_steps(case).order_by("taken_on", "taken_at", "pk"))
    last = {row.code: row for row in rows}
    dates = {name: last[code].taken_on if code in last else None for code, name in DATES.items()}
    stage = next((stage for code, stage in STAGES if code in last), Stage.APPLICANT)
    if case.state not in {CaseState.OPEN, CaseState.FINISHED}:
        stage = Stage.ENDED
    contacts = last.get("change_contacts") or last.get("contacts")
    sponsors = last.get("sponsors")
    return Way(stage, dates, *_people(contacts, "contacts"), *_people(sponsors, "sponsors"))


def _people(row: CaseStep | None, code: str) -> tuple[Sequence[int], dt.date | None]:
    if row is None:
        return (), None
    return numbers_in(row.read_entry().get(code, "")), row.taken_on


def helpers(role: HelperRole, subjects: Collection[int]) -> Mapping[int, Sequence[int]]:
    """By applicant, the accounts of those who stand by them now as ``role``."""
    rows = register(Helper).filter(applicant__in=subjects, role=role, ends_on=None).exclude(member__user=None)
    found: dict[int, list[int]] = {}
    for applicant_id, user_id in rows.order_by("starts_on", "pk").values_list("applicant_id", "member__user_id"):
        found.setdefault(applicant_id, []).append(user_id)
    return found


def outcome_of(case: ProcedureCase, code: str) -> str:
    """What came out of a step that counts; empty if it was not taken."""
    row = taken_steps(case).filter(code=code).order_by("pk").last()
    return row.outcome if row else ""


def day_of(case: ProcedureCase, code: str) -> dt.date | None:
    """The day on which a step that counts was done."""
    row = taken_steps(case).filter(code=code).order_by("pk").last()
    return row.taken_on if row else None
