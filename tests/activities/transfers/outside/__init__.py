"""A branch below a committee, and the steps by which somebody goes out of the platform or comes into it."""

import datetime as dt
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from dangjian.accounts.models import User
from dangjian.activities.transfers.models import Letter
from dangjian.activities.transfers.queries import letters as read
from dangjian.engines.procedures.actions import starting, taking
from dangjian.engines.procedures.actions.members import start_for
from dangjian.engines.procedures.models import CaseStep, ProcedureCase, StepState
from dangjian.kernel import clock
from dangjian.kernel.identity import fictional_resident_id
from dangjian.members.models import Member
from dangjian.members.queries.account import count
from dangjian.org.models import Organization
from dangjian.org.openings import register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.kernel.test_pdf import scan

GOES = {"to": "中共虚构市委组织部", "to_unit": "虚构公司第二党支部", "kind": "within_province", "why": "work"}
RESIDENT_ID = fictional_resident_id(dt.date(1988, 3, 1), 7)


def comes(**more: str) -> dict[str, str]:
    """What stands on the letter of a full member, issued ten days ago for thirty."""
    today = clock.today()
    return {
        "resident_id": RESIDENT_ID,
        "category": "full",
        "joined_on": "2015-06-01",
        "converted_on": "2016-06-01",
        "from": "中共虚构县委组织部",
        "kind": "cross_province",
        "number": "虚构介〔2026〕7号",
        "issued_on": str(today - dt.timedelta(days=10)),
        "valid_days": "30",
        "paid_to": str(today.replace(day=1)),
    } | more


def paper(name: str = "回执联.pdf") -> SimpleUploadedFile:
    """A scan."""
    return SimpleUploadedFile(name, scan("red"), content_type="application/pdf")


class Outside:
    """One branch with a secretary and a member, below a committee with two officers."""

    def __init__(self) -> None:
        self.committee = make.committee()
        self.branch = make.branch(make.general_branch(self.committee))
        self.secretary, self.deputy = self.officer(self.branch, "secretary"), self.officer(self.branch, "deputy_secretary")
        self.above = self.officer(self.committee, "secretary")
        self.member = make.member(self.branch, "诸葛丁", with_user=True)

    def officer(self, place: Organization, kind: str) -> User:
        who: User = make.member(self.branch, with_user=True).user
        make.post(place, kind, who)
        return who

    @property
    def person(self) -> User:
        assert self.member.user
        return self.member.user

    def go(self, by: User | None = None, member: Member | None = None, *, reason: str = "", **more: str) -> ProcedureCase:
        """Somebody asks to go out of the platform."""
        return start_for(
            actor=make.actor(by or self.person),
            code=read.OUT,
            member=member or self.member,
            day=clock.today(),
            entry=GOES | more,
            reason=reason,
        )

    def come(self, by: User | None = None, name: str = "欧阳丁", *, reason: str = "", **more: str) -> ProcedureCase:
        """A letter is entered with which somebody comes."""
        return starting.start(
            actor=make.actor(by or self.secretary),
            code=read.IN,
            organization=self.branch,
            title=name,
            day=clock.today(),
            entry=comes(**more),
            reason=reason,
            files={"letter": [paper("介绍信.pdf")]},
        )

    def take(
        self,
        case: ProcedureCase,
        code: str,
        by: User,
        outcome: str = "",
        *,
        day: dt.date | None = None,
        reason: str = "",
        slip: bool = False,
        **entry: Any,
    ) -> CaseStep:
        """Somebody takes a step, today unless on a ``day``; with the return slip if ``slip``."""
        case = register(ProcedureCase).select_related("organization").get(pk=case.pk)
        files = {"receipt": [paper()]} if slip else {}
        return taking.take(
            actor=make.actor(by),
            case=case,
            code=code,
            day=day or clock.today(),
            outcome=outcome,
            entry=entry,
            files=files,
            reason=reason,
        )

    def issued(self, case: ProcedureCase, **entry: Any) -> Letter:
        """The committee releases and issues the letter."""
        self.take(case, "release", self.above, "released")
        self.take(case, "issue", self.above, **entry)
        return letter(case)

    def assigned(self, case: ProcedureCase) -> ProcedureCase:
        """The committee assigns somebody who comes to the branch."""
        self.take(case, "assign", self.above, "assigned")
        return case

    def counted(self, day: dt.date | None = None) -> int:
        with unscoped("test"):
            return count(self.branch.pk, day or clock.today())


def letter(case: ProcedureCase) -> Letter:
    """The letter of a case that counts."""
    found = read.letter_of(case)
    assert found
    return found


def state(case: ProcedureCase) -> tuple[str, set[str]]:
    """Of the case, and its open steps."""
    rows = register(CaseStep).filter(case=case, state=StepState.OPEN).values_list("code", flat=True)
    return register(ProcedureCase).get(pk=case.pk).state, set(rows)
