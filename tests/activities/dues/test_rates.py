"""Dues by the rulebook: the cases of ``cases/amounts.yaml``, what is in force when, and how it is said."""

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dangjian.activities.dues import rates
from dangjian.activities.dues.kinds import PayerKind
from dangjian.activities.dues.ledger.models import USES
from dangjian.activities.dues.policy import BANDED, WageItem, WagePart, monthly_dues
from dangjian.kernel import money
from dangjian.kernel.errors import Invalid
from dangjian.kernel.rulebook import Choices, Layer, Rulebook, book, load, rule_directories

MONTH = dt.date(2026, 11, 1)
FOLDER = Path(__file__).parent / "cases"
CASES, RELIEFS = (yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")) for name in ("amounts", "reliefs"))
KINDS = {kind.label: kind for kind in PayerKind}
YES = {"是": True, "否": False}


@cache
def rules_with(key: str, value: str) -> Rulebook:
    return load(rule_directories(), {key: value})


def _month(text: str) -> dt.date:
    return dt.date.fromisoformat(f"{text}-01")


@pytest.mark.parametrize("case", CASES, ids=[case["情形"] for case in CASES])
def test_amount_cases(case: dict[str, dict[str, Any]]) -> None:
    entered, expected = case["输入"], case["应得"]
    rules = rules_with("dues.rounding", entered["取整"]) if "取整" in entered else None
    asked = (KINDS[entered["类别"]], money.parse(entered["基数"]), _month(entered["月份"]))
    if "不能计算" in expected:
        with pytest.raises(Invalid) as refusal:
            rates.worked_out(*asked, rules=rules)
        assert expected["不能计算"] in refusal.value.message
        assert "中组发〔2008〕3号" in refusal.value.citation
        return
    explained = rates.worked_out(*asked, rules=rules)
    assert explained.amount_fen == money.parse(expected["月交"])
    assert explained.rate == expected.get("比例", explained.rate)
    assert explained.sentence == expected.get("说明", explained.sentence)
    assert explained.citation == expected.get("依据", explained.citation)
    if "超过上限" in expected:
        assert explained.worked.capped is YES[expected["超过上限"]]


@pytest.mark.parametrize("case", RELIEFS, ids=[case["情形"] for case in RELIEFS])
def test_relief_cases(case: dict[str, dict[str, Any]]) -> None:
    kind, studied_on, expected = KINDS[case["输入"]["类别"]], case["输入"]["研究"], case["应得"]
    if "不能办" in expected:
        with pytest.raises(Invalid, match=expected["不能办"]):
            rates.relief_rule(kind, studied_on)
        return
    rule = rates.relief_rule(kind, studied_on)
    assert rule.by_branch is (expected["决定"] == "党支部")
    assert expected["依据"] in rule.citation


def test_the_cases_cover_every_kind() -> None:
    assert {case["输入"]["类别"] for case in CASES} == set(KINDS)


@given(
    st.sampled_from(PayerKind),
    st.integers(min_value=0, max_value=10**8),
    st.dates(min_value=dt.date(2008, 4, 1), max_value=dt.date(2030, 12, 31)),
)
def test_every_sum_can_be_explained_and_stored(kind: PayerKind, base: int, day: dt.date) -> None:
    explained = rates.worked_out(kind, base, day)
    assert explained.worked == monthly_dues(base, rates.schedule(kind, day))
    assert explained.month == day.replace(day=1)
    assert money.yuan(explained.amount_fen) in explained.sentence
    assert 0 < len(explained.sentence) <= 300
    assert 0 < len(explained.citation) <= 300
    assert len(explained.rate) <= 16
    assert bool(explained.rate) == (kind in BANDED)
    if day >= dt.date(2017, 1, 1):
        assert explained.amount_fen <= 100_000


@pytest.mark.parametrize(("set_to", "amount"), [("0.10", 20), ("0.5", 50), ("5", 100)])
def test_what_farmers_pay_stays_within_the_regulation(set_to: str, amount: int) -> None:
    rules = rules_with("dues.farmer.amount", set_to)
    assert rates.worked_out(PayerKind.FARMER, 0, MONTH, rules=rules).amount_fen == amount


def test_a_unit_rounds_as_it_has_set() -> None:
    layer = Layer("某公司党委", {"dues.rounding": "1"})
    assert rates.worked_out(PayerKind.SALARIED, 650_000, MONTH, layers=[layer]).amount_fen == 9_800


def test_the_months_from_which_sums_are_worked_out_anew() -> None:
    assert rates.changes_between(dt.date(2008, 4, 1)) == (dt.date(2017, 1, 1),)
    assert rates.changes_between(dt.date(2007, 1, 1), dt.date(2010, 1, 1)) == (dt.date(2008, 4, 1),)
    assert rates.changes_between(dt.date(2016, 12, 1), dt.date(2017, 1, 1)) == (dt.date(2017, 1, 1),)
    assert rates.changes_between(dt.date(2017, 1, 1)) == ()


def test_a_rule_that_changes_within_a_month_holds_from_the_next() -> None:
    assert rates._holds_from(dt.date(2026, 5, 11)) == dt.date(2026, 6, 1)
    assert rates._holds_from(dt.date(2026, 12, 2)) == dt.date(2027, 1, 1)
    assert rates._holds_from(dt.date(2026, 5, 1)) == dt.date(2026, 5, 1)


def test_the_base_in_the_words_of_the_rule() -> None:
    assert rates.base_rule(PayerKind.SALARIED, MONTH).text == "工资总额中相对固定的、经常性的工资收入（税后）。"
    before, after = rates.base_rule(PayerKind.RETIRED, dt.date(2016, 12, 1)), rates.base_rule(PayerKind.RETIRED, MONTH)
    assert "总额" in before.text
    assert "基本养老金" in after.text
    assert after.citation == "《关于进一步规范党费工作的通知》（组电明字〔2017〕5号）"
    assert rates.base_rule(PayerKind.STUDENT, MONTH).text == ""


def test_year_end_pay_counts_in_its_month() -> None:
    found = rates.base_rule(PayerKind.ANNUAL_SALARY, MONTH)
    assert found.text == "当月实际领取的薪酬收入。发放年终绩效薪酬的月份，以当月实际领取的薪酬总额为基数。"
    assert "第三条" in found.citation
    assert "政策答复" in found.citation


def test_what_is_given_freely_has_its_article() -> None:
    found = rates.extra_rule(MONTH)
    assert "自愿多交党费不限" in found.text
    assert "1,000元以上的，全部转交中央" in found.text
    assert "第十一条" in found.citation


def test_every_wage_item_has_its_article() -> None:
    found = {rule.item: rule for rule in rates.wage_items(MONTH)}
    assert list(found) == list(WageItem)
    assert found[WageItem.BASE_PAY].citation == "《关于中国共产党党费收缴、使用和管理的规定》（中组发〔2008〕3号）第一条"
    assert found[WageItem.INCOME_TAX].citation == "《关于进一步规范党费工作的通知》（组电明字〔2017〕5号）第（二）项"
    assert found[WageItem.IRREGULAR_BONUS].part is WagePart.LEFT_OUT
    assert {rule.item for rule in rates.wage_items(dt.date(2016, 12, 1))} == {
        WageItem.BASE_PAY,
        WageItem.POST_PAY,
        WageItem.REGULAR_BONUS,
        WageItem.OTHER_FIXED,
    }


def test_a_change_of_pay_within_the_year() -> None:
    assert rates.changes_fixed_in_year(MONTH)
    assert not rates.changes_fixed_in_year(dt.date(2016, 6, 1))
    assert not rates.changes_fixed_in_year(MONTH, rules=rules_with("dues.pay_change", "new_pay"))


def test_what_holds_for_paying() -> None:
    rules = rates.collection_rules(dt.date(2026, 11, 23))
    assert (rules.large_fen, rules.talk.in_months, rules.case.in_months) == (100_000, 3, 6)
    assert rules.due_on(MONTH) == dt.date(2026, 11, 30)
    with pytest.raises(Invalid, match="现行规定自2008年4月1日起施行"):
        rates.collection_rules(dt.date(2008, 3, 31))


def test_the_purposes_are_the_accounts_of_the_books() -> None:
    assert book().on("dues.use.scope", MONTH).expect(Choices).codes == tuple(use.value for use in USES)


@pytest.mark.parametrize(
    ("key", "text", "citation"),
    [
        ("dues.up.centre_ratio", "5%", "第十五条"),
        ("dues.up.rail_aviation_local", "10%", "第十六条"),
        ("dues.large_to_centre", "1,000.00元", "第十一条"),
        ("dues.backpay_max", "6个月", "第十二条"),
        ("dues.nonpay.selfexit", "6个月", "第三十一条第（六）项"),
        ("dues.student", "0.20元", "第六条"),
        ("dues.up.soe_ratio", "50%", "由本单位设定"),
    ],
)
def test_what_people_read(key: str, text: str, citation: str) -> None:
    rule = book().on(key, MONTH)
    assert rule.text == text
    assert citation in rule.citation
