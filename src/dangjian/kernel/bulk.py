"""Inserting very many rows: several times as fast as ``bulk_create``, for rosters and the like.

No object is made, no signal sent, no scope asked: the action that calls has checked every organisation before.

    numbers = reserve(Member, len(rows))                                   # primary keys, if other rows are to name them
    insert_rows(Member, [{"id": number, **row} for number, row in zip(numbers, rows)], updated_at=now)
    insert_from(Education, [filled(Education, members, member_id=F("pk"), level=F("education"))])
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from dangjian.kernel import crypto
from dangjian.kernel.fields import Ciphertext, EncryptedTextField

T = TypeVar("T")
Stored = models.Field[Any, Any]
"""A column, whatever it holds."""
MANY = 2000
"""Rows from which on a table counts as grown."""
_PLAIN = (models.CharField, models.TextField, models.BooleanField, models.IntegerField)


def chunks(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """``rows`` in lists of ``size``, the last one shorter."""
    left = iter(rows)
    while chunk := list(islice(left, size)):
        yield chunk


def reserve(model: type[models.Model], number: int) -> list[int]:
    """``number`` primary keys that no other row will get, ascending. Run it inside the transaction that inserts the rows."""
    about = model._meta
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sql = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"
            cursor.execute(sql, [connection.ops.quote_name(about.db_table), about.pk.column, number])
            return sorted(row[0] for row in cursor.fetchall())
        # Whoever writes to SQLite is alone, so that the last number handed out stays the last one.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [about.db_table])
        last = (cursor.fetchone() or (0,))[0]
    return list(range(last + 1, last + number + 1))


def insert_rows(model: type[models.Model], rows: Sequence[Mapping[str, object]], **common: object) -> None:
    """Insert ``rows``, each a mapping from attributes (``branch_id``, ``name``) to values; ``common`` is the same in all of them.

    What a row leaves out gets the field's default, the primary key the next number. A blind index is given, not derived. Run it
    inside a transaction.
    """
    if not rows:
        return
    own = {name for row in rows for name in row}
    fields = [f for f in model._meta.concrete_fields if not f.primary_key or f.attname in own]
    fixed = [(f.attname, f.get_db_prep_save(common.get(f.attname, f.get_default()), connection)) for f in fields]
    converters = [(place, f.attname, _converter(f)) for place, f in enumerate(fields) if f.attname in own]
    _send(model, fields, _converted(rows, fixed, [(place, name, do) for place, name, do in converters if do]))


def _converted(
    rows: Iterable[Mapping[str, object]],
    fixed: list[tuple[str, object]],
    converters: list[tuple[int, str, Callable[[Any], object]]],
) -> Iterator[list[Any]]:
    for row in rows:
        get = row.get
        values = [get(name, default) for name, default in fixed]
        for place, name, convert in converters:
            if name in row:
                values[place] = convert(values[place])
        yield values


def _send(model: type[models.Model], fields: Sequence[Stored], values: Iterable[Sequence[Any]]) -> None:
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    names = ", ".join(quote(field.column) for field in fields)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Row by row, so that the server works while the next rows are being encrypted.
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values))  # noqa: S608 - names of our own


def grown(number: int, *tables: type[models.Model]) -> None:
    """Say that ``number`` rows came into each of ``tables`` within the open transaction, before they are asked for in it.

    PostgreSQL plans by what it saw of a table when it last looked, and looks by itself only after the transaction: it takes a
    table that was just filled for an empty one and goes through all of it for each row of another.
    """
    if number < MANY or connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE " + ", ".join(_with_columns(model) for model in tables))


def _with_columns(model: type[models.Model]) -> str:
    """The table with the columns that anything is looked up by: encrypted ones tell nothing, and are much to read."""
    quote = connection.ops.quote_name
    known = [quote(f.column) for f in model._meta.concrete_fields if f.column and not isinstance(f, EncryptedTextField)]
    return f"{quote(model._meta.db_table)} ({', '.join(known)})"


def filled(model: type[models.Model], rows: QuerySet[models.Model], **values: object) -> QuerySet[models.Model]:
    """``rows`` with the annotations that ``insert_from`` takes for every column of ``model`` but the primary key.

    ``values`` are given by attribute (``member_id``), as values or as expressions over ``rows``; the others get their default.
    """
    fields = [f for f in model._meta.concrete_fields if not f.primary_key]
    given = {f: values.get(f.attname, f.get_default()) for f in fields}
    return rows.annotate(**{f"new_{f.attname}": _expressed(f, one) for f, one in given.items()})


def _expressed(field: Stored, value: object) -> Combinable:
    if isinstance(value, Combinable):
        return value
    plain = models.Value(value, output_field=_bare(field))
    # Where several selects are put together, PostgreSQL takes a bare NULL for text.
    return Cast(plain, _bare(field)) if value is None else plain


def insert_from(
    model: type[models.Model],
    selects: Sequence[QuerySet[models.Model]],
    columns: Sequence[str] = (),
    *,
    keep_existing: bool = False,
) -> int:
    """``INSERT … SELECT`` the rows of all ``selects`` in one statement; returns how many rows came in.

    Each queryset has the annotations ``new_<column>`` (see ``filled``) for ``columns``, by default all but the primary key.
    With ``keep_existing`` rows that exist already stay as they are; else they are an ``IntegrityError``.
    """
    about = model._meta
    own = {name: f for f in about.concrete_fields for name in (f.name, f.attname)}
    fields = [own[name] for name in columns] or [f for f in about.concrete_fields if not f.primary_key]
    wanted = [f"new_{name}" for name in columns] or [f"new_{field.attname}" for field in fields]
    parts, params = [], []
    for rows in selects:
        try:
            sql, values = rows.order_by().values_list(*wanted).query.get_compiler(connection=connection).as_sql()
        except EmptyResultSet:  # Django knows without asking that nothing matches
            continue
        parts.append(sql)
        params.extend(values)
    if not parts:
        return 0
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in fields)
    statement = f"INSERT INTO {quote(about.db_table)} ({names}) {' UNION ALL '.join(parts)}"
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} ON CONFLICT DO NOTHING" if keep_existing else statement, params)
        return max(cursor.rowcount, 0)


def _bare(field: Stored) -> Stored:
    """The field whose values a foreign key holds; else the field itself."""
    return field.target_field if isinstance(field, models.ForeignKey) else field


def _converter(field: Stored) -> Callable[[Any], object] | None:
    """What makes a stored value of a value; None where they are the same."""
    if isinstance(field, models.DateField):
        if connection.vendor == "postgresql":
            return None
        instant = isinstance(field, models.DateTimeField)
        return connection.ops.adapt_datetimefield_value if instant else connection.ops.adapt_datefield_value
    if isinstance(field, EncryptedTextField):
        return _sealer(field)
    if field.is_relation or isinstance(field, _PLAIN):
        return None
    return lambda value: field.get_db_prep_save(value, connection)


def _sealer(field: EncryptedTextField) -> Callable[[Any], object]:
    encrypt, context = crypto.keyring().encrypt, field.context

    def sealed(value: object) -> object:
        if isinstance(value, Ciphertext) and value.context == context:
            return str(value)
        return encrypt(str(value), context) if value else value

    return sealed


def add_up(model: type[models.Model], of: Mapping[str, object], amounts: Mapping[str, int]) -> None:
    """Add ``amounts`` to the counters of the row that ``of`` names by a unique constraint, or begin it; one statement."""
    own = {name: f for f in model._meta.concrete_fields for name in (f.name, f.attname)}
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    keys, counters = [[quote(own[name].column) for name in names] for names in (of, amounts)]
    values = [own[name].get_db_prep_save(value, connection) for name, value in {**of, **amounts}.items()]
    sums = ", ".join(f"{each} = {table}.{each} + excluded.{each}" for each in counters)
    marks = ", ".join(["%s"] * len(values))
    statement = (
        f"INSERT INTO {table} ({', '.join([*keys, *counters])}) VALUES ({marks})"  # noqa: S608 - names of our own
        f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sums}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
