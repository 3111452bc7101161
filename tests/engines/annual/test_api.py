"""Programs get the figures of the page, of organisations that they may see."""

import datetime as dt

import pytest
from django.test import Client

from dangjian.accounts.models import User
from dangjian.engines.annual.actions.submissions import submit
from dangjian.engines.annual.queries.submissions import submission_of
from dangjian.kernel.periods import YEAR, Span
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.day("2027-01-05")]


def client(user: User) -> Client:
    found = Client()
    found.force_login(user, backend="dangjian.accounts.backends.AccountBackend")
    return found


def test_tables_and_reports_as_the_pages_show_them() -> None:
    committee = make.committee(name="虚构集团党委")
    branch, other = (make.branch(committee, name=name) for name in ("虚构一支部", "虚构二支部"))
    make.member(branch, "慕容虚构", sex="2")
    keeper = client(make.post(branch, "secretary", make.user()).user)
    asked = {"organization": branch.pk, "day": "2026-12-31", "table": "2"}
    (table,) = keeper.get("/api/v1/annual/tables", asked).json()
    places = {one["code"]: place for place, one in enumerate(table["columns"])}
    assert table["rows"][0]["code"] == "total"
    assert (table["figures"][0][places["total"]], table["figures"][0][places["women"]]) == (1, 1)
    assert table["failing"]
    assert len(keeper.get("/api/v1/annual/tables", asked | {"table": ""}).json()) > 10
    assert keeper.get("/api/v1/annual/tables", asked | {"organization": other.pk}).status_code == 404
    assert keeper.get("/api/v1/annual/tables", asked | {"table": "99"}).status_code == 404
    assert keeper.get("/api/v1/annual/tables", asked | {"day": "yesterday"}).status_code == 422
    assert "慕容虚构" not in str(table)


def test_reports_that_were_submitted() -> None:
    committee = make.committee(name="虚构集团党委")
    branch, other = (make.branch(committee, name=name) for name in ("虚构一支部", "虚构二支部"))
    keeper, of_other = (make.post(one, "secretary", make.user()).user for one in (branch, other))
    assert client(keeper).get("/api/v1/annual/reports").json()["items"] == []
    submit(actor=make.actor(keeper), submission=submission_of(branch, Span(YEAR, dt.date(2026, 1, 1))), note="虚构说明")
    (row,) = client(keeper).get("/api/v1/annual/reports").json()["items"]
    assert (row["organization_id"], row["period"], row["state"]) == (branch.pk, "2026", "submitted")
    assert client(of_other).get("/api/v1/annual/reports").json()["items"] == []
