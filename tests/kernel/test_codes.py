"""The code lists."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangjian.kernel import codes

LISTS = [codes.get(name) for name in codes.names()]


@pytest.mark.parametrize("listing", LISTS, ids=lambda listing: listing.id)
class TestEveryList:
    def test_says_what_it_rests_on(self, listing: codes.CodeList) -> None:
        assert listing.name
        assert listing.standard
        assert listing.items

    def test_codes_are_unique_texts_that_fit_their_columns(self, listing: codes.CodeList) -> None:
        given_codes = [item.code for item in listing.items]
        assert len(set(given_codes)) == len(given_codes)
        assert all(isinstance(code, str) and 0 < len(code) <= 40 and code.isascii() for code in given_codes)
        assert all(item.label and item.label == item.label.strip() for item in listing.items)

    def test_parents_are_in_the_list(self, listing: codes.CodeList) -> None:
        assert all(item.parent in listing for item in listing.items if item.parent)

    def test_every_code_is_found_and_every_label_unless_two_share_it(self, listing: codes.CodeList) -> None:
        labels = listing.labels
        for item in listing.items:
            assert listing.find(item.code) == item.code
            if labels.count(item.label) == 1:
                assert listing.find(item.label) == item.code
                assert listing.find(f"{item.code} {item.label}") == item.code
                assert listing.find(f"{item.label}（{item.code}）") == item.code
            else:
                assert listing.find(item.label) is None

    def test_every_alias_leads_to_its_code(self, listing: codes.CodeList) -> None:
        for item in listing.items:
            for alias in item.aliases:
                assert listing.find(alias) == item.code, alias


@pytest.mark.parametrize(
    ("name", "written", "code"),
    [
        ("ethnicity", "汉", "01"),
        ("ethnicity", "1", "01"),
        ("ethnicity", 1.0, "01"),
        ("ethnicity", " 土家 族 ", "15"),
        ("ethnicity", "土", "30"),
        ("sex", "男", "1"),
        ("sex", "f", "2"),
        ("education", "本科", "20"),
        ("education", "大学本科毕业", "21"),
        ("education", "大专", "30"),
        ("education", "中专", "41"),
        ("degree", "学士学位", "4"),
        ("degree", "工学学士", "408"),
        ("political_status", "中共党员", "01"),
        ("org_type", "党总支", "621"),
        ("org_type", "６３１", "631"),
        ("lost_reason", "出国(境)", "5"),
        ("job_label", "管理岗位", "soe_manager"),
    ],
)
def test_usual_ways_of_writing(name: str, written: object, code: str) -> None:
    assert codes.get(name).find(written) == code


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("transfer_out_category", "整建制转出"),
        ("education", "不详"),
        ("ethnicity", "99"),
        ("ethnicity", "02 汉族"),
        ("sex", ""),
        ("sex", None),
    ],
)
def test_what_is_unknown_or_ambiguous_is_not_guessed(name: str, written: object) -> None:
    assert codes.get(name).find(written) is None


def test_labels_and_choices() -> None:
    sex = codes.get("sex")
    assert ("1", "男性") in sex.choices
    assert sex.label("2") == "女性"
    assert sex.label("") == ""
    assert sex.label("7") == "未知代码（7）"
    assert sex.item("1").label == "男性"


def test_suggestions_are_near() -> None:
    assert codes.get("ethnicity").suggest("维吾儿族")[0] == "维吾尔族"
    assert "大学本科毕业" in codes.get("education").suggest("大学本科 毕业生")
    assert codes.get("sex").suggest("zzz") == []
    assert codes.get("sex").suggest("") == []


def test_mappings_to_other_lists_hold() -> None:
    groups = codes.get("education_group")
    assert all(item.extra["group"] in groups or item.extra["group"] == "unknown" for item in codes.get("education").items)
    occupations = codes.get("job_prefix")
    assert all(item.extra["stat"] in occupations for item in codes.get("job_label").items)
    assert all(code in occupations for item in codes.get("communique_occupation").items for code in item.extra["stat"])
    stages = codes.get("dev_stage")
    assert all(item.extra["stage"] in stages for item in codes.get("dev_step").items)
    assert [item.extra["step"] for item in codes.get("dev_step").items] == list(range(1, 26))


def test_the_fifty_six_ethnic_groups() -> None:
    standard = [item for item in codes.get("ethnicity").items if item.code <= "56"]
    assert [item.code for item in standard] == [f"{number:02d}" for number in range(1, 57)]
    assert len({item.extra["letter"] for item in standard}) == 56


def test_columns_of_a_person_are_wide_enough() -> None:
    assert max(len(item.code) for item in codes.get("job_label").items) <= 20


@pytest.mark.parametrize(
    "name",
    [
        "age_communique",
        "age_table2",
        "age_development",
        "age_exit",
        "age_lost",
        "party_age_lost",
    ],
)
@given(age=st.integers(0, 120))
def test_every_age_lies_in_exactly_one_bracket(name: str, age: int) -> None:
    listing = codes.get(name)
    holding = [item for item in listing.items if (item.low or 0) <= age and (item.high is None or age <= item.high)]
    assert [listing.bracket(age)] == holding


@pytest.mark.parametrize("name", ["join_date_table3", "join_date_communique"])
@given(day=st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31)))
def test_every_day_lies_in_exactly_one_bracket(name: str, day: dt.date) -> None:
    listing = codes.get(name)
    holding = [i for i in listing.items if (i.low or dt.date.min) <= day <= (i.high or dt.date.max)]
    assert [listing.bracket(day)] == holding


def test_below_the_first_bracket_there_is_none() -> None:
    assert codes.get("lost_duration").bracket(5) is None
    assert codes.get("lost_duration").bracket(11).label == "6个月以上不满1年"
    assert codes.get("lost_duration").bracket(12).label == "1至5年"


def test_an_unknown_list_is_named() -> None:
    with pytest.raises(KeyError, match="nonsense"):
        codes.get("nonsense")


@pytest.mark.parametrize(
    ("name", "written", "code"),
    [
        ("ethnicity", "穿青人", "97"),
        ("education", "在职研究生", "10"),
        ("education", "大本", "20"),
        ("education", "函授大专", "30"),
        ("education", "本\u200b科", "20"),
    ],
)
def test_everyday_words(name: str, written: str, code: str) -> None:
    assert codes.get(name).find(written) == code


@pytest.mark.parametrize(
    ("written", "suggested"),
    [
        ("文盲", ["小学教育", "其他"]),
        ("高中及以下", ["普通高级中学教育", "初级中学教育"]),
        ("初中及以下", ["初级中学教育", "小学教育"]),
    ],
)
def test_words_that_mean_nothing_certain_lead_on(written: str, suggested: list[str]) -> None:
    education = codes.get("education")
    assert education.find(written) is None
    assert education.suggest(written) == suggested
