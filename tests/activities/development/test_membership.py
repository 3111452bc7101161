"""Applications follow their people and branches: moves of members, mergers, what stands in the way of a dissolution."""

import datetime as dt

import pytest

from dangjian.activities.development.models import Applicant, Stage
from dangjian.engines.procedures.actions import ending, taking
from dangjian.engines.procedures.jobs import refresh_today
from dangjian.engines.procedures.models import CaseState
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict
from dangjian.members.actions import account, by_hand, reorganise
from dangjian.members.models import ChangeKind, Member
from dangjian.org.actions import reorganisations, tree
from dangjian.org.openings import register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.development.people import House, begun, case

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.day("2026-11-30")]

DAY = dt.date(2026, 11, 30)
ADMITTED = ("apply", "2024-01-10"), ("activist", "2024-06-10"), ("object", "2025-09-10"), ("admission_meeting", "2026-03-10")


@pytest.fixture
def house() -> House:
    return House()


def on_probation(house: House) -> tuple[Applicant, Member]:
    """A member on probation with their case."""
    member = make.member(house.branch, "诸葛丁", category="2", effective_on=dt.date(2026, 3, 10), joined_on=dt.date(2026, 3, 10))
    return begun(house.branch, *ADMITTED, name="诸葛丁", member=member), member


def again(one: Applicant) -> Applicant:
    found: Applicant = register(Applicant).select_related("organization").get(pk=one.pk)
    return found


def test_a_member_on_probation_takes_the_case_along(house: House) -> None:
    one, member = on_probation(house)
    stays = begun(house.branch, ("apply", "2026-01-10"))
    with unscoped("test"):
        account.move(actor=make.SYSTEM, members=[member], to=house.other, effective_on=DAY)
    assert (again(one).organization, case(one).organization) == (house.other, house.other)
    assert again(one).stage == Stage.PROBATIONARY
    assert again(stays).organization == house.branch


def test_whoever_was_admitted_is_not_withdrawn(house: House) -> None:
    one, _ = on_probation(house)
    with pytest.raises(Conflict, match="“支部大会讨论接收”已经办理"):
        ending.withdraw(actor=make.SYSTEM, case=case(one), reason="本人撤回")
    assert (again(one).stage, case(one).state) == (Stage.PROBATIONARY, CaseState.OPEN)


def test_a_probation_with_a_case_is_not_decided_by_hand(house: House) -> None:
    _, member = on_probation(house)
    given = {"branches": [], "effective_on": DAY, "reason": "支部大会已通过", "about": member, "member": member, "months": 6}
    with pytest.raises(Conflict, match="发展党员"), unscoped("test"):
        by_hand.write_down(account.extend_probation, actor=make.SYSTEM, **given)
    other = make.member(house.branch, category="2", effective_on=dt.date(2026, 3, 10), joined_on=dt.date(2026, 3, 10))
    with unscoped("test"):
        line = by_hand.write_down(account.extend_probation, actor=make.SYSTEM, **given | {"about": other, "member": other})
    assert (line.kind, line.by_hand) == (ChangeKind.PROBATION_EXTENDED, "支部大会已通过")


def test_a_full_member_takes_the_case_along_until_the_papers_are_filed(house: House) -> None:
    full = (*ADMITTED[:3], ("admission_meeting", "2025-03-10"), ("conversion_approve", "2026-04-10"))
    member = make.member(house.branch, "诸葛戊", joined_on=dt.date(2025, 3, 10), converted_on=dt.date(2026, 3, 10))
    one = begun(house.branch, *full, name="诸葛戊", member=member)
    assert (again(one).stage, case(one).is_open) == (Stage.FULL, True)
    third = make.branch(house.committee)
    with unscoped("test"):
        account.move(actor=make.SYSTEM, members=[member], to=third, effective_on=DAY - dt.timedelta(days=1))
        assert (again(one).organization, case(one).organization) == (third, third)
        with pytest.raises(Conflict):
            tree.dissolve(actor=make.SYSTEM, organization=third, effective_on=DAY)
        merged = reorganise.merge(actor=make.SYSTEM, organization=third, into=house.other, effective_on=DAY)
        assert (again(one).organization, case(one).organization) == (house.other, house.other)
        reorganisations.take_back(actor=make.SYSTEM, reorganisation=merged, reason="选错了党支部")
    assert (again(one).organization, case(one).organization) == (third, third)


def test_a_date_on_record_that_is_older_than_all_rules_stops_nobodys_case(house: House) -> None:
    _, member = on_probation(house)
    with unscoped("test"):
        Member.objects.filter(pk=member.pk).update(joined_on=dt.date(1998, 7, 1))
    refresh_today()


def test_the_case_of_somebody_who_has_left_is_not_taken_up_again(house: House) -> None:
    one, member = on_probation(house)
    with unscoped("test"):
        account.leave(actor=make.SYSTEM, member=member, kind=ChangeKind.DECEASED, effective_on=DAY)
        with pytest.raises(Conflict, match="不能再办理"):
            ending.reopen(actor=make.SYSTEM, case=case(one), reason="还要办")
    assert case(one).state == CaseState.ENDED


def test_who_leaves_ends_the_case_with_the_reason(house: House) -> None:
    one, member = on_probation(house)
    with unscoped("test"):
        account.leave(actor=make.SYSTEM, member=member, kind=ChangeKind.DECEASED, effective_on=DAY)
    assert (case(one).state, case(one).end_reason) == (CaseState.ENDED, ChangeKind.DECEASED.label)
    assert again(one).stage == Stage.ENDED


def test_a_branch_with_applicants_is_not_dissolved(house: House) -> None:
    one = begun(house.branch, ("apply", "2026-01-10"), name="司徒戊")
    with unscoped("test"):
        for member in Member.objects.filter(branch=house.branch):
            account.move(actor=make.SYSTEM, members=[member], to=house.other, effective_on=DAY)
    with pytest.raises(Conflict, match="1名在培养的入党申请人（司徒戊）"), unscoped("test"):
        tree.dissolve(actor=make.SYSTEM, organization=house.branch, effective_on=DAY)
    assert again(one).organization == house.branch


def test_a_merger_takes_applicants_along_and_back(house: House) -> None:
    one, on_trial = begun(house.branch, ("apply", "2026-01-10")), on_probation(house)[0]
    with unscoped("test"):
        done = reorganise.merge(actor=make.SYSTEM, organization=house.branch, into=house.other, effective_on=DAY)
    assert {again(row).organization for row in (one, on_trial)} == {house.other}
    assert {case(row).organization for row in (one, on_trial)} == {house.other}
    with unscoped("test"):
        reorganisations.take_back(actor=make.SYSTEM, reorganisation=done, reason="办错了")
    assert {again(row).organization for row in (one, on_trial)} == {house.branch}
    assert {case(row).organization for row in (one, on_trial)} == {house.branch}


def test_a_merger_is_not_taken_back_once_a_case_has_gone_on(house: House) -> None:
    one = begun(house.branch, ("apply", "2026-01-10"), name="司徒戊")
    with unscoped("test"):
        done = reorganise.merge(actor=make.SYSTEM, organization=house.branch, into=house.other, effective_on=DAY)
    with clock.at("2026-11-30 15:00"), unscoped("test"):
        entry = {"talker": "慕容庚", "content": "谈了"}
        taking.take(actor=make.SYSTEM, case=case(one), code="talk", day=DAY, outcome="talked", entry=entry)
        with pytest.raises(Conflict, match="司徒戊的发展党员手续在其后又有办理"):
            reorganisations.take_back(actor=make.SYSTEM, reorganisation=done, reason="办错了")
    assert again(one).organization == house.other


def test_a_split_takes_members_on_probation_along_and_back(house: House) -> None:
    one, member = on_probation(house)
    with unscoped("test"):
        made = reorganise.split(
            actor=make.SYSTEM,
            organization=house.branch,
            members=[member],
            name="虚构新支部",
            short_name="新支部",
            effective_on=DAY,
        )
        assert case(one).organization == made
        done = reorganisations.Reorganisation.objects.get(other=made)
        reorganisations.take_back(actor=make.SYSTEM, reorganisation=done, reason="办错了")
    assert (again(one).organization, case(one).organization) == (house.branch, house.branch)
