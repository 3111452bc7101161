"""What is on record leaves sheet by sheet, comes into an empty platform, and leaves as the same."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from openpyxl import load_workbook

from dangjian.accounts.models import Event
from dangjian.engines.exchange import actions, writing
from dangjian.engines.exchange.definition import Definition
from dangjian.engines.exchange.models import SheetTemplate
from dangjian.engines.exchange.models.templates import SHIPPED
from dangjian.engines.exchange.queries.templates import template_sets
from dangjian.kernel.registry import by_code, offers
from dangjian.org.sheet_offers import Sheet
from dangjian.org.unscoped import unscoped
from tests import make
from tests.engines.exchange.platform import RECORDS, empty_platform, enter, typed
from tests.importing import Enterprise

GOING_OUT = sorted((one for one in offers(Sheet) if one.out), key=lambda one: one.order)


@contextmanager
def undone() -> Iterator[None]:
    """What is done inside never happened."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


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
        platform = empty_platform()
        for code in RECORDS:
            enter(platform, by_code(Sheet)[code], typed(RECORDS[code]))
        first = {one.code: _leaving(platform, one, by_sheet[one.code]) for one in GOING_OUT}
    again = empty_platform()
    for one in GOING_OUT:
        enter(again, one, io.BytesIO(first[one.code].getvalue()), by_sheet[one.code])
    for one in GOING_OUT:
        found = _cells(first[one.code])
        assert len(found) > len(RECORDS.get(one.code, [])), one.code
        assert _cells(_leaving(again, one, by_sheet[one.code])) == found, one.code


def test_every_sheet_that_goes_out_is_part_of_the_trip() -> None:
    assert {one.code for one in GOING_OUT} == RECORDS.keys()


@pytest.mark.day("2026-11-23")
def test_a_set_leaves_as_one_workbook_and_is_known_again(db: None) -> None:
    platform = empty_platform()
    for code in ("organizations", "roster", "officers"):
        enter(platform, by_code(Sheet)[code], typed(RECORDS[code]))
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
