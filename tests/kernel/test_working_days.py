"""Working days: the table that is shipped, counting, and reading a notice in its own words."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from dangjian.kernel import working_days
from dangjian.kernel.closed_yaml import FileProblem
from dangjian.kernel.errors import Invalid
from dangjian.kernel.rulebook import LayerRefused, Period, book, load
from dangjian.kernel.rulebook.written import read_written
from dangjian.kernel.working_days import Notice, Table, read_notice, shipped
from dangjian.kernel.working_days.installed import load as load_notices
from dangjian.org import policy

CASES = yaml.safe_load((Path(__file__).parent / "cases/working_days.yaml").read_text(encoding="utf-8"))
NOTICE_2026 = """国务院办公厅关于2026年部分节假日安排的通知
国办发明电〔2025〕7号
各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
经国务院批准，现将2026年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫等工作。
国务院办公厅
2025年11月4日
"""


@pytest.mark.parametrize("case", CASES, ids=[case["情形"] for case in CASES])
def test_counting(case: dict[str, Any]) -> None:
    entered, expected = case["输入"], case["应得"]
    count = shipped().after if "数" in entered else shipped().before
    found = count(entered["从"], entered["数"] if "数" in entered else entered["往前"])
    assert (found.value, found.is_provisional) == (expected["到"], expected.get("暂定", False))


@pytest.mark.parametrize(
    ("day", "is_working"),
    [
        ("2026-10-01", False),
        ("2026-02-14", True),
        ("2026-02-16", False),
        ("2026-11-23", True),
        ("2026-11-22", False),
        ("2024-02-09", True),
        ("2023-12-30", False),
        ("2012-12-31", True),
        ("2011-12-31", True),
        ("2007-12-31", False),
        ("2005-12-31", True),
    ],
)
def test_days_that_everybody_knows(day: str, is_working: bool) -> None:
    assert shipped().is_working(dt.date.fromisoformat(day)) == is_working


def test_what_is_shipped_is_whole() -> None:
    table = shipped()
    assert list(table.notices) == list(range(2004, 2027))
    assert table.known_until() == dt.date(2026, 12, 28)
    assert table.of_year(2026) == 248
    for year, notice in table.notices.items():
        assert str(year) in notice.citations[0].document
        assert read_notice(year, notice.text).arrangements == notice.arrangements


LONGER = {2015: "中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日", 2020: "法定节假日"}
"""Years with days off beyond those that the law names, and what speaks of them."""


@pytest.mark.parametrize("year", range(2008, 2027))
def test_what_is_shipped_gives_as_many_days_as_the_law(year: int) -> None:
    concerns = policy.holiday_concerns(shipped().notices[year], book=book())
    assert all(LONGER.get(year, "-") in concern or "法定节假日" in concern for concern in concerns)
    assert bool(concerns) == (year in LONGER)


def test_a_notice_can_be_pasted_as_it_is() -> None:
    assert read_notice(2026, NOTICE_2026).arrangements == shipped().notices[2026].arrangements
    in_one_line = "".join(line for line in NOTICE_2026.splitlines() if line[1] == "、")
    assert read_notice(2026, in_one_line).arrangements == shipped().notices[2026].arrangements


@pytest.mark.parametrize(
    "written",
    [
        "元旦：1月1日放假，与周末连休。",
        "元旦: １月１日(星期五)放假1天，不调休",
        "（一）元旦：1月1日放假，共1天",
        "元旦：2027年1月1日放假",
    ],
)
def test_other_words_for_the_same(written: str) -> None:
    assert read_notice(2027, written).text == "元旦：1月1日放假"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "没有看到放假的日期"),
        ("2027年1月1日", "没有看到放假的日期"),
        ("元旦 1月1日放假", "看不出是哪个节日"),
        ("元旦：1月1日（周四）放假", "1月1日是周五"),
        ("元旦：1月1日至3日放假，共4天", "写的是共4天，日期算下来是3天"),
        ("元旦：1月1日至3日放假，1月4日上班", "1月4日是周一，本来就上班"),
        ("元旦：1月1日至3日放假，1月2日上班", "1月2日写了两次"),
        ("元旦：1月1日放假\n新年：1月1日放假", "1月1日写了两次"),
        ("元旦：2026年1月1日放假", "不在2027年"),
        ("元旦：1月3日至1日放假", "早于"),
        ("清明节：4月31日放假", "没有“4月31日”这一天"),
        ("清明节：4日放假", "没有写月份"),
        ("清明节：4月4日至4.6放假", "看不明白"),
        ("清明节：4月4日", "没有看到放假的日期"),
        ("清明节：4月4日放假，4月5日", "没有写明"),
        ("清明节：4月3日上班", "没有写明"),
    ],
)
def test_what_cannot_be_right_is_refused(written: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_notice(2027, written)


@pytest.mark.parametrize(
    ("written", "concern"),
    [
        (NOTICE_2026.replace("5月9日（周六）上班", ""), "14天"),
        (NOTICE_2026.replace("6月19日（周五）至21日（周日）放假，共3天", "7月17日放假"), "没有端午这一天"),
        (NOTICE_2026.replace("六、中秋节：9月25日（周五）至27日（周日）放假，共3天。", ""), "没有写中秋的安排"),
        (NOTICE_2026.replace("五、端午节", "五、泼水节"), "“泼水节”不是法定节日"),
    ],
)
def test_what_looks_wrong_is_said(written: str, concern: str) -> None:
    assert any(concern in said for said in policy.holiday_concerns(read_notice(2026, written), book=book()))


def test_days_before_the_first_notice_are_refused() -> None:
    for ask in (shipped().is_working, lambda day: shipped().after(day, 0), lambda day: shipped().between(day, day)):
        with pytest.raises(Invalid, match="2003年的节假日安排没有收录"):
            ask(dt.date(2003, 12, 31))


def test_after_a_year_that_is_missing_all_is_provisional() -> None:
    table = Table({year: notice for year, notice in shipped().notices.items() if year != 2025})
    assert table.known_until() == dt.date(2024, 12, 28)
    assert table.after(dt.date(2026, 9, 30), 1) == working_days.WorkingDay(dt.date(2026, 10, 8), is_provisional=True)


@pytest.mark.parametrize("number", [0, 1, 5, 23])
def test_there_and_back_again(number: int) -> None:
    table = shipped()
    for day in (dt.date(2018, 12, 1) + dt.timedelta(days=passed) for passed in range(120)):
        reached = table.after(day, number).value
        assert table.between(day, reached) == number + table.is_working(day)
        if table.is_working(day):
            assert table.before(reached, number).value == day


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2004:", "2004:\n  remark: x", "2004：remark：有不认识的字段"),
        ("  source: {document: 甲}\n", "", "2004：source：缺少必填字段"),
        ("元旦：1月1日放假", "元旦：1月40日放假", "2004：元旦：没有“1月40日”这一天"),
        ("2004:", "某年:", "某年："),
        ("2004:", "- 2004:", "读不懂|形式"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = tmp_path / "notices.yaml"
    text = "2004:\n  source: {document: 甲}\n  arrangements:\n    - 元旦：1月1日放假\n"
    file.write_text(text, encoding="utf-8")
    assert load_notices(file).notices[2004].text == "元旦：1月1日放假"
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(FileProblem, match=said) as refused:
        load_notices(file)
    assert "notices.yaml" in str(refused.value)


# In rules

RULE = """
test.notice:
  title: 公示时间
  unit: ""
  shape: period
  local: stricter
  stricter: longer
  reviewed_on: 2026-11-30
  confidence: V
  values:
    - {from: 2020-01-01, value: {working_days: 5}, source: {document: 某细则, article: 13}}
"""


def test_a_rule_may_count_working_days(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULE, encoding="utf-8")
    rules = load([tmp_path])
    rule = rules.on("test.notice", dt.date(2026, 2, 12))
    period = rule.expect(Period)
    assert rule.text == "5个工作日"
    assert period.after(dt.date(2026, 2, 12)) == dt.date(2026, 2, 26)
    assert period.before(dt.date(2026, 2, 26)) == dt.date(2026, 2, 12)
    assert not period.is_provisional(dt.date(2026, 2, 12))
    assert period.is_provisional(dt.date(2026, 12, 24))
    assert not Period(days=5).is_provisional(dt.date(2026, 12, 24))
    assert read_written(rules.entry("test.notice"), "七个工作日") == {"working_days": 7}
    assert rules.check_override("test.notice", {"working_days": 7}) == Period(working_days=7)
    for looser in ({"working_days": 3}, {"days": 30}):
        with pytest.raises(LayerRefused):
            rules.check_override("test.notice", looser)


def test_no_setting_turns_into_working_days_which_sql_cannot_count() -> None:
    with pytest.raises(LayerRefused, match="工作日"):
        book().check_override("duties.amber", {"working_days": 5})


def test_a_notice_of_the_pages_takes_the_place_of_its_year() -> None:
    more = Table(shipped().notices).with_notices({2027: read_notice(2027, "元旦：1月1日至3日放假，2026年12月27日上班")})
    assert more.after(dt.date(2026, 12, 25), 1).value == dt.date(2026, 12, 27)
    assert more.known_until() == dt.date(2027, 12, 28)
    corrected = more.with_notices({2026: Notice(2026, ())})
    assert corrected.is_working(dt.date(2026, 10, 1))
    assert shipped().after(dt.date(2026, 12, 25), 1).value == dt.date(2026, 12, 28)
