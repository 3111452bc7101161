"""Sheets other than those of members are compared too: records are found, taken over, put back, and told of (YAML cases)."""

import io
from pathlib import Path
from typing import Any

import pytest
import yaml
from openpyxl import load_workbook

from dangjian.accounts.models import Event
from dangjian.engines.exchange import actions
from dangjian.engines.exchange.models import (
    Believed,
    Difference,
    DifferenceKind,
    ImportBatch,
    ImportRow,
    OutsideSystem,
    State,
    SystemKind,
)
from dangjian.kernel.errors import Conflict
from dangjian.kernel.registry import by_code
from dangjian.org.gate import admitted
from dangjian.org.sheet_offers import Sheet
from dangjian.org.unscoped import unscoped
from tests import make
from tests.engines.exchange.platform import RECORDS, empty_platform, enter, typed
from tests.engines.exchange.test_comparing import believe, taken
from tests.importing import Enterprise

CASES: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("comparing_sheets.yaml").read_text("utf-8"))


def _system(platform: Enterprise, code: str) -> OutsideSystem:
    actor = make.actor(platform.office)
    more = {"title": "虚构系统", "kind": SystemKind.NATIONAL, "sheet_code": code}
    with admitted(actor, "exchange.keep_systems"):
        return actions.register(actor=actor, organization=platform.committee, **more)


def _compared(platform: Enterprise, system: OutsideSystem, rows: list[dict[str, Any]]) -> ImportBatch:
    actor = make.actor(platform.office)
    with admitted(actor, system.sheet.permission):
        batch = actions.upload_comparison(actor=actor, system=system, file=typed(rows), file_name="导出.xlsx")
    actions.check(pk=batch.pk)
    return platform.again(batch)


def _differences(batch: ImportBatch) -> list[str]:
    """Row, kind, item, who is believed, ! if it can be taken."""
    with unscoped("test world"):
        rows = Difference.objects.filter(batch=batch).order_by("number", "column")
        told = [(row.number or "-", row.kind, row.column, row.believed, "!" if row.is_takeable else "") for row in rows]
    return sorted(" ".join(str(part) for part in one if part) for one in told)


def _records(platform: Enterprise, sheet: Sheet) -> list[tuple[int, dict[str, Any]]]:
    assert sheet.out
    with unscoped("test world"):
        return [(one.record_id, dict(one.values)) for one in sheet.out.rows(platform.committee, None)]


def _named(file: io.BytesIO, sheet: Sheet) -> set[str]:
    """Which records they are told of."""
    [title] = [column.title for column in sheet.columns() if column.code == sheet.name_column]
    header, *lines = load_workbook(file)["对方要补、要改的"].iter_rows(values_only=True)
    return {str(line[header.index(title)]) for line in lines}


def _according_to_it(batch: ImportBatch) -> int:
    """How many events say that a record is otherwise because of this comparison."""
    said = Event.objects.filter(summary__endswith="（依据虚构系统 2026-11-23 的数据“导出.xlsx”）")
    assert not said.exclude(data__according_to=batch.pk).exists()
    return int(said.count())


def _decide(platform: Enterprise, batch: ImportBatch, number: int, record_id: int | None) -> None:
    actor = make.actor(platform.office)
    with admitted(actor, batch.sheet.permission):
        actions.decide(actor=actor, batch=batch, number=number, record_id=record_id)


@pytest.mark.day("2026-11-23")
@pytest.mark.parametrize("code", CASES)
def test_a_sheet_is_compared_taken_told_of_and_put_back(db: None, code: str) -> None:
    case, sheet = CASES[code], by_code(Sheet)[code]
    platform = empty_platform()
    for needed in case["needs"]:
        enter(platform, by_code(Sheet)[needed], typed(RECORDS[needed]))
    system = _system(platform, code)
    before = _records(platform, sheet)

    # What is on record already agrees with itself.
    same = _compared(platform, system, RECORDS[code])
    kinds = {one.split()[1] for one in _differences(same)} - {"lacking"}
    assert kinds <= ({"gone"} if code == "organizations" else set()), _differences(same)

    batch = _compared(platform, system, case["theirs"])
    assert platform.outcomes(batch) == case["outcomes"], platform.problems(batch)
    assert _differences(batch) == case["differences"]
    with unscoped("test world"):
        why = {row.number: row.candidates for row in ImportRow.objects.filter(batch=batch) if row.candidates}
    assert {number: [said for _record, said in found] for number, found in why.items()} == case.get("candidates", {})
    for number, candidates in why.items():
        _decide(platform, batch, number, candidates[0][0])
        assert platform.outcomes(batch)[number - 2] == "update"
        _decide(platform, batch, number, None)
        assert (platform.outcomes(batch), _differences(batch)) == (case["outcomes"], case["differences"])

    # Nothing is written while something is undecided.
    with pytest.raises(Conflict, match=r"没有(定以谁为准|认定)"):
        taken(platform, batch)
    assert _records(platform, sheet) == before
    believe(platform, batch, Believed.THEIRS, kind=DifferenceKind.CHANGED)
    believe(platform, batch, Believed.THEIRS, kind=DifferenceKind.ADDED)
    batch = taken(platform, batch, leave_open=True)
    assert (batch.state, batch.failure) == (State.COMMITTED, "")
    after = _records(platform, sheet)
    changed = {str(value) for _pk, values in after for value in values.values()}
    assert changed >= {str(value) for value in case["then"]}

    # Only what differs still leaves.
    actor = make.actor(platform.office)
    with admitted(actor, "exchange.keep_systems"):
        file = actions.take_out_differences(actor=actor, system=system, purpose="交对方改正")
    assert _named(file, sheet) == set(case["theirs_to_mend"])
    assert _according_to_it(batch) > 0

    assert platform.undo(batch).state == State.UNDONE
    assert _records(platform, sheet) == before
