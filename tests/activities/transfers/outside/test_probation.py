"""Whoever comes on probation has the rest of it as a case of their branch, which is reminded of the conversion in time."""

import datetime as dt

import pytest
from django.urls import reverse

from dangjian.activities.development.models import Applicant, Stage
from dangjian.engines.procedures.actions import correcting, ending, taking, taking_back
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase, StepState
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind, Member, Standing
from dangjian.org.openings import register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.transfers.outside import RESIDENT_ID, Outside
from tests.offered import browser

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]
DAY = dt.date(2026, 11, 23)
ON_PROBATION = {"category": "probationary", "joined_on": "2026-03-20", "converted_on": ""}


@pytest.fixture
def house() -> Outside:
    return Outside()


def received(house: Outside, **more: str) -> ProcedureCase:
    case = house.assigned(house.come(**ON_PROBATION | more))
    house.take(case, "receive", house.secretary, "received")
    return register(ProcedureCase).get(pk=case.pk)


def member() -> Member:
    return register(Member).select_related("branch").get(resident_id_index__matches=RESIDENT_ID)


def development() -> ProcedureCase:
    return register(ProcedureCase).select_related("organization").get(procedure="development")


def due() -> dict[str, dt.date | None]:
    rows = register(CaseStep).filter(case=development(), state=StepState.OPEN)
    return dict(rows.values_list("code", "due_on"))


def take_back(house: Outside, case: ProcedureCase) -> None:
    taking_back.take_back(actor=make.actor(house.secretary), case=register(ProcedureCase).get(pk=case.pk), reason="接错了")


def test_the_branch_has_the_conversion_on_its_list_in_time(house: Outside) -> None:
    received(house)
    one = register(Applicant).get(member=member())
    assert (one.stage, one.organization, one.came_on) == (Stage.PROBATIONARY, house.branch, DAY)
    steps = due()
    assert {"conversion_apply", "probation_review", "oath", "group"} <= steps.keys()
    assert not {"apply", "talk", "admission_meeting", "approve", "file_admission"} & steps.keys(), "done elsewhere"
    assert steps["conversion_apply"] == dt.date(2027, 3, 20)
    assert steps["probation_review"] == dt.date(2027, 5, 23), "counted from the day they came"
    taking.take(actor=make.SYSTEM, case=development(), code="conversion_apply", day=DAY)
    meeting = register(CaseStep).get(case=development(), code="conversion_meeting", state=StepState.OPEN)
    assert meeting.opens_on == dt.date(2027, 3, 20)


def test_who_comes_with_an_extended_probation_is_discussed_at_its_end(house: Outside) -> None:
    received(house, joined_on="2025-10-10", probation_to="2027-04-10")
    assert (member().probation_extended_to, due()["conversion_apply"]) == (dt.date(2027, 4, 10), dt.date(2027, 4, 10))


@pytest.mark.parametrize("to", ["2027-01-10", "2028-01-10"], ids=["three months", "more than a year"])
def test_a_probation_is_extended_by_half_a_year_to_a_year(house: Outside, to: str) -> None:
    with pytest.raises(Invalid, match="延长过一次的") as refused:
        house.come(**ON_PROBATION | {"joined_on": "2025-10-10", "probation_to": to})
    assert "probation_to" in refused.value.fields


def test_it_counts_as_no_admission_of_this_platform(house: Outside) -> None:
    received(house)
    one = register(Applicant).get()
    assert (one.applied_on, one.admitted_on, one.approved_on) == (None, None, None)
    client = browser(house.above)
    assert "欧阳丁" not in client.get(reverse("development:register"), {"kind": "admitted"}).content.decode()
    page = client.get(reverse("development:register"), {"kind": Stage.PROBATIONARY.value}).content.decode()
    assert ("欧阳丁" in page, "2026年3月20日" in page) == (True, True)
    case = client.get(reverse("procedures:development_case", args=[development().pk])).content.decode()
    assert "在原党组织办理" in case


def test_a_full_member_has_none(house: Outside) -> None:
    case = house.assigned(house.come())
    house.take(case, "receive", house.secretary, "received")
    assert not register(Applicant).exists()


def test_it_goes_with_the_reception_that_is_taken_back_and_comes_with_the_next(house: Outside) -> None:
    case = received(house)
    take_back(house, case)
    assert (register(Applicant).exists(), member().standing) == (False, Standing.NOT_ADMITTED)
    assert not register(ProcedureCase).filter(procedure="development").exists()
    house.take(case, "receive", house.secretary, "received")
    assert register(Applicant).get().stage == Stage.PROBATIONARY


def test_what_was_done_since_keeps_the_reception(house: Outside) -> None:
    case = received(house)
    taking.take(actor=make.SYSTEM, case=development(), code="probation_review", day=DAY, entry={"opinion": "表现很好"})
    with pytest.raises(Conflict, match="欧阳丁在转入以后又办理过"):
        take_back(house, case)
    assert (member().standing, register(Applicant).count()) == (Standing.NORMAL, 1)


def test_whoever_left_on_probation_goes_on_where_they_stood(house: Outside) -> None:
    case = received(house)
    taking.take(actor=make.SYSTEM, case=development(), code="probation_review", day=DAY, entry={"opinion": "表现很好"})
    house.take(case, "reply", house.above, way="邮寄")
    house.take(case, "talk", house.secretary)
    with clock.at("2026-11-25 09:00"):
        with unscoped("test"):
            account.leave(actor=make.SYSTEM, member=member(), kind=ChangeKind.TRANSFERRED_OUT, effective_on=clock.today())
        assert development().state == CaseState.ENDED
    with clock.at("2026-12-10 09:00"):
        again = house.assigned(house.come(**ON_PROBATION, number="虚构介〔2026〕9号", paid_to="2026-12-01"))
        house.take(again, "receive", house.secretary, "received")
        assert (development().state, register(Applicant).count()) == (CaseState.OPEN, 1)
        assert register(Applicant).get().stage == Stage.PROBATIONARY
        take_back(house, again)
        assert (development().state, member().standing) == (CaseState.ENDED, Standing.TRANSFERRED_OUT)
    assert case.pk != again.pk


def test_what_was_begun_since_ends_with_the_reception_that_is_taken_back(house: Outside) -> None:
    """Other cases about somebody who never came are over."""
    case = house.assigned(house.come())
    house.take(case, "receive", house.secretary, "received")
    going = house.go(house.secretary, member())
    take_back(house, case)
    assert register(ProcedureCase).get(pk=going.pk).state == CaseState.ENDED


def test_nobody_says_when_what_was_done_elsewhere_was_done(house: Outside) -> None:
    received(house)
    approved = register(CaseStep).select_related("case").get(case=development(), code="approve")
    met = register(CaseStep).select_related("case").get(case=development(), code="admission_meeting")
    assert (met.known_on, approved.known_on) == (dt.date(2026, 3, 20), None)
    page = browser(house.secretary).get(reverse("procedures:development_case", args=[development().pk])).content.decode()
    assert "待签字上传" not in page
    assert page.count('class="done"') >= 4, "the stages behind, and what was done elsewhere"
    with pytest.raises(Conflict, match="在原单位办理"):
        correcting.require_correcting(make.actor(house.above), approved)


def test_an_oath_that_was_taken_before_coming_is_entered_with_its_day(house: Outside) -> None:
    received(house)
    with pytest.raises(Invalid, match="前一步"):
        house.take(development(), "oath", house.secretary, day=dt.date(2026, 3, 19))
    row = house.take(development(), "oath", house.secretary, day=dt.date(2026, 7, 1))
    assert (row.taken_on, row.is_late) == (dt.date(2026, 7, 1), False)


def test_after_the_reception_it_is_taken_back_and_not_withdrawn(house: Outside) -> None:
    case = received(house)
    with pytest.raises(Conflict, match="“接收”已经办理"):
        ending.withdraw(actor=make.actor(house.secretary), case=case, reason="不转了")
    assert member().standing == Standing.NORMAL
    take_back(house, case)
    ending.withdraw(actor=make.actor(house.secretary), case=register(ProcedureCase).get(pk=case.pk), reason="不转了")
    assert register(ProcedureCase).get(pk=case.pk).state == CaseState.WITHDRAWN
