"""What banks call the columns of a statement, and the words they put there.

The names are those of the exports of the six banks at which a dues account may be kept (``dues.acct.banks``), for firms and for
persons. A header is compared without blanks, brackets and the English beside it (``kernel.spreadsheets.headers``); what stands in
brackets and tells two columns apart belongs to the name.
"""

import re
from collections.abc import Iterable
from typing import Final

from dangjian.kernel.spreadsheets import Row
from dangjian.kernel.spreadsheets.cells import squeezed

DATE: Final = (
    "交易日期",
    "记账日期",
    "入账日期",
    "交易时间",
    "记账时间",
    "日期",
    "交易日",
    "记账日",
    "发生日期",
    "入账时间",
    "交易日期时间",
    "日期时间",
)
AMOUNT: Final = (
    "交易金额",
    "发生额",
    "金额",
    "交易额",
    "记账金额",
    "发生金额",
    "交易发生额",
    "发生额/元",
    "收支金额",
    "收入/支出金额",
    "交易金额/元",
)
_OUT_WORDS, _IN_WORDS = ("支出", "支取", "借", "借方", "转出"), ("收入", "存入", "贷", "贷方", "转入")


def _told_apart(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{amount}({word})" for amount in ("记账金额", *AMOUNT) for word in words)


OUT: Final = (
    "借方发生额",
    "借方发生额/元",
    "借方金额",
    "借方发生金额",
    "支出金额",
    "支出",
    "借方",
    "转出金额",
    "转出",
    "支取金额",
    "支取",
    "取出金额",
    "取出",
    "付款金额",
    "出账金额",
    "支出额",
    *_told_apart(_OUT_WORDS),
)
IN: Final = (
    "贷方发生额",
    "贷方发生额/元",
    "贷方金额",
    "贷方发生金额",
    "收入金额",
    "收入",
    "贷方",
    "转入金额",
    "转入",
    "存入金额",
    "存入",
    "收款金额",
    "入账金额",
    "收入额",
    *_told_apart(_IN_WORDS),
)
WAY: Final = (
    "借贷标志",
    "借贷方向",
    "借贷标识",
    "收支标志",
    "收支方向",
    "收/支",
    "借/贷",
    "交易方向",
    "借贷",
    "收支",
    "收付",
    "收付标志",
    "资金流向",
    "资金方向",
    "往来标志",
    "来往账标志",
)
MAYBE_WAY: Final = ("交易类型", "收支类型", "类型")
"""Columns that say which way the money went at some banks (来账, 往账), and something else at others."""

BALANCE: Final = ("余额", "账户余额", "本次余额", "交易后余额", "余额/元", "账户余额/元", "联机余额", "当前余额")
PAYER: Final = (
    "对方户名",
    "对方账户名称",
    "对方账户名",
    "对方名称",
    "付款人名称",
    "付款人户名",
    "付款方户名",
    "付款方名称",
    "付款人",
    "付款户名",
    "对方单位名称",
    "对方单位",
    "对方姓名",
    "交易对方",
    "交易对手",
    "交易对手名称",
    "交易对手户名",
    "对手名称",
    "对手户名",
    "对方账号名称",
    "收(付)方名称",
    "收付款方名称",
    "收付方名称",
    "汇款人",
    "汇款人姓名",
    "汇款人名称",
)
PAYER_AND_NUMBER: Final = (
    "对方账号与户名",
    "对手信息",
    "对方信息",
    "对方账户信息",
    "交易对手信息",
    "对方交易对手信息",
    "对方户名/账号",
    "对方账号/户名",
    "对方户名及账号",
    "对方账户",
)
"""Columns in which number and name of the payer stand together: 6200********0001/虚构付款人."""

REMARKS: Final = (
    "附言",
    "交易附言",
    "客户附言",
    "转账附言",
    "汇款附言",
    "交易地点/附言",
    "用途/附言",
    "备注/附言",
    "备注",
    "交易备注",
    "客户备注",
    "用途",
    "交易用途",
    "汇款用途",
    "留言",
    "摘要",
    "交易摘要",
    "摘要说明",
    "摘要描述",
    "业务摘要",
    "交易说明",
    "交易描述",
    "交易详情",
    "附加信息",
    "个性化信息",
)
SERIAL: Final = (
    "流水号",
    "交易流水号",
    "交易流水",
    "银行流水号",
    "核心流水号",
    "核心唯一流水号",
    "唯一流水号",
    "流水编号",
    "账户明细编号-交易流水号",
    "明细编号",
    "交易参考号",
    "交易编号",
    "日志号",
)
OWN: Final = (
    "本方账号",
    "查询账号",
    "交易账号",
    "账号",
    "帐号",
    "账户号",
    "本方账户",
    "我方账号",
    "卡号",
    "本方卡号",
    "卡号/账号",
    "账号/卡号",
    "客户账号",
)
STATE: Final = (
    "交易状态",
    "处理结果",
    "处理状态",
    "状态",
    "交易结果",
    "记账状态",
    "入账状态",
    "业务状态",
    "记录状态",
    "支付状态",
)
UNDONE: Final = ("冲正标志", "冲正标识", "抹账标志", "冲销标志", "退汇标识", "退汇标志", "退票标志", "是否冲正")
"""Columns that mark a line as taken back."""

CURRENCY: Final = ("记账币种", "币种", "币别", "交易货币", "交易币种", "货币")
ASIDE: Final = frozenset(
    {
        "序号",
        "钞汇",
        "钞/汇",
        "钞汇标识",
        "对方账号",
        "对方帐号",
        "对方账户账号",
        "对方卡号/账号",
        "对方卡号",
        "对手账号",
        "付款人账号",
        "付款人开户行号",
        "付款人开户行名",
        "收款人账号",
        "收款人名称",
        "收款人开户行行号",
        "收款人开户行名",
        "对方开户行",
        "对方开户机构",
        "对方行名",
        "对方行号",
        "对方省市",
        "交易行名",
        "交易行所",
        "凭证号",
        "凭证种类",
        "凭证类型",
        "凭证号码",
        "交易渠道",
        "交易渠道/场所",
        "渠道",
        "网点名称",
        "交易场所",
        "交易地点",
        "交易国家或地区简称",
        "起息日期",
        "起息日",
        "汇率",
        "本方户名",
        "账户名称",
        "户名",
        "客户名称",
        "本方账户名称",
        "本方账户开户机构",
        "企业流水号",
        "客户申请号",
        "客户业务编号",
        "记录标识号",
        "交易介质编号",
        "交易名称",
        "业务类型",
    }
)
"""Columns that banks give and that are not needed."""

KNOWN: Final = frozenset(
    (
        *DATE,
        *OUT,
        *IN,
        *AMOUNT,
        *WAY,
        *MAYBE_WAY,
        *BALANCE,
        *PAYER,
        *PAYER_AND_NUMBER,
        *REMARKS,
        *SERIAL,
        *OWN,
        *STATE,
        *UNDONE,
        *CURRENCY,
        *ASIDE,
    )
)

NOTHING: Final = frozenset({"", "-", "--", "---", "—", "——", "/", "无"})
"""What banks write into a cell that is empty."""

_CAME_IN: Final = frozenset(
    (
        "贷",
        "贷方",
        "贷记",
        "收",
        "收入",
        "收款",
        "进",
        "转入",
        "存",
        "存入",
        "来账",
        "汇入",
        "入账",
        "入",
        "C",
        "CR",
        "CREDIT",
        "IN",
        "+",
    )
)
_WENT_OUT: Final = frozenset(
    (
        "借",
        "借方",
        "借记",
        "支",
        "支出",
        "付",
        "付出",
        "付款",
        "转出",
        "取",
        "取出",
        "支取",
        "往账",
        "汇出",
        "出",
        "D",
        "DR",
        "DEBIT",
        "OUT",
        "-",
    )
)
_SUCCEEDED: Final = frozenset(
    (
        "成功",
        "交易成功",
        "处理成功",
        "支付成功",
        "转账成功",
        "入账成功",
        "记账成功",
        "已完成",
        "完成",
        "交易完成",
        "正常",
        "已入账",
        "已记账",
        "已到账",
        "已处理",
        "有效",
        "已成功",
        "SUCCESS",
        "OK",
    )
)
_DID_NOT: Final = frozenset(
    (
        "失败",
        "交易失败",
        "处理失败",
        "支付失败",
        "转账失败",
        "入账失败",
        "记账失败",
        "未成功",
        "已冲正",
        "冲正",
        "被冲正",
        "已冲销",
        "已退票",
        "退票",
        "已退汇",
        "退汇",
        "已退回",
        "交易关闭",
        "已关闭",
        "关闭",
        "已撤销",
        "撤销",
        "已取消",
        "取消",
        "已作废",
        "作废",
        "无效",
        "已拒绝",
        "拒绝",
        "FAIL",
        "FAILED",
        "CLOSED",
        "REVERSED",
    )
)
_NOT_UNDONE: Final = frozenset(("否", "N", "NO", "0", "正常", "未冲正", "未抹账", "非冲正", "未退汇"))
_YUAN: Final = frozenset(("人民币", "人民币元", "CNY", "RMB", "156", "01", "1", "001", "元", "本币"))
_TOKENS = re.compile(r"[A-Z]+|[+-]|[^A-Z+\-\s()（）\[\]/]+")


def first(row: Row, names: Iterable[str]) -> str:
    """What stands in the first filled column of ``names``."""
    return next((text for name in names if (text := row.text(name)) and text not in NOTHING), "")


def named(row: Row, names: Iterable[str]) -> str:
    """The header of ``names`` that the table has, preferring one that is filled in this row."""
    present = [name for name in names if name in row.places]
    return next((name for name in present if row.text(name) not in NOTHING), present[0] if present else "")


def way(text: str) -> int:
    """1 for a word that says the money came in, -1 for one that it went out, 0 for neither: 贷 Cr, 支出, 来账."""
    tokens = set(_TOKENS.findall(text.upper()))
    if tokens and tokens <= _CAME_IN:
        return 1
    return -1 if tokens and tokens <= _WENT_OUT else 0


def succeeded(text: str) -> bool | None:
    """Whether a word of state says that the line succeeded; ``None`` if that is not known."""
    word = squeezed(text).upper()
    if word in _SUCCEEDED:
        return True
    return False if word in _DID_NOT else None


def is_undone(text: str) -> bool:
    """Whether a mark says that the line was taken back; an unknown mark counts as one."""
    return squeezed(text).upper() not in _NOT_UNDONE | NOTHING


def is_yuan(text: str) -> bool:
    """Whether a word of currency is ours."""
    return squeezed(text).upper() in _YUAN


def payer(row: Row) -> str:
    """The name of whoever paid."""
    return first(row, PAYER) or _name_in(first(row, PAYER_AND_NUMBER))


def _name_in(text: str) -> str:
    """The name in a text in which an account number, perhaps with stars, stands beside it."""
    parts = (part.strip() for part in re.split(r"[/／|,，;；\n]|\s{2,}", text))
    rest = [re.sub(r"^[\d*＊xX -]{4,}|[\d*＊xX -]{4,}$", "", part).strip() for part in parts]
    return next((part for part in rest if part), "")
