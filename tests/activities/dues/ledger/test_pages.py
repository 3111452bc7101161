"""The pages of the books: who sees which, what a form keeps, what each step writes, papers and spreadsheets."""

import datetime as dt
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from docx import Document
from openpyxl import load_workbook

from dangjian.activities.dues.ledger import documents
from dangjian.activities.dues.ledger.actions import books as accounts
from dangjian.activities.dues.ledger.actions import passing_up, publications, remittances
from dangjian.activities.dues.ledger.models import (
    Book,
    JournalEntry,
    Publication,
    Reconciliation,
    RemittanceLevel,
    RemittancePeriod,
    Spending,
    Transfer,
    TransferState,
)
from dangjian.activities.dues.ledger.queries import books
from dangjian.activities.meetings.models import Meeting, MeetingKindRow
from dangjian.kernel import clock
from dangjian.org.gate import GrantedActor
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues.books import Kept, kept, pay, transfer
from tests.contracts.forms import form_with

pytestmark = pytest.mark.django_db
OCTOBER = dt.date(2026, 10, 8)


@pytest.fixture
def world(db: None) -> Kept:
    found = kept()
    with unscoped("test world"):
        pay(found, found.branches[0], 800_00, OCTOBER)
        accounts.book_interest(
            actor=found.accountants[found.company.pk],
            organization=found.company,
            amount_fen=500_00,
            booked_on=OCTOBER,
            key="begin",
        )
        passing_up.set_terms(
            actor=make.SYSTEM,
            organization=found.company,
            level=RemittanceLevel.BRANCH,
            ratio_percent_x100=10000,
            period=RemittancePeriod.MONTH,
            due_days=10,
            from_month=dt.date(2026, 1, 1),
        )
        passing_up.prepare_remittances(dt.date(2026, 11, 2))
    return found


def browser(actor: GrantedActor) -> Client:
    client = Client()
    client.force_login(actor.user, backend="dangjian.accounts.backends.AccountBackend")
    return client


def at(name: str, *args: Any) -> str:
    return reverse(f"dues:{name}", args=args)


def test_the_door_opens_the_book_that_somebody_keeps(world: Kept) -> None:
    for actor, organization in (
        (world.cashiers[world.company.pk], world.company),
        (world.treasurers[world.branches[1].pk], world.branches[1]),
        (world.office, world.company),
    ):
        assert browser(actor).get(at("books"))["Location"] == at("book", organization.pk)


def test_an_entry_is_read_by_many_and_reversed_by_the_accountant(world: Kept) -> None:
    company = world.company.pk
    with unscoped("a test looks at what was written"):
        entry = JournalEntry.objects.get(organization=company, kind="interest")
    page, data = at("entry", entry.pk), {"reason": "虚构录错了"}
    cashier, accountant = browser(world.cashiers[company]), browser(world.accountants[company])
    assert "冲销这张凭证" not in cashier.get(page).content.decode()
    assert "冲销这张凭证" in accountant.get(page).content.decode()
    assert cashier.post(page, data).status_code == 403
    with unscoped("a test looks at what was written"):
        assert not JournalEntry.objects.filter(reverses=entry).exists()
    assert accountant.post(page, data).status_code == 302
    assert "冲销这张凭证" not in accountant.get(page).content.decode()
    assert accountant.post(page, data).status_code == 422, "it comes too late, and is shown again"


@pytest.mark.parametrize("name", ["book", "entries", "transfers", "spendings", "months", "book_statement", "publish"])
def test_everybody_sees_their_own_books_and_those_below(world: Kept, name: str) -> None:
    branch, other = world.branches[:2]
    sees = {
        world.treasurers[branch.pk]: {branch},
        world.cashiers[world.company.pk]: {world.company, branch, other},
        world.accountants[world.group.pk]: {world.group, world.company, branch, other},
    }
    for actor, mine in sees.items():
        client = browser(actor)
        for organization in (world.group, world.company, branch, other):
            expected = 200 if organization in mine else 404
            assert client.get(at(name, organization.pk)).status_code == expected, (name, organization)


def test_a_plain_member_sees_no_books(world: Kept) -> None:
    member = make.member(world.branches[0], with_user=True)
    client = browser(make.actor(member.user))
    for address in (at("books"), at("balances"), at("gifts"), at("book", world.branches[0].pk)):
        assert client.get(address).status_code in {403, 404}


def test_a_branch_passes_up_and_the_committee_confirms(world: Kept) -> None:
    row = transfer(world.branches[0])
    treasurer, cashier = browser(world.treasurers[world.branches[0].pk]), browser(world.cashiers[world.company.pk])
    assert "确定转出" in treasurer.get(at("transfer", row.pk)).content.decode()
    assert "确定转出" not in cashier.get(at("transfer", row.pk)).content.decode()
    refused = treasurer.post(at("transfer", row.pk), {"step": "send", "sent_on": "2026-10-01"})
    assert refused.status_code == 422
    assert "库存现金只有0.00元" in refused.content.decode()
    assert transfer(world.branches[0]).state == TransferState.DUE
    treasurer.post(at("transfer", row.pk), {"step": "send", "sent_on": "2026-11-20"})
    assert "待确认到账" in cashier.get(at("book", world.company.pk)).content.decode()
    assert treasurer.post(at("transfer", row.pk), {"step": "confirm", "received_on": "2026-11-20"}).status_code in {403, 404, 422}
    cashier.post(at("transfer", row.pk), {"step": "confirm", "received_on": "2026-11-21", "receipt": ""})
    assert transfer(world.branches[0]).state == TransferState.RECEIVED
    assert world.held(world.company) == 1300_00


def test_a_use_rests_on_a_meeting_named_by_hand(world: Kept) -> None:
    client = browser(world.accountants[world.company.pk])
    address = at("spending_new", world.company.pk)
    form = {"purpose": "5101", "title": "虚构培训", "payee": "虚构书店", "amount_fen": "十元", "decision": "虚构会议"}
    wrong = client.post(address, form)
    assert wrong.status_code == 422
    text = wrong.content.decode()
    assert "虚构培训" in text
    assert "请选择平台上的会议，或者在这里填写" in text
    assert not _spendings()
    made = client.post(address, {**form, "amount_fen": "120.50", "decided_on": "2026-11-02", "meeting": ""})
    row = _spendings()[0]
    assert made["Location"] == at("spending", row.pk)
    assert (row.amount_fen, row.decision, row.decision_url) == (120_50, "虚构会议", "")
    assert "确认已付款" not in client.get(at("spending", row.pk)).content.decode()
    cashier = browser(world.cashiers[world.company.pk])
    cashier.post(at("spending", row.pk), {"step": "pay", "paid_on": "2026-11-20"})
    assert world.held(world.company) == 379_50


def test_a_use_rests_on_a_meeting_held_on_the_platform(world: Kept) -> None:
    with unscoped("test world"):
        meeting = Meeting.objects.create(
            organization=world.company, title="虚构党委会研究党费", status="held", held_on=dt.date(2026, 11, 2)
        )
        MeetingKindRow.objects.create(
            meeting=meeting, kind="committee_conference", organization=world.company, body=world.company, held_on=meeting.held_on
        )
    client = browser(world.accountants[world.company.pk])
    address = at("spending_new", world.company.pk)
    assert "虚构党委会研究党费" in client.get(f"{address}?lookup=meeting&meeting_find=研究").content.decode()
    form = {
        "purpose": "5101",
        "title": "虚构培训",
        "payee": "虚构书店",
        "amount_fen": "20",
        "meeting": f"/meetings/{meeting.pk}/",
    }
    client.post(address, form)
    row = _spendings()[0]
    assert (row.decision, row.decided_on, row.decision_url) == (meeting.title, meeting.held_on, f"/meetings/{meeting.pk}/")
    assert client.post(address, {**form, "meeting": "/meetings/999999/"}).status_code == 422
    assert len(_spendings()) == 1


def _spendings() -> list[Spending]:
    with unscoped("a test looks at what was written"):
        return list(Spending.objects.all())


def test_the_account_is_opened_on_a_page(world: Kept) -> None:
    committee = make.committee(world.group, name="虚构二公司党委")
    office = make.grant(committee, "party_office").user
    people = [make.post(committee, "committee_member").user for _ in range(2)]
    client = browser(make.actor(office))
    form = {"bank": "abc", "branch_name": "虚构支行", "account_name": "虚构户名", "account_number": "6228000011112222"}
    same = {**form, "opened_on": "2026-11-01", "accountant": people[0].pk, "cashier": people[0].pk}
    wrong = client.post(at("open_account", committee.pk), same)
    assert wrong.status_code == 422
    assert "会计和出纳不能是同一个人" in wrong.content.decode()
    assert client.post(at("open_account", committee.pk), {**same, "cashier": people[1].pk}).status_code == 302
    page = client.get(at("book", committee.pk)).content.decode()
    assert "尾号 2222" in page
    assert "6228000011112222" not in page
    assert client.get(at("open_account", world.company.pk)).status_code == 404


def test_two_people_hand_one_book_over(world: Kept) -> None:
    committee = make.committee(world.group, name="虚构三公司党委")
    office = make.grant(committee, "party_office").user
    people = [make.post(committee, "committee_member").user for _ in range(4)]
    client = browser(make.actor(office))
    form = {"bank": "abc", "branch_name": "虚构支行", "account_name": "虚构户名", "account_number": "6228000011113333"}
    opened = {**form, "opened_on": "2026-11-01", "accountant": people[0].pk, "cashier": people[1].pk}
    client.post(at("open_account", committee.pk), opened)
    address = at("book_people", committee.pk)
    seen = form_with(client.get(address).content.decode(), "seen")
    mine = {"seen": seen["seen"], "accountant": people[0].pk, "cashier": people[3].pk}
    client.post(address, {"accountant": people[0].pk, "cashier": people[2].pk})
    answer = client.post(address, mine)
    assert answer.status_code == 422
    assert people[2].name in answer.content.decode()
    with unscoped("a test looks at what was written"):
        assert Book.objects.get(organization=committee).cashier == people[2]


def test_a_month_is_counted_and_closed_on_its_page(world: Kept) -> None:
    branch = world.branches[0]
    address = at("month", branch.pk, 2026, 10)
    treasurer, second = browser(world.treasurers[branch.pk]), browser(world.seconds[branch.pk])
    wrong = treasurer.post(address, {"step": "count", "cash_fen": "700"})
    assert wrong.status_code == 422
    assert "少100.00元" in wrong.content.decode()
    assert treasurer.post(address, {"step": "count", "cash_fen": "800"}).status_code == 302
    assert "复核封账" not in treasurer.get(address).content.decode()
    assert second.post(address, {"step": "check"}).status_code == 302
    with unscoped("a test looks at what was written"):
        assert Reconciliation.objects.get().checked_at
    assert "已经封账" in treasurer.get(address).content.decode()


@pytest.mark.day("2026-11-23")
def test_a_month_that_runs_is_not_counted_on_its_page(world: Kept) -> None:
    branch = world.branches[0]
    address = at("month", branch.pk, 2026, 11)
    treasurer = browser(world.treasurers[branch.pk])
    page = treasurer.get(address)
    assert "还没有结束" in page.content.decode()
    assert page.context["open_steps"] == set()
    assert treasurer.post(address, {"step": "count", "cash_fen": "800"}).status_code == 422
    assert treasurer.get(at("month", branch.pk, 2026, 13)).status_code == 404
    with unscoped("a test looks at what was written"):
        assert not Reconciliation.objects.exists()


def test_a_month_before_one_that_is_closed_is_neither_counted_nor_looked_over(world: Kept) -> None:
    branch = world.branches[0]
    treasurer, second = browser(world.treasurers[branch.pk]), browser(world.seconds[branch.pk])
    earlier, later = at("month", branch.pk, 2026, 9), at("month", branch.pk, 2026, 10)
    assert treasurer.post(earlier, {"step": "count", "cash_fen": "0"}).status_code == 302
    treasurer.post(later, {"step": "count", "cash_fen": "800"})
    second.post(later, {"step": "check"})
    assert "随后面月份封账" in second.get(earlier).content.decode()
    for who, sent in ((treasurer, {"step": "count", "cash_fen": "0"}), (second, {"step": "check"})):
        assert who.get(earlier).context["open_steps"] == set()
        assert who.post(earlier, sent).status_code == 422
    with unscoped("a test looks at what was written"):
        assert Reconciliation.objects.filter(checked_at=None).count() == 1


def test_lists_filter_sort_and_come_as_spreadsheets(world: Kept) -> None:
    client = browser(world.cashiers[world.company.pk])
    address = at("entries", world.branches[0].pk)
    assert "虚构收缴" in client.get(f"{address}?q=收缴&kind=received&sort=-amount").content.decode()
    assert "没有符合条件的凭证" in client.get(f"{address}?since=2026-11-01").content.decode()
    address = at("entry_postings", world.branches[0].pk)
    sheet = load_workbook(io.BytesIO(b"".join(client.get(address).streaming_content))).active  # type: ignore[attr-defined]  # a file
    assert [cell.value for cell in sheet[2]][3:7] == ["虚构收缴", "库存现金", "党员交纳党费", 800]
    balances = client.get(f"{at('balances')}?day=2026-10-31&sort=-held").content.decode()
    assert balances.index("虚构第1党支部") < balances.index("虚构公司党委</a>")
    assert "虚构集团党委" not in balances
    sheet = load_workbook(io.BytesIO(b"".join(client.get(at("balances_sheet")).streaming_content))).active  # type: ignore[attr-defined]  # a file
    assert {row[0].value: row[3].value for row in sheet.iter_rows(min_row=2)} == {"虚构公司党委": 500, "虚构第1党支部": 800}


def test_the_statement_says_the_same_on_paper(world: Kept) -> None:
    client = browser(world.treasurers[world.branches[0].pk])
    span = "?since=2026-10-01&until=2026-10-31"
    assert "800.00" in client.get(f"{at('book_statement', world.branches[0].pk)}{span}").content.decode()
    word = client.get(f"{at('book_statement_paper', world.branches[0].pk, 'docx')}{span}").content
    lines = ["|".join(cell.text for cell in row.cells) for table in Document(io.BytesIO(word)).tables for row in table.rows]
    assert "　党员交纳党费|800.00" in lines
    assert "期末结存|800.00" in lines
    assert client.get(f"{at('book_statement_paper', world.branches[0].pk, 'pdf')}{span}").content.startswith(b"%PDF")
    assert client.get(at("book_statement_paper", world.branches[0].pk, "exe")).status_code == 404


def published(world: Kept) -> Publication:
    with unscoped("test world"), clock.at("2027-01-15 09:00"):
        return publications.publish(
            actor=world.treasurers[world.branches[0].pk], organization=world.branches[0], year=2026, note="虚构<说明>"
        )


def test_members_of_the_branch_read_its_publication_and_nobody_else(world: Kept) -> None:
    row = published(world)
    member = make.actor(make.member(world.branches[0], with_user=True).user)
    stranger = make.actor(make.member(world.branches[1], with_user=True).user)
    client = browser(member)
    assert "2026年度党费收支" in client.get(at("publications")).content.decode()
    page = client.get(at("publication", row.pk)).content.decode()
    assert "800.00" in page
    assert "虚构&lt;说明&gt;" in page
    assert browser(world.cashiers[world.company.pk]).get(at("publication", row.pk)).status_code == 200
    for outsider in (stranger, world.treasurers[world.branches[1].pk]):
        assert browser(outsider).get(at("publication", row.pk)).status_code == 404
        assert "2026年度党费收支" not in browser(outsider).get(at("publications")).content.decode()
    text = "\n".join(p.text for p in Document(io.BytesIO(documents.publication(row, "docx"))).paragraphs)
    assert "说明：虚构<说明>" in text
    assert client.get(at("publication_paper", row.pk, "pdf")).content.startswith(b"%PDF")


def test_a_member_follows_their_own_gift_only(world: Kept) -> None:
    branch = world.branches[0]
    entry = pay(world, branch, 0, OCTOBER, large_fen=3000_00)
    with unscoped("a test looks at what was written"):
        payment = entry.postings.get().payment
    own = browser(make.actor(world.members[branch.pk].user))
    assert "3,000.00" in own.get(at("publications")).content.decode()
    assert "虚构第1党支部收到" in own.get(at("own_gift", payment.pk)).content.decode()
    other = browser(make.actor(make.member(branch, with_user=True).user))
    assert other.get(at("own_gift", payment.pk)).status_code == 404
    sent = browser(world.treasurers[branch.pk]).post(at("gift", payment.pk), {"sent_on": "2026-11-20"})
    with unscoped("a test looks at what was written"):
        assert sent["Location"] == at("transfer", Transfer.objects.get(kind="large").pk)


def test_what_is_under_way_is_counted_once_whoever_looks(world: Kept) -> None:
    row = transfer(world.branches[0])
    with unscoped("test world"):
        remittances.send(actor=world.treasurers[world.branches[0].pk], transfer=row, sent_on=clock.today())
        whole = books.in_transit(clock.today())
    page = browser(world.accountants[world.company.pk]).get(at("balances")).content.decode()
    assert whole == 800_00
    assert "转出未到账" in page
    assert "800.00" in page
