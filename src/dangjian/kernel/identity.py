"""Numbers that identify a person or a body: resident identity number, unified social credit code, mobile telephone.

Each ``check_…`` takes what was typed, returns it in its proper form, and raises :class:`IdentityProblem` with a sentence that
says what is wrong with it.
"""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from operator import mul
from typing import Final

from dangjian.kernel.errors import Invalid
from dangjian.kernel.text import visible

# GB 11643-1999, 4.2.1: ISO 7064 MOD 11-2.
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS: Final = "10X98765432"

# GB 32100-2015, annex A: ISO 7064 MOD 31-3; I, O, S, V, Z are not used.
_CREDIT_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS: Final = (
    1,
    3,
    9,
    27,
    19,
    26,
    16,
    17,
    20,
    29,
    25,
    13,
    8,
    24,
    10,
    30,
    28,
)

_TIDY: Final = re.compile(r"[0-9]{17}[0-9X]|[0-9]{11}")
"""An identity or mobile number as it should be typed: nothing to be put right."""

_WELL_FORMED: Final = re.compile(r"[1-9][0-9]{16}[0-9X]")

LEAST_DIGITS: Final = 5
"""Of a telephone number: those inside a plant have no fewer."""
FICTIONAL_REGION: Final = "990000"
"""No province has the number 99: a number that begins with it belongs to nobody."""

_FIRST_LOST_NUMBER: Final = 10**15


class IdentityProblem(Invalid):
    """The number cannot be right; ``message`` says where."""


@dataclass(frozen=True, slots=True)
class ResidentId:
    """A well-formed resident identity number and what it tells. ``sex`` is the code of the list ``sex``: "1" male, "2" female."""

    number: str
    region: str
    birth_on: dt.date
    sex: str


def normalise(value: object) -> str:
    """The number as text: half-width, without spaces and hyphens, capitals.

    :raises IdentityProblem: for a number that a spreadsheet has already cut down to 15 digits.
    """
    if isinstance(value, str) and _TIDY.fullmatch(value):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and abs(value) >= _FIRST_LOST_NUMBER:
        raise _lost()
    text = unicodedata.normalize("NFKC", visible(str(value if value is not None else ""))).upper()
    if re.fullmatch(r"\s*\d(\.\d+)?E\+?\d+\s*", text):
        raise _lost()
    return re.sub(r"[\s\-‐–—'`]+", "", text)


def _lost() -> IdentityProblem:
    return IdentityProblem(
        "表格把号码当成数字，后几位已经丢失。",
        how="请先把这一列的单元格格式改为“文本”，再重新填写号码。",
    )


def resident_check_digit(first17: str) -> str:
    """The 18th character for the first 17 digits."""
    return _CHECK_DIGITS[sum(map(mul, map(int, first17), _WEIGHTS)) % 11]


def check_resident_id(value: object, *, today: dt.date | None = None) -> ResidentId:
    """The resident identity number in ``value``, 18 characters as of GB 11643.

    :param today: if given, a birth date after it is refused.
    :raises IdentityProblem: if it is not one.
    """
    text = normalise(value)
    _check_form(text)
    birth_on = _birth(text[6:14])
    if today and birth_on > today:
        raise IdentityProblem(f"公民身份号码第7至14位表示出生于{birth_on:%Y-%m-%d}，还没有到这一天。")
    expected = resident_check_digit(text[:17])
    if text[17] != expected:
        raise IdentityProblem(
            f"公民身份号码的最后一位不对：按前17位推算应为“{expected}”，现在是“{text[17]}”。",
            how="可能有一位写错了，请对照身份证逐位核对。",
        )
    return ResidentId(text, text[:6], birth_on, "1" if int(text[16]) % 2 else "2")


def _check_form(text: str) -> None:
    if _WELL_FORMED.fullmatch(text):
        return
    if not text:
        raise IdentityProblem("公民身份号码是空的。")
    if len(text) == 15 and text.isdigit():
        raise IdentityProblem(
            "这是15位的旧号码，2013年起已停止使用。",
            how="请填写第二代身份证上的18位号码。",
        )
    if len(text) != 18:
        raise IdentityProblem(
            f"公民身份号码应为18位，现在是{len(text)}位。",
            how="请对照身份证补全或去掉多余的字。",
        )
    for place, character in enumerate(text, start=1):
        if not (character in "0123456789" or (place == 18 and character == "X")):
            raise IdentityProblem(
                f"公民身份号码第{place}位是“{character}”，这里应为数字。",
                how="只有最后一位可以是X。",
            )
    if text[0] == "0":
        raise IdentityProblem("公民身份号码不会以0开头。", how="请对照身份证核对前6位。")


def _birth(digits: str) -> dt.date:
    try:
        born = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        born = None
    if born is None or not 1800 <= born.year <= 2099:
        raise IdentityProblem(
            f"公民身份号码第7至14位是“{digits}”，不是真实的出生日期。",
            how="请对照身份证核对。",
        )
    return born


def fictional_resident_id(birth_on: dt.date, sequence: int, *, region: str = FICTIONAL_REGION) -> str:
    """A well-formed number that belongs to nobody, for examples and tests.

    :param sequence: 0 to 999; odd for a man, even for a woman.
    :param region: six digits beginning with 99.
    """
    if not re.fullmatch(r"99\d{4}", region) or not 0 <= sequence <= 999:
        raise ValueError("the region must begin with 99, the sequence lie in 0..999")
    first17 = f"{region}{birth_on:%Y%m%d}{sequence:03d}"
    return first17 + resident_check_digit(first17)


def credit_check_character(first17: str) -> str:
    """The 18th character of a unified social credit code for its first 17."""
    total = sum(_CREDIT_ALPHABET.index(each) * weight for each, weight in zip(first17, _CREDIT_WEIGHTS, strict=True))
    return _CREDIT_ALPHABET[-total % 31]


def check_credit_code(value: object) -> str:
    """The unified social credit code in ``value``, as of GB 32100. :raises IdentityProblem: if it is not one."""
    text = normalise(value)
    if len(text) != 18:
        raise IdentityProblem(
            f"统一社会信用代码应为18位，现在是{len(text)}位。",
            how="请对照营业执照或登记证书核对。",
        )
    for place, character in enumerate(text, start=1):
        if character not in _CREDIT_ALPHABET:
            raise IdentityProblem(
                f"统一社会信用代码第{place}位是“{character}”，代码里不会有这个字。",
                how="代码不用字母I、O、S、V、Z，请看是否应为数字1、0、5、2。",
            )
    expected = credit_check_character(text[:17])
    if text[17] != expected:
        raise IdentityProblem(
            f"统一社会信用代码的最后一位不对：按前17位推算应为“{expected}”，现在是“{text[17]}”。",
            how="请对照营业执照或登记证书逐位核对。",
        )
    return text


def is_telephone(text: str) -> bool:
    """Whether this can be a telephone number of any kind, inside a plant or abroad too: at least five digits, and their signs."""
    return (
        bool(re.fullmatch(r"[\d\s+()（）\-—－转,，、;；/]{5,40}", text)) and sum(each.isdigit() for each in text) >= LEAST_DIGITS
    )


def check_mobile(value: object) -> str:
    """The mobile telephone number of the mainland in ``value``: 11 digits. :raises IdentityProblem: if it is not one."""
    text = re.sub(r"^(?:\(\+?86\)|\+?86|0086)(?=1\d{10}$)", "", normalise(value))
    if not re.fullmatch(r"[0-9]+", text):
        raise IdentityProblem("手机号码只能有数字。", how="请填11位手机号码，例如13800000000。")
    if len(text) != 11:
        raise IdentityProblem(f"手机号码应为11位，现在是{len(text)}位。", how="座机请填在“联系电话”里。")
    if not re.match(r"1[3-9]", text):
        raise IdentityProblem(f"没有以{text[:2]}开头的手机号码。", how="请核对后重新填写。")
    return text
