"""The two layouts of bank statements, recognised by their headers, and their lines.

*Debit and credit*: two columns, one for money that went out, one for money that came in. *Signed*: one column of amounts, below
zero for money that went out, or with a column that says which way it went.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from dangjian.activities.dues.banking import files
from dangjian.activities.dues.banking.lines import Line
from dangjian.kernel import money
from dangjian.kernel.dates import DateProblem, parse_date
from dangjian.kernel.errors import Invalid
from dangjian.kernel.spreadsheets import Row, SpreadsheetProblem, as_text

DEBIT_CREDIT: Final = "debit_credit"
SIGNED: Final = "signed"
TITLES: Final = {DEBIT_CREDIT: "收支分列", SIGNED: "金额带正负号或收支标志"}
SHOWN_FAULTS: Final = 8

DATE = ("交易日期", "记账日期", "入账日期", "交易时间", "记账时间", "日期", "交易日")
OUT = ("借方发生额", "借方发生额/元", "借方金额", "支出金额", "支出", "借方", "转出金额", "支取金额")
IN = ("贷方发生额", "贷方发生额/元", "贷方金额", "收入金额", "收入", "贷方", "转入金额", "存入金额")
AMOUNT = ("交易金额", "发生额", "金额", "交易额")
WAY = ("借贷标志", "借贷方向", "收支标志", "收支方向", "收/支", "交易方向", "借贷", "收支")
BALANCE = ("余额", "账户余额", "本次余额", "交易后余额", "余额/元")
PAYER = (
    "对方户名",
    "对方账户名称",
    "对方账户名",
    "对方名称",
    "付款人名称",
    "付款人户名",
    "付款方户名",
    "对方单位名称",
    "对方单位",
    "交易对方",
)
REMARKS = ("附言", "交易附言", "客户附言", "备注", "用途", "交易用途", "留言", "摘要", "交易摘要", "摘要说明")
SERIAL = ("流水号", "交易流水号", "交易流水", "银行流水号", "核心流水号", "账户明细编号-交易流水号", "明细编号")
OWN = ("本方账号", "查询账号", "交易账号", "账号")
KNOWN: Final = frozenset((*DATE, *OUT, *IN, *AMOUNT, *WAY, *BALANCE, *PAYER, *REMARKS, *SERIAL, *OWN))

_CAME_IN = frozenset({"贷", "贷方", "收", "收入", "进", "转入", "存入", "来账", "C", "CR", "+"})
_WENT_OUT = frozenset({"借", "借方", "支", "支出", "付", "付出", "转出", "支取", "往账", "D", "DR", "-"})
_SUMS = (
    "合计",
    "总计",
    "小计",
    "本页",
    "期初",
    "期末",
    "承前页",
    "过次页",
    "借方笔数",
    "贷方笔数",
    "总笔数",
    "制表",
    "打印",
    "备注：",
    "说明：",
)
_NOTHING = frozenset({"", "-", "--", "—", "/"})


@dataclass(frozen=True, slots=True)
class Statement:
    """What a file holds: its layout, its lines in the order of the file, and the account numbers it names."""

    layout: str
    lines: tuple[Line, ...]
    accounts: frozenset[str]


class _Fault(Exception):
    """One cell that cannot be read."""


def read(content: bytes, *, filename: str, today: dt.date) -> Statement:
    """The statement in a file. :raises SpreadsheetProblem: with the first cells that cannot be read; then nothing is taken."""
    table = files.read(content, filename=filename, known_headers=KNOWN)
    layout, amount = _recognised(frozenset(table.headers))
    lines: list[Line] = []
    faults: list[str] = []
    for row in table.rows:
        try:
            line = _line(row, amount, today)
        except _Fault as fault:
            faults.append(str(fault))
        else:
            lines += [line] if line else []
    if faults:
        more = f"等{len(faults)}处" if len(faults) > SHOWN_FAULTS else ""
        raise SpreadsheetProblem(f"有读不懂的内容：{'；'.join(faults[:SHOWN_FAULTS])}{more}。", how=files.ASK_BANK)
    if not lines:
        raise SpreadsheetProblem("这份流水里一笔交易也没有。", how="请确认下载时选对了账户和起止日期。")
    return Statement(layout, tuple(lines), frozenset(_accounts(table.rows)))


Amount = Callable[[Row], tuple[int, bool]]


def _recognised(headers: frozenset[str]) -> tuple[str, Amount]:
    if not headers.intersection(DATE):
        raise _unknown("日期")
    if headers.intersection(IN) and headers.intersection(OUT):
        return DEBIT_CREDIT, _of_two_columns
    if headers.intersection(AMOUNT):
        return SIGNED, _of_direction if headers.intersection(WAY) else _of_sign
    raise _unknown("金额")


def _unknown(what: str) -> SpreadsheetProblem:
    return SpreadsheetProblem(
        f"没有找到{what}这一列，认不出是哪种银行流水。",
        how="系统认识两种：借方、贷方（支出、收入）分两列的，和一列交易金额带正负号或收支标志的。请下载这样的明细，或在表头上改好列名。",
    )


def _line(row: Row, amount_of: Amount, today: dt.date) -> Line | None:
    """The line of a row, or ``None`` for sums and notes around the lines."""
    if _is_sum(row):
        return None
    booked_on = _day(row, today)
    amount_fen, struck = amount_of(row)
    if amount_fen == 0:
        return None
    return Line(
        row=row.number,
        booked_on=booked_on,
        amount_fen=amount_fen,
        payer_name=_first(row, PAYER)[:64],
        remark=" ".join(dict.fromkeys(text for name in REMARKS if (text := row.text(name))))[:200],
        serial="".join(_first(row, SERIAL).split())[:80],
        balance_fen=_money(row, BALANCE),
        struck=struck,
    )


def _is_sum(row: Row) -> bool:
    filled = [as_text(value) for value in row.values if value is not None]
    # Besides sums, a bank prints notes in one cell below the table.
    return filled[0].startswith(_SUMS) or (len(filled) == 1 and not _first(row, (*IN, *OUT, *AMOUNT)))


def _first(row: Row, names: Iterable[str]) -> str:
    return next((text for name in names if (text := row.text(name))), "")


def _named(row: Row, names: Iterable[str]) -> str:
    """The header of ``names`` that the table has, preferring one that is filled in this row."""
    present = [name for name in names if name in row.places]
    return next((name for name in present if row.text(name)), present[0] if present else "")


def _day(row: Row, today: dt.date) -> dt.date:
    header = _named(row, DATE)
    value = row.get(header)
    try:
        # Twelve or fourteen digits are a day with the time behind it.
        text = row.text(header)
        parsed = parse_date(text[:8] if text.isdecimal() and len(text) in (12, 14) else value)
    except DateProblem as problem:
        raise _Fault(f"{row.cell(header)}：{problem.message.rstrip('。')}") from None
    if parsed.month_only:
        raise _Fault(f"{row.cell(header)}：日期没有写到哪一天")
    if parsed.value > today:
        raise _Fault(f"{row.cell(header)}：日期晚于今天")
    return parsed.value


def _money(row: Row, names: Iterable[str]) -> int | None:
    header = _named(row, names)
    value = row.get(header) if header else None
    if value is None or (isinstance(value, str) and value in _NOTHING):
        return None
    try:
        return money.parse(value, negative=True)
    except Invalid as problem:
        raise _Fault(f"{row.cell(header)}：{problem.message.rstrip('。')}") from None


def _of_two_columns(row: Row) -> tuple[int, bool]:
    came, went = _money(row, IN) or 0, _money(row, OUT) or 0
    if came and went:
        raise _Fault(f"第{row.number}行：收入和支出都有金额")
    return came - went, came < 0


def _of_sign(row: Row) -> tuple[int, bool]:
    return _money(row, AMOUNT) or 0, False


def _of_direction(row: Row) -> tuple[int, bool]:
    amount, header = _money(row, AMOUNT) or 0, _named(row, WAY)
    way = row.text(header).upper()
    if way in _CAME_IN:
        return amount, amount < 0
    if way in _WENT_OUT:
        # Some banks write outgoing amounts with their sign beside the flag.
        return -abs(amount), False
    if amount == 0:
        return 0, False
    raise _Fault(f"{row.cell(header)}：看不出“{way}”是收入还是支出")


def _accounts(rows: Iterable[Row]) -> Iterable[str]:
    """The numbers of the account itself, where the bank writes them in each row."""
    for row in rows:
        digits = "".join(filter(str.isdecimal, _first(row, OWN)))
        if len(digits) >= 10:
            yield digits
