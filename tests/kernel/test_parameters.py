"""What an address asks for is read, or taken for nothing; filters of a page that is no list; a short table."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import RequestFactory

from dangjian.kernel import clock, parameters
from dangjian.kernel.lists import DAY, NUMBER, AsOf, Choice, Column, PageFilters, Table
from dangjian.kernel.periods import MONTH, YEAR

pytestmark = pytest.mark.day("2026-11-23")
FILTERS = PageFilters(filters=(Choice("state", "状态", [("open", "待办")]), AsOf("on", "日期")))


def asked(query: str) -> Any:
    return RequestFactory().get(f"/{query}")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?tab=b&month=2026-03&pk=7&on=2026-01-02", ("b", "2026-03", 7, dt.date(2026, 1, 2))),
        ("", ("a", "2026-11", None, None)),
        ("?tab=x&month=2026-13&pk=-1&on=2026-99-99", ("a", "2026-11", None, None)),
        ("?tab=&month=2026-Q1&pk=²&on=0001-01-01", ("a", "2026-11", None, None)),
        ("?month=2026", ("a", "2026-11", None, None)),
    ],
)
def test_what_cannot_be_read_is_taken_for_nothing(query: str, found: tuple[object, ...]) -> None:
    request = asked(query)
    read = (
        parameters.one_of(request, "tab", {"a", "b"}, "a"),
        parameters.span(request, MONTH).code,
        parameters.number(request, "pk"),
        parameters.day(request, "on"),
    )
    assert read == found


def test_texts_are_cut_off_and_several_codes_kept_in_their_order() -> None:
    request = asked(f"?q=%20{'字' * 70}%20&kind=c&kind=x&kind=a")
    assert parameters.text(request, "q") == "字" * 60
    assert parameters.several_of(request, "kind", {"a", "b", "c"}) == ["c", "a"]
    assert parameters.span(request, YEAR).code == "2026"


def test_filters_of_a_page_are_read_as_those_of_a_list() -> None:
    nothing = FILTERS.asked(asked("?state=x&on=1000-01-01"))
    assert (nothing.values.get("state"), nothing.values["on"], nothing.is_filtered) == (None, clock.today(), False)
    chosen = FILTERS.asked(asked("?state=open&on=2026-01-02"))
    assert (chosen.values, chosen.is_filtered) == ({"state": "open", "on": dt.date(2026, 1, 2)}, True)
    assert FILTERS.asked(asked("?on=2027-01-01")).values["on"] == clock.today()


def test_a_page_says_what_stands_where_nothing_is_asked_for() -> None:
    unasked = FILTERS.asked(asked(""), state="open")
    assert (unasked.values["state"], unasked.is_filtered) == ("open", False)
    assert FILTERS.asked(asked("?state="), state="open").values["state"] == "open"


@dataclass
class Term:
    title: str
    number: int | None
    on: dt.date | None = None


TERMS: Table[Term] = Table(
    "历届", (Column("届次", "title"), Column("人数", "number", NUMBER), Column("开始", "on", DAY)), row=lambda term: "/term/"
)


def test_a_table_draws_its_columns_and_leaves_cells_without_a_value_empty() -> None:
    drawn = TERMS.of([Term("第<1>届", 1234), Term("第2届", None, dt.date(2026, 11, 23))])
    assert '<a href="/term/">第&lt;1&gt;届</a>' in drawn
    assert 'data-label="人数" class="num">1,234</td>' in drawn
    assert 'data-label="人数" class="num"></td>' in drawn
    assert "2026年11月23日" in drawn
    assert "历届" in drawn


def test_a_table_without_rows_is_nothing() -> None:
    assert TERMS.of([]) == ""


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/annual/behind/members/?table=4", "/annual/behind/members/?table=4"),
        ("https://elsewhere.example/", "/usual/"),
        ("//elsewhere.example/", "/usual/"),
        ("/\\elsewhere.example/", "/usual/"),
        ("javascript:alert(1)", "/usual/"),
        ("", "/usual/"),
    ],
)
def test_back_leads_nowhere_else(rf: RequestFactory, wanted: str, goes_to: str) -> None:
    assert parameters.back(rf.get("/", {"back": wanted}), "/usual/") == goes_to
