"""A case is taken back, taken up again and moved: by whom, from which state, and what becomes of its open steps."""

import datetime as dt

import pytest

from dangjian.accounts.models import Event, User
from dangjian.engines.procedures.actions import ending
from dangjian.engines.procedures.actions.following import bring_up_to_date
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied, Refusal
from dangjian.org.openings import at, register
from tests import make
from tests.activities.development.people import House as Branch
from tests.activities.development.people import begun, case
from tests.engines.procedures.test_person import House

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.day("2026-11-30")]

TODAY = dt.date(2026, 11, 30)


@pytest.fixture
def branch() -> Branch:
    return Branch()


def running(branch: Branch) -> ProcedureCase:
    return case(begun(branch.branch, ("apply", "2026-11-10"), name="欧阳甲"))


def refused(
    kind: type[Refusal] | tuple[type[Refusal], ...], row: ProcedureCase, by: User, act: str, words: str | None = None
) -> None:
    """The act is refused, and nothing was written."""

    def stands() -> object:
        found = register(ProcedureCase).filter(pk=row.pk).values_list()
        return list(found), list(register(CaseStep).filter(case=row).order_by("pk").values_list()), Event.objects.count()

    before = stands()
    with pytest.raises(kind, match=words):
        getattr(ending, act)(actor=make.actor(by), case=row, reason="写明的原因")
    assert stands() == before


@pytest.mark.parametrize("act", ["withdraw", "end", "reopen"])
def test_only_whoever_may_begin_one_ends_it_and_takes_it_up_again(branch: Branch, act: str) -> None:
    found = running(branch)
    if act == "reopen":
        ending.withdraw(actor=make.SYSTEM, case=found, reason="不办了")
    reader = make.post(branch.branch, "publicity_member").user
    assert make.actor(reader).may("development.view", branch.branch)
    refused(PermissionDenied, found, reader, act)
    refused(NotFound, found, branch.neighbour, act)
    assert getattr(ending, act)(actor=make.actor(branch.secretary), case=found, reason="写明的原因")


def test_only_what_was_withdrawn_or_ended_is_taken_up_again(branch: Branch) -> None:
    found = running(branch)
    refused(Conflict, found, branch.secretary, "reopen", "不能恢复办理")
    for state in (CaseState.FINISHED, CaseState.REFUSED):
        with at(branch.branch):
            ProcedureCase.objects.filter(pk=found.pk).update(state=state, ended_on=TODAY)
        refused(Conflict, found, branch.secretary, "reopen", "不能恢复办理")
        refused(Conflict, found, branch.secretary, "withdraw", "不用再撤回")


def test_a_reason_is_given(branch: Branch) -> None:
    found = running(branch)
    with pytest.raises(Invalid, match="原因"):
        ending.withdraw(actor=make.actor(branch.secretary), case=found, reason=" ")
    assert case_of(found).is_open


def case_of(row: ProcedureCase) -> ProcedureCase:
    return register(ProcedureCase).select_related("organization").get(pk=row.pk)


def test_at_its_end_nothing_is_open_and_taken_up_again_all_is_as_it_was(branch: Branch) -> None:
    found = running(branch)

    def waiting() -> list[tuple[str, dt.date | None]]:
        rows = register(CaseStep).filter(case=found, state="open").order_by("code")
        return list(rows.values_list("code", "due_on"))

    before = waiting()
    ending.withdraw(actor=make.actor(branch.secretary), case=found, reason="不办了")
    done = case_of(found)
    assert (waiting(), done.due_on, done.ended_on, done.end_reason) == ([], None, TODAY, "不办了")
    ending.reopen(actor=make.actor(branch.secretary), case=found, reason="接着办")
    done = case_of(found)
    assert (waiting(), done.ended_on, done.end_reason) == (before, None, "")
    verbs = Event.objects.filter(verb__in=("procedures.withdrawn", "procedures.reopened")).order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == ["procedures.withdrawn", "procedures.reopened"]


def test_a_case_at_its_end_stays_where_it_is(branch: Branch) -> None:
    found = running(branch)
    ending.withdraw(actor=make.SYSTEM, case=found, reason="不办了")
    with pytest.raises(Conflict, match="不能再转出"):
        ending.move(actor=make.SYSTEM, case=found, organization=branch.other, day=TODAY)
    assert case_of(found).organization == branch.branch


def test_a_case_below_two_committees_is_the_nearest_ones(branch: Branch) -> None:
    below = make.committee(branch.committee)
    other = make.branch(make.general_branch(below))
    found = case(begun(other, ("apply", "2026-01-10"), ("activist", "2026-09-10")))
    assert register(CaseStep).get(case=found, code="file_activist").place == below


@pytest.mark.day("2025-01-10")
def test_a_last_day_of_a_year_without_a_notice_on_holidays_is_marked() -> None:
    house = House()
    found = house.start()
    house.take(found, "talk", "2025-02-01")
    with at(house.branch):
        with clock.at("2026-12-28 05:20"):
            bring_up_to_date([found], clock.today())
        house.take(found, "agree", "2026-12-28", by=house.above)
        house.take(found, "notice", "2026-12-28")
        row = CaseStep.objects.get(case=found, code="list", state="open")
        assert (row.opens_on, row.is_provisional) == (dt.date(2027, 1, 4), True)
        assert not CaseStep.objects.open().filter(case=found, is_provisional=True).exclude(pk=row.pk).exists()
