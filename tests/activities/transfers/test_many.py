"""Transfers released and received many at once: by whoever may, with a common group; whoever is refused stays."""

import datetime as dt

import pytest
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseStep, ProcedureCase, StepState
from dangjian.engines.procedures.queries import for_many
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind, Member
from dangjian.org.openings import register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.transfers.test_transfer import DAY, House
from tests.offered import browser

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]
ADDRESS = reverse("procedures:transfer_many")


class Many(House):
    """Three members who are to go to one branch, asked for by the secretary of theirs."""

    def __init__(self) -> None:
        super().__init__()
        self.people = [make.member(self.origin, f"虚构转接{word}") for word in "甲乙丙"]
        self.cases = [self.ask(self.secretary, member=one) for one in self.people]

    def waiting(self, code: str) -> list[CaseStep]:
        rows = register(CaseStep).filter(code=code, state=StepState.OPEN, case__in=self.cases)
        return list(rows.select_related("case").order_by("case_id"))

    def released(self) -> list[CaseStep]:
        for case in self.cases:
            self.release(case)
        return self.waiting("receive")

    def post(self, who: User, step: str, data: dict[str, object]) -> tuple[int, str]:
        answer = browser(who).post(f"{ADDRESS}?step={step}", data)
        return answer.status_code, answer.content.decode()

    def page(self, who: User, step: str) -> str:
        return browser(who).get(f"{ADDRESS}?step={step}").content.decode()

    def where(self) -> list[int]:
        rows = register(Member).filter(pk__in=[one.pk for one in self.people]).order_by("pk")
        return list(rows.values_list("organization_id", flat=True))


@pytest.fixture
def many() -> Many:
    return Many()


def ticked(rows: list[CaseStep], outcome: str, **more: object) -> dict[str, object]:
    return {"day": str(DAY), "chosen": [row.pk for row in rows], **{f"step{row.pk}-outcome": outcome for row in rows}, **more}


def test_the_committee_releases_many_at_once(many: Many) -> None:
    status, _ = many.post(many.above, "release", ticked(many.waiting("release")[:2], "released"))
    assert (status, len(many.waiting("release")), len(many.waiting("receive"))) == (302, 1, 2)


def test_whoever_is_received_goes_into_the_common_group_or_their_own(many: Many) -> None:
    rows, (common, other) = many.released(), (make.group(many.to), make.group(many.to))
    page = many.page(many.receiver, "receive")
    assert (many.origin.short_name in page, "虚构转接甲" in page, "都编入" in page) == (True, True, True)
    more = {"shared_group": common.pk, f"step{rows[1].pk}-entry_group": other.pk}
    assert many.post(many.receiver, "receive", ticked(rows, "received", **more))[0] == 302
    assert many.where() == [common.pk, other.pk, common.pk]


def test_one_that_is_sent_back_without_a_reason_stays_and_the_others_are_received(many: Many) -> None:
    rows = many.released()
    data = ticked(rows, "received") | {f"step{rows[1].pk}-outcome": "returned"}
    status, page = many.post(many.receiver, "receive", data)
    assert (status, "还有1人没有办理" in page, "须写明理由" in page) == (422, True, True)
    assert many.where() == [many.to.pk, many.origin.pk, many.to.pk]
    assert [row.pk for row in many.waiting("receive")] == [rows[1].pk]


def test_one_who_left_meanwhile_is_not_there_and_holds_nobody_up(many: Many) -> None:
    rows = many.released()
    with unscoped("test"):
        member = register(Member).select_related("branch").get(pk=many.people[0].pk)
        account.leave(actor=make.SYSTEM, member=member, kind=ChangeKind.DECEASED, effective_on=DAY)
    many.post(many.receiver, "receive", ticked(rows, "received"))
    assert many.where() == [many.origin.pk, many.to.pk, many.to.pk]


def test_each_sees_their_own_turn_alone(many: Many) -> None:
    """The branch that receives, though the cases stand at another one; nobody else, and not whoever asked for them."""
    many.released()
    assert "虚构转接甲" not in many.page(many.stranger, "receive")
    assert "虚构转接甲" not in many.page(many.secretary, "receive")
    assert many.post(many.stranger, "receive", ticked(many.waiting("receive"), "received"))[0] == 422
    make.post(many.to, "deputy_secretary", many.secretary)
    assert not for_many(make.actor(many.secretary), procedure("transfer")).exists()
    assert for_many(make.actor(many.receiver), procedure("transfer")).count() == 3
    assert many.where() == [many.origin.pk] * 3


def test_the_button_stands_where_somebody_waits(many: Many) -> None:
    listing = reverse("procedures:transfer")
    assert ADDRESS in browser(many.above).get(listing).content.decode()
    assert ADDRESS not in browser(many.receiver).get(listing).content.decode()
    many.released()
    assert ADDRESS in browser(many.receiver).get(listing).content.decode()


def test_a_day_before_the_release_receives_nobody(many: Many) -> None:
    rows = many.released()
    status, page = many.post(many.receiver, "receive", ticked(rows, "received", day=str(DAY - dt.timedelta(days=1))))
    assert (status, page.count("不能早于前一步")) == (422, 3)
    assert register(ProcedureCase).filter(state="open").count() == 3
