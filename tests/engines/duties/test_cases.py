"""Every rule by the cases of ``cases/*.yaml``, with the clock moved."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from dangjian.engines.duties.models import Duty, State
from dangjian.kernel import codes
from dangjian.kernel.registry import offers
from dangjian.members.models import Member
from dangjian.org.duty_offers import DutyRule
from dangjian.org.models import Organization, PostKind
from dangjian.org.unscoped import unscoped
from tests import make
from tests.engines.duties.build import duties, held, local_duty, on, refreshed, term

pytestmark = pytest.mark.django_db

FOLDER = Path(__file__).parent / "cases"
CASES = [case for file in sorted(FOLDER.glob("*.yaml")) for case in yaml.safe_load(file.read_text(encoding="utf-8"))]
RULES = {rule.title: rule.code for rule in offers(DutyRule)}
POSTS = {post.label: post.value for post in PostKind}
WORDS = {
    "upcoming": "还没开始",
    "due": "应办",
    "due_soon": "快到期",
    "overdue": "超期",
    "done": "已办",
    "pending": "待处理",
    "late": "已办",
}


def _unit(kind: str, **more: Any) -> Organization:
    if kind == "党委":
        return make.committee(**more)
    top = make.committee()
    if kind == "党总支":
        return make.general_branch(top, **more)
    if kind == "党支部":
        return make.branch(top, **more)
    if kind == "临时党支部":
        return make.organization("931", top, **more)
    return make.group(make.branch(top), **more)


def _world(case: dict[str, Any]) -> Organization:
    dates = {"成立": "effective_on", "启用": "live_on", "预计结束": "expected_end_on", "特殊情况": "special"}
    unit = _unit(case["单位"], **{name: case[word] for word, name in dates.items() if word in case})
    titles = case.get("职务", [])
    for title in titles:
        for _ in range(titles[title] if isinstance(titles, dict) else 1):
            make.post(unit, POSTS[title])
    if "届" in case:
        names = {"延期至": "extended_to", "结束": "ended_on"}
        more = {names[word]: day for word, day in case["届"].items() if word in names}
        term(unit, str(case["届"]["开始"]), str(case["届"]["届满"]), **more)
    if case.get("有党小组"):
        make.group(unit)
    people = case.get("党员", {})
    for _ in range(people.get("正式", 0)):
        make.member(unit, effective_on=unit.established_on)
    for _ in range(people.get("预备", 0)):
        make.member(unit, effective_on=unit.established_on, category="2", joined_on=people.get("入党", dt.date(2026, 9, 1)))
    if people:
        with unscoped("test world"):
            Member.objects.update(completeness=100)
    for task in case.get("任务", []):
        local_duty(unit, task["事项"], task["开始"], task.get("期限"), task["周期"])
    for meeting in case.get("会议", []):
        kind = str(codes.get("meeting_kind").find(meeting["类型"]))
        held(unit, kind, meeting["日期"], for_year=meeting.get("年度"))
    return unit


def _word(unit: Organization, look: dict[str, Any]) -> str:
    named = {"rule": RULES[look["事项"]]} if look["事项"] in RULES else {"title__endswith": look["事项"]}
    found = [one for one in duties(**named, organization=unit) if one.state != State.VOID]
    if "期" in look:
        found = [one for one in found if one.period_start == look["期"]]
    return WORDS[found[-1].look] if found else "没有"


def _last(unit: Organization, look: dict[str, Any]) -> Duty:
    return duties(rule=RULES[look["事项"]], organization=unit)[-1]


@pytest.mark.parametrize("case", CASES, ids=[case["情形"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    unit = _world(case)
    for look in case["看"]:
        with on(str(look["日期"])):
            refreshed(rules={RULES[one["事项"]] for one in case["看"] if one["事项"] in RULES})
            assert _word(unit, look) == look["状态"], f"{look['日期']} {look['事项']}"
            if "期限" in look:
                assert _last(unit, look).due_on == look["期限"], f"{look['日期']} {look['事项']}"


@pytest.mark.parametrize("rule", offers(DutyRule), ids=lambda rule: rule.code)
def test_every_rule_is_cited_says_how_and_has_somebody_to_do_it(rule: DutyRule) -> None:
    for kind in rule.kinds:
        assert rule.citation(kind, dt.date(2026, 11, 23))
    assert len(rule.how) > 10
    named = rule.occasions is not None and rule.occasions.responsible
    assert rule.responsible or rule.above or rule.subject == "member" or named
    assert (rule.sort == "standing") == (rule.condition is not None)
    assert rule.sort == "standing" or rule.evidence is not None


@pytest.mark.parametrize("rule", [rule for rule in offers(DutyRule) if rule.start], ids=lambda rule: rule.code)
def test_the_button_of_every_rule_leads_somewhere(rule: DutyRule) -> None:
    assert rule.start
    duty = Duty(rule=rule.code, organization_id=7, member_id=8, occasion=9, period_start=dt.date(2026, 11, 1))
    assert rule.start.url(duty).startswith("/")


@pytest.mark.day("2026-11-23")
def test_a_cured_condition_is_done_and_a_new_one_is_another_duty() -> None:
    top = make.committee()
    branch = make.branch(top)
    make.post(branch)
    for _ in range(2):
        make.member(branch)
    refreshed()
    [first] = duties(rule="branch_too_small", organization=branch)
    make.member(branch)
    with on("2026-11-30"):
        refreshed()
        [first] = duties(rule="branch_too_small", organization=branch)
        assert (first.state, first.done_on) == (State.DONE, dt.date(2026, 11, 30))
        with unscoped("test"):
            Member.objects.filter(branch=branch).update(category="2")
    with on("2026-12-05"):
        refreshed()
        assert [one.state for one in duties(rule="branch_too_small", organization=branch)] == [State.DONE, State.OPEN]


def test_an_extension_moves_the_last_day_of_the_open_duty() -> None:
    top = make.committee()
    branch = make.branch(top)
    one = term(branch, "2023-12-01", "2026-12-01")
    refreshed()
    [duty] = duties(rule="term_end", organization=branch)
    assert duty.due_on == dt.date(2026, 12, 1)
    with unscoped("test"):
        one.extended_to = dt.date(2027, 6, 1)
        one.save()
    refreshed()
    [moved] = duties(rule="term_end", organization=branch)
    assert (moved.pk, moved.due_on, moved.opens_on) == (duty.pk, dt.date(2027, 6, 1), dt.date(2026, 6, 1))
    with unscoped("test"):
        one.ended_on = dt.date(2026, 11, 20)
        one.save()
    refreshed()
    [done] = duties(rule="term_end", organization=branch)
    assert (done.state, done.done_on) == (State.DONE, dt.date(2026, 11, 20))
