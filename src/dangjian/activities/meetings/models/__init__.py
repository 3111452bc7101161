"""Tables of organisational life: meetings with their sittings, agenda and people; decisions, minutes, make-up study, papers."""

from dangjian.activities.meetings.models.attendance import (
    CAME,
    Answer,
    Attendance,
    MakeUp,
    MakeUpState,
    Method,
    Presence,
    Role,
)
from dangjian.activities.meetings.models.meeting import (
    BEFORE,
    TOOK_PLACE,
    AgendaItem,
    AgendaType,
    Audience,
    Meeting,
    MeetingKindRow,
    Mode,
    Sitting,
    Status,
)
from dangjian.activities.meetings.models.outcome import (
    AppraisalResult,
    Correction,
    CorrectionSection,
    Decision,
    DecisionType,
    Minutes,
    VoteMethod,
)
from dangjian.activities.meetings.models.papers import Attachment, AttachmentKind

__all__ = [
    "BEFORE",
    "CAME",
    "TOOK_PLACE",
    "AgendaItem",
    "AgendaType",
    "Answer",
    "AppraisalResult",
    "Attachment",
    "AttachmentKind",
    "Attendance",
    "Audience",
    "Correction",
    "CorrectionSection",
    "Decision",
    "DecisionType",
    "MakeUp",
    "MakeUpState",
    "Meeting",
    "MeetingKindRow",
    "Method",
    "Minutes",
    "Mode",
    "Presence",
    "Role",
    "Sitting",
    "Status",
    "VoteMethod",
]
