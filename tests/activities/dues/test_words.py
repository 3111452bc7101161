"""What templates of dues say of months, reliefs and large gifts on their way up."""

import datetime as dt

import pytest

from dangjian.activities.dues.assessment.models import Relief
from dangjian.activities.dues.billing.models import Bill
from dangjian.activities.dues.ledger.models import Transfer, TransferState
from dangjian.activities.dues.templatetags import dues


def test_months_are_listed_with_their_year_only_where_it_is_asked_for() -> None:
    days = [dt.date(2025, 12, 1), dt.date(2026, 1, 1)]
    assert dues.months(days) == "12月、1月"
    assert dues.months([Bill(month=day) for day in days]) == "12月、1月"
    assert dues.months_of_years(days) == "2025年12月、2026年1月"


@pytest.mark.parametrize(
    ("until", "said"), [(None, "2026年7月起"), (dt.date(2027, 1, 1), "2026年7月起，2027年1月恢复")], ids=["open", "ended"]
)
def test_a_relief_says_from_when_until_when(until: dt.date | None, said: str) -> None:
    assert Relief(from_month=dt.date(2026, 7, 1), until_month=until).duration == said


@pytest.mark.parametrize(
    ("state", "superior", "said"),
    [
        (TransferState.DUE, 1, "待转交集团党委"),
        (TransferState.SENT, 1, "已转交集团党委，待确认"),
        (TransferState.SENT, None, "已转交集团党委，待登记收据"),
        (TransferState.RECEIVED, 1, "转交集团党委，已到账"),
        (TransferState.RECEIVED, None, "转交集团党委，收据号 0712"),
    ],
)
def test_a_large_gift_says_how_far_it_has_come(state: str, superior: int | None, said: str) -> None:
    assert Transfer(state=state, superior_id=superior, superior_name="集团党委", receipt="0712").passing == said


def test_a_large_gift_says_when_it_came_so_far_or_by_when_it_is_due() -> None:
    due = dt.date(2026, 7, 15)
    assert Transfer(due_on=due).passing_on == "2026年7月15日前"
    assert Transfer(due_on=due, sent_on=dt.date(2026, 7, 9)).passing_on == "2026年7月9日"
    assert Transfer(due_on=due, sent_on=dt.date(2026, 7, 9), received_on=dt.date(2026, 7, 10)).passing_on == "2026年7月10日"
