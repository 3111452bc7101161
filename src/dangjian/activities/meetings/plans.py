"""What is entered or proposed for a meeting before there are rows for it."""

import datetime as dt
from dataclasses import dataclass

from dangjian.activities.meetings.models import AgendaType
from dangjian.members.models import Member


@dataclass(frozen=True, slots=True)
class SittingPlan:
    """One time of a meeting. ``pk`` names an existing sitting when a meeting is changed."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    place: str = ""
    pk: int | None = None


@dataclass(frozen=True, slots=True)
class AgendaPlan:
    """One item of an agenda that is proposed or entered with the meeting."""

    title: str
    type: str = AgendaType.STUDY
    speaker: Member | None = None
    speaker_name: str = ""
