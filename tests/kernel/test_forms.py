"""A month is chosen out of those that are possible."""

import datetime as dt

import pytest
from django import forms

from dangjian.kernel.forms import MonthField

OCTOBER, NOVEMBER = dt.date(2026, 10, 1), dt.date(2026, 11, 1)


class Asked(forms.Form):
    since = MonthField(months=(OCTOBER, NOVEMBER), empty="不限", required=False)


@pytest.mark.parametrize(("typed", "month"), [("2026-11-01", NOVEMBER), ("", None)])
def test_a_month_cleans_to_its_first_day(typed: str, month: dt.date | None) -> None:
    form = Asked({"since": typed})
    assert form.is_valid()
    assert form.cleaned_data == {"since": month}


@pytest.mark.parametrize("typed", ["2026-12-01", "2026-11-23", "2026-13-01", "十一月"])
def test_what_is_not_offered_is_refused(typed: str) -> None:
    assert "since" in Asked({"since": typed}).errors


def test_it_shows_its_months_and_the_one_that_stands() -> None:
    shown = str(Asked(initial={"since": OCTOBER})["since"])
    assert '<option value="2026-10-01" selected>2026年10月</option>' in shown
    assert "2026年11月" in shown
    assert "不限" in shown
