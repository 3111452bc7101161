"""Of what the branch is reminded, when, and by whom such duties are seen."""

import datetime as dt

import pytest
from django.urls import reverse

from dangjian.engines.duties.actions import refresh
from dangjian.engines.duties.models import Duty
from dangjian.kernel import clock
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind, Sanction
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.standing.house import House
from tests.offered import browser

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]


def open_duties(house: House, rule: str) -> list[str]:
    with unscoped("test"):
        refresh(actor=make.SYSTEM)
        rows = Duty.objects.filter(rule=rule, organization=house.branch, state="open")
        return list(rows.values_list("title", flat=True))


def test_the_end_of_probation_is_announced_a_month_before_and_dealt_with_by_a_case() -> None:
    house = House()
    with unscoped("test"):
        dates = {"starts_on": dt.date(2026, 1, 1), "ends_on": dt.date(2027, 1, 1)}
        Sanction.objects.create(member=house.member, kind="probation_within_party", document="虚纪1号", **dates)
    assert open_duties(house, "standing.probation_end") == []
    with clock.at("2026-12-01 08:00"):
        assert open_duties(house, "standing.probation_end") == ["诸葛丁：办理留党察看期满"]
        house.begin("probation_end")
        assert open_duties(house, "standing.probation_end") == []


def test_two_years_after_suspension_the_branch_is_reminded_and_nothing_is_opened() -> None:
    house = House()
    with unscoped("test"):
        day = dt.date(2024, 11, 24)
        account.leave(actor=make.SYSTEM, member=house.member, kind=ChangeKind.SUSPENDED, effective_on=day)
    assert open_duties(house, "standing.still_lost") == []
    with clock.at("2026-11-24 08:00"):
        assert open_duties(house, "standing.still_lost") == ["诸葛丁：研究按自行脱党除名"]
        case = house.begin("removal", kind="self_exit_lost")
        assert open_duties(house, "standing.still_lost") == []
        assert case.is_open


def test_steps_about_somebodys_standing_are_read_by_whoever_sees_such_cases_alone() -> None:
    house = House()
    house.begin("penalty")
    plain, publicity = make.member(house.branch, with_user=True).user, house.officer(house.branch, "publicity_member")
    group = make.group(house.branch)
    leader = make.member(house.branch, with_user=True).user
    assert plain
    assert leader
    make.post(group, "group_leader", leader)
    with unscoped("test"):
        [duty] = Duty.objects.filter(title__contains="诸葛丁", state="open")
    page = reverse("org:detail", args=[house.branch.pk])
    for who, there in ((plain, False), (leader, False), (publicity, False), (house.organiser, True), (house.above, True)):
        text = browser(who).get(page, {"tab": "duties"}).content.decode()
        assert ("诸葛丁：听取本人意见" in text) is there, who.name
        shown = browser(who).get(reverse("duties:detail", args=[duty.pk])).status_code
        assert (shown == 200) is there, who.name
    assert browser(house.person).get(reverse("duties:detail", args=[duty.pk])).status_code == 200
