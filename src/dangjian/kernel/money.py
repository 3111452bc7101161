"""Money: a whole number of 分 (fen) everywhere, never a float.

    parse("1,234.50")    # 123450
    yuan(123450)         # "1,234.50"
    in_words(123450)     # "壹仟贰佰叁拾肆元伍角整"

Nothing is rounded on the way in unless the caller says so, for an average: what is not a whole number of fen is refused, because
a rounded amount no longer agrees with the paper it was typed from.
"""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from dangjian.kernel.errors import Invalid

HOW: Final = "请填写以元为单位的数字，最多两位小数，例如12或12.50。"
LARGEST: Final = 10**12
"""Amounts from here on (ten thousand million yuan) are slips of the finger."""

_SHAPE = re.compile(r"([+-]?)¥?\s*([+-]?)(\d+|\d{1,3}(?:,\d{3})+)?(?:\.(\d*))?\s*元?")
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")


def parse(value: object, *, negative: bool = False, rounding: bool = False) -> int:
    """The fen that ``value`` means: a text in yuan, an ``int`` or ``Decimal`` of yuan, or the float a spreadsheet cell gave.

    A float counts by its 15 significant digits, as a spreadsheet shows it (0.1 + 0.2 is 0.30).

    :param negative: also accept amounts below zero.
    :param rounding: round half up what is finer than a fen.
    :raises Invalid: for what is empty, no amount, finer than a fen, below zero, or impossibly large.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise Invalid("这里应该填金额。" if value is not None else "金额是空的。", how=HOW)
    if isinstance(value, str):
        fen = _from_text(value, rounding=rounding)
    elif isinstance(value, int):
        fen = value * 100
    else:
        fen = _from_decimal(value if isinstance(value, Decimal) else Decimal(f"{value:.15g}"), rounding=rounding)
    if fen < 0 and not negative:
        raise Invalid(f"金额不能是负数，填写的是{yuan(fen)}元。", how=HOW)
    if abs(fen) >= LARGEST:
        raise Invalid("金额太大了，请核对是不是多写了数字。", how=HOW)
    return fen


def _from_text(typed: str, *, rounding: bool) -> int:
    text = unicodedata.normalize("NFKC", typed).replace("。", ".").replace("\u2212", "-").strip()
    if not text:
        raise Invalid("金额是空的。", how=HOW)
    found = _SHAPE.fullmatch(text)
    if found is None or not (found[3] or found[4]) or (found[1] and found[2]):
        raise Invalid(f"“{typed.strip()}”不是能认出的金额。", how=HOW)
    sign, whole, decimals = found[1] or found[2], (found[3] or "0").replace(",", ""), found[4] or ""
    if len(whole) > 15:
        raise Invalid("金额太大了，请核对是不是多写了数字。", how=HOW)
    return _from_decimal(Decimal(f"{sign}{whole}.{decimals or 0}"), rounding=rounding)


def _from_decimal(amount: Decimal, *, rounding: bool) -> int:
    if not amount.is_finite():
        raise Invalid("这里应该填金额。", how=HOW)
    if abs(amount) * 100 >= LARGEST:
        raise Invalid("金额太大了，请核对是不是多写了数字。", how=HOW)
    fen = amount * 100
    if rounding:
        fen = fen.to_integral_value(ROUND_HALF_UP)
    if fen != fen.to_integral_value():
        raise Invalid(f"“{amount}”超过了两位小数，金额只能精确到分。", how=HOW)
    return int(fen)


def yuan(fen: int) -> str:
    """``1,234.50``; below zero ``-1,234.50``."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{rest:02d}"


def in_words(fen: int) -> str:
    """The amount in capital numerals, as receipts write it: 壹仟贰佰叁拾肆元伍角整.

    :raises ValueError: from ``LARGEST`` on.
    """
    if abs(fen) >= LARGEST:
        raise ValueError("金额太大，不能写成大写")
    whole, rest = divmod(abs(fen), 100)
    tenths, hundredths = divmod(rest, 10)
    written = f"{_whole_in_words(whole)}元" if whole else ""
    if tenths:
        written += f"{_DIGITS[tenths]}角"
    elif hundredths and whole:
        written += "零"
    written += f"{_DIGITS[hundredths]}分" if hundredths else "整"
    return ("负" if fen < 0 else "") + ("零元整" if fen == 0 else written)


def _whole_in_words(number: int) -> str:
    """Groups of four digits from the left; one 零 stands for any run of zeros between two digits."""
    written, gap = "", False
    for group in range(len(_GROUPS) - 1, -1, -1):
        part = number // 10_000**group % 10_000
        for place in (3, 2, 1, 0):
            digit = part // 10**place % 10
            if digit == 0:
                gap = bool(written)
                continue
            written += ("零" if gap else "") + _DIGITS[digit] + _PLACES[place]
            gap = False
        if part:
            written, gap = written + _GROUPS[group], False
    return written
