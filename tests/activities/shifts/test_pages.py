"""The board, one's own shifts, the setting of shifts; and who sees what."""

import datetime as dt

import pytest
from django.test import Client

from dangjian.activities.shifts.actions import kinds
from dangjian.activities.shifts.actions.plan import clear_old_days
from dangjian.activities.shifts.models import ShiftDay, ShiftKind
from dangjian.activities.shifts.queries import known_at, times_of
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.members.models import Member
from dangjian.org import roles
from dangjian.org.models import Organization
from dangjian.org.openings import register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.meetings.pages import signed_in
from tests.activities.shifts.build import plan
from tests.days import in_days

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-12-01")]


class House:
    """A committee with its office, a branch with its secretary and a member."""

    def __init__(self) -> None:
        self.committee: Organization = make.committee(name="虚构集团党委")
        self.branch = make.branch(self.committee, name="虚构炼铁党支部")
        self.chief = make.member(self.branch, "虚构书记", with_user=True)
        self.member = make.member(self.branch, "虚构工人", with_user=True)
        make.post(self.branch, "secretary", self.chief.user)
        self.office = make.grant(self.committee, roles.PARTY_OFFICE).user

    def as_(self, who: Member) -> Client:
        return signed_in(who.user)


@pytest.fixture
def house(db: None) -> House:
    return House()


def set_shift(place: Organization, title: str, starts: int | None = None, ends: int | None = None, *writings: str) -> ShiftKind:
    times = {"starts": None if starts is None else dt.time(starts), "ends": None if ends is None else dt.time(ends)}
    return kinds.set_shift(actor=make.SYSTEM, organization=place, title=title, writings=writings, **times)


def test_the_branch_sees_its_week_and_month(house: House) -> None:
    plan(house.member, {in_days(0): "早班", in_days(1): "夜班"})
    page = house.as_(house.chief).get("/shifts/").content.decode()
    assert "虚构工人" in page
    assert "08:00–16:00" in page
    assert "另有 1 名党员这段时间没有排班" in page
    month = house.as_(house.chief).get(f"/shifts/?organization={house.branch.pk}&by=month").content.decode()
    assert '<abbr title="夜班 00:00–08:00">夜</abbr>' in month


def test_a_level_above_imports_plans_and_does_not_read_them(house: House) -> None:
    plan(house.member, {in_days(0): "早班"})
    client = signed_in(house.office)
    page = client.get("/shifts/").content.decode()
    assert "虚构工人" not in page
    assert "导入排班表" in page
    assert client.get(f"/shifts/?organization={house.branch.pk}").status_code == 403


def test_a_member_sees_their_own_shifts_alone(house: House) -> None:
    plan(house.member, {in_days(0): "夜班"})
    plan(house.chief, {in_days(0): "白班"})
    page = house.as_(house.member).get("/shifts/mine/").content.decode()
    assert "夜班" in page
    assert "白班" not in page
    assert house.as_(house.member).get("/shifts/").status_code == 403


def test_what_stands_nearer_holds(house: House) -> None:
    set_shift(house.committee, "早班", 7, 15, "A")
    set_shift(house.branch, "早班", 6, 14)
    with unscoped("test"):
        at_branch = {one.shift.title: one.shift for one in known_at(house.branch)}
        above = {one.shift.title: one.shift for one in known_at(house.committee)}
    assert (at_branch["早班"].hours, above["早班"].hours) == ("06:00–14:00", "07:00–15:00")
    assert at_branch["中班"].hours == "16:00–24:00"


def test_one_word_means_one_shift(house: House) -> None:
    set_shift(house.branch, "甲班", 8, 20, "A")
    with pytest.raises(Invalid, match="“a”已经是甲班的写法"):
        set_shift(house.branch, "乙班", 20, 8, "a")
    with pytest.raises(Invalid, match="要么都填"):
        set_shift(house.branch, "乙班", 20)


def test_a_shift_that_plans_have_stays(house: House) -> None:
    row = set_shift(house.branch, "甲班", 8, 20)
    plan(house.member, {in_days(0): "甲班"})
    with pytest.raises(Conflict, match="还有1天是“甲班”"):
        kinds.remove_shift(actor=make.SYSTEM, row=row)
    early = set_shift(house.branch, "早班", 6, 14)
    plan(house.member, {in_days(1): "早班"})
    kinds.remove_shift(actor=make.SYSTEM, row=early)
    assert not register(ShiftKind).filter(title="早班").exists(), "what the platform brings holds again"


def test_old_days_go_and_those_of_people_who_left(house: House) -> None:
    plan(house.member, {in_days(-91): "早班", in_days(-90): "早班", in_days(0): "早班"})
    gone = make.member(house.branch, "虚构离开")
    plan(gone, {in_days(0): "早班"})
    with unscoped("test"):
        Member.objects.filter(pk=gone.pk).update(standing="transferred_out")
    clear_old_days()
    clear_old_days()
    assert sorted(register(ShiftDay).values_list("on", flat=True)) == [in_days(-90), in_days(0)]


def test_times_are_those_of_the_shift_and_the_rest(house: House) -> None:
    plan(house.member, {in_days(-1): "夜班", in_days(0): "休", in_days(1): "中班"})
    with unscoped("test"):
        found = times_of([house.member.pk, house.chief.pk], clock.today(), in_days(6))
        assert house.chief.pk not in found
        begin, end = found[house.member.pk][-1]
        assert (begin.isoformat(), end.isoformat()) == ("2026-12-02T16:00:00+08:00", "2026-12-03T00:00:00+08:00")
