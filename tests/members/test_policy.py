"""Dates of a member, effects of penalties, completeness of a record."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dangjian.kernel.rulebook import Choices, NotInForce, book
from dangjian.members import policy
from dangjian.members.models import Member

ON = dt.date(2026, 11, 23)
CASES = yaml.safe_load((Path(__file__).parent / "cases" / "dates.yaml").read_text(encoding="utf-8"))
FIELDS = policy.required_fields

RECORD: dict[str, object] = {
    "name": "林虚构",
    "resident_id": "110101199003078515",
    "sex": "1",
    "birth_on": dt.date(1990, 3, 7),
    "ethnicity": "01",
    "native_place": "虚构省虚构市",
    "education": "21",
    "school": "虚构大学",
    "major": "采矿工程",
    "joined_on": dt.date(2015, 6, 1),
    "converted_on": dt.date(2016, 6, 1),
    "job_post": "公有经济控制企业专业技术岗位",
    "category": "1",
    "mobile": "13000000000",
    "branch": 7,
    "archive_unit": "虚构集团人力资源部",
    "registered_residence": "虚构市一街",
    "current_address": "虚构市二街",
}


@pytest.mark.parametrize("case", CASES, ids=[case["情形"] for case in CASES])
def test_party_age_cases(case: dict[str, Any]) -> None:
    entered = case["输入"]
    assert policy.party_age(entered["起"], entered["止"], entered.get("校正", 0)) == case["应得"]


def test_a_probationary_member_has_no_party_age() -> None:
    assert policy.party_age(None, ON) == 0


def test_age_and_a_birth_after_the_day() -> None:
    assert policy.age(dt.date(2008, 11, 24), ON) == 17
    assert policy.age(dt.date(2008, 11, 23), ON) == 18
    with pytest.raises(ValueError, match="不能计算年限"):
        policy.age(dt.date(2027, 1, 1), ON)


@pytest.mark.parametrize(
    "on", [dt.date(2026, 11, 23), dt.date(2027, 2, 27), dt.date(2027, 2, 28), dt.date(2028, 2, 29), dt.date(2028, 3, 1)]
)
@pytest.mark.parametrize("years", [18, 31, 32])
def test_who_is_so_old_was_born_by_that_day(on: dt.date, years: int) -> None:
    last = policy.born_by(years, on)
    assert policy.age(last, on) >= years
    assert policy.age(last + dt.timedelta(days=1), on) < years


@settings(deadline=None)
@given(st.dates(dt.date(1930, 1, 1), ON), st.integers(0, 30000))
def test_years_never_shrink_with_time(since: dt.date, days: int) -> None:
    later = since + dt.timedelta(days=days)
    assert policy.age(since, later) <= policy.age(since, later + dt.timedelta(days=1)) <= policy.age(since, later) + 1


def test_full_from_the_day_of_conversion() -> None:
    assert not policy.is_full(None, ON)
    assert not policy.is_full(ON + dt.timedelta(days=1), ON)
    assert policy.is_full(ON, ON)


@pytest.mark.parametrize(
    ("joined_on", "extended", "ends_on"),
    [
        (dt.date(2025, 11, 23), 0, dt.date(2026, 11, 23)),
        (dt.date(2024, 2, 29), 0, dt.date(2025, 2, 28)),
        (dt.date(2026, 5, 10), 0, dt.date(2027, 5, 10)),
        (dt.date(2025, 8, 31), 6, dt.date(2027, 2, 28)),
        (dt.date(2025, 6, 1), 12, dt.date(2027, 6, 1)),
    ],
)
def test_end_of_probation(joined_on: dt.date, extended: int, ends_on: dt.date) -> None:
    assert policy.probation_ends_on(joined_on, extended_months=extended, book=book()) == ends_on


@pytest.mark.parametrize("months", [5, 13, -6])
def test_an_extension_is_half_a_year_to_a_year(months: int) -> None:
    with pytest.raises(ValueError, match=r"延长预备期.*第三十一条"):
        policy.probation_ends_on(dt.date(2025, 8, 31), extended_months=months, book=book())


def test_probation_of_old_times_is_not_guessed() -> None:
    with pytest.raises(NotInForce):
        policy.probation_ends_on(dt.date(1985, 7, 1), book=book())


@pytest.mark.parametrize(
    ("kind", "ends_on"),
    [
        ("warning", dt.date(2026, 8, 31)),
        ("serious_warning", dt.date(2027, 2, 28)),
        ("removal_from_post", dt.date(2027, 8, 31)),
        ("probation_within_party", None),
        ("expulsion", None),
    ],
)
def test_effect_of_penalties(kind: str, ends_on: dt.date | None) -> None:
    assert policy.effect_period_ends_on(kind, dt.date(2025, 8, 31), None, book=book()) == ends_on


def test_probation_within_the_party() -> None:
    assert policy.probation_within_party_limit(dt.date(2024, 2, 29), book=book()) == dt.date(2026, 2, 28)
    began, ended = dt.date(2024, 3, 1), dt.date(2025, 3, 1)
    assert policy.effect_period_ends_on("probation_within_party", began, ended, book=book()) == dt.date(2027, 3, 1)


def completeness(**changes: object) -> policy.Completeness:
    return policy.record_completeness({**RECORD, **changes}, FIELDS(book=book(), on=ON))


def test_a_whole_record() -> None:
    assert completeness() == policy.Completeness(100, ())


def test_what_is_missing_is_named_in_chinese() -> None:
    poor = completeness(native_place="  ", mobile=None)
    assert poor.titles == ("籍贯", "手机号码")
    assert poor.percent == 88


@pytest.mark.parametrize(
    ("changes", "titles"),
    [
        ({"converted_on": None}, ("转正日期",)),
        ({"converted_on": None, "category": "2"}, ()),
        ({"school": "", "major": ""}, ("毕业院校", "专业")),
        ({"school": "", "major": "", "education": "70"}, ()),
        ({"lost_on": dt.date(2026, 1, 1)}, ("失去联系情形",)),
        ({"lost_reason": "1"}, ("失去联系日期",)),
    ],
)
def test_conditional_fields(changes: dict[str, object], titles: tuple[str, ...]) -> None:
    assert completeness(**changes).titles == titles


def test_a_joint_branch_asks_for_the_unit() -> None:
    found = policy.record_completeness(RECORD, FIELDS(book=book(), on=ON), in_joint_branch=True)
    assert found.titles == ("联合支部单位名称",)
    assert found.percent == 94


def test_no_fields_asked_means_complete() -> None:
    assert policy.record_completeness({}, ()) == policy.Completeness(100, ())


def test_fields_of_the_rules_are_fields_of_the_record() -> None:
    known = {field.name for field in Member._meta.get_fields()}
    required = {field.code for field in FIELDS(book=book(), on=ON)}
    exported = set(book().on("rec.member_export", ON).expect(Choices).codes)
    assert required <= exported <= known


@settings(deadline=None)
@given(st.sets(st.sampled_from(sorted(RECORD))))
def test_filling_a_gap_never_lowers_the_percentage(gaps: set[str]) -> None:
    fields = [field for field in FIELDS(book=book(), on=ON) if field.when is None]
    held = {key: value for key, value in RECORD.items() if key not in gaps}
    before = policy.record_completeness(held, fields)
    assert (before.percent == 100) == (not before.missing)
    for gap in gaps:
        assert policy.record_completeness({**held, gap: RECORD[gap]}, fields).percent >= before.percent
