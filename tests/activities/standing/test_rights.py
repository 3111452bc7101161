"""Nobody decides what they proposed, or their own case; the person reads what is theirs; what was lost comes back."""

import datetime as dt

import pytest
from django.urls import reverse

from dangjian.engines.procedures.actions import taking, taking_back
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, NotFound, PermissionDenied
from dangjian.members.actions import account, reorganise, reversing
from dangjian.members.models import ChangeKind, Sanction
from dangjian.members.queries import entitled
from dangjian.members.rights import Right
from dangjian.org.actions import reorganisations, tree
from dangjian.org.models import Post
from dangjian.org.openings import register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.standing.house import House, is_open
from tests.offered import browser

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]
PROBATION = {"kind": "probation_within_party", "months": 12, "document": "虚纪〔2026〕1号"}


def approved(house: House) -> ProcedureCase:
    """A case of 留党察看 that was approved today."""
    case = house.begin("penalty", kind="probation_within_party")
    house.take(case, "hear", by=house.person, word="愿意改正")
    house.take(case, "meeting")
    house.take(case, "decide", **PROBATION)
    return case


def test_nobody_decides_what_they_proposed() -> None:
    house = House()
    make.post(house.committee, "deputy_secretary", house.secretary)
    case = house.begin("suspension", why="settled", since="2026-01-01")
    with pytest.raises(PermissionDenied, match="另一位同志"):
        house.take(case, "decide", by=house.secretary)
    assert house.as_it_is().standing == "normal"


def test_nobody_decides_their_own_case_nor_begins_one() -> None:
    house = House()
    make.post(house.branch, "publicity_member", house.person)
    make.post(house.branch, "deputy_secretary", house.person)
    make.post(house.committee, "organisation_member", house.person)
    with pytest.raises(PermissionDenied, match="您本人"):
        house.begin("suspension", by=house.person, why="settled", since="2026-01-01")
    case = house.begin("suspension", why="settled", since="2026-01-01")
    with pytest.raises(PermissionDenied, match="您本人"):
        house.take(case, "decide", by=house.person)
    assert house.as_it_is().standing == "normal"


def test_a_neighbour_begins_nothing() -> None:
    house = House()
    stranger = make.post(make.branch(house.committee)).user
    with pytest.raises(NotFound):
        house.begin("correction", by=stranger, months=6)


def test_the_person_reads_their_own_word_and_not_what_others_wrote() -> None:
    house = House()
    case = house.begin("penalty", facts="虚构的事实经过")
    house.take(case, "hear", by=house.person, word="虚构的申辩")
    page = browser(house.person).get(reverse("procedures:penalty_case", args=[case.pk])).content.decode()
    assert ("虚构的申辩" in page, "虚构的事实经过" in page) == (True, False)
    page = browser(house.organiser).get(reverse("procedures:penalty_case", args=[case.pk])).content.decode()
    assert ("虚构的申辩" in page, "虚构的事实经过" in page) == (True, True)
    leader = make.member(house.branch, with_user=True).user
    assert leader
    make.post(make.group(house.branch), "group_leader", leader)
    assert browser(leader).get(reverse("procedures:penalty_case", args=[case.pk])).status_code in {403, 404}
    assert browser(leader).get(reverse("standing:cases")).status_code == 403


def test_rights_and_posts_end_with_probation_and_come_back_when_it_is_taken_back() -> None:
    house = House()
    post = make.post(house.branch, "publicity_member", house.person)
    case = approved(house)
    today = clock.today()
    assert entitled(Right.VOTE, [house.member.pk], today) == set()
    assert register(Post).get(pk=post.pk).ends_on == today
    taking_back.take_back(actor=make.actor(house.second), case=house.again(case), reason="文号登记错了")
    assert entitled(Right.VOTE, [house.member.pk], today) == {house.member.pk}
    assert register(Post).get(pk=post.pk).ends_on is None
    assert is_open(case) == {"decide"}


def test_a_post_that_somebody_else_holds_by_now_is_not_given_back() -> None:
    house = House()
    with unscoped("test"):
        Post.objects.filter(user=house.secretary).update(user=house.person)
        Post.objects.filter(user=house.organiser).update(kind="deputy_secretary")
    house.secretary, begun_by = house.organiser, house.organiser
    case = house.begin("penalty", by=begun_by, kind="probation_within_party")
    house.take(case, "hear", by=house.person)
    house.take(case, "meeting")
    house.take(case, "decide", **PROBATION)
    make.post(house.branch, "secretary", make.member(house.branch, with_user=True).user, starts_on=clock.today())
    with pytest.raises(Conflict, match="已由"):
        taking_back.take_back(actor=make.actor(house.second), case=house.again(case), reason="登记错了")
    with unscoped("test"):
        assert Sanction.objects.filter(member=house.member).exists()


def test_a_post_in_a_branch_that_they_have_left_since_is_not_given_back() -> None:
    house = House()
    post = make.post(house.branch, "publicity_member", house.person)
    case = approved(house)
    with clock.at("2026-11-24 09:00"), unscoped("test"):
        to = make.branch(house.committee)
        account.move(actor=make.SYSTEM, members=[house.as_it_is()], to=to, effective_on=clock.today())
        taking_back.take_back(actor=make.SYSTEM, case=house.again(case), reason="文号登记错了")
    assert register(Post).get(pk=post.pk).ends_on == dt.date(2026, 11, 23)
    assert entitled(Right.VOTE, [house.member.pk], clock.today()) == {house.member.pk}


def test_a_probation_that_was_prolonged_is_not_taken_back_before_its_extension() -> None:
    house = House()
    case = approved(house)
    end = house.begin("probation_end")
    house.take(end, "hear", by=house.person, word="愿意改正")
    house.take(end, "meeting", "extend")
    house.take(end, "decide", "extended", months=6)
    with pytest.raises(Conflict, match="已经延长"):
        taking_back.take_back(actor=make.actor(house.second), case=house.again(case), reason="登记错了")
    taking_back.take_back(actor=make.actor(house.second), case=house.again(end), reason="登记错了")
    taking_back.take_back(actor=make.actor(house.second), case=house.again(case), reason="登记错了")
    with unscoped("test"):
        assert not Sanction.objects.filter(member=house.member).exists()


def test_a_branch_that_keeps_the_record_of_somebody_suspended_is_merged_and_the_refusal_says_so() -> None:
    house = House()
    with unscoped("test"):
        day = dt.date(2026, 11, 1)
        account.leave(actor=make.SYSTEM, member=house.member, kind=ChangeKind.SUSPENDED, effective_on=day)
        with pytest.raises(Conflict, match=f"1名停止党籍的党员（{house.member.name}）") as refused:
            tree.dissolve(actor=make.SYSTEM, organization=house.branch, effective_on=clock.today())
    assert "选择今后保管他们档案的党支部" in refused.value.message
    assert not refused.value.citation, "no article asks for it"


def test_whoever_is_suspended_goes_with_a_branch_that_is_merged_and_is_restored_there() -> None:
    house = House()
    into = make.branch(house.committee)
    with unscoped("test"):
        day = dt.date(2026, 11, 1)
        account.leave(actor=make.SYSTEM, member=house.member, kind=ChangeKind.SUSPENDED, effective_on=day)
    case = house.begin("restoration", why="found", since="2026-11-20")
    with unscoped("test"):
        with pytest.raises(Conflict):
            tree.dissolve(actor=make.SYSTEM, organization=house.branch, effective_on=clock.today())
        merged = reorganise.merge(actor=make.SYSTEM, organization=house.branch, into=into, effective_on=clock.today())
        assert (house.as_it_is().branch, house.again(case).organization) == (into, into)
        reorganisations.take_back(actor=make.SYSTEM, reorganisation=merged, reason="登记错了")
        assert (house.as_it_is().branch, house.again(case).organization) == (house.branch, house.branch)
        merged = reorganise.merge(actor=make.SYSTEM, organization=house.branch, into=into, effective_on=clock.today())
        taking.take(actor=make.SYSTEM, case=house.again(case), code="decide", day=clock.today(), outcome="approved")
        assert (house.as_it_is().branch, house.as_it_is().standing) == (into, "normal")
        with pytest.raises(Conflict, match="又办理过党籍变动"):
            reorganisations.take_back(actor=make.SYSTEM, reorganisation=merged, reason="登记错了")
        taking_back.take_back(actor=make.SYSTEM, case=house.again(case), reason="登记错了")
        assert (house.as_it_is().branch, house.as_it_is().standing) == (into, "suspended")


def test_a_line_on_the_day_that_a_case_names_is_taken_back_by_the_case_alone() -> None:
    house = House()
    case = house.begin("deceased", died_on="2026-11-20")
    house.take(case, "confirm", "confirmed")
    with unscoped("test"):
        [*_, line] = account.valid_lines(house.as_it_is())
        assert (line.kind, line.effective_on) == (ChangeKind.DECEASED, dt.date(2026, 11, 20))
        with pytest.raises(Conflict, match="党员去世登记"):
            reversing.reverse(actor=make.SYSTEM, entry=line, reason="登记错了")
        taking_back.take_back(actor=make.SYSTEM, case=house.again(case), reason="登记错了")
    assert house.as_it_is().standing == "normal"


def test_a_running_transfer_excludes_a_suspension_and_a_death_ends_all_cases() -> None:
    house = House()
    case = house.begin("removal", kind="persuaded")
    with pytest.raises(Conflict):
        house.begin("suspension", why="settled", since="2026-01-01")
    mend = house.begin("correction", months=6)
    with unscoped("test"):
        day = dt.date(2026, 11, 20)
        account.leave(actor=make.SYSTEM, member=house.as_it_is(), kind=ChangeKind.DECEASED, effective_on=day)
    assert {house.again(case).state, house.again(mend).state} == {"ended"}
