"""``/healthz`` says whether writing works, seldom enough to be asked often; ``/healthz/live`` asks nobody."""

import errno
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from dangjian.engines.jobs import actions, health
from dangjian.engines.jobs.models import Pulse


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> health.Health:
    """A process that has not looked yet."""
    made = health.Health()
    monkeypatch.setattr(health, "state", made.state)
    return made


def asked(client: Client) -> tuple[int, bytes]:
    answer = client.get("/healthz")
    return answer.status_code, answer.content


@contextmanager
def read_only() -> Iterator[None]:
    """As when the database was set to read only, or a standby answers."""
    on, off = (
        ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off")
        if connection.vendor == "postgresql"
        else ("PRAGMA query_only = ON", "PRAGMA query_only = OFF")
    )
    with connection.cursor() as cursor:
        cursor.execute(on)
        yield
        cursor.execute(off)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_can_be_read_and_not_written_is_told(client: Client, fresh: health.Health) -> None:
    with read_only():
        assert asked(client) == (503, b'{"status": "writing"}')
        assert asked(client) == (503, b'{"status": "writing"}')
    fresh._looked_at -= health.PAUSE_SECONDS
    assert asked(client) == (200, b'{"status": "ok"}')


@pytest.mark.django_db
def test_it_writes_one_row_at_most_once_in_a_while(
    client: Client, fresh: health.Health, django_assert_num_queries: Callable[..., Any]
) -> None:
    assert asked(client) == (200, b'{"status": "ok"}')
    with django_assert_num_queries(0):
        assert {asked(client)[0] for _ in range(5)} == {200}
    fresh._looked_at -= health.PAUSE_SECONDS
    assert asked(client)[0] == 200
    assert Pulse.objects.count() == 1


@pytest.mark.django_db
def test_a_full_disk_under_the_files_is_told_without_saying_where(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/somewhere/secret")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    assert asked(client) == (503, b'{"status": "files"}')


def test_a_database_that_is_away_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise DatabaseError("connection to server at 10.0.0.7 failed")

    monkeypatch.setattr(connection, "ensure_connection", away)
    assert asked(client) == (503, b'{"status": "database"}')


def test_a_database_that_has_gone_since_the_connection_was_opened_is_told(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise DatabaseError("server closed the connection unexpectedly")

    monkeypatch.setattr(connection, "ensure_connection", lambda: None)
    monkeypatch.setattr(connection, "is_usable", lambda: False)
    monkeypatch.setattr(actions, "pulse", gone)
    assert asked(client) == (503, b'{"status": "database"}')


def test_somebody_who_writes_for_long_is_no_failure_until_too_long(fresh: health.Health, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy() -> None:
        cause = sqlite3.OperationalError("database is locked")
        cause.sqlite_errorname = "SQLITE_BUSY"
        raise DatabaseError("database is locked") from cause

    monkeypatch.setattr(connection, "ensure_connection", lambda: None)
    monkeypatch.setattr(connection, "is_usable", lambda: True)
    monkeypatch.setattr(actions, "pulse", busy)
    assert fresh.state() == "ok"
    fresh._written_at -= health.LONGEST_WRITE_SECONDS
    fresh._looked_at -= health.PAUSE_SECONDS
    assert fresh.state() == "busy"


def test_that_a_process_lives_is_said_without_the_database(client: Client) -> None:
    assert client.get("/healthz/live").status_code == 200
