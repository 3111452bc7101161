"""The list of letters with the days left, and the figures of transfers: which rows are there, for whom, what they add up to."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.activities.transfers.views.statistics import STATISTICS
from dangjian.engines.procedures.actions import taking_back
from dangjian.kernel import clock
from dangjian.kernel.identity import fictional_resident_id
from dangjian.kernel.periods import MONTH, Span
from dangjian.kernel.statistics import Asked
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.transfers.outside import Outside
from tests.offered import browser

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23"), pytest.mark.any_database]
DAY = dt.date(2026, 11, 23)
OTHER = fictional_resident_id(dt.date(1990, 1, 1), 3)


def page(who: User, **asked: str) -> str:
    return browser(who).get(reverse("transfers:letters"), asked).content.decode()


def names(who: User, **asked: str) -> set[str]:
    shown = page(who, **asked)
    return {name for name in ("甲长", "甲短", "甲过", "甲回", "甲收", "欧阳丁") if name in shown}


def a_letter(house: Outside, name: str, *, days: int = 30, ago: int = 0) -> Any:
    with clock.at(f"{DAY - dt.timedelta(days=ago)} 09:00"):
        case = house.go(house.secretary, make.member(house.branch, name))
        house.issued(case, valid_days=str(days))
    return case


@pytest.fixture
def house() -> Outside:
    """Five letters out: one with long to go, one with five days, one expired, one received, one handed back; one that came in."""
    house = Outside()
    a_letter(house, "甲长")
    a_letter(house, "甲短", days=20, ago=15)
    a_letter(house, "甲过", days=10, ago=15)
    received, back = a_letter(house, "甲回", ago=12), a_letter(house, "甲收", ago=9)
    house.take(received, "receipt", house.above, "received", slip=True, received_on=str(DAY - dt.timedelta(days=2)))
    house.take(back, "receipt", house.above, "returned", note="不转了")
    house.take(house.assigned(house.come()), "receive", house.secretary, "received")
    return house


def test_those_that_are_not_settled_come_first_and_each_state_can_be_asked_for(house: Outside) -> None:
    assert names(house.above) == {"甲长", "甲短", "甲过"}
    assert names(house.above, state="expired") == {"甲过"}
    assert names(house.above, state="received") == {"甲回", "欧阳丁"}
    assert names(house.above, state="received", direction="in") == {"欧阳丁"}
    assert names(house.above, state="returned") == {"甲收"}
    assert names(house.above, left="7") == {"甲短"}
    assert "还有 5 天" in page(house.above, left="7")
    assert names(house.above, state="all", kind="cross_province") == {"欧阳丁"}


def test_a_stranger_sees_none(house: Outside) -> None:
    stranger = Outside().secretary
    assert names(stranger, state="all") == set()


def total(house: Outside, **asked: str) -> Any:
    with unscoped("test"):
        return STATISTICS.counted.total(Asked.of(house.committee, Span.of(DAY, MONTH), **asked), "organization")


def test_figures_of_who_came_and_went_and_how_long_it_took(house: Outside) -> None:
    found = total(house)
    assert (found.came, found.left, found.came_whole, found.left_whole) == (1, 1, 0, 0)
    assert (found.issued, found.out, found.expired, found.received, found.entered) == (5, 2, 1, 1, 1)
    assert (found.waited, found.average) == (10, 10)
    found = total(house, kind="within_province")
    assert (found.came, found.left, found.issued, found.entered) == (0, 0, 5, 0), "lines of the account have no kind"
    case = house.assigned(house.come(name="欧阳己", resident_id=OTHER, number="虚构介〔2026〕8号"))
    house.take(case, "receive", house.secretary, "received")
    assert total(house).came == 2
    taking_back.take_back(actor=make.actor(house.secretary), case=case, reason="点错了")
    assert total(house).came == 1, "what was taken back is not counted"
