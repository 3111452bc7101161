"""Contact noted and taken back, members away, guests and searches: what is done, by whom, and what is refused."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from dangjian.accounts.models import Event
from dangjian.activities.contact.actions import away, guests, notes, searches
from dangjian.activities.contact.actions.days import follow_days
from dangjian.activities.contact.models import Away, ContactNote, Guest, GuestNote, Search, SearchState, SearchTry
from dangjian.activities.contact.queries.away import ABROAD_DUTY, AWAY_DUTY
from dangjian.engines.duties.models import State
from dangjian.engines.notifications.models import Notification
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied, Refusal
from dangjian.members.actions import account, reorganise
from dangjian.members.columns import FOLLOWING
from dangjian.members.forms import RecordForm
from dangjian.members.models import ChangeKind, Member
from dangjian.org.actions import reorganisations, tree
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.contact import build

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23"), pytest.mark.any_database]
TODAY = dt.date(2026, 11, 23)


class House:
    """Two branches of one committee, the secretary of the first, and a member of whom nothing was heard since May."""

    def __init__(self) -> None:
        self.committee = make.committee(name="虚构集团党委")
        self.branch, self.other = make.branch(self.committee), make.branch(self.committee)
        chief = make.member(self.branch, "虚构书记", with_user=True)
        assert chief.user
        make.post(self.branch, "secretary", chief.user)
        self.chief, self.secretary = chief, make.actor(chief.user)
        self.neighbour = make.actor(make.post(self.other).user)
        self.member = build.silent_since(self.branch, dt.date(2026, 5, 20), with_user=True)
        assert self.member.user
        self.themselves = make.actor(self.member.user)

    def read(self) -> Member:
        with unscoped("test"):
            found: Member = Member.objects.get(pk=self.member.pk)
        return found


@pytest.fixture
def house() -> House:
    return House()


def refused(act: Callable[[], object], kind: type[Refusal], says: str = "") -> None:
    """It is refused so, and nothing is written."""
    before = _rows()
    with pytest.raises(kind) as raised:
        act()
    assert says in raised.value.message
    assert _rows() == before


def _rows() -> list[Any]:
    with unscoped("test"):
        tables = (ContactNote, Away, Guest, GuestNote, Search, SearchTry)
        return [list(table.objects.order_by("pk").values_list()) for table in tables] + [Event.objects.count()]


# Contact


def test_contact_is_noted_once_and_taken_back_on_the_day(house: House) -> None:
    made = notes.note(actor=house.secretary, member=house.member, on=TODAY, way="phone")
    assert notes.note(actor=house.secretary, member=house.member, on=TODAY, way="phone") == made
    assert notes.take_back(actor=house.secretary, note=made) == house.member
    with unscoped("test"):
        assert not ContactNote.objects.exists()
    assert list(Event.objects.filter(verb__startswith="contact.").order_by("pk").values_list("verb", flat=True)) == [
        "contact.noted",
        "contact.taken_back",
    ]


def test_contact_that_cannot_be_is_refused(house: House) -> None:
    def noted(actor: Actor = house.secretary, member: Member = house.member, **more: Any) -> Callable[[], object]:
        return lambda: notes.note(actor=actor, member=member, **{"on": TODAY, "way": "phone", **more})

    refused(noted(on=TODAY + dt.timedelta(days=1)), Invalid, "不能晚于今天")
    refused(noted(way="dream"), Invalid, "请选择联系方式")
    refused(noted(note="长" * 501), Invalid, "太长")
    refused(noted(actor=house.neighbour), NotFound)
    refused(noted(actor=house.themselves), PermissionDenied)
    refused(noted(member=house.chief), PermissionDenied, "关系到您本人")
    made = noted(note="第一次")()
    refused(noted(note="第二次"), Conflict, "已经登记过")
    with clock.at("2026-11-24 09:00"):
        refused(lambda: notes.take_back(actor=house.secretary, note=made), Conflict, "当天撤销")
    searches.begin(actor=house.secretary, member=house.member)
    refused(noted(way="met"), Conflict, "正在查找")


# Away


def test_whoever_goes_away_reports_it_themselves_and_the_branch_is_told(house: House) -> None:
    one = away.register_away(
        actor=house.themselves, member=house.member, direction="city", place=" 星河市 ", since_on=TODAY, phone="19900000000"
    )
    assert one.by_themselves
    assert one.place == "星河市"
    assert Notification.objects.get(user=house.chief.user).title == f"{house.member.name}报告外出：星河市"
    assert house.read().is_mobile_member
    away.come_back(actor=house.themselves, away=one, ended_on=TODAY)
    assert not house.read().is_mobile_member
    away.reopen(actor=house.secretary, away=one)
    assert house.read().is_mobile_member
    away.cancel(actor=house.secretary, away=one, end_note="登记错了人")
    assert not house.read().is_mobile_member
    with unscoped("test"):
        assert "19900000000" not in str(Away.objects.extra(select={"raw": "phone"}).values_list("raw").get())


def test_being_away_that_cannot_be_is_refused(house: House) -> None:
    given = {"direction": "city", "place": "星河市", "since_on": TODAY}

    def gone(actor: Actor = house.secretary, member: Member = house.member, **more: Any) -> Callable[[], Away]:
        return lambda: away.register_away(actor=actor, member=member, **{**given, **more})

    refused(gone(place=" "), Invalid)
    refused(gone(direction="moon"), Invalid)
    refused(gone(phone="123"), Invalid)
    refused(gone(phone="晚上打"), Invalid)
    refused(gone(until_on=TODAY - dt.timedelta(days=1)), Invalid)
    refused(gone(place="远" * 61), Invalid)
    refused(gone(actor=house.neighbour), NotFound)
    one = gone()()
    refused(gone(), Conflict, "已经登记外出")
    refused(lambda: away.come_back(actor=house.secretary, away=one, ended_on=TODAY + dt.timedelta(days=1)), Invalid)
    refused(lambda: away.cancel(actor=house.secretary, away=one, end_note=" "), Invalid)
    refused(lambda: away.cancel(actor=house.themselves, away=one, end_note="不去了"), PermissionDenied)
    refused(lambda: away.reopen(actor=house.secretary, away=one), Conflict)
    away.come_back(actor=house.secretary, away=one, ended_on=TODAY)
    refused(lambda: away.change(actor=house.secretary, away=one, place="别处"), Conflict, "已经结束")
    gone()()
    refused(lambda: away.reopen(actor=house.secretary, away=one), Conflict, "另外登记")


def test_contact_with_whoever_is_away_is_due_again_and_again(house: House) -> None:
    build.go(house.member, since_on=dt.date(2026, 8, 20))
    student = make.member(house.branch, "虚构学子")
    build.go(student, since_on=dt.date(2026, 5, 28), direction="study_abroad")
    assert build.titles(AWAY_DUTY) == [f"保持联系：{house.member.name}（虚构省星河市）"]
    assert build.titles(ABROAD_DUTY) == ["保持联系：虚构学子（虚构省星河市）"]
    (duty,) = build.duties(AWAY_DUTY)
    assert duty.due_on == dt.date(2026, 11, 20)
    notes.note(actor=house.secretary, member=house.member, on=TODAY, way="phone")
    assert build.titles(AWAY_DUTY) == []
    assert len(build.duties(AWAY_DUTY, State.DONE)) == 1
    with clock.at("2027-02-20 09:00"):
        (again,) = build.duties(AWAY_DUTY)
        assert again.due_on == dt.date(2027, 2, 23)


def test_who_is_a_floating_member_follows_the_days(house: House) -> None:
    build.go(house.member, since_on=TODAY, until_on=dt.date(2027, 1, 31))
    assert not house.read().is_mobile_member
    with clock.at("2027-05-23 06:00"):  # they have not come back
        follow_days()
        assert house.read().is_mobile_member
        follow_days()
    with unscoped("test"):
        Away.objects.update(ended_on=TODAY, end="returned")
    follow_days()
    assert not house.read().is_mobile_member


def test_a_transfer_ends_being_away_and_a_merger_takes_it_along(house: House) -> None:
    stays = make.member(house.branch)
    first, second = build.go(house.member), build.go(stays)
    with unscoped("test"):
        account.move(actor=make.SYSTEM, members=[house.member], to=house.other, effective_on=TODAY)
        first.refresh_from_db()
        assert (first.end, first.ended_on) == ("transferred", TODAY)
        third = make.branch(house.committee)
        reorganise.merge(actor=make.SYSTEM, organization=house.branch, into=third, effective_on=TODAY, document="虚构文号")
        second.refresh_from_db()
        assert second.is_open
        assert Away.objects.get(member__branch=third) == second


# Guests


def test_a_guest_takes_part_pays_and_leaves(house: House) -> None:
    one = _guest(house, certificate="虚构证1号")
    guests.note(actor=house.secretary, guest=one, kind="life", on=TODAY, what="列席支部党员大会")
    guests.note(actor=house.secretary, guest=one, kind="dues", on=TODAY, what="第四季度", fen=900)
    guests.leave(actor=house.secretary, guest=one, left_on=TODAY)
    guests.reopen(actor=house.secretary, guest=one)
    guests.change(actor=house.secretary, guest=one, name="虚构来客乙")
    with unscoped("test"):
        found = Guest.objects.get()
        assert (found.name, found.is_open, found.notes.count()) == ("虚构来客乙", True, 2)
        assert Member.objects.counted().filter(branch=house.branch).count() == 2


def test_a_guest_who_cannot_be_is_refused(house: House) -> None:
    refused(lambda: _guest(house, home=" "), Invalid)
    refused(lambda: _guest(house, name="12345"), Invalid)
    refused(lambda: _guest(house, since_on=TODAY + dt.timedelta(days=1)), Invalid)
    refused(lambda: _guest(house, organization=house.committee, actor=make.SYSTEM), Conflict, "由党支部接受管理")
    refused(lambda: _guest(house, actor=house.neighbour), NotFound)
    one = _guest(house)

    def noted(**more: Any) -> Callable[[], object]:
        return lambda: guests.note(actor=house.secretary, guest=one, **{"kind": "life", "on": TODAY, "what": "列席", **more})

    refused(noted(kind="dues", fen=900), Invalid)  # without a certificate
    refused(noted(fen=900), Invalid)
    refused(noted(on=TODAY - dt.timedelta(days=1)), Invalid)
    refused(noted(what=" "), Invalid)
    guests.leave(actor=house.secretary, guest=one, left_on=TODAY)
    refused(noted(), Conflict, "离开")


def test_guests_go_with_a_branch_that_is_merged_and_come_back_with_it(house: House) -> None:
    one = _guest(house)
    third = make.branch(house.committee)
    with unscoped("test"):
        done = reorganise.merge(actor=make.SYSTEM, organization=house.branch, into=third, effective_on=TODAY, document="虚构文号")
        one.refresh_from_db()
        assert one.organization == third
        reorganisations.take_back(actor=make.SYSTEM, reorganisation=done, reason="选错了党支部")
        one.refresh_from_db()
        assert one.organization == house.branch


def test_a_branch_that_leads_guests_is_not_dissolved(house: House) -> None:
    empty = make.branch(house.committee)
    one = _guest(house, actor=make.SYSTEM, organization=empty)
    with unscoped("test"):
        with pytest.raises(Conflict, match="还有1名流入党员"):
            tree.dissolve(actor=make.SYSTEM, organization=empty, effective_on=TODAY)
        guests.leave(actor=make.SYSTEM, guest=one, left_on=TODAY)
        tree.dissolve(actor=make.SYSTEM, organization=empty, effective_on=TODAY)


def test_a_guest_does_not_come_back_to_a_branch_that_is_dissolved(house: House) -> None:
    empty = make.branch(house.committee)
    one = _guest(house, actor=make.SYSTEM, organization=empty)
    with unscoped("test"):
        guests.leave(actor=make.SYSTEM, guest=one, left_on=TODAY)
        tree.dissolve(actor=make.SYSTEM, organization=empty, effective_on=TODAY)
        with pytest.raises(Conflict, match="已撤销"):
            guests.reopen(actor=make.SYSTEM, guest=one)


def _guest(house: House, actor: Actor | None = None, organization: Organization | None = None, **more: Any) -> Guest:
    given = {"name": "虚构来客", "home": "虚构县虚构镇党委", "came_from": "city", "since_on": TODAY, **more}
    return guests.welcome(actor=actor or house.secretary, organization=organization or house.branch, **given)


# Searches


def test_a_search_from_the_first_attempt_to_what_was_decided(house: House) -> None:
    search = searches.begin(actor=house.secretary, member=house.member)
    assert search.silent_since == dt.date(2026, 5, 20)
    build.tried(search)
    search = searches.record_lost(actor=house.secretary, search=search, reason="6", lost_on=TODAY)
    assert (house.read().lost_reason, house.read().lost_on) == ("6", dt.date(2026, 5, 20))
    search = searches.conclude(actor=house.secretary, search=search, concluded_on=TODAY)
    search = searches.find(actor=house.secretary, search=search, found_on=TODAY, way="met", found_how="在外地治病")
    assert (house.read().lost_reason, house.read().lost_on) == ("", None)
    with unscoped("test"):
        assert ContactNote.objects.get().way == "met"
    search = searches.settle(
        actor=house.secretary, search=search, outcome="nothing", outcome_on=TODAY, outcome_note="重病住院，有病历"
    )
    assert not search.is_undecided
    assert "治病" not in " ".join(Event.objects.values_list("summary", flat=True))


def test_a_search_that_cannot_be_is_refused(house: House) -> None:
    refused(lambda: searches.begin(actor=house.neighbour, member=house.member), NotFound)
    refused(lambda: searches.begin(actor=house.secretary, member=house.chief), PermissionDenied, "关系到您本人")
    search = searches.begin(actor=house.secretary, member=house.member)
    refused(lambda: searches.begin(actor=house.secretary, member=house.member), Conflict, "已经在查找")

    def tried(**more: Any) -> Callable[[], object]:
        given = {"way": "phone", "on": TODAY, "by": "虚构支委", "result": "nothing", **more}
        return lambda: searches.attempt(actor=house.secretary, search=search, **given)

    refused(tried(way="dream"), Invalid)
    refused(tried(by=" "), Invalid)
    refused(tried(on=dt.date(2026, 5, 19)), Invalid)
    refused(tried(text="长" * 1001), Invalid)

    def lost(**more: Any) -> Callable[[], object]:
        return lambda: searches.record_lost(actor=house.secretary, search=search, **{"reason": "6", "lost_on": TODAY, **more})

    refused(lost(reason="99"), Invalid)
    refused(lost(lost_on=TODAY - dt.timedelta(days=1)), Invalid)
    refused(lambda: searches.conclude(actor=house.secretary, search=search, concluded_on=TODAY), Conflict)
    refused(lambda: searches.find(actor=house.secretary, search=search, found_on=TODAY, way="phone", found_how=" "), Invalid)
    refused(lambda: searches.settle(actor=house.secretary, search=search, outcome="correct", outcome_on=TODAY), Conflict)
    refused(lambda: searches.end(actor=house.secretary, search=search, end_note=" "), Invalid)
    searches.end(actor=house.secretary, search=search, end_note="登记错了人")
    refused(tried(), Conflict, "已终止")


def test_a_search_ends_with_the_membership_and_the_record_still_says_lost(house: House) -> None:
    search = searches.begin(actor=house.secretary, member=house.member)
    searches.record_lost(actor=house.secretary, search=search, reason="6", lost_on=TODAY)
    with unscoped("test"):
        account.leave(actor=make.SYSTEM, member=house.member, kind=ChangeKind.SUSPENDED, effective_on=TODAY)
        search.refresh_from_db()
        assert (search.state, search.end_note) == (SearchState.ENDED, "停止党籍")
    assert house.read().lost_on == dt.date(2026, 5, 20)


# What a record says of it


def test_nobody_types_what_follows_and_old_records_may_bring_it(house: House) -> None:
    assert {"is_mobile_member", "lost_reason", "lost_on"} == FOLLOWING
    assert not FOLLOWING & RecordForm(member=house.member).fields.keys()
    with unscoped("test"):
        Member.objects.filter(pk=house.member.pk).update(is_mobile_member=True)
        follow_days()
        assert house.read().is_mobile_member  # a roster said so, and nobody has registered where they are
        one = build.go(house.member)
        away.come_back(actor=make.SYSTEM, away=one, ended_on=TODAY)
        follow_days()
    assert not house.read().is_mobile_member
