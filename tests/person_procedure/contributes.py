"""An app of the test run alone: a procedure about a person, who takes some of its steps, in two versions."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dangjian.engines.procedures.declaring import procedure_offers
from dangjian.engines.procedures.offers import CasePanel

FILE = Path(__file__).parent / "procedure.yaml"


def who(_request: Any, case: Any) -> Mapping[str, object] | None:
    """The card of a case that has a subject; it stays away from others."""
    return {"said": f"第{case.subject_id}号申请人"} if case.subject_id else None


OFFERS = procedure_offers(FILE, panels=(CasePanel("申请人情况", "id", "person_procedure/panel.html", who),))
