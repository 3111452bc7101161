"""Values of settings as people write them: 6个月, 每季度1次, 50%, 不少于50，最多99.

>>> read_written(book().entry("dues.prepay"), "3个月")
{'months': 3}
"""

import re
from fractions import Fraction

from dangjian.kernel.errors import Invalid
from dangjian.kernel.rulebook.schema import Entry

HINTS = {
    "number": "请填整数",
    "money": "请填金额，单位元，例如：0.20",
    "rate": "请填百分数或者分数，例如：50% 或者 1/3",
    "period": "请填数字和单位，例如：6个月、15天、1年",
    "frequency": "请填每个周期几次，例如：每季度1次",
    "span": "请填范围，例如：不少于50，最多99",
    "flag": "请选择是或者否",
    "option": "请从列表中选择",
}
"""The shapes that people can write, with how."""

_PERIOD = re.compile(r"(\d{1,4})\s*(年|个月|月|天|日|个?工作日)")
_FREQUENCY = re.compile(r"每(?:个)?(月|季度|季|半年|年)\s*(\d{1,3})\s*次")
_BETWEEN = re.compile(r"(\d{1,6})\s*(?:至|到|-|—|~)\s*(\d{1,6})\D*")
_BOUNDS = {
    "at_least": re.compile(r"(?:不少于|至少)\s*(\d{1,6})"),
    "usually_at_most": re.compile(r"一般不超过\s*(\d{1,6})"),
    "at_most": re.compile(r"(?:最多|(?<!一般)不超过)\s*(\d{1,6})"),
}
_UNITS = {
    "年": "years",
    "个月": "months",
    "月": "months",
    "天": "days",
    "日": "days",
    "个工作日": "working_days",
    "工作日": "working_days",
}
_PER = {"月": "month", "季度": "quarter", "季": "quarter", "半年": "half_year", "年": "year"}
_NUMERALS = str.maketrans("一二两三四五六七八九", "1223456789")


def read_written(entry: Entry, text: str) -> object:
    """``text`` in the form the rule files use, to be judged by ``Rulebook.check_override``.

    Raises ``Invalid`` with the hint of the entry's shape; ``ValueError`` for a shape that nobody writes into one field.
    """
    if entry.shape not in HINTS:
        raise ValueError(f"{entry.key} is not written into one field")
    read = {"number": _number, "money": _money, "rate": _rate, "period": _period, "frequency": _frequency, "span": _span}
    plain = text.strip().translate(str.maketrans("０１２３４５６７８９％／", "0123456789%/"))
    found: object = plain or None
    if entry.shape == "flag":
        found = {"是": True, "否": False}.get(plain)
    elif entry.shape in read:
        found = read[entry.shape](plain.removesuffix(entry.unit) if entry.unit else plain)
    if found is None:
        raise Invalid(f"“{entry.title}”填写的内容看不明白。", how=f"{HINTS[entry.shape]}。")
    return found


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _money(text: str) -> str | None:
    amount = text.removesuffix("元").replace(",", "").strip()
    return amount if re.fullmatch(r"\d{1,9}(\.\d{1,2})?", amount) else None


def _rate(text: str) -> str | None:
    if found := re.fullmatch(r"(\d{1,3}(?:\.\d{1,4})?)\s*%", text):
        return str(Fraction(found[1]) / 100)
    if found := re.fullmatch(r"(\d{1,4})\s*/\s*([1-9]\d{0,3})", text):
        return f"{found[1]}/{found[2]}"
    return None


def _period(text: str) -> dict[str, int] | None:
    found = _PERIOD.fullmatch(text.translate(_NUMERALS))
    return {_UNITS[found[2]]: int(found[1])} if found else None


def _frequency(text: str) -> dict[str, object] | None:
    found = _FREQUENCY.fullmatch(text.translate(_NUMERALS))
    return {"times": int(found[2]), "per": _PER[found[1]]} if found else None


def _span(text: str) -> dict[str, int] | None:
    if between := _BETWEEN.fullmatch(text):
        return {"at_least": int(between[1]), "at_most": int(between[2])}
    found = {name: pattern.search(text) for name, pattern in _BOUNDS.items()}
    return {name: int(match[1]) for name, match in found.items() if match} or None
