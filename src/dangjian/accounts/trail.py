"""What holds the trail together: the database refuses every change of it, and seals chain its rows so that a change shows.

Events are inserted by many at once and wait for nobody. Once they are settled the scheduler seals them: a seal is an HMAC-SM3
over the seal before it and every row since, in the order of their numbers. See ``docs/decisions/0008-seals-of-the-trail.md``.

    seal()       # chain what has been settled since the last seal; the scheduler does it every half minute
    verify()     # compare every row with its seal
"""

import datetime as dt
import json
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from dangjian.accounts.events import digest_of, record
from dangjian.accounts.models import Event, EventMember, TrailSeal
from dangjian.kernel import clock, crypto
from dangjian.kernel.actor import SystemActor

ROWS_OF_A_SEAL = 5000
WAIT_SECONDS = 20.0
RECENT = dt.timedelta(days=3)
PURPOSE = "trail"
KEPT = (Event, EventMember, TrailSeal)
COLUMNS = (
    *("id", "at", "actor_id", "actor_name", "verb", "summary", "organization_id", "organization_path", "member_id"),
    *("subject_type", "subject_id", "purpose", "address", "result", "data"),
)
REFUSAL = "the trail is append-only"

log = logging.getLogger("dangjian.trail")


def guard(**_signal: object) -> None:
    """Have the database itself refuse to change, delete or empty what is on the trail.

    Called whenever tables were brought up to date, because SQLite loses what guards a table when it is remade.
    """
    there = set(connection.introspection.table_names())
    tables = [model._meta.db_table for model in KEPT if model._meta.db_table in there]
    with connection.cursor() as cursor:
        for statement in _guards(tables):
            cursor.execute(statement)


def unguarded() -> list[str]:
    """Tables of the trail whose guards are missing or switched off."""
    if connection.vendor == "postgresql":
        sql = "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname LIKE 'trail_%%' AND tgenabled IN ('O', 'A')"
    else:
        sql = "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        found = set(cursor.fetchall())
    tables = [model._meta.db_table for model in KEPT]
    names = ["trail_kept"] if connection.vendor == "postgresql" else ["{table}_changed", "{table}_deleted"]
    return [table for table in tables if any((table, name.format(table=table)) not in found for name in names)]


def seal(*, wait: float = WAIT_SECONDS) -> int:
    """Chain the events that are settled: no event with a lower number can appear any more. Returns how many seals were made.

    Several may do this at once: of two seals with the same number the database takes the first.
    """
    last = TrailSeal.objects.order_by("-number").first() or TrailSeal(number=0, through=0, digest="")
    settled = _settled(last.through, wait)
    made = 0
    while last.through < settled:
        rows = _rows(last.through, settled)
        if not rows:
            break
        number, key = last.number + 1, crypto.keyring().newest
        through, digest = rows[-1][0], _digest(key, number, last.digest, rows)
        try:
            with transaction.atomic():
                last = TrailSeal.objects.create(number=number, through=through, rows=len(rows), key=key, digest=digest)
        except IntegrityError:
            break  # another process was first
        made += 1
    return made


@dataclass
class Report:
    """What a look over the trail found: ``faults`` are Chinese sentences, none if it is whole."""

    seals: int = 0
    rows: int = 0
    unsealed: int = 0
    faults: list[str] = field(default_factory=list)


def verify(*, since: dt.datetime | None = None, anchor: tuple[int, str] | None = None) -> Report:
    """Compare every row with its seal, and every seal with the one before it.

    ``since`` leaves out what was sealed before. ``anchor`` is the number of a seal and the beginning of its digest, as somebody
    wrote it down or exported it: whoever could write a whole new chain could not have changed that.
    """
    report = Report(faults=[f"数据表 {table} 的防改触发器不见了或被停用。" for table in unguarded()])
    before = TrailSeal(number=0, through=0, digest="")
    for one in TrailSeal.objects.order_by("number"):
        if since is None or one.sealed_at >= since:
            report.faults += _faults(one, before)
            report.seals += 1
            report.rows += one.rows
        if anchor and one.number == anchor[0] and not (anchor[1] and one.digest.startswith(anchor[1])):
            report.faults.append(f"第{one.number}号封存的摘要与记下的不同：现在是 {one.digest}。")
        before = one
    if anchor and anchor[0] > before.number:
        report.faults.append(f"记下的第{anchor[0]}号封存不见了，现在最后一号是第{before.number}号。")
    report.unsealed = Event.objects.filter(pk__gt=before.through).count()
    return report


def verify_recent() -> None:
    """The daily job: what was sealed lately is as it was. What differs is put on the trail and into the log."""
    faults = verify(since=clock.now() - RECENT).faults
    for fault in faults:
        log.error("the trail differs from its seals: %s", fault)
        record(actor=SystemActor("每日核对留痕"), verb="accounts.trail_differs", summary=fault, result="refused")


def _guards(tables: list[str]) -> Iterator[str]:
    if connection.vendor == "postgresql":
        yield f"""
CREATE OR REPLACE FUNCTION trail_kept() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"""
        for table in tables:
            yield f"""
CREATE OR REPLACE TRIGGER trail_kept BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW EXECUTE FUNCTION trail_kept()"""
            yield f"""
CREATE OR REPLACE TRIGGER trail_kept_whole BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION trail_kept()"""
        return
    for table in tables:
        for name, change in (("changed", "UPDATE"), ("deleted", "DELETE")):
            yield f"""
CREATE TRIGGER IF NOT EXISTS "{table}_{name}" BEFORE {change} ON "{table}" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"""


def _settled(after: int, wait: float) -> int:
    """The highest number up to which no further event can appear; ``after`` if none is new, or if somebody is still writing.

    On PostgreSQL numbers are given out before rows are committed, so a row may appear below one that is there already. Whoever
    has taken a number below the highest one took its lock on the table before: once all who hold it now have ended, nothing is
    missing. Transactions that do not write the trail, or write in another database of the server, keep nobody waiting.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM accounts_event WHERE id > %s", [after])
        highest = cursor.fetchone()[0]
        # Writers of SQLite take turns, and numbers are given out in their order.
        if highest is None or connection.vendor != "postgresql":
            return highest or after
        writing, deadline = _writers(cursor), time.monotonic() + wait
        while writing:
            if time.monotonic() > deadline:
                return after
            time.sleep(0.2)
            writing &= _writers(cursor)
        return int(highest)


def _writers(cursor: Any) -> set[str]:
    """Other transactions that write the trail at this moment. Their lock goes only after what they wrote can be seen."""
    cursor.execute(
        "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND relation = 'accounts_event'::regclass"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()"
    )
    return {row[0] for row in cursor.fetchall()}


def _rows(after: int, through: int) -> list[tuple[Any, ...]]:
    rows = Event.objects.filter(pk__gt=after, pk__lte=through).order_by("pk")
    return list(rows.values_list(*COLUMNS)[:ROWS_OF_A_SEAL])


def _digest(key: str, number: int, before: str, rows: list[tuple[Any, ...]]) -> str:
    """The end of the chain: over the digest before it, the seal's number, and each row with its columns in a fixed form."""
    chain = crypto.keyring().mac(PURPOSE, key)
    chain.update(f"{before}\n{number}\n{len(rows)}\n".encode())
    for row in rows:
        chain.update(f"{json.dumps(row, ensure_ascii=False, sort_keys=True, default=_instant)}\n".encode())
    return chain.finalize().hex()


def _instant(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    raise TypeError(f"a column of the trail holds a {type(value).__name__}")


def _faults(one: TrailSeal, before: TrailSeal) -> list[str]:
    """What is wrong with one seal and the rows below it."""
    where = (
        f"第{one.number}号封存（记录编号{before.through + 1}至{one.through}，{timezone.localtime(one.sealed_at):%Y-%m-%d %H:%M}）"
    )
    if one.number != before.number + 1:
        return [f"第{before.number + 1}号封存不见了，不能核对它之后的第一段。"]
    rows = list(Event.objects.filter(pk__gt=before.through, pk__lte=one.through).order_by("pk").values_list(*COLUMNS))
    if len(rows) != one.rows:
        return [f"{where}：封存时有{one.rows}条记录，现在有{len(rows)}条，有记录被{'删除' if len(rows) < one.rows else '插入'}。"]
    try:
        digest = _digest(one.key, one.number, before.digest, rows)
    except crypto.CryptoError as error:
        return [f"{where}：{error}"]
    if digest != one.digest:
        return [f"{where}：记录或封存的内容被改动过。"]
    return [f"{where}：编号{pk}的记录，后面的党员名单被改动过。" for pk in _members_changed(before.through, one.through)]


def _members_changed(after: int, through: int) -> list[int]:
    """Events whose members are not those that they say they have."""
    behind: dict[int, list[int]] = {}
    for event, member in EventMember.objects.filter(event__gt=after, event__lte=through).values_list("event_id", "member_id"):
        behind.setdefault(event, []).append(member)
    about = Event.objects.filter(pk__gt=after, pk__lte=through, data__has_key="members_digest")
    said = dict(about.values_list("pk", "data__members_digest"))
    return sorted(pk for pk in {*behind, *said} if digest_of(behind.get(pk, [])) != said.get(pk))
