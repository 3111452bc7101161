"""The responsibility matrix as a spreadsheet: all rows, with what the page shows."""

import io
from collections.abc import Sequence

from dangjian.engines.duties.models import DutyQuerySet
from dangjian.engines.duties.queries import matrix as query
from dangjian.kernel.spreadsheets import Column, write
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.org.models import Kind, Organization


def matrix_sheet(duties: DutyQuerySet, title: str) -> io.BytesIO:
    """Every body of the scope with how many of its duties are done, due soon and overdue; a group counts as its branch.

    Two queries for the cells, however many organisations there are.
    """
    bodies = list(Organization.objects.standing().exclude(kind=Kind.GROUP).select_related("parent").order_by("path"))
    branches = [one for one in bodies if one.is_branch]
    above = [one for one in bodies if not one.is_branch]
    rows = {
        row.organization.pk: row
        for row in (*query.rows_of(branches, "body", None, duties), *query.rows_of(above, "own", None, duties))
    }
    columns = query.columns_of(rows.values())
    head = [
        Column("党组织", width=24),
        Column("上级党组织", width=20),
        *(Column(column.title, width=16) for column in columns),
        Column("应办", "number"),
        Column("已完成", "number"),
        Column("需尽快办", "number"),
        Column("已超期", "number"),
    ]
    lines: list[Sequence[Value]] = []
    for one in bodies:
        row = rows[one.pk]
        total = row.sum
        cells = [cell.spoken if cell else "" for _, cell in row.line(columns)]
        superior = one.parent.short_name if one.parent else ""
        lines.append([one.short_name, superior, *cells, total.total, total.done, total.soon, total.overdue])
    return write(head, lines, title=title)
