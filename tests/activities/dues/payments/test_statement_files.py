"""Files of banks: two layouts in three formats, files that are refused, and what makes two lines the same."""

import csv
import datetime as dt
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangjian.activities.dues.payments.banking import files, layouts, lines
from dangjian.activities.dues.payments.banking.lines import Line
from dangjian.kernel.spreadsheets import SpreadsheetProblem

TODAY = dt.date(2026, 11, 23)
DEBIT_CREDIT = """虚构银行账户交易明细,,,,,,
户名：,虚构公司党委党费专户,,,,,
交易日期,交易流水号,借方发生额,贷方发生额,余额,对方户名,附言
2026-11-20,"\t20261120000001",,30.00,"1,030.00",张虚构,DF 1234 党费
2026/11/21,="20261121000002",500.00,-,530.00,虚构公司机关党委,上缴党费
20261121,'20261121000003,0.00,"1,020.50","1,550.50",李虚构,
2026年11月22日,20261122000004,,-30.00,"1,520.50",张虚构,错账冲正
合计,,500.00,"1,020.50",,,
"""
SIGNED = """交易时间,交易金额(元),账户余额,对方账户名称,摘要,用途
2026-11-22 18:30:01,30.00,60.00,张虚构,转账,十一月党费
2026-11-22 09:00:00,-5,30.00,李虚构,退款,
2026-11-20 08:00:00,35,35.00,李虚构,转账,转账
"""
FLAGGED = """交易日期,收支标志,交易金额,对方户名,备注
2026-11-20,收入,30.00,张虚构,党费
2026-11-20,支出,10.00,张虚构,退款
2026-11-20,收,-30.00,张虚构,冲正
"""


def read(text: str, encoding: str = "utf-8") -> layouts.Statement:
    return layouts.read(text.encode(encoding), filename="流水.csv", today=TODAY)


def refused(content: bytes, filename: str = "流水.csv") -> SpreadsheetProblem:
    with pytest.raises(SpreadsheetProblem) as problem:
        layouts.read(content, filename=filename, today=TODAY)
    assert problem.value.how
    return problem.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_two_columns_of_amounts(encoding: str) -> None:
    found = read(DEBIT_CREDIT, encoding)
    assert found.layout == layouts.DEBIT_CREDIT
    assert [(line.row, line.booked_on, line.amount_fen, line.payer_name) for line in found.lines] == [
        (4, dt.date(2026, 11, 20), 3000, "张虚构"),
        (5, dt.date(2026, 11, 21), -50000, "虚构公司机关党委"),
        (6, dt.date(2026, 11, 21), 102050, "李虚构"),
        (7, dt.date(2026, 11, 22), -3000, "张虚构"),
    ]
    assert [line.serial for line in found.lines] == [
        "20261120000001",
        "20261121000002",
        "20261121000003",
        "20261122000004",
    ]
    assert [line.balance_fen for line in found.lines] == [103000, 53000, 155050, 152050]
    assert [line.came_back for line in found.lines] == [False, False, False, True]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_one_column_with_signs(encoding: str) -> None:
    found = read(SIGNED, encoding)
    assert found.layout == layouts.SIGNED
    assert [(line.booked_on.day, line.amount_fen, line.remark, line.came_back) for line in found.lines] == [
        (22, 3000, "十一月党费 转账", False),
        (22, -500, "退款", True),
        (20, 3500, "转账", False),
    ]


def test_one_column_with_a_flag() -> None:
    assert [(line.amount_fen, line.came_back) for line in read(FLAGGED).lines] == [(3000, False), (-1000, True), (-3000, True)]


@pytest.mark.parametrize("text", [DEBIT_CREDIT, SIGNED, FLAGGED])
def test_a_workbook_reads_as_the_same_lines(text: str) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in text.splitlines():
        sheet.append([value.strip("\t=\"'") for value in _split(row)])
    out = io.BytesIO()
    book.save(out)
    assert layouts.read(out.getvalue(), filename="流水.xlsx", today=TODAY) == read(text)


def _split(row: str) -> list[str]:
    return next(csv.reader([row]))


def test_real_numbers_and_dates_of_a_workbook() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["记账日期", "收入金额", "支出金额", "对方户名"])
    sheet.append([dt.datetime.fromisoformat("2026-11-20 09:30"), 0.1 + 0.2, None, "张虚构"])
    out = io.BytesIO()
    book.save(out)
    line = layouts.read(out.getvalue(), filename="流水.xlsx", today=TODAY).lines[0]
    assert (line.booked_on, line.amount_fen) == (dt.date(2026, 11, 20), 30)


def test_tabs_between_cells() -> None:
    assert [line.amount_fen for line in read(SIGNED.replace(",", "\t")).lines] == [3000, -500, 3500]


def test_the_number_of_the_account_is_read() -> None:
    text = "交易日期,交易金额,对方户名,本方账号\n2026-11-20,1,张虚构,6222 0000 1111 2222\n"
    assert read(text).accounts == {"6222000011112222"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "空的"),
        (b"  \r\n ", "空的"),
        ("交易日期,交易金额,附言\n".encode(), "一笔交易也没有"),
        ("日期,备注\n2026-11-20,党费\n".encode(), "金额"),
        ("交易金额,备注\n30,党费\n".encode(), "日期"),
        ("交易日期,交易金额\n2026-11-20,30\n".encode(), "没有对方户名"),
        ("你好\n再见\n".encode(), "表头"),
        ("交易日期,交易金额,附言\n2026-11-20,30元整\n".encode(), "B2"),
        ("交易日期,交易金额,附言\n2026-11-20,30.005\n".encode(), "两位小数"),
        ("交易日期,交易金额,附言\n2026-11-20,,党费\n".encode(), "B2：金额是空的"),
        ("交易日期,交易金额,附言\n2026-11-20,#N/A,党费\n".encode(), "B2里是错误值"),
        ("交易日期,交易金额,附言\n11月20日,30\n".encode(), "A2"),
        ("交易日期,交易金额,附言\n2026-11,30\n".encode(), "哪一天"),
        ("交易日期,交易金额,附言\n2026-11-24,30\n".encode(), "晚于今天"),
        ("交易日期,交易金额,附言\n,30\n".encode(), "日期是空的"),
        ("交易日期,借方金额,贷方金额,附言\n2026-11-20,1,2\n".encode(), "都有金额"),
        ("交易日期,交易金额,借贷标志,附言\n2026-11-20,1,甲\n".encode(), "看不出"),
        ("交易日期,交易金额,交易金额\n2026-11-20,1,1\n".encode(), "两次"),
        ('交易日期,交易金额,附言\n2026-11-20,"30\n'.encode(), "引号"),
        ("交易日期,交易金额\n2026-11-20,30,张虚构".encode() + b"\xff\xff\n", "读不出来"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "网页"),
        (b"%PDF-1.7\n%", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "图片"),
        (b"PK\x03\x04" + b"\0" * 60, "不完整"),
        (("交易日期,交易金额" + ",甲" * 200 + "\n").encode(), "列"),
    ],
)
def test_files_that_are_refused(content: bytes, said: str) -> None:
    assert said in refused(content).message


def test_all_faults_are_named_and_nothing_is_taken() -> None:
    rows = "".join(f"2026-11-20,甲{number}\n" for number in range(12))
    problem = refused(f"交易日期,交易金额,附言\n{rows}".encode())
    assert "B2" in problem.message
    assert "等12处" in problem.message


def test_too_many_rows_and_too_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_ROWS", 3)
    assert "超过3笔" in refused(("交易日期,交易金额,附言\n" + "2026-11-20,1\n" * 4).encode()).message
    monkeypatch.setattr(files, "MOST_BYTES", 20)
    assert "超过" in refused(("交易日期,交易金额\n" + "2026-11-20,1\n").encode()).message


def line(amount: int = 3000, payer: str = "张虚构", day: int = 20, **more: object) -> Line:
    return Line(row=1, booked_on=dt.date(2026, 11, day), amount_fen=amount, payer_name=payer, **more)  # type: ignore[arg-type]  # mixed keywords


def marks(*found: Line) -> list[str]:
    return lines.fingerprints(1, found)


def test_two_equal_transfers_with_serials_are_two() -> None:
    first, second = line(serial="1"), line(serial="2")
    assert len(set(marks(first, second))) == 2
    assert marks(second)[0] == marks(first, second)[1]


def test_a_serial_decides_whatever_the_bank_writes_beside_it() -> None:
    assert marks(line(serial="1", remark="党费")) == marks(line(serial="1", payer="张*构", balance_fen=1))


def test_two_equal_transfers_without_serials_are_told_apart_by_balance_or_by_counting() -> None:
    by_balance = marks(line(balance_fen=3000), line(balance_fen=6000))
    assert len(set(by_balance)) == 2
    assert marks(line(balance_fen=6000)) == by_balance[1:]
    assert len(set(marks(line(), line()))) == 2
    # In, out again and in once more: amount and balance are alike.
    same = marks(line(balance_fen=3000), line(-3000, balance_fen=0), line(balance_fen=3000))
    assert len(set(same)) == 3


def test_the_other_account_has_other_fingerprints() -> None:
    assert lines.fingerprints(1, [line()]) != lines.fingerprints(2, [line()])


SOME_LINES = st.lists(
    st.builds(
        line,
        amount=st.integers(1, 3),
        payer=st.sampled_from("甲乙"),
        day=st.integers(18, 20),
        serial=st.sampled_from(["", "1", "2"]),
    ),
    max_size=12,
)


@given(SOME_LINES)
def test_overlapping_files_have_each_line_once(whole: list[Line]) -> None:
    """Files hold whole days. However they overlap, together they have as many fingerprints as there are lines."""
    ordered = sorted(whole, key=lambda one: one.booked_on)
    early = [one for one in ordered if one.booked_on.day <= 19]
    late = [one for one in ordered if one.booked_on.day >= 19]
    assert len(set(marks(*ordered))) == len(ordered)
    assert set(marks(*early)) | set(marks(*late)) == set(marks(*ordered))
    assert set(marks(*reversed(ordered))) == set(marks(*ordered))
