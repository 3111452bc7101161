"""An appeal that is granted takes the decision back by itself, or says why it does not and what to do."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import Event
from dangjian.engines.procedures.actions import ending, taking_back
from dangjian.engines.procedures.models import CaseState, ProcedureCase
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind, Sanction, Standing
from dangjian.org.openings import register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.standing.house import House, is_open

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23"), pytest.mark.any_database]


@pytest.fixture
def house() -> House:
    return House()


def punished(house: House, kind: str = "warning") -> ProcedureCase:
    """The member was punished and told."""
    case = house.begin("penalty", kind=kind)
    for code in ("hear", "meeting"):
        house.take(case, code)
    house.take(case, "decide", kind=kind)
    house.take(case, "tell")
    return house.again(case)


def test_a_penalty_that_was_approved_is_not_withdrawn_before_it_is_told(house: House) -> None:
    case = house.begin("penalty", kind="warning")
    for code in ("hear", "meeting"):
        house.take(case, code)
    ending.require_withdrawing(make.actor(house.secretary), house.again(case))
    house.take(case, "decide", kind="warning")
    with pytest.raises(Conflict, match="“上级批准”已经办理"):
        ending.withdraw(actor=make.actor(house.secretary), case=house.again(case), reason="不处分了")
    assert (house.again(case).state, penalties(house)) == (CaseState.OPEN, 1)


def answered(house: House, against: str, outcome: str, **more: str) -> ProcedureCase:
    appeal = house.begin("appeal", against=against)
    house.take(appeal, "answer", outcome, **more)
    return house.again(appeal)


def penalties(house: House) -> int:
    return register(Sanction).filter(member=house.member.pk).count()


def said(case: ProcedureCase, verb: str) -> list[str]:
    rows = Event.objects.filter(verb=verb, subject_type="procedures.procedurecase", subject_id=case.pk)
    return list(rows.order_by("pk").values_list("summary", flat=True))


def test_a_penalty_that_is_revoked_is_off_the_record_and_its_case_ends(house: House) -> None:
    case = punished(house)
    assert penalties(house) == 1
    appeal = answered(house, "penalty", "revoked")
    assert penalties(house) == 0
    case = house.again(case)
    assert (case.state, case.end_reason) == (CaseState.ENDED, "申诉复查，撤销原决定")
    assert len(said(case, "procedures.taken_back")) == 2
    assert "撤销原决定，已撤销“" in said(appeal, "standing.appeal_granted")[0]


def test_a_decision_that_is_changed_is_open_to_be_decided_again(house: House) -> None:
    case = punished(house, "serious_warning")
    answered(house, "penalty", "changed")
    assert penalties(house) == 0
    assert house.again(case).state == CaseState.OPEN
    assert is_open(case) == {"decide"}
    house.take(case, "decide", kind="warning")
    assert register(Sanction).get(member=house.member.pk).kind == "warning"


def test_who_was_expelled_counts_again_when_that_is_revoked(house: House) -> None:
    punished(house, "expulsion")
    assert house.as_it_is().standing == Standing.REMOVED
    answered(house, "penalty", "revoked")
    assert house.as_it_is().standing == Standing.NORMAL


def test_an_answer_that_undid_a_decision_is_not_taken_back_but_an_upheld_one_is(house: House) -> None:
    punished(house)
    by = make.actor(house.second)
    upheld = answered(house, "penalty", "upheld")
    taking_back.take_back(actor=by, case=upheld, reason="登记错了")
    house.take(upheld, "answer", "revoked")
    with pytest.raises(Conflict, match="已经随这次答复撤销"):
        taking_back.take_back(actor=by, case=house.again(upheld), reason="登记错了")


def test_what_is_upheld_stays(house: House) -> None:
    case = punished(house)
    appeal = answered(house, "penalty", "upheld")
    assert penalties(house) == 1
    assert house.again(case).state == CaseState.FINISHED
    assert said(appeal, "standing.appeal_granted") == []


def test_a_decision_that_is_not_here_wants_a_reason_and_says_what_to_do(house: House) -> None:
    appeal = house.begin("appeal", against="other")
    with pytest.raises(Invalid, match="没有找到") as refusal:
        house.take(appeal, "answer", "revoked")
    assert "恢复党籍" in refusal.value.text
    house.take(appeal, "answer", "revoked", reason="平台启用以前的决定")
    assert house.again(appeal).state == CaseState.FINISHED


def test_what_others_have_built_on_is_named_and_nothing_is_undone(house: House) -> None:
    with clock.at(clock.now() - dt.timedelta(days=30)):
        case = house.begin("suspension", why="settled", since="2026-01-01")
        house.take(case, "decide")
    assert house.as_it_is().standing == Standing.SUSPENDED
    with unscoped("test"):
        account.enter(
            actor=make.SYSTEM,
            member=house.as_it_is(),
            branch=house.branch,
            kind=ChangeKind.RESTORED,
            effective_on=clock.today(),
            category="1",
        )
    appeal = house.begin("appeal", against="suspension")
    with pytest.raises(Invalid, match="后来又有党籍变动"):
        house.take(appeal, "answer", "revoked")
    assert house.again(case).state == CaseState.FINISHED
    house.take(appeal, "answer", "revoked", reason="已经恢复党籍")
    assert house.again(case).state == CaseState.FINISHED
    assert "没有自动撤销" in said(appeal, "standing.appeal_granted")[0]


def test_a_second_appeal_does_not_undo_an_older_decision(house: House) -> None:
    with clock.at(clock.now() - dt.timedelta(days=30)):
        punished(house, "warning")
    punished(house, "serious_warning")
    answered(house, "penalty", "revoked")
    answered(house, "penalty", "revoked")
    assert register(Sanction).get(member=house.member.pk).kind == "warning"


def test_the_page_of_an_appeal_leads_to_what_it_is_about(house: House) -> None:
    case = punished(house)
    appeal = house.begin("appeal", against="penalty")
    client = Client()
    client.force_login(house.second, backend="dangjian.accounts.backends.AccountBackend")
    page = client.get(reverse("procedures:appeal_case", args=[appeal.pk])).content.decode()
    assert reverse("procedures:penalty_case", args=[case.pk]) in page
    assert "原来的决定自动撤销" in page
