"""How a rule is quoted to a person."""

from dataclasses import dataclass

_DIGITS = "零一二三四五六七八九"
_PLACES = ("", "十", "百")


def chinese_number(number: int) -> str:
    """``number`` (1 to 999) in Chinese numerals as regulations write them: 11 → 十一, 20 → 二十, 105 → 一百零五."""
    if not 1 <= number <= 999:
        raise ValueError(f"只能把 1 至 999 写成汉字数字，得到的是 {number}")
    written = ""
    gap = False
    for place in (2, 1, 0):
        digit = number // 10**place % 10
        if digit == 0:
            gap = bool(written)
            continue
        written += ("零" if gap else "") + _DIGITS[digit] + _PLACES[place]
        gap = False
    return written.removeprefix("一") if 10 <= number <= 19 else written


@dataclass(frozen=True, slots=True)
class Citation:
    """The place a rule rests on. Without ``article`` the document alone is cited, because its number was not checked.

    ``titled`` is false for papers that carry no formal title (yearly notices, answers to questions), which take no 《》.
    """

    document: str
    number: str = ""
    article: int | None = None
    item: int | None = None
    note: str = ""
    titled: bool = True

    @property
    def text(self) -> str:
        """For people: 《中国共产党支部工作条例（试行）》第十一条."""
        written = f"《{self.document}》" if self.titled else self.document
        if self.number:
            written += f"（{self.number}）"
        if self.article is not None:
            written += f"第{chinese_number(self.article)}条"
        if self.item is not None:
            written += f"第（{chinese_number(self.item)}）项"
        return written

    def __str__(self) -> str:
        return self.text
