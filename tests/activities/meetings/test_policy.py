"""Votes: the cases of ``cases/votes.yaml``, who may vote, figures that cannot be, and what must hold for any figures."""

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dangjian.activities.meetings.policy import (
    VOTE_RULES,
    VoteKind,
    VoteResult,
    ballots_valid,
    chair_barred,
    excellent_cap,
    names_several,
    quorum,
    secret_ballot,
    tally,
)
from dangjian.kernel import codes
from dangjian.kernel.rulebook import Rulebook, book, load, rule_directories
from dangjian.org.models import PostKind

ON = dt.date(2026, 11, 20)
KINDS = {
    "党员大会": VoteKind.GENERAL,
    "支委会": VoteKind.COMMITTEE,
    "接收预备党员": VoteKind.ADMISSION,
    "预备党员转正": VoteKind.CONVERSION,
    "选举": VoteKind.ELECTION,
}
FIGURES = {
    "应到": "due",
    "实到": "present",
    "赞成": "in_favour",
    "反对": "against",
    "弃权": "abstain",
    "书面赞成": "written_in_favour",
}
RESULTS = {"通过": True, "没有通过": False, "人工认定": None}
FOLDER = Path(__file__).parent / "cases"
CASES, APPRAISALS, ADMISSIONS, CHAIRS = (
    yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    for name in ("votes", "appraisals", "admissions", "chairs")
)
POSTS = {post.label: post.value for post in PostKind}
VOTING = [kind for kind in VoteKind if VOTE_RULES[kind].passing]


@cache
def rules_with(base: str) -> Rulebook:
    return load(rule_directories(), {"vote.election.win_base": base})


@pytest.mark.parametrize("case", CASES, ids=[case["情形"] for case in CASES])
def test_vote_cases(case: dict[str, dict[str, Any]]) -> None:
    entered, expected = case["输入"], case["应得"]
    figures = {name: entered[word] for word, name in FIGURES.items() if word in entered}
    result = tally(KINDS[entered["会议"]], book=book(), on=entered["日期"], **figures)
    assert result.quorum_met is (expected["到会"] == "够")
    assert result.need_present == expected["至少到会"]
    assert result.need_in_favour == expected["至少赞成"]
    assert result.passed is RESULTS[expected["结果"]]
    assert result.reasons
    if "依据" in expected:
        assert expected["依据"] in [citation.text for citation in result.citations]


def test_reasons_are_sentences_for_people() -> None:
    result = tally(VoteKind.ADMISSION, due=20, present=11, in_favour=9, against=2, written_in_favour=2, book=book(), on=ON)
    assert result.reasons == (
        "接收预备党员表决：有表决权的党员应到会20人、到会11人，至少须到11人，达到规定人数",
        "赞成11票，按应到会20人计算至少须11票，通过",
        "赞成11票中含会前提交的书面意见2票",
    )


@pytest.mark.parametrize(("base", "passed", "need"), [("due", False, 11), ("present", True, 9), ("ask", None, 11)])
def test_the_base_of_an_election_is_a_setting(base: str, passed: bool | None, need: int) -> None:
    rules = rules_with(base)
    result = tally(VoteKind.ELECTION, due=20, present=16, in_favour=9, against=7, book=rules, on=ON)
    assert (result.passed, result.need_in_favour) == (passed, need)


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"due": 10, "present": 11, "in_favour": 5}, "实到会11人多于应到会10人"),
        ({"due": 10, "present": 8, "in_favour": 6, "against": 2, "abstain": 1}, "共9票，多于实到会8人"),
        ({"due": 10, "present": 8, "in_favour": -1}, "不能是负数"),
        ({"due": 0, "present": 0, "in_favour": 0}, "应到会人数是0"),
        ({"due": 10, "present": 8, "in_favour": 6, "written_in_favour": 1}, "不计书面意见"),
        ({"due": 10, "present": 8, "in_favour": 6, "written_in_favour": -1}, "不能是负数"),
    ],
)
def test_figures_that_contradict_each_other(figures: dict[str, int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        tally(VoteKind.GENERAL, book=book(), on=ON, **figures)


def test_no_more_written_opinions_than_absent_people() -> None:
    with pytest.raises(ValueError, match="书面意见3票多于没有到会的2人"):
        tally(VoteKind.ADMISSION, due=10, present=8, in_favour=5, written_in_favour=3, book=book(), on=ON)


def test_a_deployment_may_leave_written_opinions_out_of_conversion() -> None:
    rules = load(rule_directories(), {"vote.conversion.absent_written": False})
    with pytest.raises(ValueError, match="预备党员转正表决不计书面意见"):
        tally(VoteKind.CONVERSION, due=10, present=8, in_favour=5, written_in_favour=1, book=rules, on=ON)


@pytest.mark.parametrize(("due", "present", "met"), [(9, 6, True), (9, 5, False), (10, 7, True), (10, 6, False)])
def test_leaders_meeting_needs_two_thirds_and_does_not_vote(due: int, present: int, met: bool) -> None:
    assert quorum(VoteKind.LEADERS_MEETING, due=due, present=present, book=book(), on=ON).met is met
    with pytest.raises(ValueError, match="民主生活会不进行表决"):
        tally(VoteKind.LEADERS_MEETING, due=due, present=present, in_favour=1, book=book(), on=ON)


@pytest.mark.parametrize(("members", "most"), [(0, 0), (2, 0), (3, 1), (29, 9), (30, 10), (31, 10)])
def test_excellent_cap(members: int, most: int) -> None:
    cap = excellent_cap(members=members, taking_part=0, book=book(), on=ON)
    assert cap
    assert cap.most == most


@pytest.mark.parametrize("case", APPRAISALS, ids=[case["情形"] for case in APPRAISALS])
def test_appraisals(case: dict[str, dict[str, Any]]) -> None:
    entered, expected = case["输入"], case["应得"]
    base = {"党员总数": "members", "参评党员数": "taking_part"}[entered.get("基数", "党员总数")]
    rules = load(rule_directories(), {"life.appraisal.cap_base": base})
    cap = excellent_cap(members=entered["党员"], taking_part=entered["参评"], book=rules, on=entered["日期"])
    assert (cap.most if cap else "不限") == expected["一般不超过"]
    assert (cap is not None and entered["优秀"] > cap.most) is (expected["要写原因"] == "是")


@pytest.mark.parametrize("case", ADMISSIONS, ids=[case["情形"] for case in ADMISSIONS])
def test_admissions(case: dict[str, dict[str, Any]]) -> None:
    entered, expected = case["输入"], case["应得"]
    wanted, citation = secret_ballot(book=book(), on=entered["日期"])
    assert {"must": "必须", "usual": "一般", "free": "不问"}[wanted] == expected["投票"]
    assert bool(citation) is (wanted != "free")
    assert names_several(entered["对象"]) is (expected["逐个表决"] == "否")


@pytest.mark.parametrize("case", CHAIRS, ids=[case["情形"] for case in CHAIRS])
def test_chairs(case: dict[str, Any]) -> None:
    entered = case["输入"]
    kind = codes.get("meeting_kind").find(entered["会议"])
    posts = {word: {POSTS[title] for title in entered[word]} for word in ("任职", "现有")}
    barred = chair_barred(str(kind), held=posts["任职"], filled=posts["现有"], book=book(), on=entered["日期"])
    assert (barred is None) is (case["应得"] == "可以")
    assert barred is None or "第十四条" in barred.citation


def test_ballots() -> None:
    assert ballots_valid(voters=16, returned=16)
    assert not ballots_valid(voters=16, returned=17)


def _order(result: VoteResult) -> int:
    return {False: 0, None: 1, True: 2}[result.passed]


@settings(deadline=None)
@given(kind=st.sampled_from(VOTING), base=st.sampled_from(["ask", "due", "present"]), due=st.integers(1, 120), data=st.data())
def test_one_more_vote_in_favour_never_turns_a_result_for_the_worse(
    kind: VoteKind, base: str, due: int, data: st.DataObject
) -> None:
    rules = rules_with(base)
    present = data.draw(st.integers(0, due))
    votes = [tally(kind, due=due, present=present, in_favour=count, book=rules, on=ON) for count in range(present + 1)]
    orders = [_order(result) for result in votes]
    assert orders == sorted(orders)


@settings(deadline=None)
@given(kind=st.sampled_from(VOTING), due=st.integers(1, 120), data=st.data())
def test_passed_means_quorum_and_enough_votes(kind: VoteKind, due: int, data: st.DataObject) -> None:
    present = data.draw(st.integers(0, due))
    in_favour = data.draw(st.integers(0, present))
    result = tally(kind, due=due, present=present, in_favour=in_favour, book=book(), on=ON)
    assert result.quorum_met is (present >= result.need_present)
    if result.passed:
        assert result.quorum_met
        assert 2 * in_favour > due
    if kind in {VoteKind.ADMISSION, VoteKind.CONVERSION} and 2 * present <= due:
        assert not result.quorum_met
