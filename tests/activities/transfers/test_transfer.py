"""A transfer from one branch to another: who asks, who releases, who receives, and where somebody counts on each day."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.activities.transfers.queries.going import belongings
from dangjian.engines.duties.models import Duty
from dangjian.engines.procedures.actions import ending, taking, taking_back
from dangjian.engines.procedures.actions.members import start_for
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase, StepState
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied, Refusal
from dangjian.members.actions import access, account, groups, reorganise, reversing
from dangjian.members.models import ChangeKind, Member, MembershipEntry
from dangjian.members.queries.account import count
from dangjian.org.actions import reorganisations, tree
from dangjian.org.models import Organization, Post
from dangjian.org.openings import at, register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.at_once import at_once
from tests.offered import browser

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]
DAY = dt.date(2026, 11, 23)


class House:
    """Two branches below one committee, and a third one; each with a secretary, the committee with an office."""

    def __init__(self) -> None:
        self.committee = make.committee()
        general = make.general_branch(self.committee)
        self.origin, self.to, self.third = (make.branch(general) for _ in range(3))
        self.secretary, self.receiver, self.stranger = (self.officer(one) for one in (self.origin, self.to, self.third))
        self.above = self.officer(self.committee)
        self.member = make.member(self.origin, "诸葛丁", with_user=True)

    def officer(self, place: Organization) -> User:
        branch = place if place.is_branch else self.origin
        who: User = make.member(branch, with_user=True).user
        make.post(place, "secretary", who)
        return who

    @property
    def person(self) -> User:
        assert self.member.user
        return self.member.user

    def ask(self, by: User | None = None, **more: Any) -> ProcedureCase:
        given: dict[str, Any] = {"member": self.member, "other_side": self.to, "day": clock.today(), "entry": {"why": "work"}}
        return start_for(actor=make.actor(by or self.person), code="transfer", **given | more)

    def take(self, case: ProcedureCase, code: str, by: User, outcome: str, **entry: str) -> CaseStep:
        case = register(ProcedureCase).select_related("organization").get(pk=case.pk)
        actor = make.actor(by)
        return taking.take(actor=actor, case=case, code=code, day=clock.today(), outcome=outcome, entry=entry)

    def release(self, case: ProcedureCase, outcome: str = "released", **entry: str) -> CaseStep:
        return self.take(case, "release", self.above, outcome, **entry)

    def receive(self, case: ProcedureCase, outcome: str = "received", **entry: str) -> CaseStep:
        return self.take(case, "receive", self.receiver, outcome, **entry)

    def counted(self, day: dt.date = DAY) -> list[int]:
        with unscoped("test"):
            return [count(one.pk, day) for one in (self.origin, self.to, self.third)]

    def as_it_is(self) -> Member:
        return register(Member).select_related("branch").get(pk=self.member.pk)


def state(case: ProcedureCase) -> tuple[str, set[str]]:
    rows = register(CaseStep).filter(case=case, state=StepState.OPEN).values_list("code", flat=True)
    return register(ProcedureCase).get(pk=case.pk).state, set(rows)


@pytest.fixture
def house() -> House:
    return House()


def test_asked_for_released_and_received(house: House) -> None:
    before = house.counted()
    case = house.ask()
    assert state(case) == ("open", {"release"})
    house.release(case)
    assert (house.counted(), house.as_it_is().branch) == (before, house.origin), "the sender is responsible until then"
    house.receive(case)
    assert (state(case)[0], house.as_it_is().branch) == (CaseState.FINISHED, house.to)
    assert house.counted() == [before[0] - 1, before[1] + 1, before[2]]
    assert house.counted(DAY - dt.timedelta(days=1)) == before
    kinds = list(register(MembershipEntry).filter(member=house.member).order_by("pk").values_list("kind", flat=True))
    assert kinds[-2:] == [ChangeKind.MOVED_OUT, ChangeKind.MOVED_IN]


def test_nobody_approves_what_they_have_asked_for(house: House) -> None:
    make.post(house.committee, "organisation_member", house.secretary)
    case = house.ask(house.secretary)
    with pytest.raises(PermissionDenied, match="另一位同志"):
        house.take(case, "release", house.secretary, "released")
    make.post(house.to, "deputy_secretary", house.above)
    house.release(case)
    with pytest.raises(PermissionDenied, match="另一位同志"):
        house.take(case, "receive", house.above, "received")
    assert house.as_it_is().branch == house.origin


def test_nobody_releases_or_receives_themselves(house: House) -> None:
    make.post(house.committee, "organisation_member", house.person)
    make.post(house.to, "organisation_member", house.person)
    case = house.ask(house.secretary)
    with pytest.raises(PermissionDenied, match="关系到您本人"):
        house.take(case, "release", house.person, "released")
    house.release(case)
    with pytest.raises(PermissionDenied, match="关系到您本人"):
        house.take(case, "receive", house.person, "received")


def test_who_receives_gives_a_reason_for_sending_back_and_it_is_asked_for_anew(house: House) -> None:
    case = house.ask()
    house.release(case)
    with pytest.raises(Invalid, match="理由") as refused:
        house.receive(case, "returned")
    assert ("opinion" in refused.value.fields, refused.value.citation) == (True, "《中国共产党党员教育管理工作条例》第二十五条")
    house.receive(case, "returned", opinion="工号不符")
    assert state(case) == ("open", {"ask"})
    assert house.as_it_is().branch == house.origin
    house.take(case, "ask", house.person, "", why="work")
    house.release(case)
    house.receive(case)
    assert house.as_it_is().branch == house.to


def test_a_release_that_is_refused_ends_it_with_a_reason(house: House) -> None:
    case = house.ask()
    with pytest.raises(Invalid, match="理由"):
        house.release(case, "refused")
    house.release(case, "refused", opinion="本人仍在原岗位")
    assert (state(case)[0], house.as_it_is().branch) == (CaseState.REFUSED, house.origin)


@pytest.mark.parametrize(
    ("more", "field"), [({"entry": {"why": "other"}}, "note"), ({"entry": {}}, "why"), ({"day": dt.date(2026, 12, 1)}, "day")]
)
def test_what_is_missing_is_named_and_nothing_is_written(house: House, more: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        house.ask(**more)
    assert field in refused.value.fields
    assert not register(ProcedureCase).exists()


def test_to_another_branch_that_is_there(house: House) -> None:
    for to, says in ((house.origin, "已经在"), (house.committee, "现有的党支部")):
        with pytest.raises(Invalid, match=says):
            house.ask(other_side=to)
    assert not register(ProcedureCase).exists()


def test_one_at_a_time_and_only_of_somebody_who_counts(house: House) -> None:
    house.ask()
    with pytest.raises(Conflict, match="正在办理"):
        house.ask(house.secretary, other_side=house.third)
    other = make.member(house.origin)
    with unscoped("test"):
        account.leave(actor=make.SYSTEM, member=other, kind=ChangeKind.DECEASED, effective_on=DAY)
    with pytest.raises(Conflict, match="不能办理组织关系转接"):
        house.ask(house.secretary, member=register(Member).select_related("branch").get(pk=other.pk))


def test_only_the_person_and_their_branch_ask(house: House) -> None:
    with pytest.raises(NotFound):
        house.ask(house.stranger)
    with pytest.raises(PermissionDenied, match="本人或者所在党支部"):
        house.ask(house.above)
    with pytest.raises(NotFound):
        house.ask(make.member(house.to, with_user=True).user)


class TestBothSides:
    def page(self, case: ProcedureCase, who: User) -> Any:
        return browser(who).get(reverse("procedures:transfer_case", args=[case.pk]))

    def test_see_the_case_and_nobody_else(self, house: House) -> None:
        case = house.ask()
        for who in (house.person, house.secretary, house.receiver, house.above):
            assert "诸葛丁" in self.page(case, who).content.decode()
        assert self.page(case, house.stranger).status_code == 404
        for who, there in ((house.receiver, True), (house.secretary, True), (house.stranger, False)):
            assert ("诸葛丁" in browser(who).get(reverse("procedures:transfer")).content.decode()) is there

    def test_each_has_its_step_on_its_list(self, house: House) -> None:
        case = house.ask()
        house.release(case)
        with unscoped("test"):
            [duty] = Duty.objects.filter(title__contains="诸葛丁", state="open")
        assert (duty.organization, duty.due_on) == (house.to, DAY + dt.timedelta(days=30))
        step = register(CaseStep).get(case=case, code="receive", state=StepState.OPEN)
        led = browser(house.receiver).get(reverse("procedures:step", args=[step.pk]))
        assert led["Location"].endswith("?open=receive#do-receive")
        assert browser(house.stranger).get(reverse("procedures:step", args=[step.pk])).status_code == 404

    def test_the_receiver_takes_the_step_on_the_page_and_chooses_a_group_of_theirs(self, house: House) -> None:
        group, foreign = make.group(house.to), make.group(house.origin)
        case = house.ask()
        house.release(case)
        address = reverse("procedures:transfer_case", args=[case.pk])
        page = browser(house.receiver).get(address).content.decode()
        assert (group.short_name in page, foreign.short_name in page) == (True, False)
        sent = {"step": "receive", "outcome": "received", "day": str(DAY), "entry_group": str(group.pk), "entry_opinion": ""}
        answer = browser(house.receiver).post(address, sent)
        assert answer.status_code == 302, answer.content.decode()[answer.content.decode().find("notice bad") :][:800]
        assert house.as_it_is().organization_id == group.pk
        assert "已办结，不能再办理" in browser(house.receiver).post(address, sent).content.decode(), "a double tap"
        assert house.counted()[1] == 2

    def test_the_page_says_what_goes_along(self, house: House) -> None:
        make.post(house.origin, "publicity_member", house.person)
        assert [(one.what, "宣传委员" in one.text) for one in belongings(house.as_it_is())] == [("ends", True)]
        case = house.ask()
        assert "宣传委员" in self.page(case, house.receiver).content.decode()


class TestPages:
    def test_a_member_asks_on_the_phone_with_a_mistake(self, house: House) -> None:
        address, client = reverse("procedures:transfer_own"), browser(house.person)
        assert house.to.short_name in client.get(address).content.decode()
        wrong = client.post(address, {"other_side": str(house.to.pk), "day": str(DAY), "entry_why": "other", "entry_note": ""})
        assert (wrong.status_code, "其他原因须写明" in wrong.content.decode()) == (422, True)
        sent = {"other_side": str(house.to.pk), "day": str(DAY), "entry_why": "other", "entry_note": "随军"}
        case = client.post(address, sent)["Location"]
        assert "审核转出" in client.get(case).content.decode()
        assert client.get(address)["Location"] == case, "one at a time"
        again = client.post(address, sent, follow=True).content.decode()
        assert "“组织关系转接”正在办理，没有另外提出" in again, "a second tab is told"
        other = client.get(reverse("procedures:transfer_out_own"), follow=True)
        assert (other.redirect_chain[0][0], "没有另外提出" in other.content.decode()) == (case, True)
        assert register(ProcedureCase).count() == 1

    def test_a_branch_asks_from_the_page_of_a_member(self, house: House) -> None:
        address = reverse("procedures:transfer_for", args=[house.member.pk])
        page = browser(house.secretary).get(f"{reverse('members:detail', args=[house.member.pk])}?tab=procedures")
        assert address in page.content.decode()
        assert browser(house.secretary).get(address).status_code == 200
        assert browser(house.stranger).get(address).status_code in {403, 404}
        assert browser(house.person).get(address).status_code in {403, 404}

    def test_somebody_without_a_record_has_nothing_to_transfer(self) -> None:
        assert browser(make.user()).get(reverse("procedures:transfer_own")).status_code in {403, 404}


class TestWhatHappensMeanwhile:
    def test_somebody_moved_there_by_hand_has_arrived(self, house: House) -> None:
        case = house.ask()
        with unscoped("test"):
            account.move(actor=make.SYSTEM, members=[house.member], to=house.to, effective_on=DAY)
        assert state(case) == (CaseState.ENDED, set())

    def test_somebody_moved_elsewhere_goes_on_from_there(self, house: House) -> None:
        case = house.ask()
        with unscoped("test"):
            account.move(actor=make.SYSTEM, members=[house.member], to=house.third, effective_on=DAY)
        case = register(ProcedureCase).get(pk=case.pk)
        assert (case.organization, case.other_side, state(case)[1]) == (house.third, house.to, {"release"})

    def test_somebody_who_is_given_an_account_meanwhile_does_not_decide_their_own(self, house: House) -> None:
        late = make.member(house.origin, "虚构新号")
        case = house.ask(house.secretary, member=late)
        with unscoped("test"):
            user = access.open_account(actor=make.SYSTEM, member=late)[0]
        make.post(house.committee, "organisation_member", user)
        with pytest.raises(PermissionDenied, match="关系到您本人"):
            house.take(case, "release", user, "released")

    def test_somebody_who_dies_is_transferred_no_more(self, house: House) -> None:
        case = house.ask()
        with unscoped("test"):
            account.leave(actor=make.SYSTEM, member=house.member, kind=ChangeKind.DECEASED, effective_on=DAY)
        assert register(ProcedureCase).get(pk=case.pk).end_reason == ChangeKind.DECEASED.label

    def test_a_branch_to_which_somebody_is_under_way_is_not_dissolved(self, house: House) -> None:
        house.ask(other_side=house.third)
        with unscoped("test"):
            account.leave(
                actor=make.SYSTEM,
                member=register(Member).select_related("branch").get(user=house.stranger),
                kind=ChangeKind.DECEASED,
                effective_on=DAY,
            )
        with pytest.raises(Conflict, match="正在转入"), unscoped("test"):
            tree.dissolve(actor=make.SYSTEM, organization=house.third, effective_on=DAY)

    def test_when_it_is_merged_they_come_to_the_branch_into_which_it_went_and_back(self, house: House) -> None:
        case = house.ask()
        house.release(case)
        with unscoped("test"):
            reorganise.merge(actor=make.SYSTEM, organization=house.to, into=house.third, effective_on=DAY)
        assert register(ProcedureCase).get(pk=case.pk).other_side == house.third
        assert register(CaseStep).get(case=case, code="receive", state=StepState.OPEN).place == house.third
        with unscoped("test"):
            merge = reorganisations.Reorganisation.objects.get()
            reorganisations.take_back(actor=make.SYSTEM, reorganisation=merge, reason="登记错了")
        assert register(ProcedureCase).get(pk=case.pk).other_side == house.to

    def test_when_the_two_are_merged_there_is_nothing_left_to_do(self, house: House) -> None:
        case = house.ask()
        with unscoped("test"):
            reorganise.merge(actor=make.SYSTEM, organization=house.to, into=house.origin, effective_on=DAY)
        assert state(case) == (CaseState.ENDED, set())
        assert house.as_it_is().branch == house.origin


@pytest.mark.django_db(transaction=True)
def test_two_officers_at_one_moment_receive_once() -> None:
    house = House()
    deputy = make.user()
    make.post(house.to, "deputy_secretary", deputy)
    case = house.ask()
    house.release(case)
    done = at_once(
        lambda: house.take(case, "receive", house.receiver, "received"),
        lambda: house.take(case, "receive", deputy, "returned", opinion="名单不符"),
    )
    assert sorted(isinstance(one, Refusal) for one in done) == [False, True]
    arrived = any(isinstance(one, CaseStep) and one.outcome == "received" for one in done)
    assert (house.as_it_is().branch == house.to) is arrived


def test_withdrawn_it_leaves_everything_as_it_was(house: House) -> None:
    before, case = house.counted(), house.ask()
    house.release(case)
    with at(house.origin):
        ending.withdraw(actor=make.actor(house.secretary), case=case, reason="岗位不调整了")
    assert (state(case), house.counted()) == ((CaseState.WITHDRAWN, set()), before)
    assert house.ask().is_open


class TestTakenBack:
    def test_a_reception_by_mistake_puts_everybody_back_and_the_step_is_open_again(self, house: House) -> None:
        group = make.group(house.origin)
        with unscoped("test"):
            groups.assign(actor=make.SYSTEM, group=group, members=[house.member], effective_on=DAY - dt.timedelta(days=30))
        post = make.post(house.origin, "publicity_member", house.person)
        before, case = house.counted(), house.ask()
        house.release(case)
        house.receive(case)
        assert register(Post).get(pk=post.pk).ends_on == DAY
        with pytest.raises(Invalid, match="原因"):
            self.take_back(case, house.receiver, "")
        self.take_back(case, house.receiver)
        assert state(case) == ("open", {"receive"})
        assert (house.counted(), house.as_it_is().organization_id) == (before, group.pk)
        assert register(Post).get(pk=post.pk).ends_on is None
        house.receive(case)
        assert house.counted()[1] == before[1] + 1

    def test_by_whoever_may_take_the_step_alone(self, house: House) -> None:
        case = house.ask()
        house.release(case)
        for who in (house.secretary, house.receiver):
            with pytest.raises(PermissionDenied):
                self.take_back(case, who)
        self.take_back(case, house.above)
        assert state(case) == ("open", {"release"})

    def test_not_while_another_one_has_been_begun_since(self, house: House) -> None:
        case = house.ask()
        house.release(case, "refused", opinion="本人仍在原岗位")
        again = house.ask()
        with pytest.raises(Conflict, match="另有一件正在办理"):
            self.take_back(case, house.above)
        assert (state(case)[0], state(again)[0]) == (CaseState.REFUSED, CaseState.OPEN)

    def test_not_what_was_sent_back_and_not_the_first_step(self, house: House) -> None:
        case = house.ask()
        with pytest.raises(Conflict, match="第一步不能撤销"):
            self.take_back(case, house.person)
        house.release(case, "returned", opinion="请补充")
        with pytest.raises(Conflict, match="没有可以撤销的步骤"):
            self.take_back(case, house.above)

    def test_what_a_death_had_ended_goes_on_when_the_death_is_taken_back(self, house: House) -> None:
        case = house.ask()
        with unscoped("test"):
            line = account.leave(actor=make.SYSTEM, member=house.member, kind=ChangeKind.DECEASED, effective_on=DAY)
            assert state(case)[0] == CaseState.ENDED
            reversing.reverse(actor=make.SYSTEM, entry=line, reason="同名同姓，登记错了")
        assert state(case) == ("open", {"release"})

    def test_a_case_that_had_gone_along_with_a_move_is_back_with_its_member(self, house: House) -> None:
        case = house.ask()
        with unscoped("test"):
            account.move(actor=make.SYSTEM, members=[house.member], to=house.third, effective_on=DAY)
            assert register(ProcedureCase).get(pk=case.pk).organization == house.third
            line = account.valid_lines(house.as_it_is())[-1]
            reversing.reverse(actor=make.SYSTEM, entry=line, reason="支部选错了")
        assert register(ProcedureCase).get(pk=case.pk).organization == house.origin

    def test_its_line_is_not_reversed_by_hand_but_by_the_transfer(self, house: House) -> None:
        case = house.ask()
        house.release(case)
        house.receive(case)
        line = account.valid_lines(house.as_it_is())[-1]
        with pytest.raises(Conflict, match=r"组织关系转接.*撤销最近一步"), unscoped("test"):
            reversing.reverse(actor=make.SYSTEM, entry=line, reason="转错了")
        assert house.as_it_is().branch == house.to

    def test_not_once_the_member_has_gone_on_with_their_branch(self, house: House) -> None:
        case = self.received(house, DAY - dt.timedelta(days=3))
        with unscoped("test"):
            reorganise.merge(actor=make.SYSTEM, organization=house.to, into=house.third, effective_on=DAY)
        with pytest.raises(Conflict, match="已撤销"), unscoped("test"):
            taking_back.take_back(actor=make.SYSTEM, case=register(ProcedureCase).get(pk=case.pk), reason="接收错了")
        assert (state(case)[0], house.as_it_is().branch) == (CaseState.FINISHED, house.third)

    def test_it_takes_back_its_own_line_and_not_what_came_later(self, house: House) -> None:
        house.member = make.member(house.origin, "诸葛戊", category="2", joined_on=dt.date(2025, 11, 1), with_user=True)
        case = self.received(house, DAY - dt.timedelta(days=3))
        with unscoped("test"):
            account.convert(actor=make.SYSTEM, member=house.as_it_is(), effective_on=DAY)
        with pytest.raises(Conflict, match="后来又有党籍变动"):
            self.take_back(case, house.receiver)
        assert (house.as_it_is().is_full, house.as_it_is().branch) == (True, house.to)

    def test_a_case_that_ended_goes_on_where_its_member_is_by_now(self, house: House) -> None:
        case = house.ask()
        house.release(case, "refused", opinion="本人仍在原岗位")
        with unscoped("test"):
            account.move(actor=make.SYSTEM, members=[house.member], to=house.third, effective_on=DAY)
            self.take_back(case, house.above)
        assert register(ProcedureCase).get(pk=case.pk).organization == house.third

    def test_a_case_is_not_taken_up_again_where_there_is_nothing_left_to_do(self, house: House) -> None:
        case = house.ask()
        with unscoped("test"):
            ending.withdraw(actor=make.SYSTEM, case=case, reason="岗位不调整了")
            account.move(actor=make.SYSTEM, members=[house.member], to=house.to, effective_on=DAY - dt.timedelta(days=1))
            with pytest.raises(Conflict, match="已经在"):
                ending.reopen(actor=make.SYSTEM, case=case, reason="还要办")
            account.leave(actor=make.SYSTEM, member=house.as_it_is(), kind=ChangeKind.DECEASED, effective_on=DAY)
            account.derive(house.as_it_is())
            with pytest.raises(Conflict, match="不"):
                ending.reopen(actor=make.SYSTEM, case=case, reason="还要办")

    def received(self, house: House, day: dt.date) -> ProcedureCase:
        with clock.at(f"{day} 10:00"):
            case = house.ask()
            house.release(case)
            house.receive(case)
        return case

    def take_back(self, case: ProcedureCase, by: User, reason: str = "接收错了") -> None:
        case = register(ProcedureCase).select_related("organization").get(pk=case.pk)
        taking_back.take_back(actor=make.actor(by), case=case, reason=reason)
