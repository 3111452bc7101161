"""What every declared list keeps: questions do not grow with rows; orders, filters and the spreadsheet say what the page says.

A list's rows come from the ``row`` of its example (``tests/contracts/examples.py``), with people and organisations of their own.
What programs are answered is in ``test_api.py``.
"""

import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

import dangjian
from dangjian.kernel.lists import DECLARED, ProgramList
from tests.contracts.examples import Example
from tests.contracts.listed import EXAMPLES, MADE_UP, ROWS, Visit, address_of, has_sheet, questions, undone
from tests.contracts.routes import routes
from tests.contracts.world import World, build

ROUTES = {route.name for route in routes()}
"""Resolving them imports every view, and with that every list."""

LISTS = sorted((one for one in DECLARED if not isinstance(one, ProgramList)), key=lambda one: one.name)


def app_of(listing: Any) -> str:
    return str(listing.name).partition(":")[0]


APPS = sorted({app_of(one) for one in LISTS})
"""So that the walk is spread over the workers of a run."""


def test_every_list_has_its_addresses_and_an_example_that_makes_rows() -> None:
    missing = [one.name for one in LISTS if address_of(one) not in ROUTES or has_sheet(one) != (f"{one.name}_sheet" in ROUTES)]
    without = [one.name for one in LISTS if EXAMPLES.get(one.name, Example()).row is None]
    assert (missing, without) == ([], [])


def test_names_in_the_address_are_told_apart() -> None:
    for one in LISTS:
        sorts = [column.sort_key for column in one.all_columns if column.sort]
        assert len(set(sorts)) == len(sorts), one.name
        assert not {"page", "sort"} & {each.name for each in one.filters}, one.name


@pytest.mark.django_db
@pytest.mark.parametrize("app", APPS)
def test_questions_orders_filters_and_spreadsheet_of_every_list(app: str) -> None:
    """All lists of an app in one world: what each makes is undone before the next."""
    world, wrong = build(), []
    for one in (one for one in LISTS if app_of(one) == app):
        with undone():
            wrong += [f"{one.name}: {fault}" for fault in _faults(Visit.of(one, world), world)]
    assert not wrong, "\n".join(wrong)


def _faults(visit: Visit, world: World) -> Iterator[str]:
    visit.page()  # what is looked up once a process
    shapes = {"page": visit.page} | ({"spreadsheet": visit.sheet} if has_sheet(visit.listing) else {})
    before = {what: questions(ask) for what, ask in shapes.items()}
    visit.add_rows(world)
    for what, ask in shapes.items():
        if (now := questions(ask)) > before[what]:
            yield f"its {what} asks {now} questions for {ROWS} rows and {before[what]} for one"
    usual = visit.numbers()
    if len(usual) < ROWS:
        yield f"shows {len(usual)} of {ROWS} rows"
    if visit.numbers(sort=MADE_UP, page="99") != usual:
        yield "does not take a made-up order or page for the usual one"
    yield from _order_faults(visit, usual)
    yield from _filter_faults(visit, usual)
    if has_sheet(visit.listing):
        yield from _sheet_faults(visit)


def _order_faults(visit: Visit, usual: list[Any]) -> Iterator[str]:
    asked = visit.page().context["asked"]
    for key in visit.listing.sorts:
        up, down = visit.numbers(sort=key), visit.rows(asked, sort=f"-{key}")
        if not sorted(up) == sorted(down) == sorted(usual):
            yield f"loses rows when sorted by {key}"


def _filter_faults(visit: Visit, usual: list[Any]) -> Iterator[str]:
    """Each choice by itself finds its rows; the page is drawn with every choice, one of each filter at a time."""
    asked = visit.page().context["asked"]
    choices = {name: [value for value, _ in one.choices] for name, one in asked.form.fields.items() if hasattr(one, "choices")}
    for name, values in choices.items():
        if visit.rows(asked, **{name: MADE_UP}) != usual:
            yield f"does not leave out what it cannot read of {name}"
        for value in values:
            visit.rows(asked, **{name: value})
    if visit.numbers(**dict.fromkeys(choices, MADE_UP)) != usual:
        yield "does not leave out what it cannot read"
    for together in zip_longest(*choices.values(), fillvalue=""):
        visit.page(**dict(zip(choices, together, strict=True)))


def _sheet_faults(visit: Visit) -> Iterator[str]:
    columns = [column for column in visit.listing.all_columns if column.in_sheet]
    page, (head, *lines) = visit.page(), visit.sheet()
    if list(head) != [column.header or column.title for column in columns]:
        yield f"its spreadsheet has the columns {head}"
    if len(lines) != page.context["page_obj"].paginator.count:
        yield f"its spreadsheet has {len(lines)} lines"
    shown = [[_cell(column.plain(row)) for column in columns] for row in page.context["page_obj"].object_list]
    if shown != [[_cell(value) for value in line] for line in lines]:
        yield f"its spreadsheet says {lines}, its page {shown}"


def _cell(value: Any) -> str:
    """As text, whatever a spreadsheet makes of dates and amounts."""
    if value is None:
        return ""
    text = str(value).removesuffix(" 00:00:00")
    return text.rstrip("0").rstrip(".") if text.replace(".", "", 1).isdigit() and "." in text else text


NAME_COMPARED = re.compile(r"(?<![a-z_])(?:\w+__)*(?:user|short_)?name__i?contains|search_key__")
HOMES = {
    "accounts/queries.py": "found_account",
    "members/queries/people.py": "found_by_text",
    "org/queries.py": "found_by_text",
    "org/applications.py": "an organisation that is not there yet",
    "accounts/views.py": "what somebody typed as a sign-in name that failed",
    "kernel/fields.py": "how names are compared",
    "engines/procedures/queries.py": "what a case is called, whatever that is",
    "org/unit_queries.py": "a unit, which is no organisation and found by its credit code too",
    "activities/contact/views/guests.py": "a guest, who is on no roster",
    "activities/meetings/views/run.py": "a guest, who is on no roster",
}
"""Where names of people and organisations are compared, by what it is for."""


def test_names_are_compared_in_their_homes_alone() -> None:
    """So that what a box finds on one page is found on the next."""
    root = Path(dangjian.__file__).parent
    found = {str(path.relative_to(root)) for path in root.rglob("*.py") if NAME_COMPARED.search(path.read_text("utf-8"))}
    assert found == set(HOMES)
