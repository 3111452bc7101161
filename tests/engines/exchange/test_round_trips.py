"""What is on record leaves sheet by sheet, comes into an empty platform, and leaves as the same."""

import datetime as dt
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import transaction
from openpyxl import load_workbook

from dangjian.accounts.models import Event
from dangjian.engines.exchange import actions, writing
from dangjian.engines.exchange.definition import Definition
from dangjian.engines.exchange.models import SheetTemplate, State
from dangjian.engines.exchange.models.templates import SHIPPED
from dangjian.engines.exchange.queries.templates import template_sets
from dangjian.kernel import spreadsheets
from dangjian.kernel.registry import by_code, offers
from dangjian.kernel.spreadsheets import Column
from dangjian.org import roles
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import Sheet
from dangjian.org.unscoped import unscoped
from tests import make
from tests.importing import Enterprise
from tests.members.sheets.people import resident_id

RECORDS: dict[str, list[dict[str, Any]]] = yaml.safe_load(Path(__file__).with_name("round_trip.yaml").read_text("utf-8"))
GOING_OUT = sorted((one for one in offers(Sheet) if one.out), key=lambda one: one.order)
ANSWERS: dict[str, dict[str, Any]] = {"dues_bases": {"from_month": "2026-11-01"}}


def _empty() -> Enterprise:
    """A platform with nothing but its highest committee and its office."""
    top = make.committee(name="虚构集团党委", effective_on=dt.date(2010, 7, 1))
    office = make.grant(top, roles.PARTY_OFFICE).user
    make.grant(top, roles.SECRETARY, office)
    return Enterprise(top, top, top, top, top, office, office)


@contextmanager
def undone() -> Iterator[None]:
    """What is done inside never happened."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _typed(code: str) -> io.BytesIO:
    rows = [
        {name: resident_id(value) if name == "公民身份号码" else _text(value) for name, value in row.items()}
        for row in RECORDS[code]
    ]
    headers = list(dict.fromkeys(header for row in rows for header in row))
    made = [[row.get(header) for header in headers] for row in rows]
    return spreadsheets.write([Column(header, kind="general") for header in headers], made, title="表")


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _enter(platform: Enterprise, one: Sheet, file: io.BytesIO, template: Definition | None = None) -> None:
    # What the platform proposes is answered, but for what a fixed day needs.
    with unscoped("test world"):
        proposed = {
            name: field.initial() if callable(field.initial) else field.initial for name, field in one.questions().items()
        }
    answers = {**proposed, **ANSWERS.get(one.code, {})}
    batch = platform.upload(file, sheet=one, template=template, **({} if one.code == "roster" else {"answered": answers}))
    wrong = {cell: text for cell, text in platform.problems(batch).items() if not text.startswith("~")}
    assert (batch.state, wrong) == (State.READY, {}), one.code
    assert platform.commit(batch).state == State.COMMITTED
    if one.code == "organizations":
        # The office says from when on the platform is used; what was done before comes in by sheets.
        with unscoped("test world"):
            Organization.objects.update(live_on=dt.date(2026, 11, 1))


def _leaving(platform: Enterprise, one: Sheet, template: Definition) -> io.BytesIO:
    assert one.out
    with unscoped("test world"):
        return writing.workbook(template, one, list(one.out.rows(platform.committee, None)))


def _cells(file: io.BytesIO) -> list[list[Any]]:
    file.seek(0)
    return [[cell.value for cell in row] for row in load_workbook(file).worksheets[0].iter_rows()]


def _plain() -> dict[str, Definition]:
    return {one.code: writing.plain_template(one) for one in GOING_OUT}


def _national() -> dict[str, Definition]:
    """The national records, the platform's own columns where there is none."""
    return _shipped(lambda one: not one.set)


def _provincial() -> dict[str, Definition]:
    """The provincial set, which knows months only."""
    return _shipped(lambda one: bool(one.set))


def _shipped(chosen: Callable[[Definition], bool]) -> dict[str, Definition]:
    """Neither has employee numbers, so nobody leaves with one."""
    meanings = [one.latest.meaning for one in SheetTemplate.objects.filter(key__startswith=SHIPPED)]
    own = {one.sheet: one for one in meanings if chosen(one)}
    return {code: _without(one, "employee_no") for code, one in _plain().items()} | own


def _without(template: Definition, item: str) -> Definition:
    return template.model_copy(update={"columns": tuple(one for one in template.columns if one.item != item)})


@pytest.mark.day("2026-11-23")
@pytest.mark.parametrize("templates", [_plain, _national, _provincial])
def test_what_leaves_comes_in_and_leaves_the_same(db: None, templates: Any) -> None:
    by_sheet = templates()
    with undone():
        platform = _empty()
        for code in RECORDS:
            _enter(platform, by_code(Sheet)[code], _typed(code))
        first = {one.code: _leaving(platform, one, by_sheet[one.code]) for one in GOING_OUT}
    again = _empty()
    for one in GOING_OUT:
        _enter(again, one, io.BytesIO(first[one.code].getvalue()), by_sheet[one.code])
    for one in GOING_OUT:
        found = _cells(first[one.code])
        assert len(found) > len(RECORDS.get(one.code, [])), one.code
        assert _cells(_leaving(again, one, by_sheet[one.code])) == found, one.code


def test_every_sheet_that_goes_out_is_part_of_the_trip() -> None:
    assert {one.code for one in GOING_OUT} == RECORDS.keys()


@pytest.mark.day("2026-11-23")
def test_a_set_leaves_as_one_workbook_and_is_known_again(db: None) -> None:
    platform = _empty()
    for code in ("organizations", "roster", "officers"):
        _enter(platform, by_code(Sheet)[code], _typed(code))
    versions = template_sets(GOING_OUT)["省级党内统计（参考）"]
    actor = make.actor(platform.office)
    with unscoped("test world"):
        file = actions.take_out_set(actor=actor, versions=versions, organization=platform.committee, purpose="报送统计")
    book = load_workbook(file)
    pages = [page.title for page in book.worksheets if page.sheet_state == "visible"]
    assert pages == ["填写说明", "党组织", "单位", "班子成员", "党员", "发展党员"]
    file.seek(0)
    with unscoped("test world"):
        workbook = actions.upload_workbook(
            actor=actor,
            organization=platform.committee,
            file=file,
            file_name="省级.xlsx",
            templates=[one.meaning for one in versions],
        )
        batches = list(workbook.batches.order_by("place"))
        actions.check(pk=batches[0].pk)
        batches[0].refresh_from_db()
    assert [(one.sheet_code, one.template is not None) for one in batches] == [
        ("organizations", True),
        ("officers", True),
        ("roster", True),
    ]
    # All of them are on record: nothing is new.
    assert (batches[0].new_count, batches[0].problem_count) == (0, 0)
    assert Event.objects.filter(verb="members.exported", purpose="报送统计").count() == 2
