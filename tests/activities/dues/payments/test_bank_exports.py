"""Statements as the six permitted banks export them, and what went wrong with files of banks elsewhere."""

import datetime as dt
from typing import Any

import pytest

from dangjian.activities.dues.payments.banking import accounts, columns, directions, layouts
from dangjian.activities.dues.payments.banking.layouts import Statement
from dangjian.kernel.spreadsheets import SpreadsheetProblem
from tests.tables import KINDS, WITH_CELLS, Failed, written

TODAY = dt.date(2026, 11, 28)
PERSON, REMARK = "虚构付款人", "DF123456789092"
OWN = "19990000000000001"

Rows = list[list[Any]]
BANKS: dict[str, Rows] = {
    "工商银行 个人": [
        ["账户明细查询"],
        ["卡号：", OWN],
        [
            "交易日期", "摘要", "交易详情", "交易场所", "交易国家或地区简称", "钞/汇", "交易金额(收入)", "交易金额(支出)",
            "交易币种",
            "记账金额(收入)", "记账金额(支出)", "记账币种", "余额", "对方户名", "对方账户",
        ],
        [
            "2026-11-20", REMARK, "", "网上银行", "CHN", "钞", "30.00", "", "人民币", "30.00", "", "人民币", "1,030.00",
            PERSON, "6200",
        ],
        [
            "2026-11-21", "转账", "", "", "CHN", "钞", "", "10.00", "人民币", "", "10.00", "人民币", "1,020.00",
            "虚构收款人", "",
        ],
        ["人民币合计", "", "", "", "", "", "", "", "", "30.00", "10.00"],
    ],
    "工商银行 单位": [
        ["[HISTORYDETAIL]"],
        ["凭证号", "本方账号", "交易时间", "对方单位", "对方账号", "转入金额", "转出金额", "余额", "用途", "摘要", "附言"],
        ["0", OWN, "2026-11-20 11:09:16", PERSON, "6200", "30.00", "", "1030.00", "", "网转", REMARK],
        ["0", OWN, "2026-11-21 11:09:16", "虚构收款人", "6200", "", "10.00", "1020.00", "购书", "网转", ""],
    ],
    "农业银行 单位": [
        ["账户明细"],
        ["账户号", OWN, "账户名称", "虚构公司党委"],
        ["交易时间", "收入金额", "支出金额", "账户余额", "交易行名", "对方省市", "对方账号", "对方户名", "交易用途"],
        ["20261120100102", "30.00", "--", "+1,030.00", "营业部", "虚构省", "6200", PERSON, REMARK],
        ["20261121100102", "--", "10.00", "+1,020.00", "营业部", "虚构省", "6200", "虚构收款人", "购书"],
    ],
    "中国银行 单位": [
        ["交易流水"],
        ["查询账号[ Inquirer account number ]", OWN],
        [
            "交易类型[ Transaction Type ]", "业务类型[ Business type ]", "付款人账号[ Debit Account No. ]",
            "付款人名称[ Payer's Name ]", "收款人名称[ Payee's Name ]", "交易日期[ Transaction Date ]",
            "交易时间[ Transaction time ]",
            "交易货币[ Trade Currency ]", "交易金额[ Trade Amount ]", "交易后余额[ After-transaction balance ]",
            "交易流水号[ Transaction reference number ]", "用途[ Purpose ]", "交易附言[ Remark ]",
        ],
        ["来账", "转账", "6200", PERSON, "虚构公司党委", "20261120", "10:01:02", "CNY", "30.00", "1030.00", "S1", "", REMARK],
        [
            "往账", "转账", OWN, "虚构公司党委", "虚构收款人", "20261121", "10:01:02", "CNY", "-10.00", "1020.00", "S2",
            "购书", "",
        ],
    ],
    "中国银行 个人": [
        [
            "交易时间", "业务摘要", "对方账户名称", "对方账户账号", "币种", "钞/汇", "收入金额", "支出金额", "余额",
            "交易渠道/场所", "附言",
        ],
        ["2026-11-20 10:01:02", "转账", PERSON, "6200", "人民币元", "钞", "30.00", "", "1,030.00", "网银", REMARK],
        ["2026-11-21 10:01:02", "转账", "虚构收款人", "6200", "人民币元", "钞", "", "10.00", "1,020.00", "网银", ""],
    ],
    "建设银行 单位": [
        [
            "账号", "账户名称", "交易时间", "借方发生额（支取）", "贷方发生额（收入）", "余额", "币种", "对方户名",
            "对方账号", "对方开户机构",
            "记账日期", "摘要", "备注", "账户明细编号-交易流水号", "企业流水号", "凭证种类", "凭证号",
        ],
        [OWN, "虚构公司党委", "20261120 17:07:09", "0", "30.00", "1030.00",
         "人民币元", PERSON, "6200", "开户行", "20261120", "转账",
         REMARK, "135-23", "", "", ""],
        [OWN, "虚构公司党委", "20261121 17:07:09", "10.00", "0", "1020.00",
         "人民币元", "虚构收款人", "6200", "开户行", "20261121", "转账",
         "购书", "136-24", "", "", ""],
    ],
    "建设银行 单位（两层表头）": [
        ["账　　号", OWN],
        [
            "交易时间", "凭证种类", "凭证号", "发生额/元", None, "余额/元", "对方户名", "对方账号", "摘要", "备注",
            "账户明细编号-交易流水号",
        ],
        [None, None, None, "借方", "贷方", None, None, None, None, None, None],
        ["20261120 17:07:09", "", "", "", "30.00", "1030.00", PERSON, "6200", "转账", REMARK, "135-23"],
        ["20261121 17:07:09", "", "", "10.00", "", "1020.00", "虚构收款人", "6200", "转账", "购书", "136-24"],
    ],
    "建设银行 个人": [
        ["客户名称:虚构公司党委"],
        [f"卡号/账号:{OWN}"],
        ["序号", "摘要", "币别", "钞汇", "交易日期", "交易金额", "账户余额", "交易地点/附言", "对方账号与户名"],
        ["1", "转账", "人民币元", "钞", "20261120", "30.00", "1030.00", REMARK, f"6200********0001/{PERSON}"],
        ["2", "转账", "人民币元", "钞", "20261121", "-10.00", "1020.00", "购书", "6200********0002/虚构收款人"],
    ],
    "交通银行 单位": [
        ["查询账号:", OWN],
        ["户  名:", "虚构公司党委"],
        ["交易时间", "借方发生额（支出）", "贷方发生额（收入）", "账户余额", "对方账号", "对方户名", "摘要"],
        ["2026-11-20 10:01:02", "", "30.00", "1030.00", "6200", PERSON, REMARK],
        ["2026-11-21 10:01:02", "10.00", "", "1020.00", "6200", "虚构收款人", "购书"],
    ],
    "交通银行 个人": [
        [
            "Serial Num 序号", "Trans Date 交易日期", "Trans Time 交易时间", "Trading Type 交易类型", "Dc Flg 借贷",
            "Trans Amt 交易金额",
            "Balance 余额", "Payment Receipt Account 对方账号", "Payment Receipt Account Name 对方户名",
            "Trading Place 交易地点",
            "Abstract 摘要",
        ],
        ["1", "2026-11-20", "10:01:02", "网银转账", "贷 Cr", "30.00", "1030.00", "6200", PERSON, "网银", REMARK],
        ["2", "2026-11-21", "10:01:02", "网银转账", "借 Dr", "10.00", "1020.00", "6200", "虚构收款人", "网银", "购书"],
    ],
    "邮政储蓄银行 单位": [
        ["户名", "虚构公司党委", "账号", OWN],
        [
            "交易流水号", "交易日期", "交易时间", "对方户名", "对方账号", "摘要", "用途", "附言", "支出金额", "收入金额",
            "余额",
        ],
        ["S1", "20261120", "10:01:02", PERSON, "6200", "转账", "", REMARK, "", "30.00", "1,030.00"],
        ["S2", "20261121", "10:01:02", "虚构收款人", "6200", "转账", "购书", "", "10.00", "", "1,020.00"],
    ],
}  # fmt: skip
"""Fictional lines below the columns of the exports: 30 元 come in, 10 元 go out."""


def read(rows: Rows, kind: str = "csv", **how: Any) -> Statement:
    return layouts.read(written(kind, {"明细": rows}, **how), filename=f"流水.{kind}", today=TODAY)


def amounts(statement: Statement) -> list[tuple[int, str]]:
    return [(line.amount_fen, line.doubt) for line in statement.lines]


def table(header: str, *rows: str) -> Rows:
    return [line.split(",") for line in (header, *rows)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bank", BANKS)
def test_exports_of_the_permitted_banks(bank: str, kind: str) -> None:
    found = read(BANKS[bank], kind)
    assert amounts(found) == [(3000, ""), (-1000, "")]
    first = found.lines[0]
    assert (first.booked_on, first.payer_name, first.balance_fen) == (dt.date(2026, 11, 20), PERSON, 103000)
    assert REMARK in first.remark
    assert not found.unused
    assert all(accounts.is_of(number, OWN) for number in found.accounts)
    assert found.accounts or bank in {"中国银行 个人", "交通银行 个人"}  # these two name no account


class TestDirection:
    HEAD = "交易时间,收入金额,支出金额,账户余额,对方户名,交易用途"

    def test_a_sign_in_the_outgoing_column_brings_nothing_in(self) -> None:
        [(amount, doubt)] = amounts(read(table(self.HEAD, "20261103100102,--,-84.75,+915.25,虚构甲,困难慰问")))
        assert (amount, doubt) == (-8475, directions.SIGNED_OUT)

    def test_the_balance_shows_that_it_went_out(self) -> None:
        rows = table(self.HEAD, "20261103,30.00,--,+1000.00,虚构甲,党费", "20261104,--,-84.75,+915.25,虚构乙,困难慰问")
        assert amounts(read(rows)) == [(3000, ""), (-8475, "")]
        assert amounts(read([rows[0], rows[2], rows[1]])) == [(-8475, ""), (3000, "")]

    def test_the_balance_shows_that_it_was_taken_back(self) -> None:
        rows = table(self.HEAD, "20261103,30.00,--,1000.00,虚构甲,党费", "20261104,--,-84.75,1084.75,虚构乙,慰问冲正")
        assert amounts(read(rows)) == [(3000, ""), (8475, directions.TAKEN_BACK)]

    def test_a_bank_that_always_writes_the_sign(self) -> None:
        head = "交易时间,收入金额,支出金额,对方户名,交易用途"
        rows = table(head, "20261103,--,-1.00,虚构甲,慰问", "20261104,--,-2.00,虚构乙,购书", "20261105,30.00,--,虚构丙,党费")
        assert amounts(read(rows)) == [(-100, ""), (-200, ""), (3000, "")]

    def test_mixed_signs_are_not_certain(self) -> None:
        head = "交易时间,收入金额,支出金额,对方户名,交易用途"
        rows = table(head, "20261103,--,-1.00,虚构甲,慰问", "20261104,--,2.00,虚构乙,购书")
        assert amounts(read(rows)) == [(-100, directions.SIGNED_OUT), (-200, "")]

    def test_money_that_moved_the_balance_the_other_way_waits(self) -> None:
        rows = table("交易日期,交易金额,余额,对方户名", "2026-11-03,30.00,1000.00,虚构甲", "2026-11-04,84.75,915.25,虚构乙")
        assert amounts(read(rows)) == [(3000, ""), (8475, directions.TURNED)]

    @pytest.mark.parametrize(
        ("text", "way"),
        [
            ("贷 Cr", 1),
            ("来账", 1),
            ("C", 1),
            ("贷方(收入)", 1),
            ("借 Dr", -1),
            ("往账", -1),
            ("取出", -1),
            ("其他", 0),
            ("借 Cr", 0),
        ],
    )
    def test_words_for_the_way(self, text: str, way: int) -> None:
        assert columns.way(text) == way

    def test_money_of_another_currency_waits(self) -> None:
        [(_, doubt)] = amounts(read(table("交易日期,交易金额,币种,对方户名", "2026-11-03,30.00,美元,虚构甲")))
        assert doubt == layouts.NOT_YUAN


class TestState:
    HEAD = "交易日期,交易金额,余额,对方户名,摘要,交易状态"

    @pytest.mark.parametrize("word", ["失败", "交易失败", "已冲正", "已退票", "交易关闭", "已撤销"])
    def test_what_did_not_succeed_is_left_out_and_counted(self, word: str) -> None:
        found = read(
            table(self.HEAD, f"2026-11-04,44.44,1030.00,虚构甲,党费,{word}", "2026-11-04,30.00,1030.00,虚构乙,党费,成功")
        )
        assert (amounts(found), found.failed) == ([(3000, "")], 1)

    def test_an_unknown_state_waits(self) -> None:
        rows = table(
            self.HEAD, "2026-11-04,44.44,,虚构甲,党费,处理中", "2026-11-04,1.00,,虚构乙,党费,", "2026-11-04,2.00,,丙,,成功"
        )
        doubts = [doubt for _, doubt in amounts(read(rows))]
        assert "处理中" in doubts[0]
        assert "空白" in doubts[1]
        assert not doubts[2]

    def test_a_line_marked_as_taken_back_waits(self) -> None:
        rows = table("交易日期,交易金额,对方户名,冲正标志", "2026-11-04,44.44,虚构甲,是", "2026-11-04,1.00,虚构乙,否")
        assert [bool(doubt) for _, doubt in amounts(read(rows))] == [True, False]


class TestAccount:
    @pytest.mark.parametrize(
        "above",
        [
            [f"账号：{OWN}", "户名：另一个单位"],
            ["账　号", None, OWN],
            ["查询卡号[ Card No. ]", OWN],
            ["账号:1999 0000 0000 00001 币种:人民币"],
            ["卡号/账号:1999****0001"],
        ],
    )
    def test_numbers_above_the_table_count(self, above: list[Any]) -> None:
        found = read([above, *table("交易日期,交易金额,对方户名", "2026-11-02,33.33,虚构甲")])
        [number] = found.accounts
        assert accounts.is_of(number, OWN)
        assert not accounts.is_of(number, "19990000000000002")

    def test_the_number_of_the_other_side_does_not(self) -> None:
        rows = table("交易日期,交易金额,对方户名", "2026-11-02,33.33,虚构甲")
        assert not read([["对方账号：19990000000000009"], ["查询笔数：1234567890"], *rows]).accounts

    def test_a_number_that_a_spreadsheet_cut_down_is_compared_as_far_as_it_goes(self) -> None:
        rows = table("交易日期,交易金额,对方户名", "2026-11-02,33.33,虚构甲")
        [number] = read([["账号", 1999000000000000100], *rows], "xlsx").accounts
        assert accounts.is_of(number, "1999000000000000123")
        assert not accounts.is_of(number, "1999000000000100123")


class TestRowsAndColumns:
    @pytest.mark.parametrize(
        "total", ["合　计", "人民币合计", "共1笔", "本页小计：", "借方总笔数 0", "制表人：虚构", "说明：以上仅供参考"]
    )
    def test_sums_and_notes(self, total: str) -> None:
        rows = table("交易日期,收入,支出,余额,对方户名,摘要", "2026-11-07,30.01,,1030.00,虚构甲,党费", f"{total},30.01,,,,")
        assert amounts(read(rows)) == [(3001, "")]
        rows[-1] = ["", "30.01", "", "", total, ""]
        assert amounts(read(rows)) == [(3001, "")]

    def test_a_payer_called_like_a_sum_is_a_payer(self) -> None:
        rows = table("交易日期,收入,支出,余额,对方户名,摘要", "2026-11-07,30.01,,1030.00,合计,共1笔")
        assert amounts(read(rows)) == [(3001, "")]

    def test_the_header_once_more(self) -> None:
        head = "交易日期,收入,支出,余额,对方户名,摘要"
        rows = table(head, "2026-11-07,30.01,,1030.00,虚构甲,党费", head, "2026-11-08,1.00,,1031.00,虚构乙,党费")
        assert [fen for fen, _ in amounts(read(rows))] == [3001, 100]

    def test_a_balance_brought_forward_is_no_line(self) -> None:
        rows = table(
            "交易日期,收入,支出,余额,对方户名,摘要", "2026-11-01,,,1000.00,,期初余额", "2026-11-07,30.01,,1030.01,虚构甲,党费"
        )
        assert amounts(read(rows)) == [(3001, "")]

    def test_unknown_columns_are_listed(self) -> None:
        assert read(table("交易日期,交易金额,对方户名,神秘列", "2026-11-02,1,虚构甲,x")).unused == ("神秘列（D列）",)

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("6200********0001/虚构付款人", "虚构付款人"),
            ("虚构付款人 6200000000000001", "虚构付款人"),
            ("虚构付款人", "虚构付款人"),
            ("6200000000000001", ""),
        ],
    )
    def test_a_name_beside_its_number(self, text: str, name: str) -> None:
        assert read(table("交易日期,交易金额,对手信息,摘要", f"2026-11-02,1,{text},x")).lines[0].payer_name == name

    def test_several_sheets_are_read_together(self) -> None:
        sheets = {
            "十月": table("交易日期,交易金额,对方户名", "2026-10-02,1.00,虚构甲"),
            "十一月": table("交易日期,交易金额,对方户名", "2026-11-02,2.00,虚构甲"),
        }
        for kind in WITH_CELLS:
            found = layouts.read(written(kind, sheets), filename="x", today=TODAY)
            assert [line.amount_fen for line in found.lines] == [100, 200]
        sheets["十一月"][1][1] = "很多"
        with pytest.raises(SpreadsheetProblem, match="“十一月”B2"):
            layouts.read(written("xlsx", sheets), filename="x", today=TODAY)

    @pytest.mark.parametrize("kind", KINDS)
    def test_an_error_in_an_amount_refuses_the_file(self, kind: str) -> None:
        with pytest.raises(SpreadsheetProblem, match="B3"):
            read([["交易日期", "交易金额", "对方户名"], ["2026-11-02", 1, "甲"], ["2026-11-02", Failed("#N/A"), "乙"]], kind)

    @pytest.mark.parametrize("kind", WITH_CELLS)
    def test_bare_numbers_of_days_count_as_the_book_does(self, kind: str) -> None:
        days = (dt.date(2026, 11, 2) - dt.date(1904, 1, 1)).days
        found = read([["交易日期", "交易金额", "对方户名"], [days, 1, "甲"]], kind, since_1904=True)
        assert found.lines[0].booked_on == dt.date(2026, 11, 2)
