"""The rulebook: what it refuses to load, which value holds on a day, who may set what."""

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from dangjian.kernel.rulebook import (
    Band,
    Bands,
    Bounds,
    Choice,
    Choices,
    Citation,
    Frequency,
    Layer,
    LayerRefused,
    Money,
    NotInForce,
    Period,
    Rulebook,
    RulebookError,
    Share,
    UnknownRule,
    book,
    chinese_number,
    forget,
    load,
    percent,
)

DAY = dt.date(2026, 11, 23)

SIZE = """
test.size:
  title: 人数上限
  unit: 人
  shape: number
  local: stricter
  stricter: lower
  reviewed_on: 2026-11-22
  confidence: V
  values:
    - from: 2020-01-01
      to: 2025-12-31
      value: 60
      source: {document: 旧办法}
    - from: 2026-01-01
      value: 50
      source: {document: 新办法, number: 〔2026〕1号, article: 11}
"""

SETTING = """
test.practice:
  kind: setting
  title: 本地次数
  unit: ""
  shape: frequency
  reviewed_on: 2026-11-22
  confidence: U
  default: {times: 1, per: quarter}
  note: 由本单位设定。
"""


def rulebook(folder: Path, text: str, **own: object) -> Rulebook:
    (folder / "rules.yaml").write_text(text, encoding="utf-8")
    return load([folder], {key.replace("__", "."): value for key, value in own.items()})


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("      source: {document: 旧办法}\n", "", "缺少必填字段"),
        ("    - from: 2020-01-01\n      to: 2025-12-31\n", "    - to: 2025-12-31\n", "缺少必填字段"),
        ("      to: 2025-12-31\n", "", "日期重叠"),
        ("to: 2025-12-31", "to: 2026-01-01", "日期重叠"),
        ("to: 2025-12-31", "to: 2019-12-31", "失效日期早于生效日期"),
        ("from: 2020-01-01", "from: 去年", "不是日期"),
        ("  unit: 人\n", "  unit: 人\n  colour: red\n", "不认识的字段"),
        ("value: 60", "value: 60.5", "须为整数"),
        ("value: 60", "value: 六十", "须为整数"),
        ("document: 旧办法", "document: ''", "不能为空"),
        ("document: 旧办法", "document: 旧办法, page: 3", "不认识的字段"),
        ("article: 11", "article: 十一", "article"),
        ("confidence: V", "confidence: U", "不在允许范围内"),
        ("  reviewed_on: 2026-11-22\n", "", "缺少必填字段"),
        ("  stricter: lower\n", "", "stricter 的方向"),
        ("local: stricter", "local: no", "stricter 的方向"),
        ("shape: number", "shape: text", "分不出宽严"),
        ("shape: number", "shape: option", "options"),
        ("shape: number", "shape: colour", "不在允许范围内"),
        ("title: 人数上限", "title: 甲\n  title: 乙", "出现了两次"),
        ("test.size", "Size", "小写英文"),
    ],
)
def test_a_wrong_entry_fails_at_load_and_names_file_and_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in SIZE
    with pytest.raises(RulebookError) as failure:
        rulebook(tmp_path, SIZE.replace(old, new, 1))
    assert said in str(failure.value)
    assert "rules.yaml" in str(failure.value)
    if "出现了两次" not in said and new != "Size":
        assert "test.size" in str(failure.value)


def test_a_key_twice_in_one_file_or_in_two_files_fails(tmp_path: Path) -> None:
    with pytest.raises(RulebookError, match="出现了两次"):
        rulebook(tmp_path, SIZE + SIZE)
    (tmp_path / "again.yaml").write_text(SIZE, encoding="utf-8")
    with pytest.raises(RulebookError, match=r"test\.size：与 .*again\.yaml 中的重复"):
        rulebook(tmp_path, SIZE)


@pytest.mark.parametrize("text", ["- a list", "just words", "a: [unclosed", "test.size: 5"])
def test_a_file_that_is_no_rule_file_fails_with_its_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(RulebookError, match=r"rules\.yaml"):
        rulebook(tmp_path, text)


def test_a_setting_must_say_that_it_is_one(tmp_path: Path) -> None:
    with pytest.raises(RulebookError, match="note"):
        rulebook(tmp_path, SETTING.replace("  note: 由本单位设定。\n", ""))
    with pytest.raises(RulebookError, match="confidence"):
        rulebook(tmp_path, SETTING.replace("confidence: U", "confidence: V"))


def test_the_day_chooses_the_value(tmp_path: Path) -> None:
    rules = rulebook(tmp_path, SIZE)
    before, after = rules.on("test.size", dt.date(2025, 12, 31)), rules.on("test.size", dt.date(2026, 1, 1))
    assert (before.value, before.citation) == (60, "《旧办法》")
    assert (after.value, after.citation) == (50, "《新办法》（〔2026〕1号）第十一条")
    assert after.text == "50人"
    assert after.source == Citation("新办法", number="〔2026〕1号", article=11)


def test_unknown_rule_and_day_before_the_first_value(tmp_path: Path) -> None:
    rules = rulebook(tmp_path, SIZE)
    with pytest.raises(UnknownRule, match=r"没有“test\.nothing”"):
        rules.on("test.nothing", DAY)
    with pytest.raises(NotInForce, match="2019年12月31日没有适用的规定，平台收录的规定自2020年1月1日起施行") as asked:
        rules.on("test.size", dt.date(2019, 12, 31))
    assert asked.value.status == 422
    assert asked.value.how
    assert rules.on_or_first("test.size", dt.date(2019, 12, 31)) == rules.on("test.size", dt.date(2020, 1, 1))


def test_a_value_of_another_shape_is_not_handed_out(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"test\.size 的值是 int，不是 Share"):
        rulebook(tmp_path, SIZE).on("test.size", DAY).expect(Share)


def test_a_setting_holds_on_every_day_and_the_deployment_may_set_it(tmp_path: Path) -> None:
    plain = rulebook(tmp_path, SETTING).on("test.practice", dt.date(1980, 1, 1))
    assert plain.expect(Frequency).times_per_year == 4
    assert plain.citation == "由本单位设定"
    own = rulebook(tmp_path, SETTING, test__practice={"times": 1, "per": "month"})
    assert own.on("test.practice", DAY).expect(Frequency).times_per_year == 12
    assert own.on("test.practice", DAY).set_by == "本平台"
    assert own.describe()[0].deployment == "每月1次"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("test__size", 51, "只能定得比上级更严"),
        ("test__size", "多", "须为整数"),
        ("test__colour", 1, "没有“test.colour”"),
    ],
)
def test_a_wrong_value_of_the_deployment_fails_at_load(tmp_path: Path, key: str, value: object, said: str) -> None:
    with pytest.raises(RulebookError, match="DANGJIAN_RULE_SETTINGS") as failure:
        rulebook(tmp_path, SIZE, **{key: value})
    assert said in str(failure.value)


def test_a_unit_may_only_tighten(tmp_path: Path) -> None:
    rules = rulebook(tmp_path, SIZE)
    group, company = Layer("集团党委", {"test.size": 45}), Layer("一公司党委", {"test.size": 40})
    assert rules.check_override("test.size", 40, above=[group]) == 40
    with pytest.raises(LayerRefused) as refusal:
        rules.check_override("test.size", 48, above=[group])
    assert "上级规定是45人，不能改为48人" in refusal.value.message
    assert refusal.value.citation == "《新办法》（〔2026〕1号）第十一条"
    tight = rules.on("test.size", DAY, layers=[group, company])
    assert (tight.value, tight.set_by) == (40, "一公司党委")
    assert tight.citation == "《新办法》（〔2026〕1号）第十一条（一公司党委规定：40人）"


def test_a_layer_that_the_rule_has_overtaken_gives_way(tmp_path: Path) -> None:
    rules = rulebook(tmp_path, SIZE)
    once_tight = Layer("一公司党委", {"test.size": 55})
    assert rules.on("test.size", dt.date(2025, 6, 1), layers=[once_tight]).value == 55
    assert rules.on("test.size", DAY, layers=[once_tight]).value == 50


def test_a_rule_that_leaves_no_room_ignores_layers_and_refuses_overrides(tmp_path: Path) -> None:
    rules = rulebook(tmp_path, SIZE.replace("  local: stricter\n  stricter: lower\n", "  local: no\n"))
    assert rules.on("test.size", DAY, layers=[Layer("一公司党委", {"test.size": 40})]).value == 50
    with pytest.raises(LayerRefused, match="统一规定"):
        rules.check_override("test.size", 40)


@pytest.mark.parametrize(
    ("key", "tighter", "looser"),
    [
        ("life.general_meeting", {"times": 2, "per": "quarter"}, {"times": 1, "per": "half_year"}),
        ("life.appraisal.excellent_cap", {"share": "1/4", "compare": "at_most", "of": "支部党员总数"}, None),
        ("term.remind", {"months": 8}, {"months": 5}),
        ("term.extend_or_advance", {"months": 6}, {"months": 13}),
        ("org.branch.max", 45, 51),
    ],
)
def test_directions_of_real_rules(key: str, tighter: object, looser: object) -> None:
    book().check_override(key, tighter)
    looser = looser or {"share": "1/2", "compare": "at_most", "of": "支部党员总数"}
    with pytest.raises(LayerRefused):
        book().check_override(key, looser)


@override_settings(DANGJIAN_RULE_SETTINGS={"life.party_lecture.branch": {"times": 1, "per": "month"}})
def test_the_process_wide_book_reads_the_settings_of_the_deployment() -> None:
    forget()
    try:
        rule = book().on("life.party_lecture.branch", DAY)
        assert rule.text == "每月1次"
        assert rule.citation == "《中国共产党支部工作条例（试行）》第十六条（由本单位设定）（本平台规定：每月1次）"
    finally:
        forget()


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(LayerRefused, match="不能与规定比较"):
        book().check_override("term.remind", {"days": 200})
    with pytest.raises(LayerRefused, match="不能与规定比较"):
        book().check_override("life.appraisal.excellent_cap", {"share": "1/4", "compare": "at_most", "of": "正式党员"})


def test_every_rule_of_the_house_is_cited_and_titled_in_chinese() -> None:
    described = book().describe()
    assert len(described) > 100
    for rule in described:
        assert rule.title
        assert rule.title != rule.key
        for value in rule.values:
            assert value.text, rule.key
            assert value.citation, rule.key
            if rule.kind == "rule":
                assert value.valid_from is not None, rule.key
                assert rule.confidence in {"V", "V2"}
            else:
                assert rule.note, rule.key


@pytest.mark.parametrize(
    ("key", "text", "citation"),
    [
        ("life.general_meeting", "每季度1次", "《中国共产党支部工作条例（试行）》第十一条"),
        ("vote.general.quorum", "应到会有表决权的党员的半数以上", "《中国共产党支部工作条例（试行）》第十一条"),
        ("vote.general.pass", "超过应到会有表决权的党员的半数", "《中国共产党支部工作条例（试行）》第十一条"),
        (
            "life.theme_day",
            "每月1次",
            "《中国共产党支部工作条例（试行）》第十六条、《中国共产党党员教育管理工作条例》第十六条",
        ),
        ("term.remind", "6个月", "《中国共产党支部工作条例（试行）》"),
        ("life.party_lecture.branch", "每季度1次", "《中国共产党支部工作条例（试行）》第十六条（由本单位设定）"),
        (
            "life.absent_selfexit",
            "6个月",
            "《中国共产党党员教育管理工作条例》第三十一条第（六）项、《中国共产党不合格党员组织处置办法》",
        ),
    ],
)
def test_what_people_read(key: str, text: str, citation: str) -> None:
    rule = book().on(key, DAY)
    assert (rule.text, rule.citation) == (text, citation)


def test_admission_rules_change_their_article_on_2026_05_11() -> None:
    before = book().on("vote.admission.pass", dt.date(2026, 5, 10))
    after = book().on("vote.admission.pass", dt.date(2026, 5, 11))
    assert (before.citation, before.confidence) == ("《中国共产党发展党员工作细则》", "V2")
    assert (after.citation, after.confidence) == ("《中国共产党发展党员工作细则》第二十条", "V")


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (1, "一"),
        (10, "十"),
        (11, "十一"),
        (20, "二十"),
        (31, "三十一"),
        (100, "一百"),
        (105, "一百零五"),
        (110, "一百一十"),
        (999, "九百九十九"),
    ],
)
def test_chinese_numbers(number: int, written: str) -> None:
    assert chinese_number(number) == written


def test_chinese_numbers_end_at_999() -> None:
    with pytest.raises(ValueError, match="1 至 999"):
        chinese_number(1000)


@pytest.mark.parametrize(
    ("period", "day", "after"),
    [
        (Period(years=1), dt.date(2024, 2, 29), dt.date(2025, 2, 28)),
        (Period(months=6), dt.date(2025, 8, 31), dt.date(2026, 2, 28)),
        (Period(days=15), dt.date(2026, 12, 20), dt.date(2027, 1, 4)),
        (Period(months=0), DAY, DAY),
    ],
)
def test_periods_run_by_the_calendar(period: Period, day: dt.date, after: dt.date) -> None:
    assert period.after(day) == after


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({}, "之一"),
        ({"years": 1, "months": 2}, "之一"),
        ({"months": -1}, "greater than or equal to 0"),
        ({"weeks": 2}, "Extra inputs"),
    ],
)
def test_a_period_has_exactly_one_unit(raw: dict[str, int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Period(**raw)


def test_a_span_is_ordered_and_says_itself() -> None:
    assert str(Bounds(at_least=3, usually_at_most=5, at_most=7)) == "不少于3，一般不超过5，最多7"
    with pytest.raises(ValueError, match="下限不能大于上限"):
        Bounds(at_least=8, at_most=7)


def test_shares_are_written_as_fractions() -> None:
    with pytest.raises(ValueError, match="不要写小数"):
        Share.model_validate({"share": 0.5, "compare": "at_least", "of": "人"})


def test_lists_say_themselves() -> None:
    assert str(Choices([Choice(code="a", title="甲"), Choice(code="b", title="乙")])) == "甲、乙"
    assert str(Choices([Choice(code="a", title="甲，或者丙"), Choice(code="b", title="乙")])) == "甲，或者丙；乙"


@settings(deadline=None)
@given(
    share=st.fractions(min_value=Fraction(1, 20), max_value=1, max_denominator=20),
    compare=st.sampled_from(["at_least", "more_than"]),
    base=st.integers(0, 500),
)
def test_the_least_count_is_the_first_that_meets(share: Fraction, compare: str, base: int) -> None:
    threshold = Share.model_validate({"share": share, "compare": compare, "of": "人"})
    least = threshold.least(base)
    assert threshold.met_by(least, base)
    assert least == 0 or not threshold.met_by(least - 1, base)


RATES = """
test.rates:
  title: 比例
  unit: ""
  shape: bands
  local: no
  reviewed_on: 2026-11-22
  confidence: V
  values:
    - from: 2020-01-01
      value: [{up_to: 3000, rate: 1/200}, {up_to: "5000.50", rate: 1/100}, {rate: 1/50}]
      source: {document: 办法}
"""


def test_bands_are_exact_and_a_boundary_belongs_to_the_lower_band(tmp_path: Path) -> None:
    rule = rulebook(tmp_path, RATES).on("test.rates", DAY)
    bands = rule.expect(Bands)
    assert bands[0] == Band(up_to="3000", rate=Fraction(1, 200))
    assert [bands.rate(fen) for fen in (0, 300_000, 300_001)] == [Fraction(1, 200), Fraction(1, 200), Fraction(1, 100)]
    assert [bands.position(fen) for fen in (500_050, 500_051, 10**12)] == [1, 2, 2]
    assert rule.text == "3000元以下（含）0.5%，3000元以上至5000.5元（含）1%，5000.5元以上2%"


def test_one_band_says_so(tmp_path: Path) -> None:
    rule = rulebook(tmp_path, RATES.replace('{up_to: 3000, rate: 1/200}, {up_to: "5000.50", rate: 1/100}, ', ""))
    assert rule.on("test.rates", DAY).text == "不论多少2%"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{up_to: 3000, rate: 1/200}", "{up_to: 3000, rate: 0.005}", "请写成分数"),
        ("{up_to: 3000, rate: 1/200}", "{up_to: 3000, rate: 2}", "数值太大"),
        ("{up_to: 3000, rate: 1/200}", "{up_to: 3000.5, rate: 1/200}", "金额请写整数"),
        ("{up_to: 3000, rate: 1/200}", "{up_to: 三千, rate: 1/200}", "不是能认出的金额"),
        ("{up_to: 3000, rate: 1/200}", "{up_to: 6000, rate: 1/200}", "从小到大"),
        ("{up_to: 3000, rate: 1/200}", "{rate: 1/200}", "只有最后一档不写"),
        ("{rate: 1/50}", "{up_to: 9000, rate: 1/50}", "只有最后一档不写"),
        ("{rate: 1/50}", "{rate: 1/50, over: 1}", "不认识的字段"),
        ('[{up_to: 3000, rate: 1/200}, {up_to: "5000.50", rate: 1/100}, {rate: 1/50}]', "[]", "不能为空"),
    ],
)
def test_wrong_bands_fail_at_load(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in RATES
    with pytest.raises(RulebookError, match=r"test\.rates") as failure:
        rulebook(tmp_path, RATES.replace(old, new, 1))
    assert said in str(failure.value)


LIMIT = SIZE.replace("shape: number", "shape: money").replace("  unit: 人", '  unit: ""').replace("value: 60", "value: '0.20'")


def test_money_is_given_in_yuan_and_kept_in_fen(tmp_path: Path) -> None:
    rules = rulebook(tmp_path, LIMIT)
    early, late = rules.on("test.size", dt.date(2025, 1, 1)), rules.on("test.size", DAY)
    assert (early.expect(Money).fen, early.text) == (20, "0.20元")
    assert (late.expect(Money), late.text, late.expect(Money).short) == (Money(fen=5000), "50.00元", "50元")
    assert rules.check_override("test.size", "49.99") == Money(fen=4999)
    with pytest.raises(LayerRefused, match=r"上级规定是50\.00元，不能改为50\.01元"):
        rules.check_override("test.size", "50.01")
    with pytest.raises(LayerRefused, match="金额请写整数"):
        rules.check_override("test.size", 49.99)
    with pytest.raises(LayerRefused, match="金额请写整数"):
        rules.check_override("test.size", True)


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (Fraction(1, 200), "0.5%"),
        (Fraction(3, 200), "1.5%"),
        (Fraction(1, 20), "5%"),
        (Fraction(1, 2), "50%"),
        (Fraction(1), "100%"),
        (Fraction(0), "0%"),
        (Fraction(1, 3), "三分之一"),
    ],
)
def test_rates_are_said_in_per_cent(rate: Fraction, said: str) -> None:
    assert percent(rate) == said


def test_a_rate_may_be_set_tighter(tmp_path: Path) -> None:
    text = (
        LIMIT.replace("shape: money", "shape: rate").replace("value: '0.20'", "value: 1/10").replace("value: 50", "value: 1/20")
    )
    rules = rulebook(tmp_path, text)
    assert (rules.on("test.size", DAY).expect(Fraction), rules.on("test.size", DAY).text) == (Fraction(1, 20), "5%")
    assert rules.check_override("test.size", "1/25") == Fraction(1, 25)
    with pytest.raises(LayerRefused, match="上级规定是5%，不能改为10%"):
        rules.check_override("test.size", "1/10")
    with pytest.raises(LayerRefused, match="写成分数"):
        rules.check_override("test.size", 0.01)
