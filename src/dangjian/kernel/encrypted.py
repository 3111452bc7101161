"""All encrypted columns of the database, found by their fields, and what is in them encrypted again with the newest key.

    counts()                       # {("members.Member.mobile", "k1"): 4000, …}
    renew(say)                     # in small batches, beside everything else that goes on

A row says by itself with which key it was made (``k1:…``), so there is no list of what is done: whoever is stopped in the middle
begins again and finds only the rest. A value that somebody changes meanwhile is left alone. Indexes do not change.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from django.apps import apps
from django.db import connection, models, transaction

from dangjian.kernel import crypto
from dangjian.kernel.fields import EncryptedTextField

BATCH: Final = 200
MOST_CHARACTERS: Final = 16_000_000
"""Of one batch; a value that is longer is one by itself."""
PAUSE_SECONDS: Final = 0.02
"""Between two batches, so that others who write get their turn."""

MOST_ROUNDS: Final = 5
"""Who had read a row before it was encrypted again may write it back as it was: so everything is looked through again."""

Say = Callable[[str, int], object]


@dataclass(frozen=True)
class Column:
    """An encrypted column of a table that is there."""

    model: type[models.Model]
    field: EncryptedTextField

    @property
    def context(self) -> str:
        """What its values are bound to, and its name for people who look after the platform."""
        return self.field.context


def columns() -> Iterator[Column]:
    """Every encrypted column, those of plugins too, in the order of the apps."""
    there = set(connection.introspection.table_names())
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or model._meta.db_table not in there:
            continue
        for field in model._meta.local_concrete_fields:
            if isinstance(field, EncryptedTextField):
                yield Column(model, field)


def counts() -> Counter[tuple[str, str]]:
    """How many values there are, by the context of their column and the name of their key."""
    found: Counter[tuple[str, str]] = Counter()
    for column in columns():
        _pk, name, table = _names(column)
        head = (
            f"split_part({name}, ':', 1)" if connection.vendor == "postgresql" else f"substr({name}, 1, instr({name}, ':') - 1)"
        )
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {head}, count(*) FROM {table} WHERE {name} <> '' GROUP BY 1")  # noqa: S608 - names of our own
            for key, number in cursor.fetchall():
                found[column.context, key] += number
    return found


@dataclass
class Renewed:
    """What ``renew`` did: ``done`` values were encrypted again, ``closed`` ones do not open with the keys that are there."""

    done: int = 0
    closed: int = 0


def renew(say: Say) -> Renewed:
    """Encrypt with the newest key whatever was encrypted with another; ``say(context, done)`` is called after each batch."""
    result = Renewed()
    for _ in range(MOST_ROUNDS):
        before = result.done
        result.closed = 0
        for column in columns():
            _renew(column, result, say)
        if result.done == before:
            break
    return result


def _renew(column: Column, result: Renewed, say: Say) -> None:
    last, done = None, 0
    while rows := _due(column, last):
        last = rows[-1][0]
        again = []
        for pk, stored in rows:
            try:
                again.append((crypto.encrypt(crypto.decrypt(stored, column.context), column.context), pk, stored))
            except crypto.CryptoError:
                result.closed += 1
        written = _write(column, again)
        done += written
        result.done += written
        say(column.context, done)
        time.sleep(PAUSE_SECONDS)


def _due(column: Column, after: int | None) -> list[tuple[int, str]]:
    """The next rows by primary key whose value is not of the newest key."""
    pk, name, table = _names(column)
    beyond, params = ("", []) if after is None else (f" AND {pk} > %s", [after])
    due = f"FROM {table} WHERE {name} <> '' AND {name} NOT LIKE %s{beyond} ORDER BY {pk}"
    given: list[str | int] = [f"{crypto.keyring().newest}:%", *params]
    with connection.cursor() as cursor:
        # Their lengths first: two hundred of what is kept of a million people would not fit into memory.
        cursor.execute(f"SELECT length({name}) {due} LIMIT {BATCH}", given)
        lengths = accumulate(length for (length,) in cursor.fetchall())
        number = max(1, sum(total <= MOST_CHARACTERS for total in lengths))
        cursor.execute(f"SELECT {pk}, {name} {due} LIMIT {number}", given)
        return list(cursor.fetchall())


@transaction.atomic
def _write(column: Column, rows: list[tuple[str, int, str]]) -> int:
    """Put new values in place of the old ones, where these are still there."""
    pk, name, table = _names(column)
    written = 0
    with connection.cursor() as cursor:
        for row in rows:
            cursor.execute(f"UPDATE {table} SET {name} = %s WHERE {pk} = %s AND {name} = %s", row)  # noqa: S608 - names of our own
            written += cursor.rowcount
    return written


def _names(column: Column) -> tuple[str, str, str]:
    quote = connection.ops.quote_name
    about = column.model._meta
    return quote(about.pk.column), quote(column.field.column), quote(about.db_table)
