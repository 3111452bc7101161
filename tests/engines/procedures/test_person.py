"""A procedure about a person: what they do themselves, what others decide about them, one case at a time, two texts."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.engines.duties.models import Duty, State
from dangjian.engines.procedures.actions import deciding, ending, following, starting, taking
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, PermissionDenied
from dangjian.org.models import Organization, PostKind
from dangjian.org.openings import at, inside
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.day("2025-01-10")]

BEGUN = dt.date(2025, 1, 10)


class House:
    """A branch below a committee; the secretaries, and a person who asks."""

    def __init__(self) -> None:
        self.committee = make.committee()
        self.branch = make.branch(make.general_branch(self.committee))
        self.secretary = self.officer(self.branch)
        self.above = self.officer(self.committee)
        self.person: User = make.member(self.branch, with_user=True).user

    def officer(self, place: Organization, post: PostKind = PostKind.SECRETARY) -> User:
        who: User = make.member(self.branch, with_user=True).user
        make.post(place, post, who)
        return who

    def start(self, **more: Any) -> ProcedureCase:
        given: dict[str, Any] = {"title": "欧阳甲", "day": BEGUN, "account_id": self.person.pk, "subject_id": 7} | more
        return starting.start(actor=make.SYSTEM, code="example", organization=self.branch, **given)

    def take(self, case: ProcedureCase, code: str, day: str, by: User | None = None, outcome: str = "") -> CaseStep:
        outcome = outcome or ("done" if code == "talk" else "")
        with clock.at(f"{day} 09:00"):
            actor = make.actor(by or self.secretary)
            return taking.take(actor=actor, case=case, code=code, day=dt.date.fromisoformat(day), outcome=outcome)

    def decide(self, case: ProcedureCase, day: str, outcome: str) -> CaseStep:
        with clock.at(f"{day} 16:00"):
            on = dt.date.fromisoformat(day)
            return deciding.decide(
                actor=make.actor(self.secretary), case=case, code="meeting", day=on, outcome=outcome, said="虚构党员大会"
            )

    def open_codes(self, case: ProcedureCase) -> set[str]:
        with at(case.organization):
            return set(CaseStep.objects.open().filter(case=case).values_list("code", flat=True))


@pytest.fixture
def house() -> House:
    return House()


def test_there_is_one_open_case_of_a_subject(house: House) -> None:
    case = house.start()
    with pytest.raises(Conflict, match="正在办理") as refused:
        house.start()
    assert refused.value.elsewhere is not None, "whoever may see the one that runs is led there"
    assert refused.value.elsewhere[1].endswith(f"/{case.pk}/")
    ending.withdraw(actor=make.SYSTEM, case=case, reason="本人撤回")
    again = house.start()
    with pytest.raises(Conflict, match="另有一件"):
        ending.reopen(actor=make.SYSTEM, case=case, reason="接着办")
    assert again.is_open


def test_nobody_decides_in_their_own_case(house: House) -> None:
    case = house.start(account_id=house.secretary.pk)
    with pytest.raises(PermissionDenied, match="关系到您本人"):
        house.take(case, "talk", "2025-01-20")
    assert house.open_codes(case) == {"talk"}
    house.take(case, "talk", "2025-01-20", by=house.officer(house.branch, PostKind.DEPUTY_SECRETARY))


def test_whoever_comes_second_is_told_who_was_faster_and_no_article_of_it(house: House) -> None:
    case = house.start()
    house.take(case, "talk", "2025-01-20")
    with pytest.raises(Conflict, match=r"由.+办理") as refused:
        house.take(case, "talk", "2025-01-20")
    assert not refused.value.citation


def test_too_early_is_refused_with_the_article(house: House) -> None:
    case = house.start()
    house.take(case, "talk", "2025-02-01")
    with pytest.raises(Conflict, match="须满1年") as refused:
        house.take(case, "list", "2026-01-31")
    assert refused.value.citation == "《虚构办法（旧）》第五条"
    house.take(case, "list", "2026-02-01")


def test_a_newer_text_goes_on_with_what_was_done(house: House) -> None:
    case = house.start()
    house.take(case, "talk", "2025-02-01")
    assert house.open_codes(case) == {"train", "list"}
    with clock.at("2026-05-11 05:20"), inside(house.committee):
        found = following.refresh()
        assert (found.opened, found.closed) == (1, 1)
        assert not following.refresh().anything
    assert house.open_codes(case) == {"train", "agree"}
    with at(house.branch):
        assert CaseStep.objects.open().get(case=case, code="agree").place == house.committee


def test_what_went_past_under_the_older_text_is_not_asked_for(house: House) -> None:
    case = house.start()
    house.take(case, "talk", "2025-02-01")
    house.take(case, "list", "2026-02-01")
    with clock.at("2026-05-11 05:20"), inside(house.committee):
        following.refresh()
    assert house.open_codes(case) == {"train", "meeting"}
    house.decide(case, "2026-05-12", "passed")
    assert (case.state, house.open_codes(case)) == (CaseState.FINISHED, set())


def test_a_review_comes_back_and_not_twice_on_a_day(house: House) -> None:
    case = house.start()
    house.take(case, "talk", "2025-02-01")
    house.take(case, "train", "2025-07-01")
    with pytest.raises(Conflict, match="最早"):
        house.take(case, "train", "2025-07-01")
    with at(house.branch):
        again = CaseStep.objects.open().get(case=case, code="train")
    assert (again.round, again.due_on) == (2, dt.date(2026, 1, 1))


def test_a_refusal_ends_it_and_takes_its_duties_along(house: House) -> None:
    case = house.start()
    house.take(case, "talk", "2025-02-01")
    house.take(case, "list", "2026-02-01")
    house.decide(case, "2026-02-10", "failed")
    assert case.state == CaseState.REFUSED
    with inside(house.committee):
        assert not Duty.objects.filter(rule__startswith="procedure.example", state=State.OPEN).exists()


def test_the_person_sees_their_own_case_and_nobody_elses(house: House) -> None:
    mine, other = house.start(), house.start(subject_id=8, account_id=None, title="司马乙")
    browser = Client()
    browser.force_login(house.person, backend="dangjian.accounts.backends.AccountBackend")
    assert browser.get(reverse("procedures:example_case", args=[mine.pk])).status_code == 200
    assert browser.get(reverse("procedures:example_case", args=[other.pk])).status_code in {200, 403, 404}
    stranger = Client()
    elsewhere = make.member(make.branch(make.general_branch(make.committee())), with_user=True).user
    stranger.force_login(elsewhere, backend="dangjian.accounts.backends.AccountBackend")
    assert stranger.get(reverse("procedures:example_case", args=[mine.pk])).status_code == 404


def test_the_wrong_procedure_in_the_address_finds_nothing(house: House) -> None:
    case = house.start()
    browser = Client()
    browser.force_login(house.secretary, backend="dangjian.accounts.backends.AccountBackend")
    assert browser.get(reverse("procedures:project_case", args=[case.pk])).status_code == 404


def test_the_app_of_a_procedure_adds_cards_to_the_page_of_a_case(house: House) -> None:
    reader = Client()
    reader.force_login(house.person, backend="dangjian.accounts.backends.AccountBackend")

    def page(case: ProcedureCase) -> str:
        return reader.get(reverse("procedures:example_case", args=[case.pk])).content.decode()

    assert "第7号申请人" in page(house.start())
    assert "申请人情况" not in page(house.start(subject_id=0))
