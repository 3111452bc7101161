import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangjian.activities.meetings import checkin
from dangjian.kernel.errors import Invalid
from tests.activities.meetings.conftest import instant

AT = instant("2026-11-23 14:00:00")
moments = st.integers(0, 10_000).map(lambda seconds: AT + dt.timedelta(seconds=seconds))


@given(at=moments, late=st.integers(0, 14))
def test_a_code_holds_for_its_step_and_the_grace(at: dt.datetime, late: int) -> None:
    then = at + dt.timedelta(seconds=checkin.seconds_left(at) + late)
    assert checkin.is_current(7, checkin.current_code(7, at), at)
    assert checkin.is_current(7, checkin.current_code(7, at), then)
    assert checkin.sitting_of(checkin.token(7, at), then) == 7


@given(at=moments, later=st.integers(45, 100_000))
def test_a_forwarded_photo_is_worthless_within_a_minute(at: dt.datetime, later: int) -> None:
    then = at + dt.timedelta(seconds=later)
    with pytest.raises(Invalid, match="过期"):
        checkin.sitting_of(checkin.token(7, at), then)


def test_a_token_of_the_future_is_refused() -> None:
    with pytest.raises(Invalid, match="过期"):
        checkin.sitting_of(checkin.token(7, AT + dt.timedelta(seconds=30)), AT)


def test_codes_change_and_differ_between_sittings() -> None:
    codes = {checkin.current_code(sitting, AT + dt.timedelta(seconds=30 * n)) for sitting in range(1, 11) for n in range(10)}
    assert len(codes) > 95
    assert all(len(code) == 6 and code.isdigit() for code in codes)


def test_another_deployment_makes_other_codes(settings: Any) -> None:
    here = checkin.token(7, AT)
    settings.SECRET_KEY = "another secret"
    assert checkin.token(7, AT) != here
    with pytest.raises(Invalid, match="不是本系统"):
        checkin.sitting_of(here, AT)


@pytest.mark.parametrize(
    "text", ["", "x", "7-1-", "zz-1-abc", "7--1", "https://example.com/", "7-" + "f" * 400 + "-a", "签-到-码"]
)
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        checkin.sitting_of(text, AT)


def test_a_token_cannot_be_turned_into_that_of_another_sitting() -> None:
    text = checkin.token(7, AT)
    with pytest.raises(Invalid):
        checkin.sitting_of("8" + text[1:], AT)


def test_spaces_in_typed_digits_do_not_matter() -> None:
    code = checkin.current_code(7, AT)
    assert checkin.is_current(7, f" {code[:3]} {code[3:]} ", AT)
    assert not checkin.is_current(7, "", AT)
    assert not checkin.is_current(7, "签到", AT)
