"""Statements by hand say the same on both databases."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dangjian.accounts.models import User
from dangjian.kernel import clock, prepared_sql
from tests import make

pytestmark = pytest.mark.django_db

READ = "SELECT id, name, is_active, created_at FROM accounts_user WHERE created_at <= %s AND id = %s"


def test_rows_come_with_aware_instants_and_whole_numbers() -> None:
    user = make.user("林某某")
    [(number, name, active, created)] = prepared_sql.read(READ, [clock.now(), user.pk])
    assert (number, name, active, created) == (user.pk, "林某某", True, user.created_at)
    assert created.tzinfo is not None
    assert prepared_sql.read(READ, [clock.now() - dt.timedelta(days=1), user.pk]) == []


def test_a_change_says_how_many_rows_it_touched() -> None:
    user = make.user()
    rename = "UPDATE accounts_user SET name = %s, created_at = %s WHERE id = %s"
    at = clock.now() + dt.timedelta(days=1)
    assert prepared_sql.change(rename, ["梁'; --", at, user.pk]) == 1
    assert prepared_sql.change(rename, ["梁", at, 0]) == 0
    user = User.objects.get(pk=user.pk)
    assert (user.name, user.created_at) == ("梁'; --", at)


def test_they_are_seen_by_whoever_counts_statements() -> None:
    with CaptureQueriesContext(connection) as captured:
        prepared_sql.read(READ, [clock.now(), 1])
    assert len(captured) == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite prepares nothing")
def test_postgresql_keeps_one_plan_however_long_the_numbers_are() -> None:
    for number in (1, 70_000, 2**40):
        prepared_sql.read("SELECT name FROM accounts_user WHERE id = %s", [number])
    kept = prepared_sql.read(
        "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["SELECT name FROM accounts_user%"]
    )
    assert kept == [(1,)]
