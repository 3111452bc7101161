"""An app of the test run alone: a procedure about a person, who takes some of its steps, in two versions."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dangjian.engines.procedures.declaring import procedure_offers
from dangjian.engines.procedures.offers import Attempt, CasePanel, Objection, PaperForm

FILE = Path(__file__).parent / "procedure.yaml"


def who(_request: Any, case: Any) -> Mapping[str, object] | None:
    """The card of a case that has a subject; it stays away from others."""
    return {"said": f"第{case.subject_id}号申请人"} if case.subject_id else None


def prepared(attempt: Attempt) -> Sequence[Objection]:
    """The name of a case says what speaks against deciding it: papers that are missing, or a haste that is unusual only."""
    if "缺材料" in attempt.case.title:
        return [Objection("材料还不齐，不能提交大会。", "请先补齐材料。")]
    return [Objection("一般应提前五天告知。", is_usual_only=True)] if "急" in attempt.case.title else []


def record_of_talk(case: Any, row: Any) -> Mapping[str, object]:
    """What the record of the talk says."""
    return {"name": case.title, "day": row.taken_on.isoformat() if row.taken_on else "＿＿＿＿年＿＿月＿＿日"}


OFFERS = procedure_offers(
    FILE,
    gates={"prepared": prepared},
    usual={"prepared"},
    panels=(CasePanel("申请人情况", "id", "person_procedure/panel.html", who),),
    papers={"talk_record": PaperForm("谈话记录", FILE.with_name("talk_record.docx"), record_of_talk)},
)
