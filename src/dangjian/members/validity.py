"""What cannot be in a record as it stands: numbers that contradict each other, dates in the wrong order. No database.

wrong({"birth_on": date(1990, 5, 1), "joined_on": date(1985, 7, 1)})   # {"joined_on": "入党时间早于出生日期"}
"""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from dangjian.kernel.errors import Invalid
from dangjian.kernel.identity import check_mobile, check_resident_id
from dangjian.members.columns import COLUMNS, ORDER, show

NUMBERS = ("resident_id", "sex", "birth_on", "mobile")
"""What is read to judge the numbers of a record."""


def wrong_numbers(values: Mapping[str, Any]) -> dict[str, str]:
    """Of ``NUMBERS`` those that cannot be, each with what is wrong; blank ones are not wrong but missing."""
    found: dict[str, str] = {}
    if number := values["resident_id"]:
        try:
            told = check_resident_id(number)
        except Invalid:  # what is wrong about it would tell digits of it
            found["resident_id"] = "公民身份号码不合规"
        else:
            for name, right in (("birth_on", told.birth_on), ("sex", told.sex)):
                if values[name] and values[name] != right:
                    found[name] = f"{COLUMNS[name].title}与公民身份号码不一致，号码表示为{show(name, right)}"
    if values["mobile"]:
        try:
            check_mobile(values["mobile"])
        except Invalid:
            found["mobile"] = "手机号码不合规"
    return found


def wrong_dates(values: Mapping[str, Any]) -> dict[str, str]:
    """Days of somebody's way into the Party that lie before an earlier step of it, each with what is wrong."""
    found: dict[str, str] = {}
    for earlier, later in combinations(ORDER, 2):
        if values[earlier] and values[later] and values[later] < values[earlier]:
            found.setdefault(later, f"{COLUMNS[later].title}早于{COLUMNS[earlier].title}")
    return found
