"""Who may do what with applicants, their accounts, lists and plans, where the right at one place is not that at another."""

import datetime as dt
from typing import Any

import pytest

from dangjian.accounts.models import ApiToken, Event
from dangjian.activities.development.actions import accounts, applicants, importing, letters, quotas
from dangjian.activities.development.actions.importing import Arrival
from dangjian.activities.development.models import Applicant, LetterState, QuotaRequest, ReviewLetter, Stage
from dangjian.activities.development.queries import letters as read_letters
from dangjian.activities.development.queries import quotas as read
from dangjian.engines.procedures.models import CaseStep, ProcedureCase
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from dangjian.org import roles
from dangjian.org.openings import at, register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.development.build import admitted, reserved, step
from tests.activities.development.people import House, begun, case

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.day("2026-11-30")]

TODAY = dt.date(2026, 11, 30)
REFUSED = (PermissionDenied, NotFound)
ADMITTED = ("apply", "2024-01-10"), ("activist", "2024-06-10"), ("object", "2025-09-10"), ("admission_meeting", "2026-03-10")


@pytest.fixture
def house() -> House:
    return House()


def stands() -> list[Any]:
    rows = [list(register(model).order_by("pk").values_list()) for model in (Applicant, ProcedureCase, CaseStep, QuotaRequest)]
    return [*rows, Event.objects.count()]


# Applicants


def test_nobody_is_sent_where_the_sender_holds_no_right(house: House) -> None:
    one = begun(house.branch, ("apply", "2026-10-10"))
    elsewhere = make.branch(make.committee())
    before = stands()
    with pytest.raises(REFUSED):
        applicants.move(actor=make.actor(house.office), applicant=one, to=elsewhere, day=TODAY)
    assert stands() == before


def test_whoever_is_a_member_is_changed_moved_and_ended_as_a_member(house: House) -> None:
    member = make.member(house.branch, "诸葛丁", category="2", effective_on=dt.date(2026, 3, 10), joined_on=dt.date(2026, 3, 10))
    one = begun(house.branch, *ADMITTED, name="诸葛丁", member=member)
    by, above, before = make.actor(house.secretary), make.actor(house.office), stands()
    with pytest.raises(Conflict, match="已是党员"):
        applicants.change(actor=by, applicant=one, name="别人")
    with pytest.raises(Conflict, match="随党员组织关系"):
        applicants.move(actor=above, applicant=one, to=house.other, day=TODAY)
    with pytest.raises(Conflict, match="已是预备党员"):
        applicants.end(actor=by, applicant=one, why="left")
    assert stands() == before


def test_a_full_number_is_shown_to_whoever_may_see_full_numbers(house: House) -> None:
    one = house.enter()
    reader = make.actor(make.post(house.branch, "publicity_member").user)
    assert reader.may("development.view", house.branch)
    with pytest.raises(PermissionDenied):
        applicants.unmask(actor=reader, applicant=one, column="resident_id", purpose="核对身份信息")
    assert not Event.objects.filter(verb="development.unmasked").exists()


# Accounts


def test_no_account_for_an_application_that_has_ended(house: House) -> None:
    one = house.enter()
    applicants.end(actor=make.actor(house.secretary), applicant=one, why="left")
    before = stands()
    with pytest.raises(Conflict, match="不能开通账号"):
        accounts.hand_out(actor=make.actor(house.secretary), applicant=one)
    assert stands() == before


def test_with_the_account_its_tokens_end(house: House) -> None:
    one = house.enter()
    user, _ = accounts.hand_out(actor=make.actor(house.secretary), applicant=one)
    token = ApiToken.objects.create(user=user, title="手机", digest="0" * 64)
    applicants.end(actor=make.actor(house.secretary), applicant=one, why="left")
    token.refresh_from_db()
    assert token.revoked_at == clock.now()


# Lists that are imported


def test_only_whoever_may_import_enters_a_list_and_takes_it_back(house: House) -> None:
    row = Arrival(house.branch.pk, {"applied_on": dt.date(2026, 1, 10)}, {"name": "诸葛丁", "birth_on": dt.date(1998, 3, 7)})

    def enter(who: Any) -> int:
        with at(house.branch):
            return importing.enter_many(actor=make.actor(who), rows=[row], batch=7, progress=lambda _done: None)

    reader = make.post(house.branch, "publicity_member").user
    for who in (reader, house.neighbour):
        with pytest.raises(REFUSED):
            enter(who)
    assert not register(Applicant).exists()
    assert enter(house.office) == 1
    before = stands()
    for who in (reader, house.neighbour):
        with pytest.raises(REFUSED):
            importing.take_back(actor=make.actor(who), batch=7)
    assert stands() == before
    assert importing.take_back(actor=make.actor(house.office), batch=7) == 1


# Letters


def test_a_letter_that_is_written_and_not_sent_is_waited_for_too(house: House) -> None:
    one = begun(house.branch, ("apply", "2026-10-10"))
    step(case(one), read_letters.STEP)
    given = {"about": "欧阳父", "relation": "父亲", "to": "虚构镇党委", "questions": "现实表现", "due_on": dt.date(2026, 12, 30)}
    made = letters.write(actor=make.actor(house.secretary), applicant=one, **given)
    assert list(read_letters.open_for(one.pk)) == [made]
    letters.send(actor=make.actor(house.secretary), letter=made, sent_on=TODAY)
    with clock.at("2026-12-30 09:00"), unscoped("test"):
        assert not read_letters.in_state(ReviewLetter.objects.all(), "late").exists(), "the last day is not late"
    with clock.at("2026-12-31 09:00"), unscoped("test"):
        assert read_letters.in_state(ReviewLetter.objects.all(), "late").get().state == LetterState.SENT


# Plans


class Planned(House):
    """A committee with two places, whose branches have no plan of their own."""

    def __init__(self) -> None:
        super().__init__()
        quotas.enter(actor=make.SYSTEM, organization=self.committee, year=2026, places=2, document="虚党〔2026〕1号")


def test_whoever_was_sent_back_or_ended_takes_no_place() -> None:
    house = Planned()
    waits, ended = reserved(house.branch), reserved(house.other)
    assert read.objection(house.branch, TODAY)
    with unscoped("test"):
        CaseStep.objects.filter(case__subject_id=waits.pk, code="prereview").update(state="returned")
    assert read.standing(house.branch, 2026).reserved == 1
    with unscoped("test"):
        ProcedureCase.objects.filter(subject_id=ended.pk).update(state="ended", ended_on=TODAY)
    assert read.objection(house.branch, TODAY) is None


def test_a_day_of_another_year_goes_by_the_plan_of_that_year() -> None:
    house = Planned()
    for _ in range(2):
        admitted(house.branch)
    assert read.objection(house.branch, TODAY)
    assert read.objection(house.branch, dt.date(2025, 6, 1)) is None
    quotas.enter(actor=make.SYSTEM, organization=house.committee, year=2027, places=1, document="虚党〔2027〕1号")
    assert read.objection(house.branch, dt.date(2027, 1, 4)) is None
    only_last_year = House()
    quotas.enter(actor=make.SYSTEM, organization=only_last_year.committee, year=2025, places=0, document="虚党〔2025〕1号")
    assert read.objection(only_last_year.branch, dt.date(2025, 6, 1))
    assert read.objection(only_last_year.branch, TODAY) is None


def test_who_is_not_admitted_any_more_took_no_place_and_who_left_afterwards_did() -> None:
    house = Planned()
    admitted(house.branch, stage=Stage.ENDED, ended_on=TODAY)
    assert read.standing(house.branch, 2026).used == 0
    admitted(house.branch, stage=Stage.ENDED, ended_on=TODAY, approved_on=TODAY)
    assert read.standing(house.branch, 2026).used == 1


def test_the_plan_of_a_unit_that_was_dissolved_is_free_again() -> None:
    house = Planned()
    quotas.hand_down(actor=make.SYSTEM, organization=house.committee, year=2026, places={house.other.pk: 2})
    assert read.year_plan(2026).of(house.committee).free == 0
    with unscoped("test"):
        type(house.other).objects.filter(pk=house.other.pk).update(dissolved_on=TODAY)
    assert read.year_plan(2026).of(house.committee).free == 2


def test_a_request_that_was_answered_is_not_taken_back() -> None:
    house = Planned()
    actor = make.actor(house.secretary)
    asked = quotas.ask(actor=actor, organization=house.branch, year=2026, wanted=1, reason="申请人多")
    quotas.grant(actor=make.actor(house.office), request=asked, granted=1)
    before = stands()
    with pytest.raises(Conflict, match="不用再办理"):
        quotas.withdraw(actor=actor, request=asked)
    assert stands() == before


def test_ones_own_request_waits_for_somebody_else() -> None:
    house = Planned()
    both = make.grant(house.branch, roles.PARTY_OFFICE, house.office).user
    quotas.ask(actor=make.actor(both), organization=house.branch, year=2026, wanted=1, reason="申请人多")
    another = make.grant(house.committee, roles.PARTY_OFFICE).user
    with unscoped("test"):
        assert (read.answerable(both.pk).count(), read.answerable(another.pk).count()) == (0, 1)


def test_one_place_too_many_is_too_many() -> None:
    house = Planned()
    before = stands()
    with pytest.raises(Invalid, match="超出1名"):
        quotas.hand_down(
            actor=make.SYSTEM, organization=house.committee, year=2026, places={house.branch.pk: 2, house.other.pk: 1}
        )
    assert stands() == before
