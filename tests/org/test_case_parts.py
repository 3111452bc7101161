"""Parts of a case by themselves: its last day."""

import datetime as dt
from dataclasses import dataclass

from dangjian.kernel import clock
from dangjian.org.cases import Due


@dataclass
class Row:
    """A case with a last day."""

    due_on: dt.date | None
    is_open: bool = True


DUE = Due("due_on", runs=lambda row: row.is_open)


def in_days(number: int) -> dt.date:
    return clock.today() + dt.timedelta(days=number)


def test_the_time_left_stands_beside_the_state_while_the_day_runs() -> None:
    assert "还有 5 天" in DUE.left(Row(in_days(5)))
    assert "已超期 3 天" in DUE.left(Row(in_days(-3)))
    assert DUE.left(Row(in_days(5), is_open=False)) == ""
    assert DUE.left(Row(None)) == ""


def test_a_list_shows_the_time_left_and_afterwards_the_day_or_what_is_said_then() -> None:
    told = Due("due_on", runs=lambda row: row.is_open, after=lambda _row: "已答复")
    day = in_days(5)
    assert "还有 5 天" in DUE.drawn(Row(day))
    assert DUE.drawn(Row(day, is_open=False)) == f"{day.year}年{day.month}月{day.day}日"
    assert told.drawn(Row(day, is_open=False)) == "已答复"
    assert DUE.drawn(Row(None)) == ""
    assert DUE.column("期限", sort="due_on").plain(Row(day)) == day
