"""Conditions of organisations and terms: the cases of ``cases/*.yaml`` and the edges of each rule."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dangjian.kernel.rulebook import UnknownRule, book, load, rule_directories
from dangjian.org import policy

ON = dt.date(2026, 11, 23)
FOLDER = Path(__file__).parent / "cases"
BRANCHES = yaml.safe_load((FOLDER / "branches.yaml").read_text(encoding="utf-8"))
TERMS = yaml.safe_load((FOLDER / "terms.yaml").read_text(encoding="utf-8"))
TASKS = yaml.safe_load((FOLDER / "tasks.yaml").read_text(encoding="utf-8"))
POSTS = {"书记": "secretary", "组织委员": "organisation_member", "宣传委员": "publicity_member", "纪检委员": "discipline_member"}
KINDS = {"党支部": "branch", "党总支": "general_branch", "党委": "committee"}


@pytest.mark.parametrize("case", BRANCHES, ids=[case["情形"] for case in BRANCHES])
def test_branch_cases(case: dict[str, Any]) -> None:
    entered = case["输入"]
    found = policy.branch_warnings(
        full_members=entered["正式党员"],
        all_members=entered["全部党员"],
        committee_size=entered["支委"],
        posts=[POSTS[title] for title in entered["职务"]],
        type_code=entered.get("类别", "631"),
        units=entered.get("单位", 1),
        book=book(),
        on=ON,
    )
    assert [finding.code for finding in found] == case["应得"]
    assert all(finding.text and finding.citation.startswith("《") for finding in found)


@pytest.mark.parametrize("case", TERMS, ids=[case["情形"] for case in TERMS])
def test_term_cases(case: dict[str, Any]) -> None:
    entered, expected = case["输入"], case["应得"]
    due_on = policy.term_due_on(KINDS[entered["类别"]], entered["开始"], book=book())
    assert due_on == expected["届满"]
    assert policy.term_reminder_on(due_on, book=book()) == expected["提醒"]
    assert policy.term_request_on(due_on, book=book()) == expected["请示"]
    assert policy.extension_limit(due_on, book=book()) == expected["最迟"]


@pytest.mark.parametrize("case", TASKS, ids=[case["情形"] for case in TASKS])
def test_long_tasks(case: dict[str, Any]) -> None:
    entered = case["输入"]
    found = policy.long_task_findings(
        type_code=entered["类别"],
        since=entered["成立"],
        until=entered["预计结束"],
        full_members=entered.get("正式党员"),
        book=book(),
        on=ON,
    )
    assert [finding.code for finding in found] == (["project_branch"] if case["应得"] == "提示" else [])
    assert all("第五条" in finding.citation and "第四条" in finding.citation for finding in found)


def test_an_election_may_be_brought_forward_by_a_year_at_most() -> None:
    assert policy.earliest_election_on(dt.date(2027, 3, 1), book=book()) == dt.date(2026, 3, 1)


def test_a_group_has_no_term() -> None:
    with pytest.raises(UnknownRule):
        policy.term_due_on("group", ON, book=book())


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="正式党员5人多于党员总数4人"):
        policy.branch_warnings(full_members=5, all_members=4, committee_size=0, posts=[], book=book(), on=ON)
    with pytest.raises(ValueError, match="不能是负数"):
        policy.branch_warnings(full_members=-1, all_members=4, committee_size=0, posts=[], book=book(), on=ON)


@pytest.mark.parametrize(
    ("full", "everyone", "kind"),
    [
        (2, 2, "joint_branch"),
        (2, 10, "joint_branch"),
        (3, 3, "branch"),
        (49, 49, "branch"),
        (48, 50, "general_branch"),
        (95, 99, "general_branch"),
        (95, 100, "committee"),
    ],
)
def test_required_organisation(full: int, everyone: int, kind: str) -> None:
    required = policy.required_organisation(full_members=full, all_members=everyone, book=book(), on=ON)
    assert required.kind == kind
    assert required.text
    assert required.citation


@pytest.mark.parametrize(
    ("kind", "size", "code"),
    [
        ("general_branch", 4, "committee_too_small"),
        ("general_branch", 5, None),
        ("general_branch", 8, "committee_rather_large"),
        ("general_branch", 10, "committee_too_large"),
        ("committee", 9, None),
        ("committee", 11, "committee_rather_large"),
        ("committee", 12, "committee_too_large"),
    ],
)
def test_committee_sizes(kind: str, size: int, code: str | None) -> None:
    found = policy.committee_size_findings(kind, size, book=book(), on=ON)
    assert [finding.code for finding in found] == ([code] if code else [])


@pytest.mark.parametrize(
    ("size", "standing", "codes"),
    [
        (15, 5, []),
        (21, 7, []),
        (14, 5, ["committee_too_small"]),
        (22, 7, ["committee_too_large"]),
        (15, 4, ["standing_committee_too_small"]),
        (15, 8, ["standing_committee_rather_large"]),
        (15, 10, ["standing_committee_too_large"]),
        (9, 3, ["committee_too_small", "standing_committee_too_small"]),
    ],
)
def test_sizes_of_a_committee_with_a_standing_committee(size: int, standing: int, codes: list[str]) -> None:
    found = policy.committee_size_findings("committee", size, standing=standing, book=book(), on=ON)
    assert [finding.code for finding in found] == codes
    assert all("常" in finding.text and "国有企业基层组织工作条例" in finding.citation for finding in found)


def test_groups() -> None:
    fine = policy.group_warnings(full_members=1, all_members=3, has_leader=True, book=book(), on=ON)
    assert fine == []
    poor = policy.group_warnings(full_members=0, all_members=2, has_leader=False, book=book(), on=ON)
    assert [finding.code for finding in poor] == ["group_too_small", "group_without_full_member", "group_without_leader"]


@pytest.mark.parametrize(("seats", "candidates"), [(3, 4), (5, 6), (7, 9), (1, 2), (10, 12)])
def test_candidates_are_rounded_up(seats: int, candidates: int) -> None:
    assert policy.candidates_needed(seats, book=book(), on=ON) == candidates
    assert policy.candidates_needed(seats, delegates=True, book=book(), on=ON) == candidates


def test_no_election_without_a_seat() -> None:
    with pytest.raises(ValueError, match="应选人数至少为1人"):
        policy.candidates_needed(0, book=book(), on=ON)


@pytest.mark.parametrize(("post", "equal"), [("secretary", True), ("deputy_secretary", True), ("organisation_member", False)])
def test_secretaries_are_elected_with_equal_numbers(post: str, equal: bool) -> None:
    assert policy.election_is_equal(post, book=book(), on=ON) is equal


@pytest.mark.parametrize(("members", "possible"), [(499, False), (500, True)])
def test_congress(members: int, possible: bool) -> None:
    assert policy.congress_possible(members, book=book(), on=ON) is possible


def test_a_deployment_asks_for_smaller_branches_and_longer_leads() -> None:
    rules = load(rule_directories(), {"org.branch.max": 30, "term.request": {"months": 3}})
    found = policy.branch_warnings(full_members=31, all_members=31, committee_size=3, posts=POSTS.values(), book=rules, on=ON)
    assert [finding.code for finding in found] == ["branch_too_large"]
    assert "本平台规定：30人" in found[0].citation
    assert policy.term_request_on(dt.date(2026, 11, 20), book=rules) == dt.date(2026, 8, 20)


@settings(deadline=None)
@given(st.sampled_from(["branch", "general_branch", "committee"]), st.dates(dt.date(2000, 1, 1), dt.date(2090, 1, 1)))
def test_reminder_then_request_then_end(kind: str, started_on: dt.date) -> None:
    started_on = max(started_on, dt.date(2018, 7, 12))
    due_on = policy.term_due_on(kind, started_on, book=book())
    assert started_on < policy.term_reminder_on(due_on, book=book()) < policy.term_request_on(due_on, book=book()) < due_on


@pytest.mark.parametrize("matter", ["admission", "discipline", "dues", "delegates", "election"])
def test_what_a_temporary_organisation_does_not_deal_with(matter: str) -> None:
    rule = policy.barred("931", matter, ON)
    assert rule
    assert rule.citation.startswith("《中国共产党支部工作条例（试行）》第八条")
    assert policy.barred("631", matter, ON) is None
    assert policy.barred("931", matter, dt.date(2018, 10, 27)) is None
    assert policy.barred("911", matter, dt.date(2018, 10, 28))


def test_what_nobody_forbids_a_temporary_organisation() -> None:
    assert policy.barred("931", "study", ON) is None
