"""The way of an applicant, walked by the product's own actions on the clock of those days."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from dangjian.activities.development.actions.following import follow_case
from dangjian.activities.development.models import Applicant
from dangjian.activities.development.queries.way import applicant_of
from dangjian.engines.procedures.actions import deciding, starting, taking
from dangjian.engines.procedures.actions.following import bring_up_to_date
from dangjian.engines.procedures.actions.taking import checked_entry
from dangjian.engines.procedures.definition import Step
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseStep, ProcedureCase, StepState
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.members.actions import account
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.openings import at
from tests import make

CODE = "development"

DAYS = {
    "apply": 0,
    "talk": 20,
    "recommend": 40,
    "activist": 50,
    "file_activist": 60,
    "contacts": 61,
    "object_discuss": 430,
    "object_agree": 440,
    "notice": 445,
    "object": 465,
    "sponsors": 466,
    "political_review": 480,
    "training": 490,
    "committee_check": 500,
    "prereview": 510,
    "admission_form": 511,
    "admission_meeting": 520,
    "approval_talk": 540,
    "approve": 560,
    "file_admission": 570,
    "group": 571,
    "oath": 580,
    "conversion_apply": 880,
    "conversion_meeting": 890,
    "conversion_approve": 910,
    "archive": 930,
}
"""A way that keeps every limit: the day of each step, counted from the application."""

OUTCOMES = {
    "talk": "talked",
    "activist": "agreed",
    "file_activist": "filed",
    "review": "goes_on",
    "object_discuss": "agreed",
    "object_agree": "agreed",
    "object": "listed",
    "political_review": "passed",
    "committee_check": "agreed",
    "prereview": "agreed",
    "admission_meeting": "passed",
    "approve": "approved",
    "conversion_meeting": "converted",
    "conversion_approve": "converted",
    "supply_activist": "supplied",
    "supply_object": "supplied",
    "supply_prereview": "supplied",
}
"""What comes out of each step of it."""

TEXTS = {"number": "3", "yes_no": "no", "day": "2026-01-01", "money": "100"}
FILLED = {"training": {"days": "3", "hours": "24", "face_to_face": "yes"}, "group": {}, "conversion_approve": {}}


@dataclass
class House:
    """A branch of a general branch below a committee, with four full members."""

    committee: Organization = field(default_factory=make.committee)
    branch: Organization = field(init=False)
    helpers: list[Member] = field(init=False)

    def __post_init__(self) -> None:
        self.branch = make.branch(make.general_branch(self.committee))
        self.helpers = [make.member(self.branch, with_user=number < 1) for number in range(4)]


def applicant(branch: Organization, **more: Any) -> Applicant:
    """Somebody who applies, born in 1995, and is not entered yet: ``begin`` opens their case."""
    given: dict[str, Any] = {"name": "虚构申请人", "birth_on": dt.date(1995, 5, 4), "sex": "1", "ethnicity": "01"} | more
    given.setdefault("applied_on", clock.today())
    with at(branch):
        made: Applicant = Applicant.objects.create(organization=branch, **given)
    return made


def begin(one: Applicant, day: dt.date, *, actor: Actor = make.SYSTEM) -> ProcedureCase:
    """The application, handed in on ``day``."""
    with clock.at(f"{day} 09:00"):
        return starting.start(
            actor=actor,
            code=CODE,
            organization=one.organization,
            title=one.name,
            day=day,
            subject_id=one.pk,
            account_id=one.user_id,
        )


def filled(step: Step, organization: Organization) -> dict[str, object]:
    """Something for whatever a step asks to be filled in."""
    if step.code in FILLED:
        asked = [one for one in step.entry if one.required and one.kind != "number"]
        given = {one.code: one.choices[0][0] if one.choices else "虚构" for one in asked}
        return given | FILLED[step.code]
    people = list(Member.objects.filter(branch=organization, category="1", user=None).order_by("pk").values_list("pk", flat=True))
    found: dict[str, object] = {}
    for one in step.entry:
        if one.kind == "members":
            found[one.code] = people[: one.most]
        elif one.kind == "choice":
            found[one.code] = one.choices[0][0]
        elif one.required:
            found[one.code] = TEXTS.get(one.kind, "虚构内容")
    return found


def take(case: ProcedureCase, code: str, day: dt.date, *, actor: Actor = make.SYSTEM, **more: Any) -> CaseStep:
    """Take a step on ``day`` at nine in the morning, with what usually belongs to it."""
    with clock.at(f"{day} 09:00"), at(case.organization):
        case.refresh_from_db()
        bring_up_to_date([case], day)  # as every morning
        step = procedure(CODE).step(code, day)
        assert step is not None
        if step.meeting:
            given: dict[str, Any] = {"outcome": OUTCOMES[code], "said": "虚构的会议"} | more
            given.pop("entry", None)
            return deciding.decide(actor=actor, case=case, code=code, day=day, **given)
        given = {"outcome": OUTCOMES.get(code, ""), "entry": filled(step, case.organization)} | more
        return taking.take(actor=actor, case=case, code=code, day=day, **given)


def walk(
    one: Applicant,
    began: dt.date,
    *,
    before: str,
    days: dict[str, dt.date] | None = None,
    without: Collection[str] = (),
    outcomes: dict[str, str] | None = None,
) -> ProcedureCase:
    """The case of somebody who has come as far as the step ``before``, not taken yet; ``days`` differ from ``DAYS``.

    Steps that write nothing else are put down as rows, which is many times faster; those with effects are taken.
    """
    case = begin(one, (days or {}).get("apply", began))
    said = OUTCOMES | (outcomes or {})
    for code in list(DAYS)[1 : list(DAYS).index(before)]:
        day = (days or {}).get(code, began + dt.timedelta(days=DAYS[code]))
        step = procedure(CODE).on(day).by_code.get(code)
        if step is None or code in without:
            continue
        if step.does:
            take(case, code, day, outcome=said.get(code, ""))
        else:
            _put_down(case, step, day, said.get(code, ""))
    with at(one.organization):
        follow_case(case)
    return case


def _put_down(case: ProcedureCase, step: Step, day: dt.date, outcome: str) -> None:
    with clock.at(f"{day} 09:00"), at(case.organization):
        CaseStep.objects.filter(case=case, code=step.code, state=StepState.OPEN).delete()
        row = CaseStep(
            case=case, code=step.code, place=case.organization, opens_on=day, state=StepState.TAKEN, taken_on=day,
            taken_at=clock.now(), outcome=outcome, version=procedure(CODE).on(day).starts,
        )  # fmt: skip
        row.write_entry(checked_entry(step, filled(step, case.organization), case.organization, outcome=outcome))
        row.save()


def come_from(case: ProcedureCase, other: Organization, day: dt.date | None = None) -> None:
    """The probationer of a case went to another branch and came back: lately, or from ``day`` on."""
    member = applicant_of(case).member
    assert member is not None
    on = day or clock.today() - dt.timedelta(days=10)
    for to in (other, case.organization):
        account.move(actor=make.SYSTEM, members=[member], to=to, effective_on=on)
        on += dt.timedelta(days=1)


def waiting_for(branch: Organization, code: str, **more: Any) -> ProcedureCase:
    """Somebody whose next step is ``code``, today."""
    began = clock.today() - dt.timedelta(days=DAYS[code])
    case = walk(applicant(branch, **more), began, before=code)
    with at(branch):
        bring_up_to_date([case], clock.today())
    return case
