"""One person under two names: which of the rows is wrong nobody can tell, so both are."""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Count

from dangjian.engines.exchange import payload
from dangjian.engines.exchange.layout import columns
from dangjian.engines.exchange.models import ImportBatch, ImportProblem, ImportRow, Outcome
from dangjian.kernel import names
from dangjian.kernel.spreadsheets import as_text

KIND = "duplicate"


def accuse_both(batch: ImportBatch, keys: Collection[str] | None = None) -> None:
    """Complain in every row of those with one key (of all, or of ``keys``) whose names differ."""
    rows = ImportRow.objects.filter(batch=batch, left_out=False).exclude(key="")
    if keys is not None:
        rows = rows.filter(key__in=keys)
    several = rows.order_by().values("key").annotate(number_of=Count("pk")).filter(number_of__gt=1).values_list("key", flat=True)
    together: dict[str, list[ImportRow]] = defaultdict(list)
    for row in rows.filter(key__in=list(several)).order_by("number"):
        together[row.key].append(row)
    for alike in together.values():
        called = {row.number: _name(batch, row) for row in alike}
        if len({names.fold(name) for name in called.values()}) > 1:
            _accuse(batch, alike, called)


def _name(batch: ImportBatch, row: ImportRow) -> str:
    return as_text(payload.raw_of(row.payload).get(batch.sheet.name_column))


def _accuse(batch: ImportBatch, rows: list[ImportRow], called: dict[int, str]) -> None:
    told = "、".join(f"第{number}行{name}" for number, name in called.items())
    title = columns(batch.sheet)[batch.sheet.name_column].title
    text = f"同一个号码在表里有不同的{title}（{told}），看不出哪个对，请逐行核对。"[:300]
    column = batch.sheet.name_column
    for row in rows:
        if not ImportProblem.objects.filter(batch=batch, number=row.number, column=column, kind=KIND).exists():
            ImportProblem.objects.create(
                batch=batch,
                number=row.number,
                column=column,
                cell=batch.cell(row.number, column),
                kind=KIND,
                message=text,
                name=called[row.number][:64],
                shown=called[row.number][:80],
            )
    ImportRow.objects.filter(batch=batch, number__in=called).update(outcome=Outcome.PROBLEM)
