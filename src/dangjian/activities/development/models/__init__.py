"""Tables of the development of members: applicants with those who stand by them, yearly plans, letters of review."""

from dangjian.activities.development.models.applicant import OVER, Applicant, Helper, HelperRole, Stage
from dangjian.activities.development.models.letter import LetterState, ReviewLetter
from dangjian.activities.development.models.plan import Quota, QuotaRequest, RequestState

__all__ = [
    "OVER",
    "Applicant",
    "Helper",
    "HelperRole",
    "LetterState",
    "Quota",
    "QuotaRequest",
    "RequestState",
    "ReviewLetter",
    "Stage",
]
