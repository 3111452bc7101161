"""Examples of this module's addresses for the contracts."""

import datetime as dt
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from dangjian.accounts.models import User
from dangjian.engines.exchange import actions, payload
from dangjian.engines.exchange.models import ImportBatch, ImportRow, ImportWorkbook, Outcome, SheetTemplate, State
from tests import make
from tests.contracts.examples import Example
from tests.contracts.world import World
from tests.members.sheets.people import person, resident_id, sheet

CELLS = {
    "name": "甲党员密",
    "resident_id": resident_id(1),
    "branch": "甲支部密",
    "category": "正式党员",
    "joined_on": "2004-06-30",
    "converted_on": "2005-06-30",
}
ANSWERS = {"entry_kind": "opening", "effective_on": dt.date(2026, 11, 1), "existing": "update", "document": ""}


def _batch(world: World, state: str = State.READY, outcome: str = Outcome.NEW) -> ImportBatch:
    batch: ImportBatch = ImportBatch.objects.create(
        organization=world.branch,
        uploaded_by=world.office,
        file_name="甲支部密.xlsx",
        state=state,
        sheet_code="roster",
        answered=payload.dump(ANSWERS),
        places={name: place for place, name in enumerate(CELLS)},
        new_count=1,
        committed_at=dt.datetime(2026, 11, 20, tzinfo=dt.UTC) if state == State.COMMITTED else None,
    )
    raw = {"name": "甲党员密"}
    text = payload.pack(raw, {**raw, "category": "1", "branch_id": world.branch.pk})
    ImportRow.objects.create(batch=batch, number=2, outcome=outcome, payload=text)
    return batch


def _into_another_branch(world: World, _number: int) -> None:
    batch = _batch(world)
    ImportBatch.objects.filter(pk=batch.pk).update(organization=make.branch(world.committee), uploaded_by=make.user())


def _open(world: World) -> dict[str, Any]:
    return {"pk": _batch(world).pk}


def _drawn(world: World) -> dict[str, Any]:
    """A table of organisations, which is shown as a tree."""
    batch = _batch(world)
    ImportBatch.objects.filter(pk=batch.pk).update(sheet_code="organizations", answered={})
    ImportRow.objects.filter(batch=batch).update(node="r2", under=f"o{world.branch.pk}", level="group")
    return {"pk": batch.pk}


def _in_book(world: World, state: str) -> ImportBatch:
    """A sheet of a workbook."""
    batch = _batch(world, state)
    workbook = ImportWorkbook.objects.create(organization=world.branch, uploaded_by=world.office, file_name="甲支部密.xlsx")
    ImportBatch.objects.filter(pk=batch.pk).update(workbook=workbook, place=1)
    batch.workbook = workbook
    return batch


def _unanswered(world: World) -> dict[str, Any]:
    batch = _batch(world)
    ImportBatch.objects.filter(pk=batch.pk).update(unanswered=["夜班津贴密（H列）"])
    return {"pk": batch.pk}


def _row(world: World) -> dict[str, Any]:
    return {"pk": _batch(world).pk, "number": 2}


def _office(world: World) -> User:
    return world.office


def _nothing(_world: World) -> dict[str, Any]:
    return {}


def _book(world: World) -> dict[str, Any]:
    content = sheet([person(1, world.branch.name)]).getvalue()
    return {"file": SimpleUploadedFile("工作簿.xlsx", content), "organization": world.branch.pk}


def _answers(_world: World) -> dict[str, Any]:
    return {"entry_kind": "opening", "effective_on": "2026-11-01", "existing": "skip"}


def _upload(world: World) -> dict[str, Any]:
    return {
        "file": SimpleUploadedFile("名册.xlsx", sheet([person(1, world.branch.name)]).getvalue()),
        "organization": world.branch.pk,
        "entry_kind": "opening",
        "effective_on": "2026-11-01",
        "existing": "update",
    }


def _template(_world: World) -> dict[str, Any]:
    """One that ships: it is copied, tried, taken out by and taken out of use."""
    return {"pk": SheetTemplate.objects.get(key="platform.members.national").pk}


ABOUT_NOBODY = "a template holds no row of anybody: whoever keeps such sheets reads it, and takes out their own rows by it"


def _own_template(world: World) -> dict[str, Any]:
    """One of the unit's own."""
    shipped = SheetTemplate.objects.get(key="platform.members.national").latest
    return {"pk": actions.copy_template(actor=make.actor(world.office), version=shipped, title="密模板").pk}


def _one_more_template(world: World, number: int) -> None:
    shipped = SheetTemplate.objects.get(key="platform.members.national").latest
    actions.copy_template(actor=make.actor(world.office), version=shipped, title=f"密模板{number}")


def _edited(_world: World) -> dict[str, Any]:
    """One column is left."""
    head = {"title": "密模板", "dates": "cells", "numbers": "numbers", "based_on": 1, "reason": "只留一列"}
    rows = {"c-TOTAL_FORMS": "1", "c-INITIAL_FORMS": "0", "c-0-header": "姓名", "c-0-item": "name"}
    return {**head, **rows}


def _new_template(world: World) -> dict[str, Any]:
    content = sheet([person(1, world.branch.name)]).getvalue()
    return {"sheet": "roster", "title": "按文件", "file": SimpleUploadedFile("名册.xlsx", content)}


def _handed(world: World) -> dict[str, Any]:
    """The template of another unit."""
    made = SheetTemplate.objects.get(pk=_own_template(world)["pk"])
    content = actions.hand_on(made)
    made.versions.all().delete()
    made.delete()
    return {"file": SimpleUploadedFile("模板.json", content)}


def _tried(world: World) -> dict[str, Any]:
    return {
        "file": SimpleUploadedFile("名册.xlsx", sheet([person(1, world.branch.name)]).getvalue()),
        "organization": world.branch.pk,
    }


def _taken_out(world: World) -> dict[str, Any]:
    return {"organization": world.branch.pk, "purpose": "报送年度党内统计"}


EXAMPLES = {
    "exchange:templates": Example(query="?from=platform&sheet=roster&q=a", row=_one_more_template, holder=_office),
    "exchange:sheet_template_new": Example(post=_new_template, holder=_office),
    "exchange:sheet_template_receive": Example(post=_handed, holder=_office),
    "exchange:sheet_template": Example(_template, query="?version=1", holder=_office, open_to_neighbours=ABOUT_NOBODY),
    "exchange:sheet_template_copy": Example(_template, post=lambda _world: {"title": "另一份"}, holder=_office),
    "exchange:sheet_template_edit": Example(_own_template, post=_edited, holder=_office),
    "exchange:sheet_template_try": Example(_template, post=_tried, holder=_office),
    "exchange:sheet_template_blank": Example(_template, holder=_office, open_to_neighbours=ABOUT_NOBODY),
    "exchange:sheet_template_file": Example(_template, holder=_office, open_to_neighbours=ABOUT_NOBODY),
    "exchange:sheet_template_take_out": Example(_template, post=_taken_out, holder=_office, open_to_neighbours=ABOUT_NOBODY),
    "exchange:sheet_template_retire": Example(_own_template, post=_nothing, holder=_office),
    "exchange:sheet_template_restore": Example(_own_template, post=_nothing, holder=_office),
    "exchange:imports": Example(query="?state=ready&q=a", row=_into_another_branch, holder=_office),
    "exchange:imports_sheet": Example(holder=_office),
    "exchange:upload": Example(query="?sheet=roster", post=_upload, holder=_office),
    "exchange:template": Example(holder=_office),
    "exchange:workbook_upload": Example(post=_book, holder=_office),
    "exchange:workbook_template": Example(holder=_office),
    "exchange:workbook": Example(lambda world: {"pk": _in_book(world, State.WAITING).workbook.pk}, holder=_office),
    "exchange:answers": Example(_open, post=_answers, holder=_office),
    "exchange:set_aside": Example(lambda world: {"pk": _in_book(world, State.READY).pk}, post=_nothing, holder=_office),
    "exchange:take_up": Example(lambda world: {"pk": _in_book(world, State.ASIDE).pk}, post=_nothing, holder=_office),
    "exchange:detail": Example(_open, query="?show=rows&at=2", holder=_office),
    "exchange:picture": Example(_drawn, holder=_office),
    "exchange:progress": Example(lambda world: {"pk": _batch(world, State.CHECKING).pk}, holder=_office),
    "exchange:check": Example(_open, post=_nothing, holder=_office),
    "exchange:columns": Example(_unanswered, post=_nothing, holder=_office),
    "exchange:commit": Example(_open, post=_nothing, holder=_office),
    "exchange:undo": Example(lambda world: {"pk": _batch(world, State.COMMITTED).pk}, post=_nothing, holder=_office),
    "exchange:discard": Example(_open, post=_nothing, holder=_office),
    "exchange:leave_out_wrong": Example(_open, post=_nothing, holder=_office),
    "exchange:row": Example(_row, post=lambda _world: {f"c-{name}": text for name, text in CELLS.items()}, holder=_office),
    "exchange:leave_out": Example(_row, post=lambda _world: {"out": "1"}, holder=_office),
}
