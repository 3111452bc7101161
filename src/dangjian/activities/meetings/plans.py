"""What is entered or proposed for a meeting before there are rows for it."""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from dangjian.activities.meetings.models import AgendaType
from dangjian.kernel.typed import number
from dangjian.members.models import Member


@dataclass(frozen=True, slots=True)
class SittingPlan:
    """One time of a meeting. ``pk`` names an existing sitting when a meeting is changed."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    place: str = ""
    pk: int | None = None


class CaseStepPlan(NamedTuple):
    """A step of a case to be decided under an item: ``outcome`` is put to the vote."""

    case_id: int
    code: str
    outcome: str

    @property
    def key(self) -> str:
        """As a form names it: ``12-discuss-agreed``."""
        return f"{self.case_id}-{self.code}-{self.outcome}"

    @classmethod
    def read(cls, key: str) -> "CaseStepPlan | None":
        """From what a form sent; ``None`` for what is none."""
        case, _, rest = key.partition("-")
        code, _, outcome = rest.partition("-")
        pk = number(case)
        return cls(pk, code, outcome) if pk and code and outcome else None


@dataclass(frozen=True, slots=True)
class AgendaPlan:
    """One item of an agenda that is proposed or entered with the meeting."""

    title: str
    type: str = AgendaType.STUDY
    speaker: Member | None = None
    speaker_name: str = ""
    case_step: CaseStepPlan | None = None
