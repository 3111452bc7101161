"""A sheet comes in: it is opened, its header understood, and put aside for the background to check."""

import datetime as dt
from typing import IO, cast

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.engines.exchange import files
from dangjian.engines.exchange.actions.checking import enqueue
from dangjian.engines.exchange.columns import BRANCH, REQUIRED, Layout, known_headers, title
from dangjian.engines.exchange.models import ImportBatch
from dangjian.kernel import clock, spreadsheets
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Invalid
from dangjian.kernel.spreadsheets import Limits, Sheet, column_letters
from dangjian.members.actions.roster import KINDS
from dangjian.members.models import ChangeKind
from dangjian.org.models import Organization

MOST_ROWS = 100_000
LIMITS = Limits(file_size=30_000_000, rows=MOST_ROWS + 20)
"""What a roster may be at most. The rows above the first person (title, header) are not counted against the hundred thousand."""


@transaction.atomic
def upload(
    *,
    actor: Actor,
    organization: Organization,
    file: IO[bytes],
    file_name: str,
    entry_kind: ChangeKind,
    effective_on: dt.date,
    update_existing: bool = True,
    document: str = "",
) -> ImportBatch:
    """Take in a roster for ``organization`` and what is below it. Raises ``Invalid`` for a file that will not do."""
    actor.require("members.import", organization)
    if organization.is_group or organization.dissolved_on:
        raise Invalid("名册要导入到党委、党总支或党支部。", fields={"organization": "请另选一个"})
    if entry_kind not in KINDS:
        raise Invalid("请选择进入方式。", fields={"entry_kind": "请选择"})
    if effective_on > clock.today():
        raise Invalid("生效日期不能晚于今天。", fields={"effective_on": "请填今天或以前的日期"})
    sheet = open_sheet(file, file_name)
    layout = understand(sheet, needs_branch=not organization.is_branch)
    batch: ImportBatch = ImportBatch.objects.create(
        organization=organization,
        uploaded_by_id=cast("int", actor.user_id),
        file_name=file_name[-200:],
        kept_file=files.keep(file),
        entry_kind=entry_kind,
        effective_on=effective_on,
        document=document,
        update_existing=update_existing,
        sheet_name=sheet.name[:64],
        header_row=sheet.header_row,
        places=dict(layout.places),
        unknown_headers=list(layout.unknown)[:50],
    )
    record(
        actor=actor,
        verb="exchange.uploaded",
        summary=f"上传党员名册“{file_name}”，准备导入到“{organization}”",
        organization=organization,
        subject=batch,
    )
    enqueue(batch)
    return batch


def open_sheet(file: IO[bytes], file_name: str) -> Sheet:
    """The worksheet with the roster."""
    return spreadsheets.read(file, filename=file_name, known_headers=known_headers().keys(), limits=LIMITS)


def understand(sheet: Sheet, *, needs_branch: bool) -> Layout:
    """Which column stands where. Raises ``Invalid`` if a needed one is missing or one stands there under two names."""
    known = known_headers()
    places: dict[str, int] = {}
    unknown: list[str] = []
    for place, header in enumerate(sheet.headers):
        name = known.get(header)
        if name is None and header:
            unknown.append(f"{header}（{column_letters(place + 1)}列）")
        elif name and name in places:
            first, letters = sheet.headers[places[name]], column_letters(places[name] + 1)
            raise Invalid(
                f"“{first}”（{letters}列）和“{header}”（{column_letters(place + 1)}列）都是{title(name)}。",
                how="请只留一列，保存后重新上传。",
            )
        elif name:
            places[name] = place
    needed = REQUIRED if needs_branch else tuple(name for name in REQUIRED if name != BRANCH)
    missing = tuple(title(name) for name in needed if name not in places)
    if missing:
        named = "、".join(f"“{name}”" for name in missing)
        raise Invalid(f"表里没有{named}这{'列' if len(missing) == 1 else '几列'}。", how="请按模板补上后重新上传。")
    if next(iter(sheet), None) is None:
        raise Invalid("表头下面没有内容。", how="请填好名册，保存后再上传。")
    return Layout(places, tuple(unknown), missing)
