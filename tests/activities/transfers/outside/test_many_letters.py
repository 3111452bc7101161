"""Transfers out released, and letters issued, for many on one page: one number after another, whoever is refused stays."""

import pytest
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.activities.transfers.models import Letter
from dangjian.engines.procedures.models import CaseStep, StepState
from dangjian.kernel import clock
from dangjian.org.openings import register
from tests import make
from tests.activities.transfers.outside import Outside
from tests.at_once import at_once
from tests.offered import browser

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]
ADDRESS = reverse("procedures:transfer_out_many")


class Many(Outside):
    """Three members who are to go out of the platform, asked for by their secretary."""

    def __init__(self) -> None:
        super().__init__()
        self.people = [make.member(self.branch, f"虚构转出{word}") for word in "甲乙丙"]
        self.cases = [self.go(self.secretary, one) for one in self.people]

    def waiting(self, code: str) -> list[CaseStep]:
        rows = register(CaseStep).filter(code=code, state=StepState.OPEN, case__in=self.cases)
        return list(rows.select_related("case").order_by("case_id"))

    def released(self) -> list[CaseStep]:
        for case in self.cases:
            self.take(case, "release", self.above, "released")
        return self.waiting("issue")

    def post(self, who: User, step: str, rows: list[CaseStep], **more: object) -> tuple[int, str]:
        data = {"day": str(clock.today()), "chosen": [row.pk for row in rows], **more}
        answer = browser(who).post(f"{ADDRESS}?step={step}", data)
        return answer.status_code, answer.content.decode()

    def page(self, who: User, step: str) -> str:
        return browser(who).get(f"{ADDRESS}?step={step}").content.decode()

    def numbers(self) -> list[tuple[int | None, int]]:
        rows = register(Letter).filter(case__in=self.cases).order_by("serial")
        return list(rows.values_list("serial", "valid_days"))


@pytest.fixture
def many() -> Many:
    return Many()


def test_the_committee_releases_many_and_sees_where_each_goes(many: Many) -> None:
    page = many.page(many.above, "release")
    assert (page.count("中共虚构市委组织部"), page.count("工作单位变动")) == (3, 3)
    rows = many.waiting("release")
    outcomes = {f"step{row.pk}-outcome": "released" for row in rows}
    assert many.post(many.above, "release", rows, **outcomes)[0] == 302
    assert len(many.waiting("issue")) == 3


def test_letters_are_numbered_one_after_another_with_common_days_or_their_own(many: Many) -> None:
    rows = many.released()
    assert many.page(many.above, "issue").count("虚构公司第二党支部") == 3
    more = {"shared_valid_days": "20", f"step{rows[1].pk}-entry_valid_days": "10"}
    assert many.post(many.above, "issue", rows, **more)[0] == 302
    assert many.numbers() == [(1, 20), (2, 20), (3, 10)], "in the order of the page"


def test_without_days_the_usual_ones_hold(many: Many) -> None:
    assert many.post(many.above, "issue", many.released())[0] == 302
    assert many.numbers() == [(1, 30), (2, 30), (3, 30)]


def test_who_is_refused_takes_no_number_and_stays(many: Many) -> None:
    rows = many.released()
    status, page = many.post(many.above, "issue", rows, **{f"step{rows[1].pk}-entry_valid_days": "91"})
    assert (status, "还有1人没有办理" in page, "最多90天" in page) == (422, True, True)
    assert many.numbers() == [(1, 30), (2, 30)]
    assert [row.pk for row in many.waiting("issue")] == [rows[1].pk]


def test_nobody_below_issues_them(many: Many) -> None:
    rows = many.released()
    assert many.post(many.secretary, "issue", rows)[0] in {403, 404, 422}
    assert not many.numbers()


@pytest.mark.django_db(transaction=True)
def test_two_officers_at_one_moment_issue_each_letter_once() -> None:
    many = Many()
    rows, other = many.released(), make.post(many.committee, "deputy_secretary").user
    at_once(lambda: many.post(many.above, "issue", rows), lambda: many.post(other, "issue", rows))
    assert sorted(serial or 0 for serial, _days in many.numbers()) == [1, 2, 3]
