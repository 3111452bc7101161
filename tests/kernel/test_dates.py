"""Dates as people type them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangjian.kernel.dates import MONTH_HOW, DateProblem, ParsedDate, of_1904, parse_date, parse_month
from dangjian.kernel.errors import Invalid

DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31))
WIDE = str.maketrans("0123456789./-", "０１２３４５６７８９．／－")

DAY_FORMS = [
    "{0.year}-{0.month}-{0.day}",
    "{0:%Y-%m-%d}",
    "{0:%Y/%m/%d}",
    "{0.year}/{0.month}/{0.day}",
    "{0:%Y.%m.%d}",
    "{0.year}.{0.month}.{0.day}",
    "{0:%Y%m%d}",
    "{0:%Y %m %d}",
    "{0.year}年{0.month}月{0.day}日",
    "{0.year}年{0.month}月{0.day}号",
    "{0:%Y}年{0:%m}月{0:%d}日",
    " {0.year} 年 {0.month} 月 {0.day} 日 ",
    "{0:%Y-%m-%d} 00:00:00",
    "{0:%Y-%m-%d}T08:30",
    "{0.year}/{0.month}/{0.day} 8:30",
    "{0.year}、{0.month}、{0.day}",
]
MONTH_FORMS = [
    "{0.year}.{0.month}",
    "{0:%Y.%m}",
    "{0.year}-{0.month}",
    "{0:%Y/%m}",
    "{0:%Y%m}",
    "{0.year}年{0.month}月",
    "{0:%Y}年{0:%m}月",
]


@pytest.mark.parametrize("form", DAY_FORMS)
@given(day=DAYS)
def test_a_day_in_every_written_form(form: str, day: dt.date) -> None:
    for text in (form.format(day), form.format(day).translate(WIDE)):
        assert parse_date(text).value == day
        assert not parse_date(text).month_only


@pytest.mark.parametrize("form", MONTH_FORMS)
@given(day=DAYS)
def test_a_month_in_every_written_form(form: str, day: dt.date) -> None:
    for text in (form.format(day), form.format(day).translate(WIDE)):
        assert parse_date(text).value == day.replace(day=1)
        assert parse_date(text).month_only


@given(day=st.dates(dt.date(1960, 1, 1), dt.date(2099, 12, 31)))
def test_the_day_count_of_a_spreadsheet(day: dt.date) -> None:
    serial = (day - dt.date(1899, 12, 30)).days
    assert parse_date(serial).value == parse_date(float(serial)).value == parse_date(serial + 0.5).value == day


@given(day=DAYS)
def test_dates_instants_and_written_numbers(day: dt.date) -> None:
    assert parse_date(day).value == day
    assert parse_date(dt.datetime(day.year, day.month, day.day, 23, 59, tzinfo=dt.UTC)).value == day
    assert parse_date(int(f"{day:%Y%m%d}")).value == parse_date(float(f"{day:%Y%m%d}")).value == day
    assert parse_date(int(f"{day:%Y%m}")).month_only


@pytest.mark.parametrize(
    ("number", "month"),
    [(1998.7, 7), (1998.07, 7), (1998.12, 12), (1998.11, 11), (1998.01, 1)],
)
def test_a_month_that_a_spreadsheet_took_for_a_number(number: float, month: int) -> None:
    assert parse_date(number).value == dt.date(1998, month, 1)
    assert parse_date(number).month_only


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "空的"),
        (None, "空的"),
        ("   ", "空的"),
        ("98.7.1", "四位年份"),
        ("98-7", "四位年份"),
        ("1998", "还要写月份"),
        ("1998年", "还要写月份"),
        (1998, "还要写月份"),
        (1998.1, "1998-10"),
        ("1998-02-30", "1998年2月只有28天"),
        ("2000.2.30", "2000年2月只有29天"),
        ("1998-13-01", "月份是13"),
        ("199813", "月份是13"),
        ("1998-0-1", "月份是0"),
        ("1998-7-0", "日是0"),
        ("1/7/1998", "年份写在最前面"),
        ("1898-07-01", "1900至2099"),
        ("3024年5月1日", "1900至2099"),
        (dt.date(1066, 10, 14), "1900至2099"),
        ("1998711", "写成两位"),
        ("19987", "写成两位"),
        (19987, "1998年7月"),
        (1998711, "不是能认出的日期"),
        (-5, "应该填日期"),
        (float("nan"), "应该填日期"),
        (float("inf"), "应该填日期"),
        (True, "应该填日期"),
        ([], "空的"),
        ("不详", "不是能认出的日期"),
        ("1998年7月1日上午", "不是能认出的日期"),
        (1998.123, "不是能认出的日期"),
    ],
)
def test_what_cannot_be_a_date_is_refused_with_the_reason(typed: object, says: str) -> None:
    with pytest.raises(DateProblem) as refused:
        parse_date(typed)
    assert says in refused.value.message
    assert "1998-07-01" in refused.value.how


@given(
    st.one_of(
        st.text(max_size=30),
        st.floats(),
        st.integers(),
        st.none(),
        st.text("0123456789./-年月日 ", max_size=14),
    )
)
def test_whatever_is_typed_gives_a_date_or_a_problem(typed: object) -> None:
    try:
        assert 1900 <= parse_date(typed).value.year <= 2099
    except DateProblem as problem:
        assert problem.message.endswith("。")  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize(
    "typed",
    [
        *("2026-12", "2026/12", "2026.12", "2026年12月", "202612", 202612, 2026.12, "２０２６年１２月", " 2026 年 12 月 "),
        *("2026年12月份", "2026年12月底", "2026年12月末", "2026年12月止", "至2026年12月", "到2026-12", "2026年十二月"),
        *("2026-12-31", "2026年12月31日", "2026-12-01 00:00:00", 20261231, dt.date(2026, 12, 9), 46387),
        *("2026年全年", "2026全年", "2026年底", "2026年末", "2026年年底", "2026年四季度", "2026年第4季度末", "2026年下半年"),
    ],
)
def test_the_month_up_to_which_something_reaches(typed: object) -> None:
    assert parse_month(typed) == dt.date(2026, 12, 1)


@pytest.mark.parametrize(
    ("typed", "month"),
    [
        ("2026年上半年", 6),
        ("2026年三季度", 9),
        ("2026年第一季度底", 3),
        ("2026第2季度", 6),
        ("2026年十月", 10),
        ("2026年二月", 2),
    ],
)
def test_other_months(typed: str, month: int) -> None:
    assert parse_month(typed) == dt.date(2026, month, 1)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        *(("", "月份是空的"), (None, "月份是空的"), (True, "应该填月份"), ("去年", "不是能认出的月份"), ("12月", "没有写年份")),
        *(("2026年", "还要写月份"), ("26年12月", "没有写全年份"), ("2026-13", "应在1至12之间"), (2026.1, "分不清是1月还是10月")),
        *(("2026年五季度", "不是能认出"), ("2026年2月30日", "只有28天"), ("1026年1月", "应在1900至2099之间")),
    ],
)
def test_what_is_no_month_says_why(typed: object, message: str) -> None:
    with pytest.raises(Invalid, match=message) as refused:
        parse_month(typed)
    assert refused.value.how == MONTH_HOW


@pytest.mark.parametrize(
    ("typed", "day", "month_only"),
    [
        ("二〇〇四年六月三十日", dt.date(2004, 6, 30), False),
        ("二零零四年十二月", dt.date(2004, 12, 1), True),
        ("一九九八年七月一日", dt.date(1998, 7, 1), False),
        ("二○二四年十月二十一日", dt.date(2024, 10, 21), False),
    ],
)
def test_written_numerals(typed: str, day: dt.date, month_only: bool) -> None:
    assert parse_date(typed) == ParsedDate(day, month_only)


def test_days_of_a_book_that_counts_from_1904() -> None:
    assert of_1904(36706) == of_1904(36706.0) == dt.date(2004, 6, 30)
    # 1998年7月, a year, a text and a truth are no count of days.
    assert [of_1904(value) for value in (19987, 1998.7, 1998, "36706", True)] == [19987, 1998.7, 1998, "36706", True]
