"""What is filled in at a step as a form asks for it, and what a program may send instead."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django import forms

from dangjian.engines.procedures.actions.taking import checked_entry
from dangjian.engines.procedures.definition import Entry
from dangjian.engines.procedures.entries import field_for, problem_of, shown, text_of
from dangjian.engines.procedures.forms import ManyForm
from dangjian.engines.procedures.installed import procedure
from dangjian.kernel.errors import Invalid
from dangjian.kernel.identity import fictional_resident_id
from dangjian.kernel.ui.forms import Segmented
from dangjian.org.models import Organization


def entry(kind: Any, *titles: str, required: bool = True) -> Entry:
    choices = tuple((str(number), title) for number, title in enumerate(titles))
    return Entry("opinion", "意见", kind, required=required, help="", choices=choices)


@pytest.mark.parametrize(
    ("asked", "look"),
    [
        (entry("choice", "好", "较好", "一般", "差"), Segmented),
        (entry("yes_no"), Segmented),
        (entry("choice", "好", "较好", "一般", "差", required=False), forms.RadioSelect),
        (entry("choice", "党员推荐", "其他群团组织推优"), forms.RadioSelect),
    ],
)
def test_few_short_choices_stand_side_by_side(asked: Entry, look: type) -> None:
    assert type(field_for(asked, None).widget) is look


@pytest.mark.parametrize("text", ["-1", "1.5", "九", "9" * 5000])
def test_a_number_is_one_that_can_be_counted_with(text: str) -> None:
    number = entry("number")
    assert problem_of(number, text, Organization())
    with pytest.raises(forms.ValidationError):
        field_for(number, None).clean(text)
    assert not problem_of(number, "24", Organization())


def test_an_identity_number_is_checked_kept_whole_and_shown_masked() -> None:
    number, asked = fictional_resident_id(dt.date(1988, 3, 1), 7), entry("resident_id")
    assert field_for(asked, None).clean(f" {number[:6]} {number[6:]} ") == number
    assert (problem_of(asked, number, Organization()), shown(asked, number)[6:14]) == ("", "********")
    for wrong in (number[:-1], number[:-1] + ("1" if number[-1] != "1" else "2"), f" {number}"):
        assert problem_of(asked, wrong, Organization())
    with pytest.raises(forms.ValidationError):
        field_for(asked, None).clean(number[:-1])


def test_a_mobile_number_is_too() -> None:
    asked = entry("mobile")
    assert field_for(asked, None).clean("199 0000 0951") == "19900000951"
    assert (problem_of(asked, "19900000951", Organization()), shown(asked, "19900000951")) == ("", "199****0951")
    assert all(problem_of(asked, text, Organization()) for text in ("1990000095", "199 0000 0951"))


def test_a_month_is_chosen_and_kept_by_its_first_day() -> None:
    asked = entry("month")
    assert text_of(field_for(asked, None).clean("2026-11-01")) == "2026-11-01"
    assert (problem_of(asked, "2026-11-01", Organization()), shown(asked, "2026-11-01")) == ("", "2026年11月")
    assert all(problem_of(asked, text, Organization()) for text in ("2026-11-02", "2026-11", "十一月"))


def test_what_only_some_outcomes_ask_for_is_needed_and_kept_with_them_alone() -> None:
    months = replace(entry("number"), code="months", outcomes=("extended",))
    approve = procedure("development").step("conversion_approve", dt.date(2026, 1, 1))
    assert approve
    step = replace(approve, entry=(months,))
    there = Organization()
    assert checked_entry(step, {"months": 6}, there, outcome="extended") == {"months": "6"}
    assert checked_entry(step, {"months": 6}, there, outcome="converted") == {}
    with pytest.raises(Invalid) as refused:
        checked_entry(step, {}, there, outcome="extended")
    assert refused.value.fields == {"months": "请填写"}
    field = field_for(months, None)
    assert (field.required, field.widget.attrs["data-outcomes"]) == (False, "extended")


def test_what_holds_for_many_is_asked_for_whatever_comes_out_of_each() -> None:
    months = replace(entry("number"), code="months", outcomes=("extended",))
    approve = procedure("development").step("conversion_approve", dt.date(2026, 1, 1))
    assert approve
    field = ManyForm(replace(approve, entry=(months,))).fields["shared_months"]
    assert "data-outcomes" not in field.widget.attrs
