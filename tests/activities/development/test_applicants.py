"""Applicants as people: who is entered, who is refused and why, what is changed, who goes where."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import Event, User
from dangjian.activities.development.actions import applicants
from dangjian.activities.development.models import Applicant, Stage
from dangjian.engines.procedures.actions.following import bring_up_to_date
from dangjian.engines.procedures.models import CaseState, ProcedureCase
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind
from dangjian.org.models import PostKind
from dangjian.org.openings import at, register
from tests import make
from tests.activities.development.people import House, begun, case, officer, resident_id
from tests.contracts.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.day("2026-11-30")]

REFUSED = (PermissionDenied, NotFound)


@pytest.fixture
def house() -> House:
    return House()


def nothing_was_written() -> bool:
    return not register(Applicant).exists() and not register(ProcedureCase).exists()


# Entering


def test_whoever_applies_is_entered_with_their_case(house: House) -> None:
    one = house.enter(resident_id=resident_id(11), mobile="19900000001", in_youth_league="是")
    assert (one.birth_on, one.sex, one.in_youth_league) == (dt.date(1998, 3, 7), "1", True)
    assert (one.stage, one.applied_on) == (Stage.APPLICANT, clock.today())
    found = case(one)
    assert (found.title, found.organization, found.state) == ("欧阳甲", house.branch, CaseState.OPEN)
    assert Event.objects.filter(verb="development.entered", organization_id=house.branch.pk).count() == 1


def test_nobody_under_eighteen(house: House) -> None:
    with pytest.raises((Conflict, Invalid), match="18") as refused:
        house.enter(resident_id=resident_id(born=dt.date(2008, 12, 1)))
    assert "第五条" in refused.value.citation
    assert nothing_was_written()
    house.enter(resident_id=resident_id(born=dt.date(2008, 11, 30)))


@pytest.mark.parametrize(("day", "words"), [("1990-05-01", "18周岁"), ("0026-11-29", "18周岁"), ("2026-12-01", "不能晚于今天")])
def test_a_day_that_cannot_be_is_said_to_be_wrong(house: House, day: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        house.enter(day=dt.date.fromisoformat(day))
    assert "day" in refused.value.fields
    assert nothing_was_written()


def test_without_a_number_the_birth_date_is_asked_for(house: House) -> None:
    with pytest.raises(Invalid) as refused:
        house.enter(resident_id="")
    assert "出生日期" in refused.value.fields["birth_on"]
    assert nothing_was_written()
    assert house.enter(resident_id="", birth_on="1999-01-01").birth_on == dt.date(1999, 1, 1)


def test_a_wrong_number_and_a_wrong_phone_are_told_together(house: House) -> None:
    with pytest.raises(Invalid) as refused:
        house.enter(resident_id="990000199803070012", mobile="123")
    assert refused.value.fields.keys() == {"resident_id", "mobile"}


def test_a_member_does_not_apply(house: House) -> None:
    number = resident_id()
    member = make.member(house.other, "上官丙", resident_id=number)
    with pytest.raises(Invalid) as refused:
        house.enter(resident_id=number)
    assert refused.value.fields["resident_id"] == "这个号码已登记在本单位一名党员名下。请核对号码。"
    with pytest.raises(Invalid) as refused:
        house.enter(by=house.neighbour, at_branch=house.other, resident_id=number)
    assert f"{member.name}已是“{house.other}”的正式党员" in refused.value.fields["resident_id"]
    assert nothing_was_written()


def test_whoever_was_removed_waits_until_the_bar_is_over(house: House) -> None:
    number = resident_id()
    gone = make.member(house.branch, "上官丙", resident_id=number)
    with at(house.branch):
        account.leave(actor=make.SYSTEM, member=gone, kind=ChangeKind.EXPELLED, effective_on=dt.date(2024, 3, 1))
    with pytest.raises(Invalid) as refused:
        house.enter(resident_id=number)
    assert "5年内不得重新入党" in refused.value.fields["resident_id"]
    with clock.at("2029-03-01 09:00"):
        assert house.enter(resident_id=number).resident_id == number


def test_one_application_at_a_time(house: House) -> None:
    first = house.enter()
    with pytest.raises(Invalid) as refused:
        house.enter(by=house.neighbour, at_branch=house.other, resident_id=first.resident_id)
    assert "另一个党支部" in refused.value.fields["resident_id"]
    assert house.branch.short_name not in refused.value.fields["resident_id"]
    with pytest.raises(Invalid) as refused:
        house.enter(resident_id=first.resident_id)
    assert f"已在“{house.branch}”申请入党" in refused.value.fields["resident_id"]
    assert register(Applicant).count() == register(ProcedureCase).count() == 1
    applicants.end(actor=make.actor(house.secretary), applicant=first, why="left")
    house.enter(by=house.neighbour, at_branch=house.other, resident_id=first.resident_id)


def test_the_same_name_and_phone_are_asked_about(house: House) -> None:
    house.enter(mobile="19900000001")
    with pytest.raises(Invalid) as refused:
        house.enter(mobile="19900000001", confirmed=False)
    assert "confirmed" in refused.value.fields
    assert register(Applicant).count() == 1
    house.enter(mobile="19900000001", confirmed=True)
    house.enter(mobile="19900000002", confirmed=False)


def test_only_the_branch_itself_enters(house: House) -> None:
    for who in (house.neighbour, house.office, make.member(house.branch, with_user=True).user):
        with pytest.raises(REFUSED):
            house.enter(by=who)
    with pytest.raises(Invalid, match="党支部受理"):
        house.enter(by=make.post(house.committee).user, at_branch=house.committee)
    assert nothing_was_written()


# What is on record


def test_a_change_is_on_the_trail_and_the_case_follows_the_name(house: House) -> None:
    one = house.enter()
    by = make.actor(house.secretary)
    assert applicants.change(actor=by, applicant=one, name="欧阳乙", mobile="19900000009") == ["name", "mobile"]
    assert case(one).title == "欧阳乙"
    event = Event.objects.get(verb="development.changed")
    assert event.data["after"]["mobile"] == "199****0009"
    assert "19900000009" not in str(event.data)
    assert applicants.change(actor=by, applicant=one, name="欧阳乙") == []


def test_nobody_changes_their_own_and_nobody_elsewhere(house: House) -> None:
    one = house.enter()
    with pytest.raises(REFUSED):
        applicants.change(actor=make.actor(house.neighbour), applicant=one, name="别人")
    with at(house.branch):
        Applicant.objects.filter(pk=one.pk).update(user=house.secretary)
    with pytest.raises(PermissionDenied, match="本人"):
        applicants.change(actor=make.actor(house.secretary), applicant=one, name="别人")
    assert register(Applicant).get(pk=one.pk).name == "欧阳甲"


def test_a_number_is_shown_for_a_purpose(house: House) -> None:
    one = house.enter()
    by = make.actor(house.secretary)
    with pytest.raises(Invalid, match="用途"):
        applicants.unmask(actor=by, applicant=one, column="resident_id", purpose=" ")
    assert not Event.objects.filter(verb="development.unmasked").exists()
    assert applicants.unmask(actor=by, applicant=one, column="resident_id", purpose="核对身份信息") == one.resident_id
    assert Event.objects.get(verb="development.unmasked").purpose == "核对身份信息"
    with pytest.raises(REFUSED):
        applicants.unmask(actor=make.actor(house.neighbour), applicant=one, column="resident_id", purpose="核对身份信息")


# Moving and ending


def test_whoever_moves_takes_the_case_and_the_time_along(house: House) -> None:
    one = begun(house.branch, ("apply", "2025-01-10"), ("activist", "2026-01-10"))
    applicants.move(actor=make.actor(house.office), applicant=one, to=house.other, day=dt.date(2026, 11, 29))
    again = register(Applicant).get(pk=one.pk)
    assert (again.organization, again.stage, again.activist_on) == (house.other, Stage.ACTIVIST, dt.date(2026, 1, 10))
    assert case(one).organization == house.other
    moved = Event.objects.filter(verb="development.moved").values_list("organization_id", flat=True)
    assert set(moved) == {house.branch.pk, house.other.pk}


def test_who_moves_somebody_holds_the_right_at_both_branches(house: House) -> None:
    one = house.enter()
    for who in (house.secretary, house.neighbour):
        with pytest.raises(REFUSED):
            applicants.move(actor=make.actor(who), applicant=one, to=house.other, day=clock.today())
    with pytest.raises(Invalid, match="已经在"):
        applicants.move(actor=make.actor(house.office), applicant=one, to=house.branch, day=clock.today())
    with pytest.raises(Invalid, match="党支部"):
        applicants.move(actor=make.actor(house.office), applicant=one, to=house.committee, day=clock.today())
    assert case(one).organization == house.branch


def test_nobody_is_sent_to_a_form_that_offers_no_branch(house: House) -> None:
    one = house.enter()
    address = reverse("development:move", args=[one.pk])
    page = reverse("procedures:development_case", args=[case(one).pk])
    assert signed_in(house.secretary).get(address).status_code == 404
    assert address not in signed_in(house.secretary).get(page).content.decode()
    assert signed_in(house.office).get(address).status_code == 200
    assert address in signed_in(house.office).get(page).content.decode()


def test_an_application_ends_with_its_reason(house: House) -> None:
    one = house.enter()
    by = make.actor(house.secretary)
    with pytest.raises(Invalid, match="写明原因"):
        applicants.end(actor=by, applicant=one, why="other")
    applicants.end(actor=by, applicant=one, why="died", note="因病")
    assert (one.stage, one.ended_on) == (Stage.ENDED, clock.today())
    assert (case(one).state, case(one).end_reason) == (CaseState.ENDED, "去世：因病")
    with pytest.raises(Conflict):
        applicants.end(actor=by, applicant=one, why="died")
    with pytest.raises(Conflict):
        applicants.change(actor=by, applicant=one, name="别人")


# Pages


def test_the_form_asks_little_and_loses_nothing(house: House) -> None:
    browser = signed_in(house.secretary)
    address = reverse("development:enter")
    assert browser.get(address).status_code == 200
    data = {"name": "诸葛丁", "resident_id": "1", "mobile": "19900000003", "organization": house.branch.pk, "day": "2026-11-29"}
    answer = browser.post(address, data)
    assert answer.status_code == 422
    assert "诸葛丁" in answer.content.decode()
    assert nothing_was_written()
    answer = browser.post(address, data | {"resident_id": resident_id()})
    one = register(Applicant).get()
    assert answer["Location"] == reverse("procedures:development_case", args=[case(one).pk])
    page = browser.get(answer["Location"]).content.decode()
    assert "基本情况" in page
    assert "199****0003" in page


def test_the_next_step_stands_above_who_somebody_is(house: House) -> None:
    address = reverse("procedures:development_case", args=[case(house.enter()).pk])

    def page(who: User) -> str:
        return signed_in(who).get(address).content.decode()

    own = page(house.secretary)
    assert own.index('id="do-talk"') < own.index("基本情况") < own.index('id="apply"')
    assert "还有 30 天" in own[own.index('id="do-talk"') : own.index("谈话内容")]
    assert 'data-draft="procedures:development_case' in own, "what is written at length is kept while one writes"
    assert "前面办了什么" not in own, "whoever did all of it knows"
    other = make.member(house.branch, with_user=True).user
    make.post(house.branch, PostKind.ORGANISATION_MEMBER, other)
    assert "前面办了什么" in page(other)


@pytest.mark.parametrize(("outcome", "words"), [("filed", "由{}办理。"), ("anew", "由{}办理：退回重新推荐。")])
def test_the_second_of_two_officers_is_told_that_the_first_was_faster(house: House, outcome: str, words: str) -> None:
    found = case(begun(house.branch, ("apply", "2026-01-10"), ("activist", "2026-09-10")))
    with at(house.branch):
        bring_up_to_date([found], clock.today())
    address = reverse("procedures:development_case", args=[found.pk])
    sent = {"step": "file_activist", "outcome": outcome, "entry_opinion": "材料齐全。", "day": "2026-11-30"}
    assert signed_in(house.office).post(address, sent).status_code == 302
    answer = signed_in(officer(house.committee)).post(address, sent)
    assert answer.status_code == 422
    assert words.format(house.office.name) in answer.content.decode()
    assert "材料齐全。" in answer.content.decode().partition('id="do-file_activist"')[2]


def test_a_stage_is_behind_though_some_of_it_may_come_back(house: House) -> None:
    steps = ("apply", "2025-01-10"), ("activist", "2025-03-10"), ("file_activist", "2025-03-11"), ("contacts", "2025-03-11")
    one = begun(house.branch, *steps, ("object_discuss", "2026-05-20"), ("object_agree", "2026-06-01"))
    page = signed_in(house.secretary).get(reverse("procedures:development_case", args=[case(one).pk])).content.decode()
    stages = page.partition('aria-label="办理阶段"')[2].partition("</ol>")[0]
    assert re.findall(r"<li ([^>]*)>", stages) == ['class="done"', 'class="done"', 'aria-current="step"', "", ""]


def test_the_list_finds_people_as_they_are_searched_everywhere(house: House) -> None:
    house.enter(name="诸葛丁", mobile="19900000003", employee_no="E-77")
    house.enter(name="司徒戊", mobile="19900000004")
    browser = signed_in(house.secretary)

    def found(query: str) -> set[str]:
        page = browser.get(f"{reverse('development:applicants')}?{query}").content.decode()
        return {name for name in ("诸葛丁", "司徒戊") if name in page}

    assert found("") == {"诸葛丁", "司徒戊"}
    for text in ("诸葛", "zhuge", "zgd", "19900000003", "E-77"):
        assert found(f"q={text}") == {"诸葛丁"}
    assert found("stage=activist") == set()
    assert found("late=late") == set()
    with clock.at("2027-01-15 09:00"):
        assert found("late=late") == {"诸葛丁", "司徒戊"}


def test_the_list_names_what_is_next_and_not_all_that_comes_back(house: House) -> None:
    steps = ("apply", "2026-01-10"), ("activist", "2026-09-10"), ("file_activist", "2026-09-11"), ("contacts", "2026-09-11")
    titles = {"递交思想汇报", "培养联系人的考察意见", "支部考察入党积极分子", "上级党委年度分析"}

    def named(day: str) -> set[str]:
        with clock.at(f"{day} 09:00"):
            with at(house.branch):
                bring_up_to_date([case(one)], clock.today())
            table = signed_in(house.secretary).get(reverse("development:applicants")).content.decode().partition("<tbody")[2]
        return {title for title in titles if title in table}

    one = begun(house.branch, *steps)
    assert named("2026-11-30") == {"递交思想汇报"}
    assert named("2027-02-20") == {"递交思想汇报", "培养联系人的考察意见", "支部考察入党积极分子"}


def test_who_is_ripe_next_month(house: House) -> None:
    for name, day in (("诸葛丁", "2025-12-20"), ("司徒戊", "2026-03-20")):
        begun(
            house.branch, ("apply", "2025-01-10"), *((code, day) for code in ("activist", "file_activist", "contacts")), name=name
        )
    page = signed_in(house.secretary).get(f"{reverse('development:applicants')}?ripe=next").content.decode()
    assert "诸葛丁" in page
    assert "司徒戊" not in page


def test_a_neighbour_sees_nobody_and_the_office_sees_all(house: House) -> None:
    house.enter(name="诸葛丁")
    address = reverse("development:applicants")
    assert "诸葛丁" not in signed_in(house.neighbour).get(address).content.decode()
    assert "诸葛丁" in signed_in(house.office).get(address).content.decode()
    stranger: Client = signed_in(make.user())
    assert stranger.get(address).status_code == 403
