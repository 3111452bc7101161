"""What the form renderer writes."""

import datetime as dt
import re

import pytest
from django import forms

from dangjian.kernel.forms import YuanField
from dangjian.kernel.ui.forms import IDNumberInput, PersonChoice, PersonPicker, PhoneInput, RadioCards


class MeetingForm(forms.Form):
    title = forms.CharField(label="会议名称", help_text="写清楚是第几次")
    on = forms.DateField(label="日期")
    at = forms.DateTimeField(label="时间")
    kind = forms.ChoiceField(label="类型", choices=[("a", "甲"), ("b", "乙")], widget=RadioCards(notes={"a": "每季度一次"}))
    people = forms.MultipleChoiceField(label="人员", choices=[("1", "容知远"), ("2", "秦守正")], widget=PersonPicker)
    told = forms.BooleanField(label="已通知", required=False)
    secret = forms.CharField(widget=forms.HiddenInput, required=False)


def test_label_required_mark_and_help_are_tied_to_the_field() -> None:
    html = str(MeetingForm())
    assert '<label for="id_title">会议名称<span class="required"' in html
    assert re.search(r'name="title"[^>]*aria-describedby="id_title_helptext"', html)
    assert '<p class="help" id="id_title_helptext">写清楚是第几次</p>' in html
    assert html.count('name="secret"') == 1


def test_error_is_tied_to_the_field_and_says_what_to_do() -> None:
    html = str(MeetingForm({}))
    assert re.search(r'name="title"[^>]*aria-invalid="true"', html)
    assert re.search(r'name="title"[^>]*aria-describedby="[^"]*id_title_error', html)
    assert re.search(r'id="id_title_error".*这一项必须填写。', html)
    assert "请至少选择一项。" in html


def test_errors_of_the_whole_form_are_announced() -> None:
    form = MeetingForm({"title": "x"})
    form.add_error(None, "这一天已经有会议了")
    assert re.search(r'role="alert".*这一天已经有会议了', str(form), re.DOTALL)


def test_dates_are_native_pickers_and_keep_what_was_typed() -> None:
    html = str(MeetingForm({"on": "2026-11-23", "at": "2026-11-23T14:30"}))
    assert re.search(r'type="date" name="on"\s+value="2026-11-23"', html)
    assert re.search(r'type="datetime-local" name="at"\s+value="2026-11-23T14:30"', html)


def test_initial_dates_are_written_for_native_pickers() -> None:
    html = str(MeetingForm(initial={"on": dt.date(2026, 11, 3), "at": dt.datetime(2026, 11, 3, 9, 5)}))  # noqa: DTZ001 - a form has no zone
    assert 'value="2026-11-03"' in html
    assert 'value="2026-11-03T09:05"' in html


@pytest.mark.parametrize("year", ["0026", "1899", "2100", "9999"])
def test_a_year_that_nobody_means_is_refused(year: str) -> None:
    errors = MeetingForm({"on": f"{year}-11-23", "at": f"{year}-11-23T14:30"}).errors
    assert errors["on"] == errors["at"] == [f"年份是{int(year)}，应在1900至2099之间。请写四位年份。"]


def test_native_values_are_read_back() -> None:
    form = MeetingForm({"title": "x", "on": "2026-11-23", "at": "2026-11-23T14:30", "kind": "a", "people": ["1"]})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["at"].hour == 14


def test_groups_of_choices_are_fieldsets_with_a_legend() -> None:
    html = str(MeetingForm())
    assert re.search(r"<fieldset[^>]*>\s*<legend>类型", html)
    assert "每季度一次" in html


def test_people_are_found_by_pinyin_and_initials() -> None:
    html = str(MeetingForm())
    assert 'data-key="容知远 rongzhiyuan rzy"' in html
    assert "data-picker-all" in html


def test_choosing_one_person_offers_no_select_all() -> None:
    field = forms.ChoiceField(choices=[("1", "容知远")], widget=PersonChoice)
    html = str(type("F", (forms.Form,), {"who": field})())
    assert 'type="radio"' in html
    assert "data-picker-all" not in html


def test_phone_keyboards() -> None:
    assert 'inputmode="tel"' in PhoneInput().render("p", "")
    assert 'inputmode="decimal"' in str(type("F", (forms.Form,), {"cost": YuanField()})())
    assert "data-private" in IDNumberInput().render("i", "")


def test_what_was_typed_is_escaped() -> None:
    assert "<script>" not in str(MeetingForm({"title": "<script>"}))
