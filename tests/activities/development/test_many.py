"""Half-yearly reviews of a branch on one page, and the yearly analysis of the committee above: a tick and a sentence each."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase
from dangjian.engines.procedures.queries import next_titles
from dangjian.org.openings import at, register
from tests import make
from tests.activities.development.way import CODE, House, take, waiting_for
from tests.offered import browser

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23"), pytest.mark.any_database]
ADDRESS = reverse("procedures:development_many")


class Branch(House):
    """A branch that trains three people, of whom a review is due."""

    def __init__(self) -> None:
        super().__init__()
        self.secretary: User = make.post(self.branch).user
        self.above: User = make.post(self.committee).user
        self.cases = [waiting_for(self.branch, "object_discuss", name=f"虚构积极分子{word}") for word in "甲乙丙"]

    def client(self, who: User | None = None) -> Client:
        return browser(who or self.secretary)

    def waiting(self, code: str = "review") -> list[CaseStep]:
        rows = register(CaseStep).filter(code=code, state="open", case__in=self.cases).order_by("case_id")
        return list(rows.select_related("case"))

    def said(self) -> list[tuple[int, str, str]]:
        rows = register(CaseStep).filter(code="review", state="taken").order_by("case_id")
        return [(row.case_id, row.outcome, row.read_entry()["opinion"]) for row in rows]


@pytest.fixture
def branch() -> Branch:
    return Branch()


def filled(*rows: CaseStep, day: str = "2026-11-23", **more: str) -> dict[str, object]:
    outcomes = {f"step{row.pk}-outcome": "goes_on" for row in rows}
    return {"day": day, "chosen": [row.pk for row in rows], **outcomes, **more}


def test_whoever_is_ticked_is_entered_with_the_shared_sentence_or_their_own(branch: Branch) -> None:
    first, second, third = branch.waiting()
    typed = {"shared_opinion": "表现稳定，继续培养", f"step{second.pk}-entry_opinion": "进步明显"}
    answer = branch.client().post(f"{ADDRESS}?step=review", filled(first, second, **typed))
    assert (answer.status_code, answer["Location"]) == (302, f"{ADDRESS}?step=review")
    assert branch.said() == [
        (first.case_id, "goes_on", "表现稳定，继续培养"),
        (second.case_id, "goes_on", "进步明显"),
    ]
    page = branch.client().get(f"{ADDRESS}?step=review").content.decode()
    assert [name in page for name in ("虚构积极分子甲", "虚构积极分子乙", "虚构积极分子丙")] == [False, False, True]
    assert third.is_open


def test_one_that_is_refused_stays_with_what_was_typed_and_the_others_are_entered(branch: Branch) -> None:
    first, second, _third = branch.waiting()
    data = filled(first, second, **{f"step{first.pk}-entry_opinion": "很好"})
    answer = branch.client().post(f"{ADDRESS}?step=review", data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "还有1人没有办理" in page
    assert "“支部考察入党积极分子”已办理1人。" in page
    assert [row[0] for row in branch.said()] == [first.case_id]
    assert f'name="step{second.pk}-entry_opinion"' in page
    assert f'name="step{first.pk}-entry_opinion"' not in page


@pytest.mark.parametrize(
    ("more", "says"),
    [({"day": "2026-12-01"}, "不能晚于今天"), ({"day": "明天"}, "日期"), ({"day": "2020-01-01"}, "不能早于")],
)
def test_a_wrong_day_enters_nobody(branch: Branch, more: dict[str, str], says: str) -> None:
    [first, *_] = branch.waiting()
    answer = branch.client().post(f"{ADDRESS}?step=review", filled(first, shared_opinion="继续培养", **more))
    assert (answer.status_code, says in answer.content.decode(), branch.said()) == (422, True, [])


def test_nobody_ticked_is_said(branch: Branch) -> None:
    answer = branch.client().post(f"{ADDRESS}?step=review", {"day": "2026-11-23", "shared_opinion": "继续培养"})
    page = answer.content.decode()
    assert (answer.status_code, "还没有勾选" in page, "继续培养</textarea>" in page) == (422, True, True)
    assert branch.said() == []


def test_each_sees_their_own_turn_alone(branch: Branch) -> None:
    """The committee analyses, the branch reviews; a neighbour has nobody, and nobody takes a step in their own case."""
    assert "虚构积极分子甲" in branch.client(branch.above).get(f"{ADDRESS}?step=analysis").content.decode()
    assert "现在没有要办理的" in branch.client(branch.above).get(f"{ADDRESS}?step=review").content.decode()
    neighbour = make.post(make.branch(branch.committee)).user
    assert "现在没有要办理的" in browser(neighbour).get(f"{ADDRESS}?step=review").content.decode()
    [first, *_] = branch.waiting()
    assert browser(neighbour).post(f"{ADDRESS}?step=review", filled(first, shared_opinion="继续培养")).status_code == 422
    assert branch.said() == []
    with at(branch.branch):
        ProcedureCase.objects.filter(pk=first.case_id).update(account=branch.secretary)
    assert "虚构积极分子甲" not in branch.client().get(f"{ADDRESS}?step=review").content.decode()


def test_a_step_that_is_not_taken_so_is_not_found(branch: Branch) -> None:
    for code in ("approve", "contact_review", "nothing"):
        assert branch.client().get(f"{ADDRESS}?step={code}").status_code == 404


def test_dropping_somebody_ends_their_case(branch: Branch) -> None:
    [first, *_] = branch.waiting()
    data = filled(first, shared_opinion="不再培养") | {f"step{first.pk}-outcome": "dropped"}
    branch.client().post(f"{ADDRESS}?step=review", data)
    assert register(ProcedureCase).get(pk=first.case_id).state == CaseState.REFUSED


def test_the_list_names_what_moves_a_case_on_and_what_is_near(branch: Branch) -> None:
    """Not every review that could be written today, but the one whose last day the list shows."""
    case = branch.cases[0]
    with at(branch.branch):
        assert next_titles(CODE, [case.pk])[case.pk].startswith("讨论拟确定发展对象")
        young = waiting_for(branch.branch, "file_activist", name="虚构新人")
        take(young, "file_activist", dt.date(2026, 11, 23))
        take(young, "contacts", dt.date(2026, 11, 23))
        said = next_titles(CODE, [young.pk])[young.pk]
    first, second = said.split("、")
    assert (first, second[:15]) == ("递交思想汇报（2027年2月13日前）", "讨论拟确定发展对象（2027年")
    assert "考察" not in said


def test_the_button_stands_where_somebody_waits(branch: Branch) -> None:
    assert ADDRESS in branch.client().get(reverse("development:applicants")).content.decode()
    stranger = House()
    waiting_for(stranger.branch, "talk", name="虚构申请人")
    assert ADDRESS not in browser(make.post(stranger.branch).user).get(reverse("development:applicants")).content.decode()
