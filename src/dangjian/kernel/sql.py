"""Set-based writes, long lists of numbers and date arithmetic that Django's ORM lacks, for SQLite and PostgreSQL alike."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DateField, Field, ForeignObject, Func, IntegerField, Lookup, Model, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.sql.compiler import SQLCompiler

from dangjian.kernel.rulebook import Period


class _Shifted(Func):
    """A day some calendar months or days later; a day the target month lacks becomes its last one, as ``Period`` counts."""

    output_field = DateField()

    def __init__(self, day: str | Combinable, *, months: int = 0, days: int = 0) -> None:
        super().__init__(day)
        self.months = months
        self.days = days

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[str | int] | tuple[str | int, ...]]:
        template = f"(%(expressions)s + interval '{self.months} months' + interval '{self.days} days')::date"
        return super().as_sql(compiler, connection, template=template)

    def as_sqlite(
        self,
        compiler: SQLCompiler,
        connection: BaseDatabaseWrapper,  # noqa: ARG002 - Django's signature
        **_context: object,
    ) -> tuple[str, list[str | int] | tuple[str | int, ...]]:
        sql, params = compiler.compile(self.get_source_expressions()[0])
        if self.days:
            return f"date({sql}, '{self.days:+d} days')", params
        # SQLite lets 31 August less six months run over into March; the last day of the target month bounds it.
        plain = f"date({sql}, '{self.months:+d} months')"
        bound = f"date({sql}, 'start of month', '{self.months + 1:+d} months', '-1 day')"
        return f"min({plain}, {bound})", (*params, *params)


def later(day: str | Combinable, period: Period) -> Func:
    """The day ``period`` after a column or expression; agrees with ``Period.after``."""
    return _Shifted(day, days=period.days) if period.days is not None else _Shifted(day, months=period.in_months)


def earlier(day: str | Combinable, period: Period) -> Func:
    """The day ``period`` before a column or expression; agrees with ``Period.before``."""
    return _Shifted(day, days=-period.days) if period.days is not None else _Shifted(day, months=-period.in_months)


def numbered(column: str, numbers: Iterable[int]) -> Q:
    """Rows whose ``column`` is one of ``numbers``, as ``in`` would find them, for as many numbers as there are."""
    return Q(**{f"{column}__numbered": numbers})


@ForeignObject.register_lookup  # which takes none of those of other fields
@Field.register_lookup
class Numbered(Lookup[Any]):
    """``filter(pk__numbered=[3, 5, …])``: all numbers in a single parameter.

    The database takes so many parameters and no more, and a list of them is another statement for every length.
    """

    lookup_name = "numbered"

    def get_prep_lookup(self) -> list[int]:
        """Whole numbers of Python, whatever they were."""
        return [int(number) for number in self.rhs]

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_context: Any) -> tuple[str, list[Any]]:
        """Told as JSON."""
        column, params = self.process_lhs(compiler, connection)
        told = json.dumps(self.rhs)
        return f"{column} IN (SELECT value FROM json_each(%s))", [*params, told]  # noqa: S608 - Django made the column's name; the numbers are a parameter

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_context: Any) -> tuple[str, list[Any]]:
        """Told as an array."""
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*params, self.rhs]


class DayNumber(Func):
    """The number of a day as ``date.toordinal`` has it, −1 where there is none: for reading days by the hundred thousand."""

    output_field = IntegerField()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_context: Any
    ) -> tuple[str, list[str | int] | tuple[str | int, ...]]:
        """By the Julian day, which begins at noon."""
        return super().as_sql(
            compiler, connection, template="COALESCE(CAST(julianday(%(expressions)s) - 1721424.5 AS INTEGER), -1)"
        )

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_context: Any
    ) -> tuple[str, list[str | int] | tuple[str | int, ...]]:
        """By the difference to the first day of the year 1."""
        return super().as_sql(compiler, connection, template="COALESCE(%(expressions)s - DATE '0001-01-01' + 1, -1)")


def update_from(rows: QuerySet[Model], found: Sequence[str], assign: str, where: str) -> int:
    """``UPDATE … FROM found``: works out the annotations ``found`` once for each of ``rows`` and writes only what differs.

    ``assign`` and ``where`` are SQL that names the row's columns as ``self.<column>`` and the annotations as
    ``found.<name>``; nothing that a person entered may stand in them. Returns how many rows changed.
    """
    model = rows.model
    try:
        sql, params = rows.order_by().values("id", *found).query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:  # Django knows without asking that nothing matches
        return 0
    table = connection.ops.quote_name(model._meta.db_table)
    # Materialized: else the planner puts each annotation in the place of every ``found.<name>`` and counts it there again.
    # Inside, as Python's SQLite counts the rows only of a statement that begins with its verb.
    statement = (
        f"UPDATE {table} SET {assign.replace('self.', f'{table}.')} "  # noqa: S608 - names of our own; values are parameters
        f"FROM (WITH once AS MATERIALIZED ({sql}) SELECT * FROM once) AS found "
        f"WHERE {table}.id = found.id AND ({where.replace('self.', f'{table}.')})"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return max(cursor.rowcount, 0)
