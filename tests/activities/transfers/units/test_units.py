"""Whole units as one case: who goes, nobody twice, all in one step, back again, and through a merger in the middle."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.activities.contact.models import Away, End
from dangjian.activities.dues.billing.actions import billing
from dangjian.activities.dues.billing.models import Bill
from dangjian.activities.transfers.actions import units
from dangjian.activities.transfers.models import UnitMember, UnitTransfer
from dangjian.activities.transfers.queries.units import who_goes
from dangjian.engines.procedures.actions import ending, taking_back
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseState, ProcedureCase
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied, Refusal
from dangjian.members.actions import account, groups, reorganise
from dangjian.members.models import ChangeKind, Member, MembershipEntry, Standing
from dangjian.org import roles
from dangjian.org.actions import reorganisations, tree
from dangjian.org.models import Organization, Post
from dangjian.org.openings import at, register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues.build import assessed
from tests.activities.transfers.test_transfer import DAY, House, state
from tests.at_once import at_once
from tests.offered import browser

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]
ENTRY = {"why": "structure", "note": "虚构〔2026〕3号"}


class Unit(House):
    """The branch with its secretary and four members goes to another one."""

    def __init__(self) -> None:
        super().__init__()
        self.people = [make.member(self.origin, f"虚构整建{word}") for word in "甲乙丙"]
        self.all = [self.member, *self.people, register(Member).select_related("branch").get(user=self.secretary)]
        with unscoped("test"):
            self.all += list(Member.objects.filter(branch=self.origin, user=self.above))

    def ask_unit(self, by: User | None = None, **more: Any) -> ProcedureCase:
        given: dict[str, Any] = {"way": "inside", "to": self.to, "members": self.all, "day": DAY, "entry": ENTRY} | more
        return units.ask_unit(actor=make.actor(by or self.secretary), organization=self.origin, **given)

    def hand_on(self, case: ProcedureCase, by: User | None = None, outcome: str = "received", **entry: str) -> None:
        case = register(ProcedureCase).select_related("organization", "other_side").get(pk=case.pk)
        given = {"day": DAY, "outcome": outcome, "entry": entry}
        units.hand_on(actor=make.actor(by or self.receiver), case=case, code="receive", **given)

    def places(self) -> dict[Organization, int]:
        rows = register(Member).filter(pk__in=[one.pk for one in self.all], standing=Standing.NORMAL).select_related("branch")
        found: dict[Organization, int] = {}
        for row in rows:
            found[row.branch] = found.get(row.branch, 0) + 1
        return found


def office_user(unit: Unit) -> User:
    """An officer of the committee who does not go with the unit."""
    found: User = make.post(unit.committee, "deputy_secretary").user
    return found


def office(unit: Unit) -> Actor:
    """As an actor."""
    return make.actor(office_user(unit))


@pytest.fixture
def unit() -> Unit:
    return Unit()


def test_asked_for_released_and_received_at_once(unit: Unit) -> None:
    before, case = unit.counted(), unit.ask_unit()
    assert (state(case), unit.counted()) == (("open", {"release"}), before)
    unit.release(case)
    assert (state(case)[1], unit.counted()) == ({"receive"}, before), "the sender is responsible until then"
    unit.hand_on(case)
    assert (state(case)[0], unit.places()) == (CaseState.FINISHED, {unit.to: len(unit.all)})
    assert unit.counted() == [before[0] - len(unit.all), before[1] + len(unit.all), before[2]]
    assert unit.counted(DAY - dt.timedelta(days=1)) == before
    lines = register(MembershipEntry).filter(member__in=unit.all, effective_on=DAY)
    assert len(set(lines.values_list("reorganisation", flat=True))) == 1


def test_the_reception_is_taken_back_as_a_whole(unit: Unit) -> None:
    group = make.group(unit.origin)
    make.post(unit.origin, "publicity_member", unit.person)
    with unscoped("test"):
        groups.assign(actor=make.SYSTEM, group=group, members=unit.people[:1], effective_on=DAY - dt.timedelta(days=9))
    case = unit.ask_unit()
    unit.release(case)
    unit.hand_on(case)
    step = register(UnitTransfer).get(case=case).reorganisation
    assert step
    with pytest.raises(Conflict, match="的整建制转接办理，不能在这里撤销"), unscoped("test"):
        reorganisations.take_back(actor=make.SYSTEM, reorganisation=step, reason="弄错了")
    case = register(ProcedureCase).get(pk=case.pk)
    taking_back.take_back(actor=make.actor(unit.receiver), case=case, reason="接错了支部")
    assert (state(case), unit.places()) == (("open", {"receive"}), {unit.origin: len(unit.all)})
    assert register(Member).get(pk=unit.people[0].pk).organization == group
    unit.hand_on(case)
    assert unit.places() == {unit.to: len(unit.all)}


def test_until_received_it_is_withdrawn_without_a_trace_in_the_account(unit: Unit) -> None:
    before, case = unit.counted(), unit.ask_unit()
    unit.release(case)
    with at(unit.origin):
        ending.withdraw(actor=make.actor(unit.secretary), case=case, reason="不调整了")
    assert (unit.counted(), unit.places()) == (before, {unit.origin: len(unit.all)})
    assert unit.ask_unit().is_open


class TestWho:
    def test_somebody_under_way_alone_is_named_and_nothing_is_written(self, unit: Unit) -> None:
        alone = unit.ask(member=unit.member)
        with pytest.raises(Invalid, match="诸葛丁的组织关系正在单独转接") as refused:
            unit.ask_unit()
        assert ("members" in refused.value.fields, register(UnitTransfer).exists()) == (True, False)
        case = unit.ask_unit(members=[one for one in unit.all if one != unit.member])
        unit.release(case)
        unit.hand_on(case)
        assert unit.places() == {unit.to: len(unit.all) - 1, unit.origin: 1}
        assert alone.is_open

    def test_who_begins_alone_meanwhile_is_settled_or_left_out(self, unit: Unit) -> None:
        case = unit.ask_unit()
        unit.release(case)
        unit.ask(member=unit.member, other_side=unit.third)
        with pytest.raises(Conflict, match="诸葛丁的组织关系正在单独转接"):
            unit.hand_on(case)
        assert unit.places() == {unit.origin: len(unit.all)}
        with pytest.raises(Invalid, match="原因"):
            units.leave_out(actor=make.actor(unit.secretary), case=case, members=[unit.member], reason=" ")
        with pytest.raises(Refusal):
            units.leave_out(actor=make.actor(unit.receiver), case=case, members=[unit.member], reason="单独转")
        assert units.leave_out(actor=make.actor(unit.secretary), case=case, members=[unit.member], reason="单独转") == 1
        unit.hand_on(case)
        assert unit.places() == {unit.to: len(unit.all) - 1, unit.origin: 1}

    def test_who_went_otherwise_is_not_taken_twice(self, unit: Unit) -> None:
        case = unit.ask_unit()
        unit.release(case)
        with unscoped("test"):
            account.move(actor=make.SYSTEM, members=[unit.member], to=unit.third, effective_on=DAY)
            account.leave(actor=make.SYSTEM, member=unit.people[0], kind=ChangeKind.DECEASED, effective_on=DAY)
        unit.hand_on(case)
        assert unit.places() == {unit.to: len(unit.all) - 2, unit.third: 1}

    def test_nobody_left_on_the_list(self, unit: Unit) -> None:
        case = unit.ask_unit(members=[unit.member])
        unit.release(case)
        with pytest.raises(Invalid, match="至少要有一名"):
            units.leave_out(actor=make.actor(unit.secretary), case=case, members=[unit.member], reason="不转")
        with unscoped("test"):
            account.move(actor=make.SYSTEM, members=[unit.member], to=unit.third, effective_on=DAY)
        with pytest.raises(Conflict, match="都已不在"):
            unit.hand_on(case)

    @pytest.mark.parametrize(
        ("more", "says"),
        [
            ({"to": None}, "现有的党支部"),
            ({"members": []}, "请选择一起转接的党员"),
            ({"way": "out"}, "对方党组织的全称"),
            ({"way": "in"}, "对方党组织的全称"),
            ({"entry": {"why": "other"}}, "其他原因须写明"),
            ({"way": "elsewhere"}, "请选择结果"),
            ({"day": dt.date(2026, 12, 1)}, "不能晚于今天"),
        ],
    )
    def test_what_is_missing_is_named_and_nothing_is_written(self, unit: Unit, more: dict[str, Any], says: str) -> None:
        with pytest.raises(Invalid, match=says):
            unit.ask_unit(**more)
        assert not register(ProcedureCase).exists()

    def test_not_to_itself_nor_with_others_nor_by_strangers_nor_twice(self, unit: Unit) -> None:
        with pytest.raises(Invalid, match="不能转到自己"):
            unit.ask_unit(to=unit.origin)
        with pytest.raises(Invalid, match="已不在这个党支部"):
            unit.ask_unit(members=[*unit.all, make.member(unit.third)])
        with pytest.raises(NotFound):
            unit.ask_unit(unit.stranger)
        unit.ask_unit()
        with pytest.raises(Conflict, match="已有一件整建制转接"):
            unit.ask_unit()
        assert register(ProcedureCase).count() == 1

    def test_whoever_asked_neither_releases_nor_receives(self, unit: Unit) -> None:
        case = unit.ask_unit()
        make.post(unit.committee, "organisation_member", unit.secretary)
        with pytest.raises(PermissionDenied, match="另一位同志"):
            unit.take(case, "release", unit.secretary, "released")


class TestOutAndIn:
    def test_out_of_the_platform_everybody_leaves_the_count(self, unit: Unit) -> None:
        make.post(unit.origin, "publicity_member", unit.person)
        before = unit.counted()
        case = unit.ask_unit(way="out", to=None, entry=ENTRY | {"outside": "中共虚构市委"})
        assert state(case)[1] == {"release_out"}
        unit.take(case, "release_out", unit.above, "released")
        assert unit.counted() == before
        unit.take(case, "gone", unit.above, "received")
        assert (state(case)[0], unit.counted()) == (CaseState.FINISHED, [before[0] - len(unit.all), *before[1:]])
        lines = register(MembershipEntry).filter(kind=ChangeKind.WHOLE_OUT)
        assert set(lines.values_list("counterpart_name", "effective_on", "sign")) == {("中共虚构市委", DAY, -1)}
        assert register(Member).get(pk=unit.member.pk).standing == Standing.TRANSFERRED_OUT
        assert not register(Post).filter(user=unit.person, ends_on=None).exists()

    def gone(self, unit: Unit) -> ProcedureCase:
        """The unit has left the platform."""
        case = unit.ask_unit(way="out", to=None, entry=ENTRY | {"outside": "中共虚构市委"})
        unit.take(case, "release_out", unit.above, "released")
        unit.take(case, "gone", unit.above, "received")
        return register(ProcedureCase).get(pk=case.pk)

    def test_what_had_left_is_taken_back_with_all_that_ended(self, unit: Unit) -> None:
        group = make.group(unit.origin)
        post = make.post(unit.origin, "publicity_member", unit.person)
        with unscoped("test"):
            groups.assign(actor=make.SYSTEM, group=group, members=unit.people[:1], effective_on=DAY - dt.timedelta(days=9))
            away = Away.objects.create(member=unit.people[1], since_on=DAY - dt.timedelta(days=9))
        before, case = unit.counted(), self.gone(unit)
        assert register(Away).get(pk=away.pk).end == End.LEFT
        step = register(UnitTransfer).get(case=case).reorganisation
        assert step
        assert (step.number, step.other_name) == (len(unit.all), "中共虚构市委")
        with pytest.raises(Conflict, match="的整建制转接办理，不能在这里撤销"), unscoped("test"):
            reorganisations.take_back(actor=make.SYSTEM, reorganisation=step, reason="弄错了")
        history = reverse("org:detail", args=[unit.origin.pk]) + "?tab=history"
        page = browser(office_user(unit)).get(history).content.decode()
        assert reverse("procedures:unit_transfer_case", args=[case.pk]) in page, "where it is taken back"
        assert reverse("org:take_back", args=[step.pk]) not in page
        taking_back.take_back(actor=office(unit), case=case, reason="登记错了")
        assert (state(case), unit.counted(), unit.places()) == (("open", {"gone"}), before, {unit.origin: len(unit.all)})
        assert register(Member).get(pk=unit.people[0].pk).organization == group
        assert register(Post).get(pk=post.pk).ends_on is None
        assert register(Away).get(pk=away.pk).end == ""
        unit.take(case, "gone", unit.above, "received")
        assert unit.counted() == [before[0] - len(unit.all), *before[1:]]

    def test_dues_of_the_months_since_are_owed_again(self, unit: Unit) -> None:
        month = dt.date(2026, 12, 1)
        with unscoped("test"):
            assessed(unit.member, 3000)
            billing.make_bills(actor=make.SYSTEM, month=month)
            case = self.gone(unit)
            billing.make_bills(actor=make.SYSTEM, month=month)
        bill = register(Bill).get(member=unit.member, month=month)
        left = bill.owed_fen
        taking_back.take_back(actor=office(unit), case=case, reason="登记错了")
        bill.refresh_from_db()
        assert (left, bill.owed_fen > 0) == (0, True)

    def test_it_is_not_taken_back_over_what_was_built_on_it(self, unit: Unit) -> None:
        case = self.gone(unit)
        back = register(Member).get(pk=unit.people[0].pk)
        with clock.at(f"{DAY + dt.timedelta(days=1)} 09:00"), unscoped("test"):
            account.enter(
                actor=make.SYSTEM,
                member=back,
                branch=unit.third,
                kind=ChangeKind.TRANSFERRED_IN,
                effective_on=clock.today(),
                category="1",
            )
        before = unit.places()
        with pytest.raises(Conflict, match="虚构整建甲在其后又办理过党籍变动"):
            taking_back.take_back(actor=office(unit), case=case, reason="登记错了")
        assert (state(case)[0], unit.places()) == (CaseState.FINISHED, before)

    def test_nor_where_the_branch_is_no_more_or_somebody_else_has_the_post(self, unit: Unit) -> None:
        case = self.gone(unit)
        successor = make.post(unit.origin, "secretary").user
        with pytest.raises(Conflict, match=f"在其后已由{successor.name}任书记"):
            taking_back.take_back(actor=office(unit), case=case, reason="登记错了")
        with unscoped("test"):
            Organization.objects.filter(pk=unit.origin.pk).update(dissolved_on=DAY)
        with pytest.raises(Conflict, match="已撤销"):
            taking_back.take_back(actor=office(unit), case=case, reason="登记错了")
        assert not unit.places()

    def test_from_outside_they_are_on_the_roster_first(self, unit: Unit) -> None:
        case = unit.ask_unit(way="in", to=None, members=(), entry=ENTRY | {"outside": "中共虚构市委", "number": 2})
        unit.take(case, "agree", unit.above, "released")
        deputy = make.post(unit.origin, "deputy_secretary").user
        with pytest.raises(Conflict, match="还没有整建制转入的党员"):
            unit.take(case, "enter", deputy, "")
        with unscoped("test"):
            account.enter(
                actor=make.SYSTEM,
                member=Member(name="虚构新来"),
                branch=unit.origin,
                kind=ChangeKind.WHOLE_IN,
                effective_on=DAY,
                category="1",
            )
        unit.take(case, "enter", deputy, "")
        assert state(case)[0] == CaseState.FINISHED


class TestMergersMeanwhile:
    def merge(self, organization: Organization, into: Organization) -> None:
        with unscoped("test"):
            reorganise.merge(actor=make.SYSTEM, organization=organization, into=into, effective_on=DAY)

    def undo(self) -> None:
        with unscoped("test"):
            step = reorganisations.Reorganisation.objects.get()
            reorganisations.take_back(actor=make.SYSTEM, reorganisation=step, reason="登记错了")

    def test_of_the_branch_that_goes(self, unit: Unit) -> None:
        case = unit.ask_unit()
        self.merge(unit.origin, unit.third)
        case = register(ProcedureCase).select_related("organization").get(pk=case.pk)
        assert (case.organization, case.other_side, who_goes(case).count()) == (unit.third, unit.to, len(unit.all))
        self.undo()
        case = register(ProcedureCase).select_related("organization").get(pk=case.pk)
        assert (case.organization, who_goes(case).count()) == (unit.origin, len(unit.all))

    def test_of_the_branch_to_which_it_goes(self, unit: Unit) -> None:
        case = unit.ask_unit()
        unit.release(case)
        self.merge(unit.to, unit.third)
        unit.hand_on(case, unit.stranger)
        assert unit.places() == {unit.third: len(unit.all)}

    def test_of_the_two(self, unit: Unit) -> None:
        case = unit.ask_unit()
        self.merge(unit.origin, unit.to)
        assert (state(case), unit.places()) == ((CaseState.ENDED, set()), {unit.to: len(unit.all)})

    def test_neither_is_dissolved(self, unit: Unit) -> None:
        empty = make.branch(unit.committee)
        unit.ask_unit(to=empty)
        with pytest.raises(Conflict, match="整建制转接正在办理"), unscoped("test"):
            tree.dissolve(actor=make.SYSTEM, organization=empty, effective_on=DAY)


class TestInTheBackground:
    @pytest.fixture(autouse=True)
    def large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(units, "AT_ONCE", 2)

    def test_what_is_handed_on_is_done_or_says_why_not(self, unit: Unit) -> None:
        case = unit.ask_unit()
        unit.release(case)
        unit.hand_on(case)
        kept = register(UnitTransfer).get(case=case)
        assert (kept.is_under_way, unit.places()) == (True, {unit.origin: len(unit.all)})
        page = browser(unit.receiver).get(reverse("procedures:unit_transfer_case", args=[case.pk])).content.decode()
        assert reverse("transfers:unit_progress", args=[case.pk]) in page
        units.carry_out(pk=kept.pk)
        units.carry_out(pk=kept.pk)
        kept = register(UnitTransfer).get(case=case)
        assert (state(case)[0], unit.places(), kept.is_under_way) == (CaseState.FINISHED, {unit.to: len(unit.all)}, False)

    def test_what_fails_leaves_everybody_where_they_were(self, unit: Unit) -> None:
        """The right to receive is asked for again by the background, with the rights of that moment."""
        case = unit.ask_unit()
        unit.release(case)
        with at(unit.origin):
            kept = UnitTransfer.objects.get(case=case)
            kept.given = '{"code": "receive", "day": "2026-11-23", "outcome": "received", "entry": {}}'
            kept.asked_by = unit.stranger
            kept.save()
        with pytest.raises(Conflict, match="正在后台办理"):
            unit.hand_on(case)
        units.carry_out(pk=kept.pk)
        kept = register(UnitTransfer).get(case=case)
        assert (state(case), unit.places()) == (("open", {"receive"}), {unit.origin: len(unit.all)})
        assert (kept.is_under_way, bool(kept.failure)) == (False, True)
        assert (
            kept.failure in browser(unit.receiver).get(reverse("procedures:unit_transfer_case", args=[case.pk])).content.decode()
        )


def test_the_page_names_the_steps_of_its_own_way_alone(unit: Unit) -> None:
    """What follows on another outcome of the first step is there only if it is needed."""
    version = procedure("unit_transfer").on(DAY)
    assert [step.code for step in version.steps if version.is_usual(step)] == ["ask", "release", "receive"]
    page = browser(unit.secretary).get(reverse("procedures:unit_transfer_case", args=[unit.ask_unit().pk])).content.decode()
    assert ("登记对方接收" in page, "登记转入" in page) == (False, False)


@pytest.mark.any_database
class TestPages:
    def test_a_secretary_asks_sees_what_comes_of_it_and_confirms(self, unit: Unit) -> None:
        client = browser(unit.secretary)
        address = reverse("transfers:unit", args=[unit.origin.pk])
        assert client.get(reverse("transfers:unit_choose"))["Location"] == address
        assert "虚构整建甲" in client.get(address).content.decode()
        data = {
            "outcome": "inside", "to": unit.to.pk, "members": [one.pk for one in unit.all[1:]], "entry_why": "structure",
            "entry_outside": "", "entry_number": "", "entry_note": "", "day": str(DAY),
        }  # fmt: skip
        asked = client.post(address, data).content.decode()
        assert (f"{len(unit.all) - 1}名党员从" in asked, "留在" in asked, register(UnitMember).exists()) == (True, True, False)
        done = client.post(address, data | {"step": "confirm"}, follow=True).content.decode()
        assert ("已提出整建制转接" in done, f"{len(unit.all) - 1}名" in done) == (True, True)

    def test_the_list_is_changed_and_the_other_side_receives(self, unit: Unit) -> None:
        case = unit.ask_unit()
        listed, page = reverse("transfers:unit_list", args=[case.pk]), reverse("procedures:unit_transfer_case", args=[case.pk])
        assert listed in browser(unit.secretary).get(page).content.decode()
        assert listed not in browser(unit.receiver).get(page).content.decode()
        assert browser(unit.receiver).get(listed).status_code in {403, 404}
        client = browser(unit.secretary)
        assert client.post(listed, {"members": [unit.member.pk], "reason": ""}).status_code == 422
        assert client.get(listed).status_code == 200
        done = client.post(listed, {"members": [unit.member.pk], "reason": "留任"}, follow=True)
        assert "1名党员不随整建制转接" in done.content.decode()
        unit.release(case)
        sent = {"step": "receive", "outcome": "received", "day": str(DAY), "entry_opinion": ""}
        assert browser(unit.receiver).post(page, sent).status_code == 302
        for who in (unit.receiver, unit.above):
            assert f"名单上有{len(unit.all) - 1}名党员" in browser(who).get(page).content.decode()
        assert unit.places() == {unit.to: len(unit.all) - 1, unit.origin: 1}

    def test_the_office_chooses_a_branch(self, unit: Unit) -> None:
        make.post(unit.third, "deputy_secretary", unit.secretary)
        client = browser(unit.secretary)
        assert client.get(reverse("transfers:unit_choose")).status_code == 200
        chosen = client.get(reverse("transfers:unit_choose"), {"organization": unit.third.pk})
        assert chosen["Location"] == reverse("transfers:unit", args=[unit.third.pk])
        assert browser(unit.stranger).get(reverse("transfers:unit", args=[unit.origin.pk])).status_code in {403, 404}


@pytest.mark.django_db(transaction=True)
def test_two_officers_at_one_moment_receive_once() -> None:
    unit = Unit()
    deputy = make.post(unit.to, "deputy_secretary").user
    case = unit.ask_unit()
    unit.release(case)
    done = at_once(lambda: unit.hand_on(case), lambda: unit.hand_on(case, deputy, "returned", opinion="名单不符"))
    assert sorted(isinstance(one, Refusal) for one in done) == [False, True]
    where = unit.to if register(ProcedureCase).get(pk=case.pk).state == CaseState.FINISHED else unit.origin
    assert unit.places() == {where: len(unit.all)}


def test_the_office_of_the_committee_does_not_receive_for_a_branch(unit: Unit) -> None:
    case = unit.ask_unit()
    unit.release(case)
    office = make.grant(unit.committee, roles.PARTY_OFFICE).user
    with pytest.raises(PermissionDenied):
        unit.hand_on(case, office)
