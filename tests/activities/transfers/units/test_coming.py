"""A unit that comes from outside the platform: its roster is entered as 整建制转入, and the case is finished by it."""

import datetime as dt

import pytest

from dangjian.activities.transfers.actions import units
from dangjian.engines.exchange.models import State
from dangjian.engines.procedures.actions import taking
from dangjian.engines.procedures.models import CaseState, ProcedureCase
from dangjian.kernel.errors import Conflict
from dangjian.members.models import ChangeKind, MembershipEntry
from dangjian.org.openings import register
from tests import make
from tests.importing import Enterprise, enterprise, own_files
from tests.members.sheets import people

__all__ = ["enterprise", "own_files"]
pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-30"), pytest.mark.any_database]
DAY = dt.date(2026, 11, 30)


def test_the_roster_comes_in_before_the_case_is_finished(enterprise: Enterprise) -> None:
    entry = {"why": "reform", "outside": "中共虚构市委", "number": "2"}
    case = units.ask_unit(actor=make.SYSTEM, organization=enterprise.one, way="in", day=DAY, entry=entry)
    taking.take(actor=make.SYSTEM, case=case, code="agree", day=DAY, outcome="released")
    with pytest.raises(Conflict, match="还没有整建制转入的党员"):
        taking.take(actor=make.SYSTEM, case=case, code="enter", day=DAY)
    rows = [people.person(place, enterprise.one.short_name) for place in (1, 3)]
    batch = enterprise.commit(enterprise.upload(rows, entry_kind=ChangeKind.WHOLE_IN.value, effective_on=DAY))
    assert batch.state == State.COMMITTED, batch.failure
    assert register(MembershipEntry).filter(kind=ChangeKind.WHOLE_IN, organization=enterprise.one).count() == 2
    taking.take(actor=make.SYSTEM, case=case, code="enter", day=DAY)
    assert register(ProcedureCase).get(pk=case.pk).state == CaseState.FINISHED
