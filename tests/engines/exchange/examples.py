"""Examples of this module's addresses for the contracts."""

import datetime as dt
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from dangjian.accounts.models import User
from dangjian.engines.exchange import actions, payload
from dangjian.engines.exchange.forms.systems import SystemEditForm
from dangjian.engines.exchange.models import (
    Believed,
    Delivery,
    Difference,
    DifferenceKind,
    ImportBatch,
    ImportRow,
    ImportWorkbook,
    Outcome,
    OutsideSystem,
    SheetTemplate,
    State,
    SystemKind,
)
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


def _system(world: World, number: int = 1, **more: Any) -> OutsideSystem:
    system: OutsideSystem = OutsideSystem.objects.create(
        organization=world.branch, title=f"甲支部密系统{number}", kind=SystemKind.NATIONAL, sheet_code="roster", **more
    )
    return system


def _systems_of_others(world: World, number: int) -> None:
    OutsideSystem.objects.create(
        organization=make.branch(world.committee),
        title=f"虚构系统{number}",
        kind=SystemKind.OTHER,
        sheet_code="roster",
        every_months=3,
    )


def _its_number(world: World) -> dict[str, Any]:
    return {"pk": _system(world).pk}


def _comparison(world: World, state: str = State.READY) -> ImportBatch:
    """The export of a system with a row about a member and one that may be about them."""
    batch = _batch(world, state)
    ImportBatch.objects.filter(pk=batch.pk).update(system=_system(world))
    batch.refresh_from_db()
    return batch


def _undecided(world: World) -> dict[str, Any]:
    batch = _comparison(world)
    candidates = [(world.member.pk, "姓名相同，出生日期相近")]
    ImportRow.objects.filter(batch=batch).update(outcome=Outcome.DECIDE, candidates=candidates)
    ImportBatch.objects.filter(pk=batch.pk).update(new_count=0, decide_count=1)
    return {"pk": batch.pk, "number": 2}


def _difference(world: World, number: int = 1, *, stands: bool = True) -> Difference:
    """In one value of a member of a branch of their own; of the same comparison each time."""
    batch = ImportBatch.objects.filter(system__isnull=False).first() or _comparison(world, State.COMMITTED)
    member = make.member(world.branch, f"甲党员密{number}")
    made: Difference = Difference.objects.create(
        batch=batch, organization=world.branch, number=number, record_id=member.pk, column="unit_name",
        kind=DifferenceKind.CHANGED, believed=Believed.ASK, is_takeable=True, stands=stands,
        theirs=payload.pack_kept({"unit_name": f"甲部门密{number}"}),
    )  # fmt: skip
    return made


def _differing(world: World) -> dict[str, Any]:
    return {"pk": _difference(world).batch.system_id}


def _compared(world: World) -> dict[str, Any]:
    return {"pk": _comparison(world).pk}


def _one_more_compared(world: World, number: int) -> None:
    _difference(world, number, stands=False)


def _one_more_comparison(world: World, number: int) -> None:
    system = OutsideSystem.objects.first() or _system(world)
    batch = _batch(world, State.COMMITTED)
    ImportBatch.objects.filter(pk=batch.pk).update(system=system, file_name=f"甲支部密{number}.xlsx", uploaded_by=make.user())


def _delivered(world: World) -> dict[str, Any]:
    """What a system delivered of a member."""
    made = Delivery.objects.create(
        batch=_comparison(world, State.COMMITTED), organization=world.branch, record_id=world.member.pk, columns=["unit_name"]
    )
    return {"pk": made.pk, "column": "unit_name"}


def _system_form(world: World) -> dict[str, Any]:
    return {
        "title": "虚构系统", "kind": "national", "sheet_code": "roster", "keeper": "虚构人员", "every_months": "3",
        "organization": world.branch.pk,
    }  # fmt: skip


def _system_change(_world: World) -> dict[str, Any]:
    form = SystemEditForm(system=OutsideSystem(title="虚构系统", kind="national", sheet_code="roster", every_months=3))
    return {"title": "虚构系统二", "keeper": "", "every_months": "6"} | {one.html_name: "ours" for one in form.rules}


EXAMPLES = {
    "exchange:look_through": Example(_differing, post=_nothing, holder=_office),
    "exchange:say_wrong": Example(_delivered, post=_nothing, holder=_office),
    "exchange:all_systems": Example(row=_systems_of_others, holder=_office),
    "exchange:all_differences": Example(row=_difference, holder=_office),
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
    "exchange:sheet_template_set": Example(
        post=lambda world: {"set": "省级党内统计（参考）", **_taken_out(world)}, holder=_office, open_to_neighbours=ABOUT_NOBODY
    ),
    "exchange:sheet_template_retire": Example(_own_template, post=_nothing, holder=_office),
    "exchange:sheet_template_restore": Example(_own_template, post=_nothing, holder=_office),
    "exchange:systems": Example(row=_systems_of_others, holder=_office),
    "exchange:systems_sheet": Example(holder=_office),
    "exchange:system": Example(_differing, holder=_office),
    "exchange:comparisons": Example(_its_number, row=_one_more_comparison, holder=_office),
    "exchange:system_new": Example(post=_system_form, holder=_office),
    "exchange:system_edit": Example(_its_number, post=_system_change, holder=_office),
    "exchange:system_close": Example(_its_number, post=_nothing, holder=_office),
    "exchange:system_reopen": Example(
        lambda world: {"pk": _system(world, closed_on=dt.date(2026, 11, 1)).pk}, post=_nothing, holder=_office
    ),
    "exchange:compare": Example(
        _its_number,
        post=lambda world: {"file": SimpleUploadedFile("导出.xlsx", sheet([person(1, world.branch.name)]).getvalue())},
        holder=_office,
    ),
    "exchange:take_out": Example(_differing, post=lambda _world: {"purpose": "虚构的核对用途"}, holder=_office),
    "exchange:differences": Example(row=_difference, holder=_office),
    "exchange:answer_difference": Example(
        lambda world: {"pk": _difference(world).pk}, post=lambda _world: {"believed": "ours"}, holder=_office
    ),
    "exchange:compared": Example(_compared, row=_one_more_compared, holder=_office),
    "exchange:decide": Example(_undecided, post=lambda _world: {"record": "0"}, holder=_office),
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
