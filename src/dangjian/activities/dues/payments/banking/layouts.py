"""The two layouts of bank statements, recognised by their headers, and their lines.

*Debit and credit*: two columns, one for money that went out, one for money that came in. *Signed*: one column of amounts, below
zero for money that went out, or with a column that says which way it went.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final

from dangjian.activities.dues.payments.banking import accounts, columns, directions, files
from dangjian.activities.dues.payments.banking.columns import first, named
from dangjian.activities.dues.payments.banking.directions import Draft
from dangjian.activities.dues.payments.banking.files import Table
from dangjian.activities.dues.payments.banking.lines import Line
from dangjian.kernel import money
from dangjian.kernel.dates import DateProblem, of_1904, parse_date
from dangjian.kernel.errors import Invalid
from dangjian.kernel.spreadsheets import Row, SpreadsheetProblem, as_text, column_letters, noise

DEBIT_CREDIT: Final = "debit_credit"
SIGNED: Final = "signed"
TITLES: Final = {DEBIT_CREDIT: "收支分列", SIGNED: "金额带正负号或收支标志"}
SHOWN_FAULTS: Final = 8
NOT_YUAN: Final = "这笔不是人民币，请核对。"

_BROUGHT_FORWARD = ("期初", "上期", "承前", "结转", "上日余额", "余额")


@dataclass(frozen=True, slots=True)
class Statement:
    """What a file holds: its layout, its lines in the order of the file, and the account numbers it names (``accounts``).

    ``failed`` lines did not succeed at the bank and are left out. ``unused`` are the columns that nobody knows.
    """

    layout: str
    lines: tuple[Line, ...]
    accounts: frozenset[str]
    failed: int = 0
    unused: tuple[str, ...] = ()


class _Fault(Exception):
    """One cell that cannot be read."""


def read(content: bytes, *, filename: str, today: dt.date) -> Statement:
    """The statement in a file. :raises SpreadsheetProblem: with the first cells that cannot be read; then nothing is taken."""
    tables = [_Reader(table, today) for table in files.read(content, filename=filename, known_headers=columns.KNOWN)]
    lines = [line for table in tables for line in table.lines()]
    faults = [fault for table in tables for fault in table.faults]
    if faults:
        more = f"等{len(faults)}处" if len(faults) > SHOWN_FAULTS else ""
        raise SpreadsheetProblem(f"有读不懂的内容：{'；'.join(faults[:SHOWN_FAULTS])}{more}。", how=files.ASK_BANK)
    failed = sum(table.failed for table in tables)
    if not lines and not failed:
        raise SpreadsheetProblem("这份流水里一笔交易也没有。", how="请确认下载时选对了账户和起止日期。")
    return Statement(
        tables[0].layout,
        tuple(lines),
        frozenset(number for table in tables for number in accounts.named_in(table.table)),
        failed,
        tuple(column for table in tables for column in table.unused()),
    )


Amount = Callable[[Row], tuple[int, bool, bool]]
"""Of a row: 分, whether the bank struck it from the income, whether it went out with a sign of its own."""


class _Reader:
    """Reads one table, line by line; ``faults`` are the cells it cannot read, ``failed`` the lines that did not succeed."""

    def __init__(self, table: Table, today: dt.date) -> None:
        self.table = table
        self.today = today
        self.faults: list[str] = []
        self.failed = 0
        self._headers = frozenset(table.headers)
        self._ways = _ways(table)
        self.layout, self._amount = self._recognised()
        self._says_states = {name for name in columns.STATE if any(row.text(name) for row in table.rows)}

    def _recognised(self) -> tuple[str, Amount]:
        has = self._headers.intersection
        if not has(columns.DATE):
            raise _unknown("日期")
        two = bool(has(columns.IN) and has(columns.OUT))
        if not two and not has(columns.AMOUNT):
            raise _unknown("金额")
        if not has((*columns.PAYER, *columns.PAYER_AND_NUMBER, *columns.REMARKS)):
            raise SpreadsheetProblem(
                "这份流水里没有对方户名，也没有附言或摘要，看不出钱是谁交的。",
                how="请在网上银行下载带对方户名和附言的明细；表里有这些内容的，把列名改成“对方户名”“附言”。",
            )
        if two:
            return DEBIT_CREDIT, self._of_two_columns
        return SIGNED, self._of_direction if self._ways else self._of_sign

    def lines(self) -> list[Line]:
        """The lines in their order, each certain of its direction or with a doubt."""
        drafts: list[Draft] = []
        for row in self.table.rows:
            try:
                draft = self._draft(row)
            except _Fault as fault:
                self.faults.append(str(fault))
            else:
                drafts += [draft] if draft else []
        return directions.decided(drafts)

    def unused(self) -> list[str]:
        """Columns that nobody knows, as people find them."""
        return [
            f"{name}（{column_letters(place)}列）"
            for place, name in enumerate(self.table.headers, start=1)
            if name and name not in columns.KNOWN
        ]

    def _draft(self, row: Row) -> Draft | None:
        """The line of a row, or ``None`` for sums and notes around the lines and for lines that did not succeed."""
        if self._is_noise(row):
            return None
        doubt = self._doubt_of_state(row)
        if doubt is None:
            self.failed += 1
            return None
        booked_on = self._day(row)
        if self._has_no_amount(row):
            return None
        amount_fen, struck, signed_out = self._amount(row)
        if amount_fen == 0:
            return None
        currency = first(row, columns.CURRENCY)
        line = Line(
            row=row.number,
            booked_on=booked_on,
            amount_fen=amount_fen,
            payer_name=columns.payer(row)[:64],
            remark=" ".join(dict.fromkeys(text for name in columns.REMARKS if (text := row.text(name)) not in columns.NOTHING))[
                :200
            ],
            serial="".join(first(row, columns.SERIAL).split())[:80],
            balance_fen=self._money(row, columns.BALANCE),
            struck=struck,
            doubt=doubt or ("" if not currency or columns.is_yuan(currency) else NOT_YUAN),
        )
        return Draft(line, signed_out)

    def _is_noise(self, row: Row) -> bool:
        """Whether a row without a day is a sum, a note or the header once more."""
        if self._parsed(row) is not None:
            return False
        filled = [as_text(value) for value in row.values if value is not None]
        # Besides sums, a bank prints notes in one cell below the table.
        if len(filled) == 1 and not first(row, (*columns.IN, *columns.OUT, *columns.AMOUNT)):
            return True
        repeated = [text for text in filled if text in columns.KNOWN]
        return len(repeated) * 2 > len(filled) or any(noise.is_total(text) or noise.is_signature(text) for text in filled)

    def _doubt_of_state(self, row: Row) -> str | None:
        """What keeps a line from being certain; ``None`` if it did not succeed."""
        for name in self._says_states:
            text = row.text(name)
            known = columns.succeeded(text)
            if known is False:
                return None
            if known is None:
                return f"银行写的状态是“{text[:20] or '空白'}”，看不出这笔钱是否到账，请核对。"
        text = first(row, columns.UNDONE)
        return "银行注明这笔钱已冲正或退汇，请核对。" if columns.is_undone(text) else ""

    def _parsed(self, row: Row) -> dt.date | None:
        try:
            return self._day(row)
        except _Fault:
            return None

    def _day(self, row: Row) -> dt.date:
        header = named(row, columns.DATE)
        value = of_1904(row.get(header)) if self.table.since_1904 else row.get(header)
        cell = self.table.cell(row, header)
        try:
            # Twelve or fourteen digits are a day with the time behind it.
            text = row.text(header)
            parsed = parse_date(text[:8] if text.isdecimal() and len(text) in (12, 14) else value)
        except DateProblem as problem:
            raise _Fault(f"{cell}：{problem.message.rstrip('。')}") from None
        if parsed.month_only:
            raise _Fault(f"{cell}：日期没有写到哪一天")
        if parsed.value > self.today:
            raise _Fault(f"{cell}：日期晚于今天")
        return parsed.value

    def _has_no_amount(self, row: Row) -> bool:
        """Whether a dated row only brings a balance forward. Any other row without an amount is a fault: it would be lost."""
        names = [*columns.IN, *columns.OUT] if self.layout == DEBIT_CREDIT else columns.AMOUNT
        if first(row, names):
            return False
        if any(word in as_text(value) for value in row.values for word in _BROUGHT_FORWARD):
            return True
        raise _Fault(f"{self.table.cell(row, named(row, names))}：金额是空的")

    def _money(self, row: Row, names: Iterable[str]) -> int | None:
        header = named(row, names)
        value = row.get(header) if header else None
        if value is None or (isinstance(value, str) and value in columns.NOTHING):
            return None
        try:
            return money.parse(value, negative=True)
        except Invalid as problem:
            raise _Fault(f"{self.table.cell(row, header)}：{problem.message.rstrip('。')}") from None

    def _of_two_columns(self, row: Row) -> tuple[int, bool, bool]:
        came, went = self._money(row, columns.IN) or 0, self._money(row, columns.OUT) or 0
        if came and went:
            raise _Fault(f"第{row.number}行：收入和支出都有金额")
        if went:
            return -abs(went), False, went < 0
        return came, came < 0, False

    def _of_sign(self, row: Row) -> tuple[int, bool, bool]:
        return self._money(row, columns.AMOUNT) or 0, False, False

    def _of_direction(self, row: Row) -> tuple[int, bool, bool]:
        amount, header = self._money(row, columns.AMOUNT) or 0, named(row, self._ways)
        way = columns.way(row.text(header))
        if way > 0:
            return amount, amount < 0, False
        if way < 0:
            # Some banks write outgoing amounts with their sign beside the flag.
            return -abs(amount), False, amount < 0
        if amount == 0:
            return 0, False, False
        raise _Fault(f"{self.table.cell(row, header)}：看不出“{row.text(header)}”是收入还是支出")


def _ways(table: Table) -> Collection[str]:
    """The columns that say which way the money went; one that says something else at other banks only if it says nothing else."""
    sure = [name for name in columns.WAY if name in table.headers]
    texts = {
        name: [row.text(name) for row in table.rows if row.text(name)] for name in columns.MAYBE_WAY if name in table.headers
    }
    return sure or [name for name, said in texts.items() if said and all(map(columns.way, said))]


def _unknown(what: str) -> SpreadsheetProblem:
    return SpreadsheetProblem(
        f"没有找到{what}这一列，认不出是哪种银行流水。",
        how="系统认识两种：借方、贷方（支出、收入）分两列的，和一列交易金额带正负号或收支标志的。请下载这样的明细，或在表头上改好列名。",
    )
