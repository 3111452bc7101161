"""Whatever officers do with an application, in whatever order: there is a way on or an end, and the members add up."""

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from dangjian.activities.development.models import Applicant, Stage
from dangjian.activities.development.queries.way import way_of
from dangjian.engines.procedures.actions import ending
from dangjian.engines.procedures.actions.following import bring_up_to_date
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase
from dangjian.kernel import clock
from dangjian.kernel.errors import Refusal
from dangjian.members.models import Standing
from dangjian.members.queries.account import count, flow
from dangjian.org.models import Organization
from dangjian.org.openings import at, register
from tests import make
from tests.activities.development.way import CODE, DAYS, House, applicant, begin, filled, take, walk

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23"), pytest.mark.any_database]

BEGAN, LAST = dt.date(2023, 6, 1), dt.date(2026, 11, 23)
WALKS = settings(
    max_examples=12, stateful_step_count=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


class Walk(RuleBasedStateMachine):
    """One applicant, two branches, and officers who do anything that comes into their heads."""

    def __init__(self) -> None:
        super().__init__()
        self._undone = transaction.atomic()
        self._undone.__enter__()

    @initialize(
        before=st.sampled_from(["talk", "object_discuss", "prereview", "admission_meeting", "approve", "conversion_meeting"])
    )
    def _begin(self, before: str) -> None:
        """They have come so far already, on the usual days."""
        house = House()
        self.committee, self.branch = house.committee, house.branch
        self.other = make.branch(make.general_branch(house.committee))
        for _ in range(4):
            make.member(self.other)
        self.members = count(self.committee.pk, LAST)
        self.person = applicant(self.branch)
        self.case = walk(self.person, BEGAN, before=before)
        self.today = BEGAN + dt.timedelta(days=DAYS[before])

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._undone.__exit__(None, None, None)

    # What may happen

    @rule(days=st.sampled_from([1, 10, 30, 100, 200]))
    def time_goes_by(self, days: int) -> None:
        self.today = min(self.today + dt.timedelta(days=days), LAST)

    @rule(outcome=st.sampled_from([0, 0, 0, 1, 2]))
    def the_next_step_is_taken(self, outcome: int) -> None:
        self.a_step_is_taken(0, outcome, 1)

    @rule(days=st.sampled_from([30, 100, 400]))
    def all_goes_as_it_should(self, days: int) -> None:
        for _ in range(4):
            self.a_step_is_taken(0, 0, 1)
        self.time_goes_by(days)

    @rule(which=st.integers(0, 4), outcome=st.sampled_from([0, 0, 0, 1, 2]), times=st.sampled_from([1, 1, 1, 2]))
    def a_step_is_taken(self, which: int, outcome: int, times: int) -> None:
        """The step is one of those that hold the case up first, then what comes back; sometimes it is tapped twice."""
        codes = sorted(self._open(), key=lambda code: self._step(code).repeats)
        if not codes:
            return
        code = codes[which % len(codes)]
        step = self._step(code)
        outcomes = [one.code for one in step.outcomes] or [""]
        more: dict[str, Any] = {"outcome": outcomes[outcome % len(outcomes)], "reason": "确有特殊情况"}
        if not step.meeting:
            with at(self._case().organization):
                more["entry"] = filled(step, self._case().organization) | (
                    {"months": "6"} if code == "conversion_approve" else {}
                )
        counted = self._counted(code)
        self._try(lambda: take(self._case(), code, self.today, **more))
        if times == 2 and not step.repeats and self._counted(code) > counted:
            with pytest.raises(Refusal):
                take(self._case(), code, self.today, **more)

    @rule()
    def it_is_withdrawn(self) -> None:
        self._try(lambda: ending.withdraw(actor=make.SYSTEM, case=self._case(), reason="本人撤回"))

    @rule()
    def it_is_taken_up_again(self) -> None:
        self._try(lambda: ending.reopen(actor=make.SYSTEM, case=self._case(), reason="接着办"))

    @rule()
    def they_move(self) -> None:
        here = self._case().organization_id
        to = self.other if here == self.branch.pk else self.branch
        self._try(lambda: ending.move(actor=make.SYSTEM, case=self._case(), organization=to, day=self.today))

    @rule()
    def they_apply_again(self) -> None:
        is_open = self._case().is_open
        person = register(Applicant).select_related("organization").get(pk=self.person.pk)
        made = self._try(lambda: begin(person, self.today))
        assert not (is_open and made)
        self.case = made or self.case

    # What holds whatever happens

    @invariant()
    def there_is_a_way_on_or_an_end(self) -> None:
        case = self._case()
        with clock.at(f"{self.today} 20:00"), at(case.organization):
            bring_up_to_date([case], self.today)
            case = self._case()
            open_steps = list(CaseStep.objects.open().filter(case=case))
        if case.is_open:
            assert [row for row in open_steps if not self._step(row.code).repeats], "no way on"
        else:
            assert (open_steps, case.ended_on is not None) == ([], True)

    @invariant()
    def one_case_is_open_in_one_place(self) -> None:
        running = register(ProcedureCase).filter(procedure=CODE, subject_id=self.person.pk, state=CaseState.OPEN)
        assert running.count() <= 1
        for case in running:
            assert register(Applicant).get(pk=self.person.pk).organization_id == case.organization_id

    @invariant()
    def the_membership_account_adds_up(self) -> None:
        person = register(Applicant).select_related("member").get(pk=self.person.pk)
        is_member = person.member is not None and person.member.standing == Standing.NORMAL
        assert count(self.committee.pk, LAST) == self.members + is_member
        assert flow(self.committee.pk, BEGAN, LAST).balances
        if person.stage in {Stage.PROBATIONARY, Stage.FULL}:
            assert is_member

    @invariant()
    def the_applicant_is_what_the_case_says(self) -> None:
        person, way = register(Applicant).get(pk=self.person.pk), way_of(self._case())
        assert person.stage == way.stage

    # How

    def _case(self) -> ProcedureCase:
        return register(ProcedureCase).select_related("organization").get(pk=self.case.pk)

    def _step(self, code: str) -> Any:
        return procedure(CODE).step(code, self.today)

    def _open(self) -> list[str]:
        with at(Organization(pk=self._case().organization_id, path=self._case().organization.path)):
            return list(CaseStep.objects.open().filter(case=self.case).order_by("pk").values_list("code", flat=True))

    def _counted(self, code: str) -> int:
        return register(CaseStep).filter(case=self.case, code=code, state="taken").count()

    def _try(self, act: Any) -> Any:
        """What came of it; nothing, where it was refused, and then nothing was written."""
        before = list(register(CaseStep).filter(case=self.case).order_by("pk").values_list("pk", "state"))
        try:
            with clock.at(f"{self.today} 10:00"):
                return act()
        except Refusal:
            assert before == list(register(CaseStep).filter(case=self.case).order_by("pk").values_list("pk", "state"))
            return None


def test_whatever_is_done_there_is_a_way_on_or_an_end() -> None:
    run_state_machine_as_test(Walk, settings=WALKS)
