"""The trail holds itself together: the database refuses to change it, and its seals show whoever did it nevertheless."""

import datetime as dt
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from dangjian.accounts import trail
from dangjian.accounts.events import record, record_about
from dangjian.accounts.models import Event, EventMember, TrailSeal
from dangjian.kernel import clock, crypto
from tests import make

# Seals look at what has been committed, so the tests must commit.
pytestmark = pytest.mark.django_db(transaction=True)
seal = partial(trail.seal, wait=0.5)


def done(number: int = 1, summary: str = "做了一件事") -> list[Event]:
    return [record(actor=make.SYSTEM, verb="accounts.tested", summary=f"{summary}{place}") for place in range(number)]


@contextmanager
def let_go() -> Iterator[None]:
    """As the owner of the database, who may take the guards away, and puts them back so that nothing shows."""
    with connection.cursor() as cursor:
        for model in trail.KEPT:
            table = model._meta.db_table
            if connection.vendor == "postgresql":
                cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
            else:
                cursor.execute(f'DROP TRIGGER "{table}_changed"')
                cursor.execute(f'DROP TRIGGER "{table}_deleted"')
        yield
        if connection.vendor == "postgresql":
            for model in trail.KEPT:
                cursor.execute(f'ALTER TABLE "{model._meta.db_table}" ENABLE TRIGGER USER')
    trail.guard()


def execute(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE accounts_event SET summary = 'x'",
        "DELETE FROM accounts_event",
        "UPDATE accounts_eventmember SET member_id = 1",
        "DELETE FROM accounts_eventmember",
        "UPDATE accounts_trailseal SET digest = 'x'",
        "DELETE FROM accounts_trailseal",
    ],
)
def test_the_database_refuses_to_change_the_trail(sql: str) -> None:
    record_about([7, 8], actor=make.SYSTEM, verb="members.exported", summary="导出")
    seal()
    before = [list(model._base_manager.order_by("pk").values_list()) for model in trail.KEPT]
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        execute(sql)
    assert [list(model._base_manager.order_by("pk").values_list()) for model in trail.KEPT] == before


def test_postgresql_does_not_even_empty_it() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    done()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        execute("TRUNCATE accounts_event CASCADE")
    assert Event.objects.exists()


def test_a_trail_that_nobody_touched_is_whole() -> None:
    done(3)
    record_about([7, 8], actor=make.SYSTEM, verb="members.exported", summary="导出", data={"rows": 2, "z": 1.5, "a": ["甲"]})
    assert seal() == 1
    assert seal() == 0
    done(2)
    assert seal() == 1
    done()
    report = trail.verify()
    assert (report.seals, report.rows, report.unsealed, report.faults) == (2, 6, 1, [])


def test_many_rows_become_several_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "ROWS_OF_A_SEAL", 2)
    done(5)
    assert seal() == 3
    assert list(TrailSeal.objects.order_by("number").values_list("number", "rows")) == [(1, 2), (2, 2), (3, 1)]
    assert trail.verify().faults == []


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE accounts_event SET summary = '没有这回事' WHERE id = %s", "被改动过"),
        ("UPDATE accounts_event SET at = '2020-01-01 00:00:00+00:00' WHERE id = %s", "被改动过"),
        ("UPDATE accounts_event SET data = '{\"x\": 1}' WHERE id = %s", "被改动过"),
        ("DELETE FROM accounts_event WHERE id = %s", "被删除"),
    ],
)
def test_whoever_changes_a_row_past_the_guards_is_found_out(sql: str, words: str) -> None:
    done(2)
    seal()
    [event, _] = done(2)
    seal()
    done(2)
    seal()
    with let_go():
        execute(sql, event.pk)
    [fault] = trail.verify().faults
    assert "第2号封存" in fault
    assert words in fault


def test_a_row_put_in_afterwards_is_found_out() -> None:
    [row] = done()
    # A number is lost, as happens whenever a transaction is undone.
    if connection.vendor == "postgresql":
        execute("SELECT nextval(pg_get_serial_sequence('accounts_event', 'id'))")
    else:
        execute("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'accounts_event'")
    done()
    seal()
    columns = ", ".join(f'"{field.column}"' for field in Event._meta.concrete_fields if not field.primary_key)
    copied = f"INSERT INTO accounts_event (id, {columns}) SELECT id + 1, {columns} FROM accounts_event WHERE id = %s"
    execute(copied, row.pk)
    [fault] = trail.verify().faults
    assert "封存时有2条记录，现在有3条，有记录被插入" in fault


def test_members_taken_away_from_an_export_are_missed() -> None:
    event = record_about([7, 8], actor=make.SYSTEM, verb="members.exported", summary="导出")
    plain = done()[0]
    seal()
    with let_go():
        EventMember._base_manager.filter(member_id=8)._raw_delete("default")
    [fault] = trail.verify().faults
    assert f"编号{event.pk}的记录" in fault
    EventMember.objects.create(event=plain, member_id=9)
    assert len(trail.verify().faults) == 2


def test_a_seal_taken_out_or_made_anew_is_missed() -> None:
    for _ in range(3):
        done()
        seal()
    last = TrailSeal.objects.get(number=3)
    with let_go():
        execute("DELETE FROM accounts_trailseal WHERE number = 2")
    assert any("第2号封存不见了" in fault for fault in trail.verify().faults)
    with let_go():
        execute("DELETE FROM accounts_trailseal WHERE number > 1")
    assert trail.verify().faults == []  # whoever cuts off the end is found out by what was written down elsewhere
    assert any("不见了" in fault for fault in trail.verify(anchor=(3, last.digest)).faults)
    seal()
    assert any("与记下的不同" in fault for fault in trail.verify(anchor=(2, last.digest)).faults)


def test_a_seal_cannot_be_made_without_the_key() -> None:
    done()
    seal()
    with crypto.using(crypto.Keyring({"k1": b"x" * 32})):
        assert any("被改动过" in fault for fault in trail.verify().faults)
    with crypto.using(crypto.Keyring({"k2": b"x" * 32})):
        assert any("没有密钥" in fault for fault in trail.verify().faults)


def test_missing_guards_are_missed() -> None:
    with let_go():
        assert len(trail.verify().faults) == 3
    assert trail.verify().faults == []


def test_nobody_seals_below_an_event_that_is_still_being_written() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("writers of SQLite take turns")
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with clock.at("2026-11-23 09:00"), transaction.atomic():
            done(summary="慢")
            written.set()
            go_on.wait(20)
        connection.close()

    writer = threading.Thread(target=slow)
    writer.start()
    assert written.wait(20)
    [quick] = done(summary="快")  # a higher number, committed first
    assert seal() == 0
    go_on.set()
    writer.join()
    assert seal() == 1
    assert TrailSeal.objects.get().rows == 2
    assert TrailSeal.objects.get().through == quick.pk
    assert trail.verify().faults == []


def test_the_command_tells(capsys: pytest.CaptureFixture[str]) -> None:
    done(2)
    seal()
    out = io.StringIO()
    call_command("trail", "verify", stdout=out)
    assert "留痕完整：1段封存、2条记录全部相符" in out.getvalue()
    digest = TrailSeal.objects.get().digest
    call_command("trail", "verify", "--anchor", f"1:{digest[:12]}", stdout=out)
    with let_go():
        execute("UPDATE accounts_event SET summary = 'x'")
    err = io.StringIO()
    with pytest.raises(CommandError, match="共1处"):
        call_command("trail", "verify", stderr=err)
    assert "第1号封存" in err.getvalue()
    with pytest.raises(CommandError, match="封存号:摘要"):
        call_command("trail", "verify", "--anchor", "abc")


def test_every_day_what_differs_is_put_on_the_trail() -> None:
    done()
    seal()
    trail.verify_recent()
    assert not Event.objects.filter(verb="accounts.trail_differs").exists()
    with let_go():
        execute("UPDATE accounts_event SET summary = 'x'")
    trail.verify_recent()
    assert Event.objects.get(verb="accounts.trail_differs").result == "refused"
    with clock.at(clock.now() + dt.timedelta(days=9)):
        trail.verify_recent()
    assert Event.objects.filter(verb="accounts.trail_differs").count() == 1
