"""Values of settings as people write them."""

from typing import Any

import pytest

from dangjian.kernel.errors import Invalid
from dangjian.kernel.rulebook import book
from dangjian.kernel.rulebook.written import HINTS, read_written


@pytest.mark.parametrize(
    ("key", "text", "raw"),
    [
        ("dues.prepay", "3个月", {"months": 3}),
        ("dues.prepay", "三个月", {"months": 3}),
        ("duties.amber", " 10 天", {"days": 10}),
        ("dues.prepay", "1年", {"years": 1}),
        ("life.party_lecture.branch", "每月1次", {"times": 1, "per": "month"}),
        ("life.party_lecture.branch", "每季度两次", {"times": 2, "per": "quarter"}),
        ("dues.up.soe_ratio", "50%", "1/2"),
        ("dues.up.soe_ratio", "１／３", "1/3"),
        ("dues.farmer.amount", "0.50元", "0.50"),
        ("dues.collect.due_day", "25日", 25),
        ("dues.rounding", "0.1", "0.1"),
        ("duties.members_grouped", "否", False),
        ("org.general_branch", "不少于50，最多99", {"at_least": 50, "at_most": 99}),
        ("org.general_branch", "50至99", {"at_least": 50, "at_most": 99}),
        ("elect.delegates", "不少于100，一般不超过200，最多300", {"at_least": 100, "usually_at_most": 200, "at_most": 300}),
    ],
)
def test_what_people_write_is_understood(key: str, text: str, raw: object) -> None:
    assert read_written(book().entry(key), text) == raw
    assert book().check_override(key, raw) is not None


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("dues.prepay", "很久"),
        ("dues.prepay", "三天三夜"),
        ("life.party_lecture.branch", "经常"),
        ("dues.up.soe_ratio", "一半"),
        ("dues.up.soe_ratio", "1/0"),
        ("dues.farmer.amount", "-1"),
        ("dues.collect.due_day", "9999999999"),
        ("duties.members_grouped", "也许"),
        ("org.general_branch", "若干"),
    ],
)
def test_what_nobody_understands_is_refused_with_an_example(key: str, text: str) -> None:
    entry = book().entry(key)
    with pytest.raises(Invalid) as refused:
        read_written(entry, text)
    assert HINTS[entry.shape] in refused.value.how


@pytest.mark.parametrize("key", sorted(key for key, entry in book().entries.items() if entry.shape in HINTS))
def test_what_is_said_can_be_written_again(key: str) -> None:
    entry = book().entry(key)
    value: Any = entry.validities[-1].value
    if entry.shape == "option":
        assert read_written(entry, value.code) == value.code
        return
    said = book().on(key, entry.validities[-1].starts or entry.reviewed_on).text
    assert entry.read(read_written(entry, said)) == entry.read(_raw(entry.read(read_written(entry, said)))) == value


def _raw(value: object) -> object:
    dumped = getattr(value, "model_dump", None)
    if dumped is None:
        return str(value) if type(value).__name__ == "Fraction" else value
    found = {name: part for name, part in dumped().items() if part is not None}
    return f"{found['fen'] // 100}.{found['fen'] % 100:02}" if "fen" in found else found
