"""A branch below a committee with its officers, and a member about whom cases are walked by the product's own actions."""

import datetime as dt
import io
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from dangjian.accounts.models import User
from dangjian.engines.procedures.actions import deciding, taking
from dangjian.engines.procedures.actions.following import bring_up_to_date
from dangjian.engines.procedures.actions.members import start_for
from dangjian.engines.procedures.definition import Step
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseStep, ProcedureCase, StepState
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.members.queries.account import count
from dangjian.org.models import Organization
from dangjian.org.openings import at, register
from dangjian.org.unscoped import unscoped
from tests import make

DAY = dt.date(2026, 11, 23)
TEXTS = {"number": "6", "yes_no": "no", "day": "2026-01-01"}
OUTCOMES = {
    "filing": "agreed",
    "check": "confirmed",
    "meeting": "agreed",
    "decide": "approved",
    "confirm": "approved",
    "talk": "insists",
    "answer": "upheld",
    "conclude": "lifted",
}
"""What comes out of a step where a case does not say otherwise."""


class House:
    """A branch below a committee; each with two officers, and a member with an account."""

    def __init__(self, **branch: Any) -> None:
        self.committee = make.committee()
        self.branch = make.branch(self.committee, **branch)
        self.member = make.member(self.branch, "诸葛丁", with_user=True)
        self.secretary = self.officer(self.branch, "secretary")
        self.organiser = self.officer(self.branch, "organisation_member")
        self.above = self.officer(self.committee, "secretary")
        self.second = self.officer(self.committee, "organisation_member")

    def officer(self, place: Organization, kind: str) -> User:
        """Somebody of the branch with a post at ``place``."""
        who = make.member(self.branch, with_user=True).user
        assert who
        make.post(place, kind, who)
        return who

    @property
    def person(self) -> User:
        """The account of the member."""
        assert self.member.user
        return self.member.user

    def begin(self, code: str, by: User | None = None, day: dt.date | None = None, **entry: Any) -> ProcedureCase:
        """A case about the member, begun by the secretary, or by the committee where its first step is theirs."""
        first = procedure(code).versions[-1].steps[0]
        office = self.above if first.who.at == "committee_above" else self.secretary
        member = register(Member).select_related("branch", "user").get(pk=self.member.pk)
        papers = {one.code: [photo()] for one in first.papers if one.required}
        return start_for(
            actor=make.actor(by or office),
            code=code,
            member=member,
            day=day or clock.today(),
            entry=filled(code, first.code, entry),
            reason=entry.pop("reason", ""),
            files=entry.pop("files", papers),
        )

    def take(self, case: ProcedureCase, code: str, outcome: str = "", by: User | None = None, **entry: Any) -> CaseStep:
        """A step of it, taken today by whoever's turn it is; what a meeting decides comes from there."""
        case = self.again(case)
        with at(case.organization):
            bring_up_to_date([case], clock.today())
        one = step_of(case.procedure, code)
        chosen = (outcome or OUTCOMES.get(code, "")) if one.outcomes else ""
        if one.meeting and by is None:
            return deciding.decide(
                actor=make.actor(self.secretary), case=case, code=code, day=clock.today(), outcome=chosen, said="虚构大会"
            )
        reason = entry.pop("reason", "")
        return taking.take(
            actor=make.actor(by or self.office_of(one)),
            case=case,
            code=code,
            day=clock.today(),
            outcome=chosen,
            entry=filled(case.procedure, code, entry),
            reason=reason,
        )

    def office_of(self, step: Step) -> User:
        """Who takes a step at the organisation whose turn it is."""
        return self.second if step.who.at == "committee_above" else self.organiser

    def again(self, case: ProcedureCase) -> ProcedureCase:
        """The case as it is."""
        found: ProcedureCase = register(ProcedureCase).select_related("organization", "account").get(pk=case.pk)
        return found

    def as_it_is(self) -> Member:
        """The member as they are."""
        return register(Member).select_related("branch").get(pk=self.member.pk)

    def counted(self, day: dt.date | None = None) -> int:
        """How many the branch counts."""
        with unscoped("test"):
            return count(self.branch.pk, day or clock.today())


def photo() -> SimpleUploadedFile:
    """A photo of a paper."""
    out = io.BytesIO()
    Image.new("RGB", (8, 12), "white").save(out, "PNG")
    return SimpleUploadedFile("虚构.png", out.getvalue(), "image/png")


def step_of(procedure_code: str, code: str) -> Step:
    """A step of a procedure."""
    return next(one for one in procedure(procedure_code).all_steps if one.code == code)


def filled(code: str, step_code: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """An entry in which what must be there and is not ``given`` is something."""
    step = step_of(code, step_code)
    known = {one.code for one in step.entry}
    entry: dict[str, Any] = {
        one.code: one.choices[0][0] if one.choices else TEXTS.get(one.kind, "虚构内容")
        for one in step.entry
        if one.required and one.kind != "members"
    }
    return entry | {name: value for name, value in given.items() if name in known}


def is_open(case: ProcedureCase) -> set[str]:
    """The codes of the steps that wait."""
    return set(register(CaseStep).filter(case=case, state=StepState.OPEN).values_list("code", flat=True))
