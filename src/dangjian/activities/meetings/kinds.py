"""The kinds of meeting: who holds them, who is called, which rule counts them, how they vote. Names come from the code list."""

from dataclasses import dataclass

from dangjian.activities.meetings.policy import VoteKind
from dangjian.kernel import codes
from dangjian.org.models import Kind, Organization

COMMITTEES = frozenset({Kind.COMMITTEE, Kind.GENERAL_BRANCH})
ANYWHERE = frozenset(Kind)
BRANCH = frozenset({Kind.BRANCH})
GROUP = frozenset({Kind.GROUP})
TOP = frozenset({Kind.COMMITTEE})
IN_GROUPS = frozenset({"org_life_meeting"})
"""Kinds that a branch may hold group by group instead of as a whole."""

REPORTED = frozenset({"org_life_meeting", "democratic_life_meeting"})
"""Kinds after which a written report usually goes to the superior."""

OF_A_YEAR = frozenset({"org_life_meeting", "member_appraisal", "democratic_life_meeting"})
"""Kinds that the yearly notice asks for; they may be held early in the next year (``life.year_notice.until``)."""


@dataclass(frozen=True, slots=True)
class MeetingKind:
    """What the house knows of one kind.

    ``held_by`` are the levels that may hold it, ``owed_by`` those that ``frequency`` binds; ``audience`` is the code of
    ``Meeting.Audience`` proposed; ``frequency`` the rule that says how often (empty: none), ``vote`` how an ordinary decision is
    counted (``None``: no rule).
    """

    code: str
    held_by: frozenset[str]
    audience: str = "members"
    frequency: str = ""
    owed_by: frozenset[str] = BRANCH
    vote: VoteKind | None = None
    minutes: int = 90
    """How long such a meeting usually takes, proposed while there is no earlier one to look at."""

    @property
    def title(self) -> str:
        """Its name: 支部党员大会, 党课, for example."""
        return codes.get("meeting_kind").label(self.code)


MEETING_KINDS: dict[str, MeetingKind] = {
    kind.code: kind
    for kind in (
        MeetingKind("general_meeting", BRANCH, frequency="life.general_meeting", vote=VoteKind.GENERAL),
        MeetingKind(
            "committee_meeting",
            frozenset({Kind.BRANCH, Kind.GENERAL_BRANCH}),
            "committee",
            frequency="life.committee_meeting",
            vote=VoteKind.COMMITTEE,
            minutes=60,
        ),
        MeetingKind("group_meeting", GROUP, frequency="life.group_meeting", owed_by=GROUP, minutes=60),
        MeetingKind("party_lecture", ANYWHERE, frequency="life.party_lecture.branch"),
        MeetingKind("theme_day", BRANCH | GROUP, frequency="life.theme_day", minutes=120),
        MeetingKind("org_life_meeting", BRANCH | GROUP, frequency="life.org_life_meeting", minutes=120),
        MeetingKind(
            "member_appraisal",
            BRANCH | GROUP,
            frequency="life.appraisal",
            vote=VoteKind.GENERAL,
            minutes=120,
        ),
        MeetingKind("heart_talk", ANYWHERE, "chosen", frequency="life.talk", minutes=60),
        MeetingKind(
            "democratic_life_meeting",
            COMMITTEES,
            "committee",
            frequency="life.leaders_meeting",
            owed_by=TOP,
            minutes=180,
        ),
        MeetingKind("leader_lecture", TOP, "chosen", frequency="life.party_lecture.secretary", owed_by=TOP),
        MeetingKind("committee_conference", COMMITTEES, "committee", vote=VoteKind.COMMITTEE),
        MeetingKind("study_group", TOP, "committee", minutes=120),
    )
}


def kinds_for(organization: Organization) -> list[MeetingKind]:
    """The kinds that an organisation of this level may hold, in the order of the code list."""
    return [
        MEETING_KINDS[item.code]
        for item in codes.get("meeting_kind").items
        if organization.kind in MEETING_KINDS[item.code].held_by
    ]
