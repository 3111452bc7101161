"""Counting what was filled in: one statement for each form."""

from django.db import connection

from dangjian.engines.burden.models import FilledIn
from dangjian.kernel import clock
from dangjian.kernel.effort import Effort
from dangjian.kernel.periods import MONTH, Span

COUNTED = ("forms", "typed", "proposed", "cells")


def add(effort: Effort) -> None:
    """Add to the row of the organisation, month and module, or begin it.

    Runs after the transaction of the act, which has asked for every right; who acted is not known here.
    """
    quote = connection.ops.quote_name
    table, names = quote(FilledIn._meta.db_table), ", ".join(quote(name) for name in COUNTED)
    sums = ", ".join(f"{quote(name)} = {table}.{quote(name)} + excluded.{quote(name)}" for name in COUNTED)
    statement = (
        f"INSERT INTO {table} (organization_id, month, module, {names}) VALUES (%s, %s, %s, %s, %s, %s, %s)"  # noqa: S608 - names of our own
        f" ON CONFLICT (organization_id, month, module) DO UPDATE SET {sums}"
    )
    month = connection.ops.adapt_datefield_value(Span.of(clock.today(), MONTH).start)
    values = [effort.organization_id, month, effort.module, effort.forms, effort.typed, effort.proposed, effort.cells]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
