"""Statements written out in SQL, for the few reads and writes that hundreds of people cause within the same minute.

Everything else goes through the ORM. A statement is written once for SQLite and PostgreSQL, with ``%s`` for each value::

    rows = statements.read("SELECT id, starts_at FROM meetings_sitting WHERE starts_at > %s", [clock.now()])

PostgreSQL keeps it prepared in each connection, so that it is neither parsed nor planned again: that is most of what a short
statement costs there. A value whose type PostgreSQL cannot tell from its place is written ``CAST(%s AS …)``.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

Given = bool | int | float | Decimal | str | bytes | dt.date | dt.datetime | list[int] | None
"""A value for a ``%s``."""


def read(sql: str, values: Sequence[Given]) -> list[tuple[Any, ...]]:
    """The rows of a ``SELECT``; instants are aware, whatever the database."""
    link = connections[DEFAULT_DB_ALIAS]
    with _cursor(link) as cursor:
        cursor.execute(sql, _given(link, values))
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    if link.vendor == "postgresql":
        return rows
    return [tuple(_aware(value) for value in row) for row in rows]


@dataclass(frozen=True, slots=True)
class Question:
    """A ``SELECT`` of one whole number with its values, not asked yet."""

    sql: str
    values: Sequence[Given]


def numbers(questions: Sequence[Question | int]) -> list[int]:
    """The answers to all questions, with one statement; a number stands for itself."""
    asked = [each for each in questions if isinstance(each, Question)]
    if not asked:
        return [each for each in questions if isinstance(each, int)]
    sql = "SELECT " + ", ".join(f"({each.sql})" for each in asked)
    answers = iter(read(sql, [value for each in asked for value in each.values])[0])
    return [next(answers) if isinstance(each, Question) else each for each in questions]


def named(sql: str, values: Sequence[Given]) -> list[dict[str, Any]]:
    """As ``read``, each row by the names of its columns."""
    link = connections[DEFAULT_DB_ALIAS]
    with _cursor(link) as cursor:
        cursor.execute(sql, _given(link, values))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def change(sql: str, values: Sequence[Given]) -> int:
    """Carry out an ``INSERT``, ``UPDATE`` or ``DELETE`` and return how many rows it touched."""
    link = connections[DEFAULT_DB_ALIAS]
    with _cursor(link) as cursor:
        cursor.execute(sql, _given(link, values))
        return int(cursor.rowcount)


def _cursor(link: BaseDatabaseWrapper) -> CursorWrapper:
    if link.vendor != "postgresql":
        return link.cursor()
    from django.db.backends.postgresql import base  # noqa: PLC0415 - needs a driver that SQLite does without

    server_side: Any = vars(base)["ServerBindingCursor"]  # there with psycopg 3 alone, so that types do not know it

    link.ensure_connection()
    # Wrapped as the connection's own cursors are, so that whoever counts or logs statements sees these too.
    wrapped: CursorWrapper = link._prepare_cursor(server_side(link.connection))  # type: ignore[attr-defined]  # noqa: SLF001 - Django offers no public way
    return wrapped


def _given(link: BaseDatabaseWrapper, values: Sequence[Given]) -> Sequence[Given]:
    if link.vendor == "postgresql":
        from psycopg.types.numeric import Int8  # noqa: PLC0415 - as above

        # Else each number would be as short as it can be, and every mixture of lengths another statement to prepare.
        return [Int8(each) if type(each) is int else each for each in values]
    return [link.ops.adapt_datetimefield_value(each) if isinstance(each, dt.datetime) else each for each in values]


def _aware(value: object) -> object:
    """A column as it was read; SQLite hands out instants without a zone, in UTC."""
    return value.replace(tzinfo=dt.UTC) if isinstance(value, dt.datetime) and value.tzinfo is None else value
