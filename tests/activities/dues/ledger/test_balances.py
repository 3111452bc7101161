"""The table of opening balances: booked once, taken back while nothing else is booked, and what is wrong is said by cell."""

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest

from dangjian.activities.dues.ledger.actions import passing_up, remittances, taking
from dangjian.activities.dues.ledger.actions.openings import Opening, open_balances
from dangjian.activities.dues.ledger.balances import SHEET
from dangjian.activities.dues.ledger.models import Account, Book, JournalEntry, Transfer
from dangjian.activities.dues.ledger.queries import books
from dangjian.engines.exchange import actions
from dangjian.engines.exchange.models import ImportBatch, ImportProblem
from dangjian.kernel.errors import Conflict
from dangjian.org.gate import admitted
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues.books import Kept, kept, pay
from tests.members.sheets.people import sheet

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]
LIVE = dt.date(2026, 11, 10)
DAY = dt.date(2026, 11, 9)
TODAY = dt.date(2026, 11, 23)


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def world() -> Kept:
    found = kept()
    with unscoped("test world"):
        Organization.objects.update(live_on=LIVE)
    return found


def again(batch: ImportBatch) -> ImportBatch:
    with unscoped("test world"):
        found: ImportBatch = ImportBatch.objects.select_related("organization", "uploaded_by").get(pk=batch.pk)
    return found


def upload(world: Kept, *rows: dict[str, Any]) -> ImportBatch:
    file: io.BytesIO = sheet(list(rows), tuple(dict.fromkeys(header for row in rows for header in row)))
    with admitted(world.office, SHEET.permission):
        batch = actions.upload(
            actor=world.office, sheet=SHEET, organization=world.company, file=file, file_name="余额.xlsx", answers={}
        )
    actions.check(pk=batch.pk)
    return again(batch)


def run(world: Kept, batch: ImportBatch, start: Any, work: Any) -> ImportBatch:
    with admitted(world.office, SHEET.permission):
        assert start(actor=world.office, batch=batch)
    work(pk=batch.pk)
    return again(batch)


def commit(world: Kept, batch: ImportBatch) -> ImportBatch:
    return run(world, batch, actions.start_commit, actions.commit)


def undo(world: Kept, batch: ImportBatch) -> ImportBatch:
    return run(world, batch, actions.start_undo, actions.undo)


def problems(batch: ImportBatch) -> list[tuple[str, str]]:
    with unscoped("test world"):
        rows = ImportProblem.objects.filter(batch=batch, is_warning=False).order_by("number", "pk")
        return [(row.cell, row.message) for row in rows]


BRANCH = {"账本党组织": "虚构第1党支部", "余额日期": "2026-11-09", "现金": 300, "银行存款": None, "合计": 300, "应上缴": 200}
COMMITTEE = {"账本党组织": "虚构公司党委", "余额日期": None, "现金": 50, "银行存款": "9,950.00", "合计": 10000}


def test_balances_come_in_are_seen_as_opening_and_go_back(world: Kept) -> None:
    batch = upload(world, BRANCH, {**COMMITTEE, "上级专款": 4000, "专款用途": "培训党员", "留存": 6000})
    assert problems(batch) == []
    commit(world, batch)
    with unscoped("test"):
        branch, company = books.balance(world.branches[0], TODAY), books.balance(world.company, TODAY)
        assert (branch.cash, branch.opening, branch.income, branch.adds_up) == (300_00, 300_00, 0, True)
        assert (company.cash, company.bank, company.adds_up) == (50_00, 9950_00, True)
        funds = books.funds(world.company, TODAY)
        assert (funds.earmarked, funds.free) == (4000_00, 6000_00)
        waiting = Transfer.objects.get(organization=world.branches[0])
        assert (waiting.due_fen, waiting.superior, waiting.period, waiting.state) == (200_00, world.company, "启用前", "due")
        assert waiting.due_on >= TODAY
        stated = books.statement(world.company, dt.date(2026, 11, 1), TODAY)
        assert (stated.carried_over, stated.opening.held, stated.moved.income) == (10000_00, 10000_00, 0)
        passing_up.prepare_remittances(dt.date(2027, 1, 2))
        assert Transfer.objects.filter(kind="up").count() == 1
    undo(world, batch)
    with unscoped("test"):
        assert books.balance(world.branches[0], TODAY).held == books.balance(world.company, TODAY).held == 0
        assert set(Transfer.objects.values_list("state", flat=True)) == {"cancelled"}
        assert not Book.objects.exclude(balanced_on=None).exists()
    commit(world, upload(world, BRANCH))
    assert world.held(world.branches[0]) == 300_00


def test_what_was_to_be_passed_up_may_not_be_used_until_it_has_left(world: Kept) -> None:
    commit(world, upload(world, BRANCH))
    branch = world.branches[0]
    with unscoped("test"):
        before = books.funds(branch, TODAY)
        assert (before.held, before.due_up, before.free) == (300_00, 200_00, 100_00)
        with pytest.raises(Conflict, match=r"可以动用的党费只有100.00元.*启用前应上缴和已制单待付200.00元不能挪用"):
            taking.require_free(branch, 100_01)
        taking.require_free(branch, 100_00)
        remittances.send(actor=world.treasurers[branch.pk], transfer=Transfer.objects.get(), sent_on=TODAY)
        after = books.funds(branch, TODAY)
        assert (after.held, after.due_up, after.free) == (100_00, 0, 100_00)


def test_what_was_to_be_passed_up_is_sent_and_received(world: Kept) -> None:
    commit(world, upload(world, BRANCH))
    branch = world.branches[0]
    with unscoped("test"):
        row = Transfer.objects.get()
        remittances.send(actor=world.treasurers[branch.pk], transfer=row, sent_on=TODAY)
        remittances.confirm_receipt(actor=world.cashiers[world.company.pk], transfer=row, received_on=TODAY)
        assert (world.held(branch), world.held(world.company)) == (100_00, 200_00)
        assert books.balance(world.company, TODAY).of(Account.FROM_BELOW) == 200_00


def test_a_book_begins_once_and_takes_nothing_of_the_days_before(world: Kept) -> None:
    batch = commit(world, upload(world, BRANCH))
    assert problems(upload(world, BRANCH)) == [("A2", "已经登记过期初余额（2026年11月9日），不能再登记。")]
    with unscoped("test"), pytest.raises(Conflict, match="已经登记过期初余额"):
        open_balances(actor=world.office, openings=[Opening(world.branches[0], DAY, cash_fen=1)])
    with pytest.raises(Conflict, match="已经包括在期初余额里"):
        pay(world, world.branches[0], 100, DAY)
    pay(world, world.branches[0], 100, LIVE)
    assert "已经记过别的账" in undo(world, batch).failure
    with unscoped("test"):
        assert JournalEntry.objects.filter(kind="opening").count() == 1


def test_a_book_with_earlier_business_is_refused_by_cell(world: Kept) -> None:
    pay(world, world.branches[0], 100, dt.date(2026, 11, 5))
    [(cell, message)] = problems(upload(world, BRANCH))
    assert cell == "B2"
    assert message.startswith("账上已经有2026年11月5日的业务。")


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({**BRANCH, "合计": 310}, ("E2", "现金300.00元加银行存款0.00元是300.00元，合计写的是310.00元。")),
        ({**BRANCH, "应上缴": 400}, ("F2", "应上缴、大额党费和专款共400.00元，超过了合计300.00元。")),
        ({**BRANCH, "留存": 50}, ("G2", "应上缴、大额党费、专款和留存共250.00元，合计写的是300.00元。")),
        ({**BRANCH, "余额日期": "2026-11-23"}, ("B2", "余额日期应早于今天：填那一天日终的余额。")),
        ({**BRANCH, "余额日期": "2026-11"}, ("B2", "余额日期要写到哪一天。例如2026-12-31。")),
        (
            {**BRANCH, "账本党组织": "没有的支部"},
            ("A2", "在“虚构公司党委”范围内没有党组织叫“没有的支部”。请写全称、简称或编码。"),
        ),
        ({**COMMITTEE, "专款": 100}, ("G2", "有上级专款的，要写明专款用途。")),
    ],
)
def test_what_is_wrong_is_named_by_its_cell(world: Kept, row: dict[str, Any], found: tuple[str, str]) -> None:
    row = {**row, "专款用途": None} if "专款" in row else row
    assert problems(upload(world, row)) == [found]


def test_the_account_of_the_committee_is_opened_with_its_two_persons(world: Kept) -> None:
    with unscoped("test"):
        Book.objects.filter(organization=world.company).delete()
    first, second = make.post(world.company, "secretary").user, make.post(world.company, "organisation_member").user
    account = {"开户银行": "工行", "开户网点": "虚构支行", "账号": "6222000011112222", "会计": first.name, "出纳": second.name}
    assert [cell for cell, _ in problems(upload(world, COMMITTEE))] == ["第2行"] * 5
    assert [message for _, message in problems(upload(world, {**COMMITTEE, **account, "出纳": first.name}))] == [
        "会计和出纳不能是同一个人。"
    ]
    batch = commit(world, upload(world, {**COMMITTEE, **account}))
    with unscoped("test"):
        book = Book.objects.get(organization=world.company)
    assert (book.bank, book.accountant, book.cashier, book.balanced_on) == ("icbc", first, second, DAY)
    undo(world, batch)
    book.refresh_from_db()
    assert book.closed_on == TODAY
