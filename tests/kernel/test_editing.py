"""Two texts that began as one are put together: what one of them changed is changed, and no line comes twice by it."""

import json

import pytest
from django import forms
from django.http import QueryDict

from dangjian.kernel.editing import EditForm


class Minutes(EditForm):
    text = forms.CharField(label="记录", widget=forms.Textarea, required=False)
    place = forms.CharField(label="地点", required=False)


def together(before: str, theirs: str, mine: str, *, seen: str = "") -> str:
    """The text of ``mine`` and ``theirs``, as the page offers it."""
    data = QueryDict(mutable=True)
    data.update({"text": mine, "seen": seen or Minutes(initial={"text": before}).seen})
    form = Minutes(data)
    assert form.is_valid()
    assert form.overtaken(Minutes(initial={"text": theirs}))
    (difference,) = form.differences
    word, values = difference.takes[-1]
    assert word == "两份合在一起"
    found: str = json.loads(values)[0]
    return found


@pytest.mark.parametrize(
    ("before", "theirs", "mine", "merged"),
    [
        pytest.param("甲\n乙\n丙", "甲\n乙\n新\n丙", "改甲\n乙\n丙", "改甲\n乙\n新\n丙", id="each changed another line"),
        pytest.param("甲\n乙\n丙", "甲\n丙", "甲\n乙\n丙\n新", "甲\n丙\n新", id="a line that one of them took away stays away"),
        pytest.param("甲\n乙", "改甲\n乙", "甲改\n乙", "改甲\n甲改\n乙", id="both changed the same line: both are kept"),
        pytest.param("甲\n乙\n丙", "乙\n丙\n甲", "甲\n乙\n丙\n新", "甲\n乙\n丙\n新", id="a line that was moved comes once"),
        pytest.param("甲", "甲\n同一句\n新", "同一句\n甲", "同一句\n甲\n新", id="what both added comes once"),
        pytest.param(
            "甲\n同意\n乙\n同意",
            "甲\n同意\n乙\n同意\n新",
            "改\n同意\n乙\n同意",
            "改\n同意\n乙\n同意\n新",
            id="what stood twice stays",
        ),
        pytest.param("甲", "", "甲\n新", "新", id="a text that was taken away is no word of its own"),
    ],
)
def test_two_texts_that_began_as_one(before: str, theirs: str, mine: str, merged: str) -> None:
    assert together(before, theirs, mine) == merged


def test_a_page_that_does_not_know_the_lines_keeps_those_of_both_once() -> None:
    marks = json.loads(Minutes(initial={"text": "甲\n乙"}).seen)
    whole = {name: mark.split(" ")[0] for name, mark in marks.items()}
    assert together("甲\n乙", "甲\n乙\n新", "改甲\n乙", seen=json.dumps(whole)) == "甲\n改甲\n乙\n新"


def test_what_was_seen_can_be_read_by_nobody() -> None:
    assert "机密" not in Minutes(initial={"text": "机密\n机密二", "place": "机密处"}).seen
