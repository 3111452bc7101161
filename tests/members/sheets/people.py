"""Rosters for tests: people who do not exist."""

import datetime as dt
import io
from typing import Any

from xlsxwriter import Workbook

from dangjian.kernel.identity import fictional_resident_id

HEADERS = ("姓名", "公民身份号码", "所在党支部", "人员类别", "入党时间", "转正日期", "手机号码", "民族", "学历")
BORN = dt.date(1980, 3, 7)


def resident_id(place: int) -> str:
    """The number of the ``place``-th person."""
    return fictional_resident_id(BORN, place)


def person(place: int, branch: str, **changes: Any) -> dict[str, Any]:
    """A correct row; ``changes`` by header replace cells."""
    return {
        "姓名": f"虚构{place}号",
        "公民身份号码": resident_id(place),
        "所在党支部": branch,
        "人员类别": "正式党员",
        "入党时间": "2004-06-30",
        "转正日期": "2005-06-30",
        "手机号码": f"199{place:08d}",
        "民族": "汉",
        "学历": "本科",
        **changes,
    }


def sheet(rows: list[dict[str, Any]], headers: tuple[str, ...] = HEADERS, *, above: tuple[str, ...] = ()) -> io.BytesIO:
    """An xlsx of ``rows`` below ``headers``, with merged title rows ``above``. Dates become dates, ``=`` begins a formula."""
    file = io.BytesIO()
    with Workbook(file) as book:
        made = book.add_worksheet("党员名册")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for number, text in enumerate(above):
            made.merge_range(number, 0, number, len(headers) - 1, text)
        for place, header in enumerate(headers):
            made.write(len(above), place, header)
        for number, row in enumerate(rows, start=len(above) + 1):
            for place, header in enumerate(headers):
                value = row.get(header)
                if isinstance(value, dt.date):
                    made.write_datetime(number, place, value, day)
                elif isinstance(value, str) and value.startswith("="):
                    made.write_formula(number, place, value, None, "")
                elif isinstance(value, str):
                    made.write_string(number, place, value)
                elif value is not None:
                    made.write_number(number, place, value)
    file.seek(0)
    return file
