"""The machine that Hypothesis drives."""

import datetime as dt
from functools import partial

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dangjian.activities.contact.actions import away, guests, searches
from dangjian.activities.contact.models import Away, Guest, Search
from dangjian.activities.dues.billing.actions import billing
from dangjian.activities.meetings.models import Meeting, Status
from dangjian.engines.procedures.actions import ending, taking_back
from dangjian.engines.procedures.jobs import refresh_today
from dangjian.engines.procedures.models import ProcedureCase, StepState
from dangjian.kernel import clock
from dangjian.members.actions import account, reorganise, reversing
from dangjian.members.models import ChangeKind, Member
from dangjian.org.actions import reorganisations, tree
from dangjian.org.models import Reorganisation
from dangjian.org.openings import register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.together import checks, plays
from tests.activities.together.history import History
from tests.activities.together.world import APART, FIRST, World, cases, morning

WHO, WHERE, WHICH = st.integers(0, 8), st.integers(0, 2), st.integers(0, 7)
OUTCOME = st.sampled_from([0, 0, 0, 0, 1, 2, 3])
ALL_CHECKED_EVERY = 10
"""After so many steps the account of every organisation is compared between many days."""


class Together(RuleBasedStateMachine):
    """Officers do what they may with members, branches and meetings; what refuses writes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._undone = transaction.atomic()
        self._undone.__enter__()
        self._open = unscoped("test")
        self._open.__enter__()
        self.steps = 0

    def teardown(self) -> None:
        self._open.__exit__(None, None, None)
        transaction.set_rollback(True)
        self._undone.__exit__(None, None, None)

    @initialize(
        begun=st.lists(st.tuples(WHO, st.sampled_from(plays.ABOUT_MEMBERS), WHERE, st.integers(0, 2)), min_size=4, max_size=6),
        further=st.lists(WHICH, min_size=2, max_size=5),
    )
    def _begin(self, begun: list[tuple[int, str, int, int]], further: list[int]) -> None:
        """Something is under way about some of them, and some of it has gone further."""
        with clock.at(morning(FIRST)):
            self.world = World()
        for who, code, to, kind in begun:
            self.something_is_begun(who, code, to, kind)
        for which in further:
            self.all_goes_its_way(which, 3)

    # Cases

    @rule(days=st.sampled_from([1, 1, 3, 20, 40]))
    def time_goes_by(self, days: int) -> None:
        self.world.wait(days)
        if days >= 3:
            self.world.attempt(refresh_today)

    @rule(who=WHO, code=st.sampled_from(plays.ABOUT_MEMBERS), to=WHERE, kind=st.integers(0, 4))
    def something_is_begun(self, who: int, code: str, to: int, kind: int) -> None:
        self.world.attempt(lambda: plays.begin(self.world, who, code, to, kind))

    @rule(to=WHERE, who=WHO)
    def somebody_comes_with_a_letter(self, to: int, who: int) -> None:
        self.world.attempt(lambda: plays.begin_arrival(self.world, to, who))

    @rule(one=WHERE, to=WHERE, way=st.sampled_from(["inside", "inside", "out", "in"]))
    def a_unit_is_to_go(self, one: int, to: int, way: str) -> None:
        self.world.attempt(lambda: plays.begin_unit(self.world, one, to, way))

    @rule(which=WHICH, step=st.integers(0, 2), outcome=OUTCOME)
    def a_step_is_taken(self, which: int, step: int, outcome: int) -> None:
        case = self._running(which)
        found = case and plays.next_of(case, step)
        if case and found:
            self.world.attempt(lambda: plays.take(self.world, case, found, outcome))

    @rule(which=WHICH, times=st.integers(2, 6))
    def all_goes_its_way(self, which: int, times: int) -> None:
        case = self._running(which)
        for _ in range(times):
            if case:
                case = cases().get(pk=case.pk)
                found = plays.next_of(case, 0) if case.is_open else None
                if found:
                    self.world.attempt(partial(plays.take, self.world, case, found, 0))
                    self.world.wait(1)

    @rule(which=WHICH, step=st.integers(0, 2), outcome=OUTCOME)
    def a_step_is_taken_and_taken_back(self, which: int, step: int, outcome: int) -> None:
        case = self._running(which)
        found = case and plays.next_of(case, step)
        if not case or not found:
            return
        before = self.world.everything()
        row = self.world.attempt(lambda: plays.take(self.world, case, found, outcome))
        if row is not None and row.state == StepState.TAKEN and self._take_back(case):
            after = self.world.everything()
            assert {name: (was, after[name]) for name, was in before.items() if was != after[name]} == {}

    @rule(which=st.integers(0, 20))
    def what_was_done_last_is_taken_back_later(self, which: int) -> None:
        found = list(cases())
        if found:
            self._take_back(found[which % len(found)])

    def _take_back(self, case: ProcedureCase) -> object:
        now = cases().get(pk=case.pk)
        return self.world.attempt(lambda: taking_back.take_back(actor=make.SYSTEM, case=now, reason="登记错了"))

    @rule(which=WHICH)
    def a_case_is_withdrawn(self, which: int) -> None:
        case = self._running(which)
        if case:
            self.world.attempt(lambda: ending.withdraw(actor=make.SYSTEM, case=case, reason="不办了"))

    @rule(which=WHICH)
    def a_case_is_taken_up_again(self, which: int) -> None:
        found = [one for one in cases() if one.state in {"withdrawn", "ended"}]
        if found:
            self.world.attempt(lambda: ending.reopen(actor=make.SYSTEM, case=found[which % len(found)], reason="还要办"))

    # Branches

    @rule(one=WHERE, into=WHERE)
    def a_branch_is_merged(self, one: int, into: int) -> None:
        counted = self._counted()
        self.world.attempt(
            lambda: reorganise.merge(
                actor=make.SYSTEM,
                organization=self.world.branch(one),
                into=self.world.branch(into),
                effective_on=self.world.today,
            )
        )
        assert self._counted() == counted

    @rule(one=WHERE, number=st.integers(1, 2))
    def a_branch_is_split(self, one: int, number: int) -> None:
        branch, counted = self.world.branch(one), self._counted()
        own = list(register(Member).counted().filter(branch=branch).select_related("branch").order_by("pk"))
        made = self.world.attempt(
            lambda: reorganise.split(
                actor=make.SYSTEM,
                organization=branch,
                members=own[:number],
                name=f"虚构分出{len(self.world.branches)}支部",
                short_name="分出支部",
                effective_on=self.world.today,
            )
        )
        assert self._counted() == counted
        if made:
            self.world.branches.insert(0, made)

    @rule(one=WHERE, to=WHERE)
    def members_are_moved_together(self, one: int, to: int) -> None:
        own = list(register(Member).counted().filter(branch=self.world.branch(one)).select_related("branch").order_by("pk"))
        counted = self._counted()
        self.world.attempt(
            lambda: reorganise.move_many(
                actor=make.SYSTEM, members=own[:2], to=self.world.branch(to), effective_on=self.world.today
            )
        )
        assert self._counted() == counted

    @rule(one=WHERE)
    def a_branch_is_dissolved(self, one: int) -> None:
        counted = self._counted()
        self.world.attempt(
            lambda: tree.dissolve(actor=make.SYSTEM, organization=self.world.branch(one), effective_on=self.world.today)
        )
        assert self._counted() == counted

    @rule(which=st.sampled_from([1, 1, 1, 2, 3]))
    def a_reorganisation_is_taken_back(self, which: int) -> None:
        counted = self._counted()
        found = list(register(Reorganisation).filter(undone_at=None).order_by("pk"))
        if len(found) >= which:
            self.world.attempt(
                lambda: reorganisations.take_back(actor=make.SYSTEM, reorganisation=found[-which], reason="登记错了")
            )
        assert self._counted() == counted

    # Members

    @rule(who=WHO)
    def somebody_dies_by_an_old_record(self, who: int) -> None:
        self.world.attempt(
            lambda: account.leave(
                actor=make.SYSTEM,
                member=self.world.member(who),
                kind=ChangeKind.DECEASED,
                effective_on=self.world.today,
                document=APART,
            )
        )

    @rule(who=WHO)
    def the_last_change_of_somebody_is_put_right(self, who: int) -> None:
        lines = account.valid_lines(self.world.member(who))
        self.world.attempt(lambda: reversing.reverse(actor=make.SYSTEM, entry=lines[-1], reason="登记错了"))

    @rule(who=WHO, what=st.sampled_from(["go", "go", "come_back", "reopen", "cancel"]))
    def somebody_goes_away(self, who: int, what: str) -> None:
        self.world.attempt(lambda: self._away(self.world.member(who), what))

    def _away(self, member: Member, what: str) -> None:
        if what == "go":
            given = {"direction": "other_province", "place": "虚构省星河市", "since_on": self.world.today}
            away.register_away(actor=make.SYSTEM, member=member, **given)
            return
        last = register(Away).filter(member=member).order_by("pk").last()
        if last is None:
            return
        if what == "come_back":
            away.come_back(actor=make.SYSTEM, away=last, ended_on=self.world.today)
        elif what == "reopen":
            away.reopen(actor=make.SYSTEM, away=last)
        else:
            away.cancel(actor=make.SYSTEM, away=last, end_note="登记错了")

    @rule(where=WHERE, what=st.sampled_from(["welcome", "leave", "reopen"]))
    def a_guest_comes(self, where: int, what: str) -> None:
        self.world.attempt(lambda: self._guest(where, what))

    def _guest(self, where: int, what: str) -> None:
        if what == "welcome":
            given = {"name": "钟离甲", "home": "中共虚构县委", "came_from": "other_province", "since_on": self.world.today}
            guests.welcome(actor=make.SYSTEM, organization=self.world.branch(where), **given)
            return
        last = register(Guest).select_related("organization").order_by("pk").last()
        if last is not None and what == "leave":
            guests.leave(actor=make.SYSTEM, guest=last, left_on=self.world.today)
        elif last is not None:
            guests.reopen(actor=make.SYSTEM, guest=last)

    @rule(who=WHO, what=st.sampled_from(["on", "on", "on", "find", "end"]))
    def somebody_is_searched_for(self, who: int, what: str) -> None:
        self.world.attempt(lambda: self._search(self.world.member(who), what))

    def _search(self, member: Member, what: str) -> None:
        today, running = self.world.today, register(Search).running().filter(member=member).first()
        if running is None:
            last = register(Search).filter(member=member).order_by("pk").last()
            if last is not None and last.is_undecided:
                searches.settle(actor=make.SYSTEM, search=last, outcome="nothing", outcome_on=today, outcome_note="确有原因")
            else:
                searches.begin(actor=make.SYSTEM, member=member)
        elif what == "find":
            searches.find(actor=make.SYSTEM, search=running, found_on=today, way="phone", found_how="电话接通")
        elif what == "end":
            searches.end(actor=make.SYSTEM, search=running, end_note="登记错了")
        elif running.lost_on is None:
            searches.record_lost(actor=make.SYSTEM, search=running, reason="1", lost_on=today)
        else:
            for way in ("phone", "home", "family"):
                searches.attempt(actor=make.SYSTEM, search=running, way=way, on=today, by="虚构支委", result="nothing")
            searches.conclude(actor=make.SYSTEM, search=running, concluded_on=today)

    # Meetings and dues

    @rule(where=WHERE, days=st.sampled_from([0, 1, 10]), which=WHICH)
    def a_meeting_is_called(self, where: int, days: int, which: int) -> None:
        case = self._running(which)
        carries = plays.carried_by(case) if case else None
        branch = case.organization if case and carries else self.world.branch(where)
        day = self.world.today + dt.timedelta(days=days)
        self.world.attempt(lambda: plays.call(self.world, branch, day, carries))

    @rule(passes=st.booleans())
    def the_meeting_that_was_called_is_held(self, passes: bool) -> None:
        rows = register(Meeting).filter(status=Status.CALLED).select_related("organization").order_by("held_on", "pk")
        meeting = rows.first()
        if meeting is None or meeting.held_on is None:
            return
        self.world.wait((meeting.held_on - self.world.today).days)
        self.world.attempt(lambda: self._hold(meeting, passes=passes))

    def _hold(self, meeting: Meeting, *, passes: bool) -> None:
        history = History()
        meeting = plays.begin_meeting(self.world, meeting)
        checks.list_is_right(meeting, history)
        plays.vote_and_end(self.world, meeting, passes=passes)

    @rule()
    def the_bills_of_the_month_are_made(self) -> None:
        month = self.world.today.replace(day=1)
        self.world.attempt(lambda: billing.make_bills(actor=make.SYSTEM, month=month))
        checks.bills_are_right(month, History())

    # How

    @invariant()
    def what_holds_always_holds(self) -> None:
        if not hasattr(self, "world"):
            return
        history = History()
        self.steps += 1
        for check in checks.ALWAYS:
            check(self.world, history)
        if self.steps % ALL_CHECKED_EVERY == 0:
            checks.accounts_balance(self.world, history)

    def _running(self, which: int) -> ProcedureCase | None:
        found = self.world.running()
        return found[which % len(found)] if found else None

    @staticmethod
    def _counted() -> set[int]:
        return set(register(Member).counted().values_list("pk", flat=True))
