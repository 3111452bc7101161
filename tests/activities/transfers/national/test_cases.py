"""What an answer of the national system does here, by readable cases."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from dangjian.activities.transfers.national import template
from dangjian.activities.transfers.sheets.answers import ANSWER, REASON, AnswersChecker
from dangjian.engines.procedures.models import CaseState, ProcedureCase
from dangjian.kernel import clock
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import Checked, Upload
from tests import make

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "answers.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[one["title"] for one in CASES])
def test_what_an_answer_does(case: dict[str, Any]) -> None:
    place = Organization(pk=1, name="虚构党支部", path="/1/", body_path="/1/")
    state = case.get("state", CaseState.OPEN)
    ours = ProcedureCase(
        pk=7, procedure=case["case"], state=state, stage=case.get("stage", ""), title="虚构甲", organization=place
    )
    clean = {"number": "ZJ00000007", "name": case.get("name", "虚构甲"), ANSWER: template().answer(case["answer"])}
    row = Checked({"name": "虚构甲"}, clean | ({REASON: case["reason"]} if "reason" in case else {}))
    checker = AnswersChecker(Upload(1, place, {}, make.SYSTEM))
    checker.check(row)
    checker.judge(row, ours, dict.fromkeys(case.get("open", ()), clock.today()))
    said = "".join(problem.message for problem in row.problems)
    if "wrong" in case:
        assert case["wrong"] in said
    else:
        assert (said, row.clean["then"], row.clean.get("takes", False)) == ("", case["then"], case["takes"])
