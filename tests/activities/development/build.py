"""Small worlds for the tests of the development of members."""

import datetime as dt
import itertools
from typing import Any

from dangjian.activities.development.models import Applicant, Stage
from dangjian.engines.procedures.models import CaseStep, ProcedureCase, StepState
from dangjian.kernel import clock
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped

_numbers = itertools.count(1)


def applicant(branch: Organization, name: str = "", **more: Any) -> Applicant:
    """Somebody who has applied at ``branch``, without a case."""
    more.setdefault("applied_on", dt.date(2025, 1, 10))
    with unscoped("test world"):
        return Applicant.objects.create(organization=branch, name=name or f"虚构申请人{next(_numbers)}", **more)


def case_of(person: Applicant) -> ProcedureCase:
    """The case of an applicant as a row alone, without its steps."""
    with unscoped("test world"):
        return ProcedureCase.objects.create(
            procedure="development",
            organization=person.organization,
            title=person.name,
            subject_id=person.pk,
            account=person.user,
            stage="object",
            stage_on=clock.today(),
            started_on=person.applied_on,
        )


def step(case: ProcedureCase, code: str, *, taken_on: dt.date | None = None, outcome: str = "") -> CaseStep:
    """A step of a case as a row alone: open, or taken on a day."""
    with unscoped("test world"):
        return CaseStep.objects.create(
            case=case,
            code=code,
            place=case.organization,
            opens_on=case.started_on,
            state=StepState.TAKEN if taken_on else StepState.OPEN,
            taken_on=taken_on,
            taken_at=clock.now() if taken_on else None,
            outcome=outcome,
        )


def reserved(branch: Organization, *, outcome: str = "agreed") -> Applicant:
    """Somebody whom the committee has checked (预审) and who waits for the meeting."""
    person = applicant(branch, stage=Stage.OBJECT)
    step(case_of(person), "prereview", taken_on=clock.today(), outcome=outcome)
    return person


def admitted(branch: Organization, on: dt.date | None = None, person: Applicant | None = None, **more: Any) -> Applicant:
    """Somebody whom the branch has admitted."""
    found = person or applicant(branch)
    with unscoped("test world"):
        case = ProcedureCase.objects.filter(subject_id=found.pk).first() or case_of(found)
        day = on or clock.today()
        step(case, "admission_meeting", taken_on=day, outcome="passed")
        for name, value in {"admitted_on": day, "stage": Stage.PROBATIONARY, **more}.items():
            setattr(found, name, value)
        found.save()
    return found
