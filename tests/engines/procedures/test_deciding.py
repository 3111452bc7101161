"""A step that a meeting decides: what is recorded of the vote moves the case, and nobody enters it a second time."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import Event, User
from dangjian.engines.procedures.actions import deciding, ending, starting, taking
from dangjian.engines.procedures.models import CaseState, CaseStep, StepState
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.org.models import PostKind
from dangjian.org.openings import at
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.day("2024-07-20")]

SAID = "2024年7月15日“第三季度党员大会”：应到会有表决权的20人，实到18人；赞成17票，反对1票，弃权0票"
STEPS = {"apply": "2023-01-10", "talk": "2023-02-01", "list": "2024-07-01"}


class House:
    """A branch with its secretary, and a case that has come to the meeting."""

    def __init__(self, *, live_on: str = "2020-01-01") -> None:
        self.branch = make.branch(make.general_branch(make.committee()))
        self.branch.live_on = dt.date.fromisoformat(live_on)
        with at(self.branch):
            self.branch.save(update_fields=["live_on"])
        self.secretary, self.person = (make.member(self.branch, with_user=True).user for _ in range(2))
        make.post(self.branch, PostKind.SECRETARY, self.secretary)
        begun = dt.date.fromisoformat(STEPS["apply"])
        with clock.at(f"{begun} 09:00"):
            self.case = starting.start(
                actor=make.SYSTEM, code="example", organization=self.branch, title="欧阳甲", day=begun, account_id=self.person.pk
            )
        for code in ("talk", "list"):
            with clock.at(f"{STEPS[code]} 09:00"):
                self.take(code, STEPS[code], "done" if code == "talk" else "")

    def take(self, code: str, day: str, outcome: str = "") -> CaseStep:
        actor, on = make.actor(self.secretary), dt.date.fromisoformat(day)
        return taking.take(actor=actor, case=self.case, code=code, day=on, outcome=outcome)

    def decide(self, day: str = "2024-07-15", *, by: User | None = None, outcome: str = "passed", **more: Any) -> CaseStep:
        on, actor = dt.date.fromisoformat(day), make.actor(by or self.secretary)
        return deciding.decide(actor=actor, case=self.case, code="meeting", day=on, outcome=outcome, said=SAID, **more)

    def states(self) -> list[tuple[str, str]]:
        with at(self.branch):
            rows = CaseStep.objects.filter(case=self.case, code="meeting").order_by("pk")
            return [(row.state, row.outcome) for row in rows]


@pytest.fixture
def house() -> House:
    return House()


def test_what_a_meeting_decided_takes_the_step_on_its_day(house: House) -> None:
    row = house.decide()
    assert (row.taken_on, row.outcome, row.said) == (dt.date(2024, 7, 15), "passed", SAID)
    assert (house.case.state, house.case.ended_on) == (CaseState.FINISHED, dt.date(2024, 7, 15))


def test_whose_turn_it_is_is_not_asked_but_nobody_decides_on_themselves(house: House) -> None:
    with pytest.raises(PermissionDenied, match="关系到您本人"):
        house.decide(by=house.person)
    assert house.states() == [(StepState.OPEN, "")]
    assert house.decide(by=make.member(house.branch, with_user=True).user).outcome == "passed"


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        ({"day": "2024-07-21"}, Invalid, "不能晚于今天"),
        ({"day": "2024-06-30"}, Invalid, "不能早于前一步"),
        ({"outcome": "maybe"}, Invalid, "请选择结果"),
    ],
)
def test_the_text_holds_for_meetings_too(house: House, given: dict[str, Any], kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        house.decide(**given)
    assert house.states() == [(StepState.OPEN, "")]


def test_it_is_decided_once(house: House) -> None:
    house.decide()
    with pytest.raises(Conflict, match="已办结"):
        house.decide()


def test_only_steps_that_meetings_decide_come_in_this_way(house: House) -> None:
    with pytest.raises(Conflict, match="不由会议表决"):
        deciding.decide(actor=make.SYSTEM, case=house.case, code="list", day=clock.today(), outcome="", said=SAID)


def test_a_vote_that_leaves_it_open_stands_on_the_trail_alone(house: House) -> None:
    deciding.leave_open(actor=make.SYSTEM, case=house.case, code="meeting", said=SAID)
    assert house.states() == [(StepState.OPEN, "")]
    assert Event.objects.filter(verb="procedures.not_decided", summary__contains="大会没有通过").count() == 1


def test_nobody_enters_by_hand_what_a_meeting_decides(house: House) -> None:
    with pytest.raises(Conflict, match="由支部党员大会表决，请在会议中办理"):
        house.take("meeting", "2024-07-15", "passed")
    assert house.states() == [(StepState.OPEN, "")]


def test_what_was_decided_before_the_platform_is_entered_by_hand() -> None:
    house = House(live_on="2024-07-16")
    with pytest.raises(Conflict, match="请在会议中办理") as refused:
        house.take("meeting", "2024-07-16", "passed")
    assert "2024年7月16日以前已经表决的" in refused.value.how
    row = house.take("meeting", "2024-07-15", "later")
    assert (row.state, row.said) == (StepState.RETURNED, "")
    house.take("list", "2024-07-15")
    assert house.states() == [(StepState.RETURNED, "later"), (StepState.OPEN, "")]


def test_the_page_offers_no_form_for_it_and_says_where_it_is_decided(house: House) -> None:
    browser = Client()
    browser.force_login(house.secretary, backend="dangjian.accounts.backends.AccountBackend")
    shown: Any = browser.get(reverse("procedures:example_case", args=[house.case.pk]))
    assert "meeting" not in shown.context["open_steps"]
    assert "由支部党员大会表决" in shown.content.decode()


def test_a_withdrawn_case_is_not_decided(house: House) -> None:
    ending.withdraw(actor=make.SYSTEM, case=house.case, reason="本人撤回")
    with pytest.raises(Conflict, match="已撤回"):
        house.decide()
