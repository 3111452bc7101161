"""Whatever is done with members, in whatever order, by transfers, letters, standing and mergers: on every day each counts once.

Officers move, suspend, restore, expel and bury members of three branches, take steps back, merge branches and part them again; a
probationer has an application under way, all of them pay dues. What refuses writes nothing; what is taken back is as if it had
not been.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from dangjian.activities.development.models import Applicant
from dangjian.activities.development.queries.way import case_of
from dangjian.activities.dues.billing.actions import billing
from dangjian.activities.dues.billing.models import Bill
from dangjian.engines.procedures.actions import ending, taking, taking_back
from dangjian.engines.procedures.actions.members import start_for
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase, StepState
from dangjian.kernel import clock
from dangjian.kernel.errors import Refusal
from dangjian.kernel.rulebook import Period
from dangjian.members.actions import account, reorganise
from dangjian.members.models import ChangeKind, GroupAssignment, Member, MembershipEntry, Standing
from dangjian.members.queries import attendees_of, voters
from dangjian.members.queries.account import branch_counts, count, flow
from dangjian.org.actions import reorganisations, tree
from dangjian.org.models import Organization, Post, Reorganisation
from dangjian.org.openings import register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.development.people import begun
from tests.activities.dues.build import assessed

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23"), pytest.mark.any_database]

FIRST, LAST = dt.date(2026, 4, 1), dt.date(2026, 11, 20)
PLAYS = settings(
    max_examples=10,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
MOVING = ("transfer", "transfer_out", "suspension", "restoration", "penalty_from_above", "deceased")
ADMITTED = ("apply", "2024-01-10"), ("activist", "2024-06-10"), ("object", "2025-09-10"), ("admission_meeting", "2026-03-10")
NEXT: dict[str, list[tuple[str, list[str]]]] = {
    "transfer": [
        ("release", ["released", "released", "returned", "refused"]),
        ("receive", ["received", "received", "returned"]),
    ],
    "transfer_out": [
        ("release", ["released", "released", "refused"]),
        ("issue", [""]),
        ("receipt", ["received", "received", "returned", "extended"]),
    ],
    "suspension": [("decide", ["approved", "approved", "refused"])],
    "restoration": [("decide", ["approved", "approved", "refused"])],
    "penalty_from_above": [("confirm", ["approved", "approved", "returned"]), ("tell", [""])],
    "deceased": [("confirm", ["confirmed", "returned"])],
}
"""By procedure, its steps after the first with the outcomes that are tried; what is sent back begins anew."""
FIRST_STEPS = {"transfer": "ask", "transfer_out": "ask", "suspension": "propose", "restoration": "propose"} | {
    "penalty_from_above": "record",
    "deceased": "register",
}


class Together(RuleBasedStateMachine):
    """Three branches under one committee, five members, one of them on probation."""

    def __init__(self) -> None:
        super().__init__()
        self._undone = transaction.atomic()
        self._undone.__enter__()
        self._open = unscoped("test")
        self._open.__enter__()

    def teardown(self) -> None:
        self._open.__exit__(None, None, None)
        transaction.set_rollback(True)
        self._undone.__exit__(None, None, None)

    @initialize(
        begun_of_each=st.tuples(*[st.tuples(st.sampled_from(MOVING), st.integers(0, 2), st.integers(0, 2))] * 5),
        further=st.lists(st.integers(0, 4), min_size=2, max_size=6),
    )
    def _begin(self, begun_of_each: tuple[tuple[str, int, int], ...], further: list[int]) -> None:
        """Something is under way about each of them, and some of it has gone further."""
        self.committee = make.committee()
        general = make.general_branch(self.committee)
        self.branches = [make.branch(general) for _ in range(3)]
        self.members = [make.member(self.branches[number % 2], with_user=True) for number in range(4)]
        days = {"effective_on": dt.date(2026, 3, 10), "joined_on": dt.date(2026, 3, 10)}
        self.members.append(make.member(self.branches[0], category="2", **days))
        self.applicant = begun(self.branches[0], *ADMITTED, name=self.members[-1].name, member=self.members[-1])
        for member in self.members:
            assessed(member, 10_00)
        group = make.group(self.branches[0])
        make.post(self.branches[0], "publicity_member", self.members[0].user)
        with clock.at("2026-03-20 09:00"):
            GroupAssignment.objects.create(organization=group, member=self.members[2], starts_on=dt.date(2026, 3, 20))
            Member.objects.filter(pk=self.members[2].pk).update(organization=group)
        self.today = FIRST
        for who, (code, to, kind) in enumerate(begun_of_each):
            self.something_is_begun(who, code, to, kind)
        for which in further:
            self.all_goes_its_way(which, 2)

    # What is done

    @rule(days=st.sampled_from([1, 1, 3, 20]))
    def time_goes_by(self, days: int) -> None:
        self.today = min(self.today + dt.timedelta(days=days), LAST)

    @rule(who=st.integers(0, 4), code=st.sampled_from(MOVING), to=st.integers(0, 2), kind=st.integers(0, 2))
    def something_is_begun(self, who: int, code: str, to: int, kind: int) -> None:
        member = self._member(who)
        more = {"other_side": self.branches[to]} if code == "transfer" else {}
        entry = self._entry(code, kind)
        self._try(lambda: start_for(actor=make.SYSTEM, code=code, member=member, day=self.today, entry=entry, **more))

    @rule(which=st.integers(0, 5), outcome=st.integers(0, 3))
    def a_step_is_taken(self, which: int, outcome: int) -> None:
        """Also as if somebody had tapped it twice: the second time is refused, or is the next step."""
        found = self._next(which, outcome)
        if found:
            self._try(lambda: self._take(*found))

    @rule(which=st.integers(0, 5), times=st.integers(1, 4))
    def all_goes_its_way(self, which: int, times: int) -> None:
        for _ in range(times):
            self.a_step_is_taken(which, 0)
            self.time_goes_by(1)

    @rule(which=st.integers(0, 5), outcome=st.integers(0, 3))
    def a_step_is_taken_and_taken_back(self, which: int, outcome: int) -> None:
        found = self._next(which, outcome)
        if not found:
            return
        before = self._everything()
        row = self._try(lambda: self._take(*found))
        if row is None or row.state != StepState.TAKEN:
            return
        case = self._case(found[0].pk)
        if self._try(lambda: taking_back.take_back(actor=make.SYSTEM, case=case, reason="登记错了")):
            assert self._everything() == before

    @rule(which=st.integers(0, 5))
    def it_is_withdrawn(self, which: int) -> None:
        cases = list(self._running())
        if cases:
            self._try(lambda: ending.withdraw(actor=make.SYSTEM, case=cases[which % len(cases)], reason="不办了"))

    @rule(one=st.integers(0, 2), into=st.integers(0, 2))
    def a_branch_is_merged(self, one: int, into: int) -> None:
        if one != into:
            there = register(Organization).in_bulk([self.branches[one].pk, self.branches[into].pk])
            organization, other = there[self.branches[one].pk], there[self.branches[into].pk]
            self._try(lambda: reorganise.merge(actor=make.SYSTEM, organization=organization, into=other, effective_on=self.today))

    @rule(one=st.integers(0, 2))
    def a_branch_is_dissolved(self, one: int) -> None:
        branch = register(Organization).get(pk=self.branches[one].pk)
        self._try(lambda: tree.dissolve(actor=make.SYSTEM, organization=branch, effective_on=self.today))

    @rule()
    def the_bills_of_the_month_are_made(self) -> None:
        self._try(lambda: billing.make_bills(actor=make.SYSTEM, month=self.today.replace(day=1)))

    @rule()
    def the_merger_is_taken_back(self) -> None:
        last = register(Reorganisation).order_by("-pk").first()
        if last is not None:
            self._try(lambda: reorganisations.take_back(actor=make.SYSTEM, reorganisation=last, reason="登记错了"))

    @rule(who=st.integers(0, 4))
    def somebody_dies_by_an_old_record(self, who: int) -> None:
        member = self._member(who)
        self._try(lambda: account.leave(actor=make.SYSTEM, member=member, kind=ChangeKind.DECEASED, effective_on=self.today))

    # What holds whatever is done

    @invariant()
    def everybody_counts_once_on_every_day(self) -> None:
        for day in (FIRST, self.today - dt.timedelta(days=1), self.today, LAST):
            lines = register(MembershipEntry).until(day).order_by().values_list("member_id", "organization_id", "sign")
            standing: dict[int, dict[int, int]] = {}
            for member_id, branch_id, sign in lines:
                of_member = standing.setdefault(member_id, {})
                of_member[branch_id] = of_member.get(branch_id, 0) + sign
            for where in standing.values():
                assert sorted(amount for amount in where.values() if amount) in ([], [1])
        now = {pk for pk, where in standing.items() if any(where.values())}
        rows = {one.pk: one for one in register(Member).select_related("organization")}
        assert now == {pk for pk, one in rows.items() if one.standing == Standing.NORMAL}
        for pk in now:
            assert [branch for branch, amount in standing[pk].items() if amount] == [rows[pk].branch_id]
            assert rows[pk].organization.path.startswith(rows[pk].branch.path)
        assert count(self.committee.pk, LAST) == sum(branch_counts(LAST).values()) == len(now)

    @invariant()
    def the_account_balances(self) -> None:
        for one in (self.committee, *self.branches):
            assert flow(one.pk, FIRST - dt.timedelta(days=30), LAST).balances

    @invariant()
    def nothing_runs_that_excludes_another(self) -> None:
        running = register(ProcedureCase).filter(state=CaseState.OPEN, subject_id__gt=0)
        twice = running.order_by().values("track", "subject_id").annotate(number=Count("pk")).filter(number__gt=1)
        assert not twice.exists()
        for case in running.filter(procedure__in=MOVING):
            member = register(Member).get(pk=case.subject_id)
            assert case.organization_id == member.branch_id, case.procedure
            assert case.procedure in {"restoration", "deceased"} or member.standing == Standing.NORMAL or _is_decided(case)
            assert register(CaseStep).filter(case=case, state=StepState.OPEN).exists(), "no way on"

    @invariant()
    def the_probation_is_where_its_member_is(self) -> None:
        one = register(Applicant).get(pk=self.applicant.pk)
        case, member = case_of(one), register(Member).get(pk=self.members[-1].pk)
        if case and case.is_open:
            assert (member.standing, case.organization_id) == (Standing.NORMAL, member.branch_id)

    @invariant()
    def whoever_votes_and_holds_a_post_is_a_member_there(self) -> None:
        normal = {one.pk: one for one in register(Member).filter(standing=Standing.NORMAL)}
        for branch in register(Organization).filter(pk__in=[one.pk for one in self.branches], dissolved_on=None):
            there = set(attendees_of(branch, LAST).values_list("pk", flat=True))
            assert there == {pk for pk, one in normal.items() if one.branch_id == branch.pk}
            assert set(voters(branch, LAST).values_list("pk", flat=True)) <= there
        users = {one.user_id: one for one in normal.values()}
        for post in register(Post).filter(ends_on=None, kind="publicity_member"):
            assert users[post.user_id].branch_id == post.organization_id

    @invariant()
    def whoever_owes_dues_of_a_month_counted_in_it(self) -> None:
        for bill in register(Bill).filter(owed_fen__gt=0):
            month_end = Period(months=1).after(bill.month) - dt.timedelta(days=1)
            lines = register(MembershipEntry).filter(member=bill.member_id).order_by("effective_on", "sign", "pk")
            counts = sum(one.sign for one in lines if one.effective_on < bill.month)
            within = [one.sign for one in lines if bill.month <= one.effective_on <= month_end]
            assert counts or any(sum(within[: number + 1]) > 0 for number in range(len(within)))

    # How

    def _try(self, act: Callable[[], Any]) -> Any:
        """What it returns; nothing, and nothing written, if it is refused."""
        before = self._everything()
        try:
            with clock.at(f"{self.today} 10:00"), transaction.atomic():
                return act()
        except Refusal:
            assert self._everything() == before
            return None

    def _everything(self) -> Any:
        """Who stands where, with what: as far as a step can change it."""
        columns = ("pk", "organization_id", "branch_id", "standing", "category", "joined_on", "converted_on")
        lines = register(MembershipEntry).filter(reverses=None, reversed_by=None).order_by("pk")
        return (
            list(register(Member).order_by("pk").values_list(*columns)),
            [(one.member_id, one.organization_id, one.kind, one.sign, one.effective_on) for one in lines],
            list(register(Post).order_by("pk").values_list("pk", "ends_on")),
            list(register(GroupAssignment).order_by("pk").values_list("member_id", "organization_id", "starts_on", "ends_on")),
            list(register(ProcedureCase).order_by("pk").values_list("pk", "state", "stage", "organization_id", "other_side_id")),
            list(register(CaseStep).filter(state=StepState.TAKEN).order_by("pk").values_list("case_id", "code", "outcome")),
        )

    def _member(self, who: int) -> Member:
        found: Member = register(Member).select_related("branch", "user").get(pk=self.members[who].pk)
        return found

    def _running(self) -> Any:
        rows = register(ProcedureCase).filter(procedure__in=MOVING, state=CaseState.OPEN)
        return rows.select_related("organization", "other_side").order_by("pk")

    def _case(self, pk: int) -> ProcedureCase:
        found: ProcedureCase = register(ProcedureCase).select_related("organization", "other_side").get(pk=pk)
        return found

    def _next(self, which: int, outcome: int) -> tuple[ProcedureCase, str, str] | None:
        """A running case, its step and what comes of it."""
        cases = list(self._running())
        if not cases:
            return None
        case = cases[which % len(cases)]
        waiting = set(register(CaseStep).filter(case=case, state=StepState.OPEN).values_list("code", flat=True))
        if FIRST_STEPS[case.procedure] in waiting:
            return case, FIRST_STEPS[case.procedure], ""
        for code, outcomes in NEXT[case.procedure]:
            if code in waiting:
                return case, code, outcomes[outcome % len(outcomes)]
        return None

    def _take(self, case: ProcedureCase, code: str, outcome: str) -> CaseStep:
        entry = self._entry(case.procedure, 0) if code == FIRST_STEPS[case.procedure] else self._step_entry(code, outcome)
        return taking.take(
            actor=make.SYSTEM, case=case, code=code, day=self.today, outcome=outcome, entry=entry, reason="确有特殊情况"
        )

    def _entry(self, code: str, kind: int) -> dict[str, object]:
        """What is filled in at the first step of a procedure."""
        since = str(self.today - dt.timedelta(days=200))
        penalties = ("warning", "expulsion", "probation_within_party")
        return {
            "transfer": {"why": "work"},
            "transfer_out": {"to": "虚构市委组织部", "to_unit": "虚构支部", "kind": "within_province", "why": "work"},
            "suspension": {"why": "lost", "since": since, "search": "打过电话，上门找过"},
            "restoration": {"why": "found", "since": str(self.today), "report": "已核实"},
            "penalty_from_above": {
                "kind": penalties[kind],
                "months": "12" if kind == 2 else "",
                "decided_on": str(self.today),
                "decided_by": "虚构纪委",
                "document": "虚构纪〔2026〕1号",
            },
            "deceased": {"died_on": str(self.today)},
        }[code]

    def _step_entry(self, code: str, outcome: str) -> dict[str, object]:
        entry: dict[str, object] = {}
        if outcome in {"returned", "refused"}:
            entry["note" if code == "receipt" else "opinion"] = "请补充"
        if code == "receipt":
            entry |= {"received_on": str(self.today)} if outcome == "received" else {"note": "没有报到"}
        return entry


def _is_decided(case: ProcedureCase) -> bool:
    """Whether the step that ended the membership was its own, and only telling is left."""
    return register(CaseStep).filter(case=case, state=StepState.TAKEN, code="confirm").exists()


def test_together() -> None:
    run_state_machine_as_test(Together, settings=PLAYS)  # type: ignore[no-untyped-call]  # Hypothesis states no types here
