"""What dues open beyond a page's scope lets through no more than is meant: a foreign row stands beside in every test."""

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.activities.dues.assessment.actions import arrangements, reliefs
from dangjian.activities.dues.assessment.models import Arrangement, Assessment, PaidUntil, Relief, ReliefState
from dangjian.activities.dues.billing.actions import billing, collecting
from dangjian.activities.dues.billing.actions import groups as group_actions
from dangjian.activities.dues.billing.actions.collecting import Receipt
from dangjian.activities.dues.billing.models import Bill, Payment
from dangjian.activities.dues.billing.queries import groups as group_reads
from dangjian.activities.dues.ledger.actions import passing_up, posting, remittances, spendings
from dangjian.activities.dues.ledger.actions.posting import Line
from dangjian.activities.dues.ledger.models import Account, Book, EntryKind, JournalEntry, Spending, TransferState
from dangjian.activities.dues.payments.actions import claims
from dangjian.activities.dues.payments.models import PaymentOrder
from dangjian.activities.dues.payments.providers import bank_transfer
from dangjian.activities.dues.payments.queries import candidates
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, PermissionDenied
from dangjian.kernel.reach import Scope
from dangjian.members.models import Member
from dangjian.org.openings import own, register
from dangjian.org.scope import opened
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues import build
from tests.activities.dues.books import DECIDED, OCTOBER, TODAY, Kept, filled, kept, monthly, pay, transfer
from tests.activities.dues.build import NOVEMBER, World, bill
from tests.activities.dues.paying import Paying, paying_world
from tests.offered import browser, shown, tried

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]

NOWHERE = Scope(())
FAR = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def billed(world: World) -> World:
    billing.make_bills(actor=world.office, month=NOVEMBER)
    return world


def at_the_other_branch(world: World, number: int) -> Bill:
    """November's bill of ``people[number]``, as if it had arisen at the other branch, which they have left since."""
    found = bill(world.people[number])
    with unscoped("test world"):
        Bill.objects.filter(pk=found.pk).update(organization=world.other)
    return bill(world.people[number])


class TestOwn:
    @pytest.fixture
    def rows(self, billed: World) -> World:
        for member in (billed.people[0], billed.stranger):
            common: dict[str, Any] = {"organization": member.branch, "held_by": member.branch, "member": member}
            with unscoped("test world"):
                Book.objects.create(organization=member.branch, kind="cash", opened_on=TODAY)
                PaidUntil.objects.create(member=member, month=NOVEMBER)
                Payment.objects.create(**common, paid_on=TODAY, method="cash", amount_fen=1, receipt_no=f"虚构{member.pk}")
                PaymentOrder.objects.create(
                    **common, provider=bank_transfer.CODE, reference=f"R{member.pk}", amount_fen=1, expires_at=FAR
                )
        return billed

    @pytest.mark.parametrize("model", [Bill, Payment, PaymentOrder, Assessment, PaidUntil])
    def test_ones_own_rows_without_a_scope(self, rows: World, model: Any) -> None:
        member = rows.people[0]
        with opened(NOWHERE):
            assert {row.member_id for row in own(model, member.user_id)} == {member.pk}

    def test_a_bill_that_arose_at_a_branch_of_before_is_ones_own_with_its_changes(self, billed: World) -> None:
        build.assessed(billed.people[0], 12_34, NOVEMBER)
        build.assessed(billed.stranger, 56_78, NOVEMBER)
        billing.make_bills(actor=billed.office, month=NOVEMBER)
        at_the_other_branch(billed, 0)
        page = shown(billed.people[0].user, "/dues/mine/")
        assert "12.34" in page
        assert "重新核定" in page
        assert "56.78" not in page

    def test_nobody_elses_receipt_or_order(self, rows: World) -> None:
        with unscoped("a test looks"):
            receipt = Payment.objects.get(member=rows.stranger)
            order = PaymentOrder.objects.get(member=rows.stranger)
        for name, pk in (("receipt", receipt.pk), ("order", order.pk)):
            address = reverse(f"dues:{name}", args=[pk])
            assert browser(rows.people[0].user).get(address).status_code in {403, 404}, address
            assert browser(rows.stranger.user).get(address).status_code == 200, address


class TestOneBranch:
    def test_a_treasurer_receives_nothing_for_another_branch(self, billed: World) -> None:
        foreign = at_the_other_branch(billed, 2)
        row = Receipt(billed.people[2], {foreign.pk: foreign.left_fen})
        with opened(billed.secretary.visible), pytest.raises(Conflict, match="有变化"):
            collecting.receive(
                actor=billed.secretary, organization=billed.branch, rows=[row], paid_on=TODAY, method="cash", key="k"
            )
        assert bill(billed.people[2]).paid_fen == 0

    def test_what_comes_by_itself_settles_it_wherever_it_arose(self, billed: World) -> None:
        foreign, beside = at_the_other_branch(billed, 2), bill(billed.stranger)
        with transaction.atomic(), opened(NOWHERE):
            payment = collecting.take_in(
                actor=make.SYSTEM,
                member=billed.people[2],
                amount_fen=foreign.left_fen,
                paid_on=TODAY,
                method="bank",
                held_by=billed.branch,
                key="k",
            )
        assert (bill(billed.people[2]).left_fen, payment.extra_fen) == (0, 0)
        assert build.sums(billed.other).paid_fen == foreign.left_fen
        assert bill(billed.stranger).paid_fen == beside.paid_fen == 0

    def test_nothing_is_booked_in_another_book(self, billed: World) -> None:
        with opened(NOWHERE):
            posting.post(
                actor=make.SYSTEM,
                organization=billed.branch,
                kind=EntryKind.RECEIVED,
                booked_on=TODAY,
                summary="虚构",
                key="k",
                lines=[Line(Account.CASH, Account.DUES, 1)],
            )
        assert {entry.organization_id for entry in register(JournalEntry)} == {billed.branch.pk}

    def test_a_leader_counts_who_owes_at_the_branch(self, billed: World) -> None:
        group = make.group(billed.branch)
        with unscoped("test world"):
            Member.objects.filter(pk__in=[billed.people[3].pk, billed.people[4].pk]).update(organization=group)
        group_actions.let_collect(actor=billed.secretary, group=group)
        with opened(NOWHERE):
            assert group_reads.leaders_work([group], billed.people[3].user_id)[0]["unpaid"] == 2
        at_the_other_branch(billed, 4)
        with opened(NOWHERE):
            assert group_reads.leaders_work([group], billed.people[3].user_id)[0]["unpaid"] == 1
            sheet = group_reads.sheet_of(group, NOVEMBER)
        assert [row.bill.member for row in sheet.open] == [billed.people[3]]


class TestAccount:
    @pytest.fixture
    def place(self, db: None) -> Paying:
        return paying_world()

    def _line(self, place: Paying, row: str) -> Any:
        place.imported(row)
        return place.lines()[-1]

    def test_the_code_of_somebody_who_pays_elsewhere_offers_nobody(self, place: Paying) -> None:
        """An accountant was shown the name and the bills of whoever a remark quoted, of whichever account."""
        away = make.committee(name="虚构别处党委")
        member = make.member(make.branch(away), with_user=True)
        with unscoped("test world"):
            order = PaymentOrder.objects.create(
                organization=member.branch,
                held_by=away,
                member=member,
                provider=bank_transfer.CODE,
                reference="DF000000000098",
                amount_fen=45_00,
                expires_at=FAR,
            )
        own_order = place.order(3)
        for one, found in ((order, []), (own_order, [place.people[3]])):
            line = self._line(place, f"20,45.00,虚构亲属{one.pk},{one.reference},S{one.pk}")
            with opened(NOWHERE):
                assert [each.member for each in candidates.for_money_in(line, place.world.top)] == found

    def test_money_that_was_claimed_meanwhile_is_judged_as_it_is_now(self, place: Paying) -> None:
        """Who takes back is asked of the row that is held: the page that was open still said that nobody had claimed it."""
        line = self._line(place, "20,45.00,虚构亲属,,S1")
        with unscoped("test world"):
            Member.objects.filter(pk=place.people[3].pk).update(user=place.accountant.user_id)
            place.people[3].refresh_from_db()
        bills = [bill(place.people[3]).pk]
        claims.claim(actor=place.world.office, arrival=line, member=place.people[3], bill_ids=bills, extra_fen=5_00)
        with pytest.raises(PermissionDenied):
            claims.take_back(actor=place.accountant, arrival=line, reason="虚构差错")
        assert bill(place.people[3]).left_fen == 0


class TestReliefs:
    def answers(self, relief: Relief, user: User) -> set[bool]:
        """Whether the list, the to-do list and the page offer an answer, and whether the action takes it."""
        page = reverse("dues:relief", args=[relief.pk])
        said = {"step": "approve", "document": "虚构1号", "answer": "虚构同意"}
        return {
            "批复</" in shown(user, reverse("dues:reliefs")),
            page in shown(user, "/"),
            'name="step" value="approve"' in shown(user, page),
            tried(user, page, said) == 302,
        }

    def test_the_list_the_page_and_the_action_say_the_same(self, world: World) -> None:
        away = make.actor(make.grant(make.committee(name="虚构别处党委"), "party_office").user)
        other = make.actor(make.grant(world.top, "party_office").user)
        relief = build.relieved(world.people[3], NOVEMBER, state=ReliefState.PROPOSED, proposed_by_id=world.office.user_id)
        for actor, may in ((world.office, False), (other, True), (away, False), (world.secretary, False), (world.deputy, False)):
            assert self.answers(relief, actor.user) == {may}, actor.name

    def test_whoever_reported_takes_it_back_as_long_as_nobody_has_answered(self, world: World) -> None:
        relief = build.relieved(world.people[3], NOVEMBER, state=ReliefState.PROPOSED)
        beside = build.relieved(world.stranger, NOVEMBER, state=ReliefState.PROPOSED)
        with opened(NOWHERE), pytest.raises(PermissionDenied):
            reliefs.withdraw_relief(actor=world.actor(3), relief=relief)
        with opened(NOWHERE):
            reliefs.withdraw_relief(actor=world.secretary, relief=relief)
        with opened(NOWHERE), pytest.raises(Conflict):
            reliefs.approve_relief(actor=world.office, relief=relief)
        states = {row.pk: row.state for row in register(Relief)}
        assert states == {relief.pk: ReliefState.WITHDRAWN, beside.pk: ReliefState.PROPOSED}


class TestWhatWaits:
    @pytest.fixture
    def books(self, db: None) -> Kept:
        found = kept()
        with unscoped("test world"):
            filled(found)
        return found

    def test_a_cashier_is_not_asked_to_confirm_what_they_sent(self, books: Kept) -> None:
        branch, company = books.branches[1], books.company
        cashier = books.cashiers[company.pk]
        with unscoped("test world"):
            pay(books, branch, 100_00, OCTOBER)
            passing_up.prepare_remittances(TODAY)
            make.grant(branch, "party_worker", cashier.user)
            remittances.send(actor=make.actor(cashier.user), transfer=transfer(branch), sent_on=TODAY)
            foreign = books.branches[2]
            pay(books, foreign, 70_00, OCTOBER)
            passing_up.prepare_remittances(TODAY)
            remittances.send(actor=books.treasurers[foreign.pk], transfer=transfer(foreign), sent_on=TODAY)
        assert transfer(branch).state == transfer(foreign).state == TransferState.SENT
        home = shown(cashier.user, "/")
        assert reverse("dues:transfer", args=[transfer(foreign).pk]) in home
        assert reverse("dues:transfer", args=[transfer(branch).pk]) not in home
        overview = shown(cashier.user, reverse("dues:book", args=[company.pk]))
        assert reverse("dues:transfer", args=[transfer(foreign).pk]) in overview
        assert reverse("dues:transfer", args=[transfer(branch).pk]) not in overview

    def test_a_new_cashier_is_not_asked_to_pay_what_they_prepared(self, books: Kept) -> None:
        company = books.company
        former, fresh = books.accountants[company.pk], make.user()
        with unscoped("test world"):
            row = spendings.prepare_spending(
                actor=former,
                organization=company,
                purpose=Account.USE_TRAINING,
                amount_fen=50_00,
                title="虚构培训",
                payee="虚构书店",
                **DECIDED,
            )
        assert isinstance(row, Spending)
        assert reverse("dues:spending", args=[row.pk]) in shown(former.user, reverse("dues:book", args=[company.pk]))
        with unscoped("test world"):
            book = company.dues_book
            book.accountant, book.cashier = fresh, former.user
            book.save()
        for address in ("/", reverse("dues:book", args=[company.pk])):
            assert reverse("dues:spending", args=[row.pk]) not in shown(former.user, address), address
        assert reverse("dues:spending", args=[row.pk]) in shown(fresh, reverse("dues:book", args=[company.pk]))


def test_the_branch_that_agreed_ends_an_arrangement_of_somebody_who_has_left(billed: World) -> None:
    with opened(billed.secretary.visible):
        made = arrangements.agree(
            actor=billed.secretary,
            member=billed.people[3],
            kind="quarterly",
            from_month=dt.date(2026, 10, 1),
            until_month=dt.date(2027, 4, 1),
            reason="虚构原因",
            agreed_on=clock.today(),
        )
    with unscoped("test world"):
        Member.objects.filter(pk=billed.people[3].pk).update(organization=billed.other, branch=billed.other)
    with opened(billed.secretary.visible):
        arrangements.end(actor=billed.secretary, arrangement=made, until_month=dt.date(2027, 1, 1), reason="虚构好转")
    assert [row.until_month for row in register(Arrangement)] == [dt.date(2027, 1, 1)]


def test_both_sides_of_a_transfer_work_on_it_in_no_scope_of_a_page() -> None:
    books = kept()
    with unscoped("test world"):
        monthly(books)
    branch, foreign = books.branches[0], books.branches[1]
    for one in (branch, foreign):
        pay(books, one, 100_00, OCTOBER)
    passing_up.prepare_remittances(TODAY)
    with opened(NOWHERE):
        row = remittances.send(actor=books.treasurers[branch.pk], transfer=transfer(branch), sent_on=TODAY)
        remittances.confirm_receipt(actor=books.cashiers[books.company.pk], transfer=row, received_on=TODAY)
    assert (transfer(branch).state, transfer(foreign).state) == (TransferState.RECEIVED, TransferState.DUE)
