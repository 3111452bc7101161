"""Dues through the machine interface: the same figures, permissions and refusals as on the pages."""

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client

from dangjian.accounts.models import ApiToken, User
from dangjian.activities.dues.billing.actions import billing
from dangjian.activities.dues.billing.models import Payment
from dangjian.activities.dues.oversight.actions import arrears
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues import build
from tests.activities.dues.build import World

pytestmark = pytest.mark.django_db


class Program:
    """A program that holds a token of somebody."""

    def __init__(self, user: User | None) -> None:
        key = ApiToken.new_key()
        ApiToken.objects.create(user=user, title="测试", digest=ApiToken.digest_of(key))
        self.headers = {"Authorization": f"Bearer {key}"}

    def get(self, path: str, **query: Any) -> Any:
        return Client().get(f"/api/v1{path}", query, headers=self.headers)

    def post(self, path: str, **data: Any) -> Any:
        return Client().post(f"/api/v1{path}", json.dumps(data), content_type="application/json", headers=self.headers)


@pytest.fixture
def billed(world: World) -> World:
    """Bills of July to November."""
    with unscoped("test world"):
        for number in range(7, 12):
            billing.make_bills(actor=make.SYSTEM, month=dt.date(2026, number, 1))
    return world


def receipt(world: World, *people: int, **more: Any) -> dict[str, Any]:
    """What the secretary's program sends when these people paid November."""
    rows = []
    for number in people:
        bill = build.bill(world.people[number])
        rows.append({"member_id": world.people[number].pk, "bills": [{"bill_id": bill.pk, "amount_fen": bill.owed_fen}]})
    return {"organization_id": world.branch.pk, "rows": rows, "paid_on": "2026-11-20", "key": "program-0001", **more}


def test_receiving_books_once(billed: World) -> None:
    program = Program(billed.secretary.user)
    answer = program.post("/dues/payments", **receipt(billed, 1, 2))
    assert answer.status_code == 201, answer.content
    assert [row["amount_fen"] for row in answer.json()] == [20_00, 30_00]
    assert program.post("/dues/payments", **receipt(billed, 1, 2)).status_code == 201
    assert program.get("/dues/payments").json()["count"] == 2
    found = program.get("/dues/bills", period="2026-11", show="settled").json()
    assert sorted(row["owed_fen"] for row in found["items"]) == [20_00, 30_00]
    [month] = program.get("/dues/branch-months", since="2026-11-01").json()["items"]
    assert (month["paid_fen"], month["on_time_fen"], month["unsettled"]) == (50_00, 50_00, 4)


def test_a_key_used_before_books_nothing_else(billed: World) -> None:
    program = Program(billed.secretary.user)
    first = receipt(billed, 1)
    assert program.post("/dues/payments", **first).status_code == 201
    for other in (receipt(billed, 2), receipt(billed, 1, 2), first | {"paid_on": "2026-11-01"}):
        answer = program.post("/dues/payments", **(other | {"key": first["key"]}))
        assert answer.status_code == 409
        assert "编号" in answer.json()["detail"]
    assert program.get("/dues/payments").json()["count"] == 1
    assert program.post("/dues/payments", **first).status_code == 201


def test_statistics_of_the_end_of_time_are_refused(billed: World) -> None:
    office = Program(User.objects.get(pk=billed.office.user_id))
    asked = {"organization": billed.top.pk, "since": "0001-01-01", "until": "9999-12-31"}
    answer = office.get("/dues/statistics", **asked)
    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {"since", "until"}


def test_who_may_receive(billed: World) -> None:
    data = receipt(billed, 1)
    for user, status in ((billed.stranger.user, 404), (billed.people[3].user, 403)):
        assert Program(user).post("/dues/payments", **data).status_code == status
    elsewhere = receipt(billed, 1) | {"rows": [{"member_id": billed.stranger.pk, "bills": [], "extra_fen": 100}]}
    assert Program(billed.secretary.user).post("/dues/payments", **elsewhere).status_code == 422
    with unscoped("test"):
        assert not Payment.objects.exists()


def test_somebody_twice_is_refused(billed: World) -> None:
    answer = Program(billed.secretary.user).post("/dues/payments", **receipt(billed, 1, 1))
    assert answer.status_code == 422
    assert "两次" in answer.json()["detail"]


@pytest.mark.day("2026-11-23")
def test_statistics_and_arrears(billed: World) -> None:
    with unscoped("test world"):
        arrears.open_cases(actor=make.SYSTEM)
    office = Program(User.objects.get(pk=billed.office.user_id))
    asked = {"organization": billed.top.pk, "since": "2026-07-01", "until": "2026-11-01"}
    found = office.get("/dues/statistics", **asked).json()
    assert (found["total"]["owed_fen"], found["total"]["arrears_fen"]) == (5 * 280_00, 4 * 280_00)
    assert sum(child["figures"]["owed_fen"] for child in found["children"]) == 5 * 280_00
    assert office.get("/dues/statistics", **(asked | {"until": "2026-01-01"})).status_code == 422
    assert office.get("/dues/arrears", stage="talk").json()["count"] == 7
    own = Program(billed.secretary.user)
    listed = own.get("/dues/arrears", stage="talk").json()
    assert listed["count"] == 6
    open_to = {row["name"]: row["open_steps"] for row in listed["items"]}
    assert open_to.pop(billed.secretary.name, []) == []
    assert set(map(tuple, open_to.values())) == {("talk", "excuse", "refer")}
    assert own.get("/dues/statistics", **asked).status_code == 404


def test_own_bills_and_payments_only(billed: World) -> None:
    Program(billed.secretary.user).post("/dues/payments", **receipt(billed, 3, 4))
    mine = Program(billed.people[3].user)
    bills = mine.get("/my/dues/bills").json()
    assert bills["count"] == 5
    assert {row["name"] for row in bills["items"]} == {billed.people[3].name}
    assert [row["amount_fen"] for row in mine.get("/my/dues/payments").json()["items"]] == [40_00]
    assert mine.get("/my/dues/bills", year=2025).json()["count"] == 0
    assert mine.get("/dues/bills").status_code == 403


def test_pages_of_a_list(billed: World) -> None:
    found = Program(billed.secretary.user).get("/dues/bills", page_size=4, page=2).json()
    assert (found["count"], len(found["items"])) == (30, 4)
