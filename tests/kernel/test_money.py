"""Amounts as people and spreadsheets write them, and as receipts write them out."""

from decimal import Decimal

import pytest
from django import forms
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from dangjian.kernel import money
from dangjian.kernel.errors import Invalid
from dangjian.kernel.forms import YuanField

FEN = st.integers(min_value=-money.LARGEST + 1, max_value=money.LARGEST - 1)


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("12", 1200),
        ("12.5", 1250),
        ("12.50", 1250),
        ("12.", 1200),
        (".5", 50),
        ("0", 0),
        ("1,234.50", 123450),
        ("12,345,678.90", 1234567890),
        ("￥12", 1200),
        ("¥ 12.30", 1230),
        (" 12.50元 ", 1250),
        ("１，２３４．５０", 123450),
        ("12。5", 1250),
        (12, 1200),
        (Decimal("12.50"), 1250),
        (Decimal("1E+2"), 10000),
        (6500.1, 650010),
        (0.1 + 0.2, 30),
        (1234567.89, 123456789),
    ],
)
def test_what_is_an_amount(typed: object, fen: int) -> None:
    assert money.parse(typed) == fen


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "是空的"),
        ("  ", "是空的"),
        (None, "是空的"),
        ("十二元", "不是能认出的金额"),
        ("12,34", "不是能认出的金额"),
        ("1 234", "不是能认出的金额"),
        ("1.2.3", "不是能认出的金额"),
        ("¥", "不是能认出的金额"),
        (".", "不是能认出的金额"),
        ("1e3", "不是能认出的金额"),
        ("12万", "不是能认出的金额"),
        ("--1", "不是能认出的金额"),
        ("12.345", "只能精确到分"),
        (Decimal("0.001"), "只能精确到分"),
        (12.345, "只能精确到分"),
        (float("nan"), "应该填金额"),
        (float("inf"), "应该填金额"),
        (Decimal("NaN"), "应该填金额"),
        (True, "应该填金额"),
        ([12], "应该填金额"),
        ("-12", "不能是负数"),
        (-1, "不能是负数"),
        ("9" * 11, "金额太大"),
        ("9" * 400, "金额太大"),
        (1e300, "金额太大"),
        (10**40, "金额太大"),
    ],
)
def test_what_is_no_amount(typed: object, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        money.parse(typed)


@pytest.mark.parametrize("typed", ["-12.50", "－12.50", "\u221212.50", "¥-12.50", "-¥12.50", -12.5])
def test_amounts_below_zero_only_where_they_are_meant(typed: object) -> None:
    assert money.parse(typed, negative=True) == -1250


@given(FEN)
def test_what_is_shown_can_be_typed_again(fen: int) -> None:
    assert money.parse(money.yuan(fen), negative=True) == fen
    assert money.parse(Decimal(fen) / 100, negative=True) == fen
    assert money.parse(fen / 100, negative=True) == fen


@pytest.mark.parametrize(
    ("fen", "shown"), [(0, "0.00"), (5, "0.05"), (123450, "1,234.50"), (-5, "-0.05"), (100000000, "1,000,000.00")]
)
def test_as_people_read_it(fen: int, shown: str) -> None:
    assert money.yuan(fen) == shown


@pytest.mark.parametrize(
    ("yuan", "written"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.20", "贰角整"),
        ("1", "壹元整"),
        ("10", "壹拾元整"),
        ("10.05", "壹拾元零伍分"),
        ("1234.50", "壹仟贰佰叁拾肆元伍角整"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("10500", "壹万零伍佰元整"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("100005000", "壹亿零伍仟元整"),
        ("9999999999.99", "玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
        ("-3", "负叁元整"),
    ],
)
def test_as_receipts_write_it(yuan: str, written: str) -> None:
    assert money.in_words(money.parse(yuan, negative=True)) == written


def _read_back(written: str) -> int:
    """The fen that a text in capital numerals means, read by another way than it was written."""
    places = {"拾": 10, "佰": 100, "仟": 1000}
    total = group = digit = 0
    for sign in written.removeprefix("负"):
        if sign in "零壹贰叁肆伍陆柒捌玖":
            digit = "零壹贰叁肆伍陆柒捌玖".index(sign)
        elif sign in places:
            group, digit = group + digit * places[sign], 0
        elif sign in "万亿":
            total, group, digit = total + (group + digit) * (10**4 if sign == "万" else 10**8), 0, 0
        elif sign == "元":
            total, group, digit = (total + group + digit) * 100, 0, 0
        elif sign in "角分":
            total, digit = total + digit * (10 if sign == "角" else 1), 0
    return -total if written.startswith("负") else total


@given(FEN)
def test_written_out_it_says_the_same_amount(fen: int) -> None:
    written = money.in_words(fen)
    assert _read_back(written) == fen
    assert "零零" not in written
    assert written.endswith("整") == (fen % 10 == 0)


def test_what_cannot_be_written_out() -> None:
    with pytest.raises(ValueError, match="太大"):
        money.in_words(money.LARGEST)


class PaymentForm(forms.Form):
    amount = YuanField(label="金额", least=1, most=100_000)
    extra = YuanField(label="多交", required=False)
    change = YuanField(label="调整", required=False, least=-5_000)


def test_the_field_cleans_to_fen() -> None:
    form = PaymentForm({"amount": "￥12.5", "extra": "", "change": "-3"})
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {"amount": 1250, "extra": None, "change": -300}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"amount": ""}, "必须填写"),
        ({"amount": "0"}, "不能少于0.01元。"),
        ({"amount": "1000.01"}, "不能多于1,000.00元。"),
        ({"amount": "12.345"}, "只能精确到分。请填写以元为单位的数字"),
    ],
)
def test_the_field_says_what_is_wrong_and_keeps_what_was_typed(data: dict[str, str], said: str) -> None:
    form = PaymentForm(data)
    assert not form.is_valid()
    assert said in form.errors["amount"][0]
    assert not data["amount"] or f'value="{data["amount"]}"' in str(form["amount"])
    assert PaymentForm({"amount": "1", "extra": "-1"}).errors["extra"] == [
        "金额不能是负数，填写的是-1.00元。请填写以元为单位的数字，最多两位小数，例如12或12.50。"
    ]


def test_the_field_shows_yuan_and_knows_when_it_is_unchanged() -> None:
    form = PaymentForm({"amount": "234.5", "extra": ""}, initial={"amount": 23450, "extra": None})
    shown = str(PaymentForm(initial={"amount": 123450})["amount"])
    assert 'value="1234.50"' in shown
    assert 'inputmode="decimal"' in shown
    assert form.changed_data == []
    assert PaymentForm({"amount": "x"}, initial={"amount": 1}).changed_data == ["amount"]


def test_the_filter() -> None:
    page = Template("{% load ui %}{{ fen|yuan }}|{{ none|yuan }}")
    assert page.render(Context({"fen": 123450, "none": None})) == "1,234.50|"


@pytest.mark.parametrize(
    ("typed", "fen"), [(7333.33333333333, 733333), ("0.005", 1), (0.125, 13), ("7333.3349", 733333), ("12", 1200)]
)
def test_an_average_is_rounded_half_up_where_the_caller_says_so(typed: object, fen: int) -> None:
    assert money.parse(typed, rounding=True) == fen
