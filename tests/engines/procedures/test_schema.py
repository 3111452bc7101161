"""A procedure's file is closed: what it does not know it refuses, naming the place in Chinese."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from dangjian.engines.procedures.offers import PaperForm, ProcedureOffer
from dangjian.engines.procedures.schema import ProcedureError, read_file

SMALL: dict[str, Any] = {
    "procedure": "small",
    "title": "小流程",
    "noun": "事项",
    "about": "organization",
    "view": "model_posts.view",
    "versions": [
        {
            "from": "2026-01-01",
            "source": {"document": "虚构办法"},
            "stages": [
                {
                    "code": "only",
                    "title": "办理",
                    "steps": [
                        {"code": "ask", "title": "申请", "who": {"permission": "model_posts.manage"}},
                        {"code": "give", "title": "批复", "who": {"permission": "model_posts.approve"}, "ends": True},
                    ],
                }
            ],
        }
    ],
}


VOTED: dict[str, Any] = {
    "ends": False,
    "outcomes": [
        {"code": "agreed", "title": "同意", "ends": "finished"},
        {"code": "refused", "title": "不同意", "ends": "refused"},
    ],
}


def written(folder: Path, **of_second: Any) -> Path:
    """``SMALL`` with something else said of its second step."""
    content = yaml.safe_load(yaml.safe_dump(SMALL))
    content["versions"][0]["stages"][0]["steps"][1] |= of_second
    file = folder / "small.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return file


def test_a_step_follows_the_one_before_unless_it_says_otherwise(tmp_path: Path) -> None:
    read = read_file(written(tmp_path))
    assert [[one.step for one in step.after] for step in read.versions[0].steps] == [[], ["ask"]]
    assert read.versions[0].steps[1].citation == "《虚构办法》"
    assert read_file(written(tmp_path, article=[7, 8])).versions[0].steps[1].citation == "《虚构办法》第七条、《虚构办法》第八条"


@pytest.mark.parametrize(
    ("of_second", "words"),
    [
        ({"colour": "red"}, "不认识的字段"),
        ({"who": {}}, "permission"),
        ({"who": {"named": "helpers", "themselves": True}}, "named"),
        ({"within": {"since": "ask"}}, "长度"),
        ({"within": {"days": 3, "setting": "some.rule"}}, "长度"),
        ({"within": {"days": 3, "known": "trial_end", "says": "试用期满"}}, "长度"),
        ({"within": {"known": "trial_end"}}, "怎样对人说"),
        ({"within": {"known": "trial_end", "says": "试用期满", "since": "ask"}}, "就是那一天"),
        ({"every": {"known": "trial_end", "says": "试用期满"}, "until": "ask"}, "一段时间"),
        ({"entry": [{"code": "who", "title": "人", "most": 2}]}, "members"),
        ({"entry": [{"code": "who", "title": "人", "kind": "members", "least": 3, "most": 2}]}, "least"),
        ({"after": ["nothing"]}, "前面没有的步骤 nothing"),
        ({"after": ["ask:maybe"]}, "没有的结果 maybe"),
        ({"within": {"months": 1, "since": "give"}}, "起算"),
        ({"within": {}}, "years"),
        ({"every": {"months": 3}}, "同时出现"),
        ({"every": {"months": 3}, "until": "never"}, "没有的步骤 never"),
        ({"code": "ask"}, "出现了两次"),
        ({"title": "申请"}, "重复"),
        ({"ends": False}, "没有一步"),
        ({"ends": False, "outcomes": [{"code": "yes", "title": "同意", "ends": "finished", "back_to": "ask"}]}, "一种结果"),
        ({"ends": False, "outcomes": [{"code": "back", "title": "退回", "back_to": "never"}]}, "退回到前面没有的步骤"),
        ({"entry": [{"code": "kind", "title": "类别", "kind": "choice"}]}, "choices"),
        ({"entry": [{"code": "kind", "title": "类别", "kind": "choice", "codes": "never"}]}, "没有代码表 never"),
        ({"entry": [{"code": "kind", "title": "类别", "codes": "conduct"}]}, "codes"),
        ({"entry": [{"code": "kind", "title": "类别", "kind": "choice", "codes": "conduct", "only": ["no"]}]}, "没有的代码"),
        (VOTED | {"entry": [{"code": "months", "title": "月数", "outcomes": ["later"]}]}, "没有的结果 later"),
        ({"entry": [{"code": "one", "title": "一"}, {"code": "one", "title": "又一"}]}, "重复"),
        ({"who": {"permission": "x.y", "not_by": ["nobody"]}}, "not_by"),
        ({"papers": [{"code": "letter", "title": "申请书", "form": "letter", "by_hand": True}]}, "手写"),
        (VOTED | {"meeting": {"kinds": [], "passed": ["agreed"]}}, "kinds"),
        (VOTED | {"meeting": {"kinds": ["general_meeting"], "passed": ["maybe"]}}, "没有的结果 maybe"),
        (VOTED | {"meeting": {"kinds": ["general_meeting"], "passed": ["agreed"], "failed": "never"}}, "没有的结果 never"),
        (VOTED | {"meeting": {"kinds": ["general_meeting"], "passed": ["agreed"], "failed": "agreed"}}, "不能写两次"),
        (VOTED | {"meeting": {"kinds": ["general_meeting"], "passed": ["agreed"], "vote": "secret"}}, "vote"),
        (VOTED | {"meeting": {"kinds": ["general_meeting"], "passed": ["agreed"]}, "who": {"themselves": True}}, "提交会议"),
        ({"many": True, "who": {"themselves": True}}, "集中办理"),
        ({"shows": ["letter"]}, "只用于 many"),
        ({"many": True, "shows": ["letter"]}, "都没有填写的 letter"),
        ({"many": True, "papers": [{"code": "letter", "title": "介绍信", "required": True}]}, "集中办理"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, of_second: dict[str, Any], words: str) -> None:
    with pytest.raises(ProcedureError, match=words):
        read_file(written(tmp_path, **of_second))


def test_a_choice_takes_its_codes_from_a_list_and_says_what_is_part_of_what(tmp_path: Path) -> None:
    kind = {"code": "kind", "title": "类别", "kind": "choice", "codes": "conduct", "only": ["organisational", "appointing"]}
    (entry,) = read_file(written(tmp_path, entry=[kind])).versions[0].steps[1].entry
    appointing = ("appointing", "违反组织纪律，其中违反干部选拔任用规定")
    assert entry.choices == (("organisational", "违反组织纪律"), appointing)


def test_every_function_that_the_file_names_is_offered(tmp_path: Path) -> None:
    read = read_file(written(tmp_path, gates=["grown_up"]))
    with pytest.raises(ProcedureError, match="grown_up"):
        ProcedureOffer(read)
    assert ProcedureOffer(read, gates={"grown_up": lambda _case, _day: ()}).code == "small"
    counted = read_file(written(tmp_path, within={"known": "trial_end", "says": "试用期满"}))
    with pytest.raises(ProcedureError, match="trial_end"):
        ProcedureOffer(counted)
    assert ProcedureOffer(counted, days={"trial_end": lambda _ids: {}}).code == "small"


def test_a_step_is_put_to_the_vote_with_its_usual_outcome_first(tmp_path: Path) -> None:
    by_vote = {"meeting": {"kinds": ["committee_meeting"], "passed": ["agreed"], "failed": "refused"}}
    meeting = read_file(written(tmp_path, **VOTED, **by_vote)).versions[0].steps[1].meeting
    assert meeting
    assert (meeting.kinds, meeting.vote) == (("committee_meeting",), "ordinary")
    assert [meeting.outcome("agreed", passed=passed) for passed in (True, False)] == ["agreed", "refused"]


def test_the_first_step_is_taken_by_somebody(tmp_path: Path) -> None:
    content = yaml.safe_load(yaml.safe_dump(SMALL))
    content["versions"][0]["stages"][0]["steps"][0] |= VOTED | {"meeting": {"kinds": ["x"], "passed": ["agreed"]}}
    file = tmp_path / "small.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ProcedureError, match="不能由会议表决"):
        read_file(file)


def test_every_form_that_the_file_names_is_offered(tmp_path: Path) -> None:
    read = read_file(written(tmp_path, papers=[{"code": "record", "title": "记录", "form": "record"}]))
    with pytest.raises(ProcedureError, match="record"):
        ProcedureOffer(read)
    form = PaperForm("记录", tmp_path / "record.docx", lambda _case, _row: {})
    assert ProcedureOffer(read, papers={"record": form}).papers["record"] is form


def test_a_step_is_for_many_if_it_says_so(tmp_path: Path) -> None:
    assert [one.is_for_many for one in read_file(written(tmp_path, many=True)).versions[0].steps] == [False, True]
