"""Two officers at one step in the same moment: one of them does it, the other is told, and nothing is written twice."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from dangjian.accounts.models import Event
from dangjian.engines.procedures.actions import correcting, taking
from dangjian.engines.procedures.models import CaseStep, ProcedureCase, StepState
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict
from dangjian.org.models import PostKind
from dangjian.org.openings import register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.engines.procedures.test_person import House

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.day("2025-01-10")]

DAY = dt.date(2025, 1, 20)


class Two(House):
    """A branch with two officers who both open the case of a person."""

    def __init__(self) -> None:
        super().__init__()
        self.case = self.start()
        self.officers = (self.secretary, self.officer(self.branch, PostKind.DEPUTY_SECRETARY))

    def at_once(self, act: str) -> list[bool]:
        """Whether each of them did it."""

        def done(number: int) -> bool:
            try:
                with unscoped("a thread"), clock.at(f"{DAY} 09:00"):
                    getattr(self, act)(number)
            except Conflict:
                return False
            else:
                return True
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as threads:
            found = sorted(threads.map(done, (0, 1)))
        connection.close()
        return found

    def talks(self, number: int) -> None:
        case = register(ProcedureCase).select_related("organization").get(pk=self.case.pk)
        actor, outcome = make.actor(self.officers[number]), ("done", "again")[number]
        taking.take(actor=actor, case=case, code="talk", day=DAY, outcome=outcome)

    def corrects(self, number: int) -> None:
        rows = register(CaseStep).select_related("case__organization", "place")
        row = rows.get(case=self.case, code="apply", corrects=None)
        correcting.correct(actor=make.SYSTEM, row=row, day=dt.date(2025, 1, 8 + number), reason="写错了")


def test_a_step_is_taken_by_one_of_them() -> None:
    two = Two()
    assert two.at_once("talks") == [False, True]
    assert register(CaseStep).filter(case=two.case, code="talk").exclude(state=StepState.OPEN).count() == 1
    assert sum(one.data["step"] == "talk" for one in Event.objects.filter(verb="procedures.taken")) == 1


def test_an_entry_is_corrected_by_one_of_them() -> None:
    two = Two()
    assert two.at_once("corrects") == [False, True]
    states = register(CaseStep).filter(case=two.case, code="apply").order_by("pk").values_list("state", flat=True)
    assert list(states) == [StepState.CORRECTED, StepState.TAKEN]
