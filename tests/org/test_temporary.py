"""The end of a task: who may have one, and the reason asked where a branch is to be set up instead."""

import datetime as dt
from typing import Any

import pytest

from dangjian.accounts.models import Event
from dangjian.kernel.errors import Invalid
from dangjian.org.actions import tree
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.org.test_posts import refused

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]
SINCE, SHORT, LONG = dt.date(2026, 11, 1), dt.date(2027, 4, 30), dt.date(2027, 5, 1)


@pytest.fixture(autouse=True)
def _all_rows() -> Any:
    with unscoped("a test looks at everything"):
        yield


def founded(until: dt.date | None, *, type_code: str = "931", **more: Any) -> Organization:
    parent = Organization.objects.filter(parent=None).first() or make.committee()
    names = {"name": "虚构大修临时党支部", "short_name": "大修临时党支部"}
    common: dict[str, Any] = {"actor": make.SYSTEM, "parent": parent, "effective_on": SINCE, **names, **more}
    return tree.set_up(type_code=type_code, expected_end_on=until, **common)


def test_a_short_task_needs_no_reason() -> None:
    made = founded(SHORT, special="不会留下")
    assert (made.expected_end_on, made.special) == (SHORT, "")


def test_a_long_task_needs_a_reason_that_stays() -> None:
    make.committee()
    refusal = refused(Invalid, lambda: founded(LONG))
    assert "应当成立党支部" in refusal.message
    assert "第五条" in refusal.citation
    assert set(refusal.fields) == {"special"}
    assert founded(LONG, special=" 人员轮换频繁 ").special == "人员轮换频繁"


def test_too_few_full_members_need_no_reason() -> None:
    assert founded(LONG, full_members=2).special == ""


def test_a_branch_has_no_end_of_a_task() -> None:
    make.committee()
    assert "只有临时党组织" in refused(Invalid, lambda: founded(SHORT, type_code="631")).message


def test_the_end_lies_after_the_founding() -> None:
    make.committee()
    assert set(refused(Invalid, lambda: founded(SINCE)).fields) == {"expected_end_on"}


def test_a_task_that_is_put_off_is_asked_about_again() -> None:
    made = founded(SHORT)
    change = {"actor": make.SYSTEM, "organization": made, "expected_end_on": LONG}
    refused(Invalid, lambda: tree.correct_details(**change))
    tree.correct_details(**change, special="工程延期")
    made.refresh_from_db()
    assert (made.expected_end_on, made.special) == (LONG, "工程延期")
    assert Event.objects.filter(verb="org.details_corrected").latest("pk").data == {"fields": ["expected_end_on", "special"]}
    tree.correct_details(**change | {"expected_end_on": SHORT}, special="工程延期")
    made.refresh_from_db()
    assert made.special == "", "a short task needs none"


def test_other_details_leave_the_reason_alone() -> None:
    made = founded(LONG, special="人员轮换频繁")
    tree.correct_details(actor=make.SYSTEM, organization=made, phone="010-5550000")
    made.refresh_from_db()
    assert made.special == "人员轮换频繁"
