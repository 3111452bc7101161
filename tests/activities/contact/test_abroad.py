"""Members abroad and those who came back from studying there, with the lists behind the figures."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.activities.contact.actions import away
from dangjian.activities.contact.models import Away
from tests import make
from tests.activities.contact import build

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23"), pytest.mark.any_database]
YEAR = {"period": "2026"}


class House:
    """A committee with two branches, members of the first abroad, and whoever reads the figures."""

    def __init__(self) -> None:
        self.committee = make.committee(name="虚构集团党委")
        self.branch = make.branch(self.committee)
        make.branch(self.committee)
        self.browser = Client()
        self.browser.force_login(make.post(self.committee).user, backend="dangjian.accounts.backends.AccountBackend")

    def go(self, direction: str, since_on: dt.date, **more: Any) -> Away:
        return build.go(make.member(self.branch), direction=direction, since_on=since_on, **more)

    def total(self, **query: str) -> dict[str, int]:
        named = {"organization": self.committee.pk, "since": "2026-01-01", "until": "2026-12-31", **query}
        answer = self.browser.get("/api/v1/contact/abroad-statistics", named).json()
        return {name: answer["total"][name] for name in ("there", "studying", "went", "back", "studied")}


def test_tables_35_and_36_count_who_is_abroad_and_who_came_back() -> None:
    house = House()
    house.go("study_abroad", dt.date(2021, 1, 10))
    house.go("abroad", dt.date(2026, 3, 1))
    house.go("city", dt.date(2026, 3, 1))
    back = house.go("study_abroad", dt.date(2025, 9, 1))
    away.come_back(actor=make.SYSTEM, away=back, ended_on=dt.date(2026, 7, 1))
    wrong = house.go("abroad", dt.date(2026, 5, 1))
    away.cancel(actor=make.SYSTEM, away=wrong, end_note="登记错了人")
    assert house.total() == {"there": 2, "studying": 1, "went": 1, "back": 1, "studied": 1}
    assert house.total(length="ge_y5") == {"there": 1, "studying": 1, "went": 0, "back": 0, "studied": 0}
    assert house.total(direction="abroad") == {"there": 1, "studying": 0, "went": 1, "back": 0, "studied": 0}


def test_a_figure_opens_the_members_behind_it_and_no_mistakes() -> None:
    house = House()
    house.go("abroad", dt.date(2026, 3, 1))
    wrong = house.go("abroad", dt.date(2026, 5, 1), place="虚构错城")
    away.cancel(actor=make.SYSTEM, away=wrong, end_note="登记错了人")
    query = {"state": "all", "abroad": "yes", "counted": "went", "since": "2026-01-01", "until": "2026-12-31"}
    page = house.browser.get(reverse("contact:away"), query).content.decode()
    assert "虚构省星河市" in page
    assert "虚构错城" not in page
