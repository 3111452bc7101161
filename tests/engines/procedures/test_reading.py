"""What the person reads of their own case: their own steps whole, of the office's that they were done and what came of them."""

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.engines.procedures.actions import starting, taking
from dangjian.engines.procedures.models import CaseStep, ProcedureCase
from dangjian.kernel import clock
from dangjian.org.models import Organization
from dangjian.org.openings import at
from tests import make
from tests.contracts.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.day("2025-01-10")]

WRITTEN = "谈话时还想再考虑"


class House:
    """A branch with its secretary and somebody who asks, with an account but no record."""

    def __init__(self) -> None:
        self.branch: Organization = make.branch(make.committee())
        secretary = make.member(self.branch, with_user=True).user
        assert secretary
        make.post(self.branch, "secretary", secretary)
        self.secretary, self.person = secretary, make.user("欧阳甲")
        self.case = starting.start(
            actor=make.SYSTEM,
            code="example",
            organization=self.branch,
            title="欧阳甲",
            day=clock.today(),
            account_id=self.person.pk,
        )

    def talk(self, outcome: str) -> CaseStep:
        with at(self.branch):
            row = taking.take(actor=make.actor(self.secretary), case=self.case, code="talk", day=clock.today(), outcome=outcome)
            row.reason = WRITTEN
            row.save(update_fields=["reason"])
        return row


@pytest.fixture
def house() -> House:
    return House()


def page(browser: Client, case: ProcedureCase) -> str:
    return browser.get(reverse("procedures:example_case", args=[case.pk])).content.decode()


def test_what_the_office_wrote_is_not_for_the_person(house: House) -> None:
    row = house.talk("done")
    person, secretary = signed_in(house.person), signed_in(house.secretary)
    assert "已谈话" in page(person, house.case)
    assert WRITTEN not in page(person, house.case)
    assert WRITTEN in page(secretary, house.case)
    form = reverse("procedures:form_paper", args=[row.pk, "talk_record"])
    assert person.get(form).status_code == 404
    assert secretary.get(form).status_code == 200


def test_the_page_of_all_papers_is_not_for_the_person(house: House) -> None:
    house.talk("done")
    address = reverse("procedures:example_dossier", args=[house.case.pk])
    person, secretary = signed_in(house.person), signed_in(house.secretary)
    assert person.get(address).status_code == 404
    assert address not in page(person, house.case)
    assert secretary.get(address).status_code == 200
    assert address in page(secretary, house.case)


def test_what_was_sent_back_to_them_they_read(house: House) -> None:
    house.talk("again")
    assert WRITTEN in page(signed_in(house.person), house.case)


def test_the_page_leads_them_to_no_list_that_is_closed_to_them(house: House) -> None:
    listed = f'href="{reverse("procedures:example")}"'
    assert listed not in page(signed_in(house.person), house.case)
    assert listed in page(signed_in(house.secretary), house.case)
