"""Rows between and below the rows of a table: sums, signatures, headings of sections, the header once more."""

import re
from collections.abc import Iterable
from typing import Final

from dangjian.kernel.spreadsheets.cells import squeezed

_OF_WHAT: Final = (
    r"(?:人民币|美元|外币|本页|本月|本季|本年|本期|本日|当月|当页|当前|全部|以上|党支部|支部|总支|党委|单位|部门|小组|"
    r"借方|贷方|收入|支出|交易|发生额|金额|人数|党员|应发|实发|第|[一二三四五六七八九十])*"
)
_TOTAL = re.compile(
    rf"{_OF_WHAT}(?:小计|合计|总计|共计|累计|合共)(?:人数|金额|笔数|数|额|人民币)?(?:[(（:：].*|\d.*)?"
    rf"|{_OF_WHAT}共(?:计|有)?\d+(?:笔|人|名|条|行|页|户|项).*"
    r"|(?:借方|贷方|收入|支出|交易|总)?(?:总)?笔数.*"
)
_SIGNED = re.compile(
    r"(?:填表|制表|填报|填写|审核|复核|经办|核对|报送|负责|联系|打印|导出|下载|查询|截止|报表|盖章|填单)"
    r"(?:人|员|单位|日期|时间|电话|领导|机构)?(?:[(（].*?[)）])?[:：].*"
    r"|(?:单位|党支部|党组织|支部)?(?:负责人|书记)?[(（]?(?:签字|签名|盖章)(?:[(（].*?)?[)）]?[:：].*"
    r"|(?:备注|说明|注|附注|温馨提示|提示|声明|填表说明|填写说明)[:：].*"
    r"|第\d+页.*|[-—*＊=]{3,}.*|以下(?:无正文|空白|为空白).*"
)
_HEADED = re.compile(
    r"[(（]?[一二三四五六七八九十百]+[)）、.．].+"
    r"|.*(?:党委|总支|总支部|党支部|支部|党小组|名册|名单|花名册|一览表|登记表|明细表)(?:[(（].*[)）])?[:：]?"
)
TOTALS_LENGTH: Final = 40
"""A longer text is a remark that happens to begin like a sum."""


def is_total(text: str) -> bool:
    """Whether a cell announces a sum: 合　计, 人民币合计, 共1笔."""
    bare = squeezed(text)
    return len(bare) <= TOTALS_LENGTH and _TOTAL.fullmatch(bare) is not None


def is_signature(text: str) -> bool:
    """Whether a cell says who filled the table in, or is a note below it."""
    return _SIGNED.fullmatch(squeezed(text)) is not None


def is_heading(texts: Iterable[str]) -> bool:
    """Whether the only filled cell of a row is the heading of a section: 二、第二支部."""
    filled = [text for text in texts if text]
    return len(set(filled)) == 1 and _HEADED.fullmatch(squeezed(filled[0])) is not None
