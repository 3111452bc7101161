"""A sheet comes in: it is opened, its header understood, and put aside for the background to check."""

from collections.abc import Mapping
from typing import IO, Any, cast

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.engines.exchange import files, payload
from dangjian.engines.exchange.actions.checking import MOST_TOGETHER, enqueue
from dangjian.engines.exchange.layout import known_headers, understand
from dangjian.engines.exchange.models import ImportBatch
from dangjian.engines.exchange.offers import Sheet
from dangjian.kernel import spreadsheets
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Invalid
from dangjian.kernel.spreadsheets import Limits
from dangjian.org.models import Organization

MOST_ROWS = 100_000
LIMITS = Limits(file_size=30_000_000, rows=MOST_ROWS + 20)
"""What a sheet may be at most. The rows above the first one (title, header) are not counted against the hundred thousand."""


@transaction.atomic
def upload(
    *, actor: Actor, sheet: Sheet, organization: Organization, file: IO[bytes], file_name: str, answers: Mapping[str, Any]
) -> ImportBatch:
    """Take in a file for ``organization`` and what is below it. Raises ``Invalid`` for a file or answers that will not do."""
    actor.require(sheet.permission, organization)
    if organization.is_group or organization.dissolved_on:
        raise Invalid(f"{sheet.words.noun}要导入到党委、党总支或党支部。", fields={"organization": "请另选一个"})
    sheet.accept(organization, answers)
    table = open_table(sheet, file, file_name)
    _check_length(sheet, table)
    layout = understand(sheet, table, organization)
    batch: ImportBatch = ImportBatch.objects.create(
        sheet_code=sheet.code,
        organization=organization,
        uploaded_by_id=cast("int", actor.user_id),
        file_name=file_name[-200:],
        kept_file=files.keep(file),
        answered=payload.dump(answers),
        sheet_name=table.name[:64],
        header_row=table.header_row,
        places=dict(layout.places),
        unknown_headers=list(layout.unknown)[:50],
    )
    record(
        actor=actor,
        verb="exchange.uploaded",
        summary=f"上传{sheet.title}“{file_name}”，准备导入到“{organization}”",
        organization=organization,
        subject=batch,
    )
    enqueue(batch)
    return batch


def _check_length(sheet: Sheet, table: spreadsheets.Sheet) -> None:
    if sheet.together and table.last_row - table.header_row > MOST_TOGETHER:
        raise Invalid(
            f"{sheet.words.noun}有{table.last_row - table.header_row:,}行，一次最多{MOST_TOGETHER:,}行。",
            how="各行要互相对照检查，不能再多。请从上往下分成几份，先上传上级的一份。",
        )


def open_table(sheet: Sheet, file: IO[bytes], file_name: str) -> spreadsheets.Sheet:
    """The worksheet that has the columns of ``sheet``."""
    return spreadsheets.read(file, filename=file_name, known_headers=known_headers(sheet).keys(), limits=LIMITS)
