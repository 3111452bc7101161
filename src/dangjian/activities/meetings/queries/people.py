"""Who is called and whose votes count."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from dangjian.activities.meetings.kinds import MEETING_KINDS
from dangjian.activities.meetings.models import AgendaType, Attendance, Audience, DecisionType, ElectedOffice, Meeting, Role
from dangjian.activities.meetings.policy import Cap, VoteKind, counts_on, excellent_cap
from dangjian.activities.meetings.usual import titles
from dangjian.kernel import clock
from dangjian.kernel.rulebook import book
from dangjian.members.models import Member
from dangjian.members.queries import attendees_of, committee_of, may_vote, members_of, voters
from dangjian.org.models import COMMITTEE_POSTS, Organization, Post
from dangjian.org.openings import inside, register

BY_COMMITTEE = frozenset({VoteKind.COMMITTEE, VoteKind.LEADERS_MEETING, VoteKind.SESSION_ELECTION})
"""Votes of a committee's members."""


@dataclass(frozen=True, slots=True)
class VoteBase:
    """Numbers of the members whose votes count: those due to attend, and those of them who came."""

    due: frozenset[int]
    present: frozenset[int]


def audience_of(organization: Organization, audience: str, on: dt.date) -> QuerySet[Member]:
    """Who is called to a meeting on ``on``.

    ``members`` are those of a group or branch, or of all branches below a higher organisation; ``committee`` its committee;
    ``chosen`` nobody, because they are picked by hand.
    """
    if audience == Audience.COMMITTEE:
        return committee_of(organization.branch(), on)
    if audience == Audience.CHOSEN:
        return Member.objects.none()
    if organization.is_group or organization.is_branch:
        return attendees_of(organization, on)
    with inside(organization):
        return members_of(organization)


def callable_above_branches(organization: Organization) -> QuerySet[Member]:
    """Whom an organisation above the branches may call: the officers of those below it, and its own committee."""
    posts = register(Post).in_effect().filter(organization__path__startswith=organization.path, kind__in=COMMITTEE_POSTS)
    committee = committee_of(organization, clock.today())
    officers = Q(user__in=posts.values("user")) | Q(pk__in=committee.values("pk"))
    rows: QuerySet[Member] = register(Member).counted().filter(officers)
    return rows.order_by("name_sort", "pk")


def officers_in_line(organization: Organization) -> QuerySet[Member]:
    """Who holds a post of a committee in ``organization``, above or below it, and so may be invited to its meetings."""
    steps = organization.path.split("/")
    above = ["/".join(steps[:depth]) + "/" for depth in range(1, len(steps) - 1)]
    line = Q(organization__path__startswith=organization.path) | Q(organization__path__in=above)
    posts = register(Post).in_effect().filter(line, kind__in=COMMITTEE_POSTS)
    rows: QuerySet[Member] = register(Member).filter(user__in=posts.values("user"))
    return rows


def vote_kind(meeting: Meeting, decision_type: str) -> VoteKind | None:
    """By which rule a decision of this type is counted at this meeting; ``None`` if by none, or by none of that day."""
    kind = _kind_of_vote(meeting, decision_type)
    return kind if kind and counts_on(kind, book=book(), on=meeting.held_on or clock.today()) else None


def decides_grades(meeting: Meeting) -> bool:
    """Whether grades of the democratic appraisal are decided at this meeting.

    At one of the branch itself: where the appraisal is gone through, or at a general meeting or one of its committee that has it
    on the agenda (``life.appraisal.decided_by``).
    """
    kinds = set(meeting.kind_codes)
    if meeting.organization.is_group:
        return False
    if "member_appraisal" in kinds:
        return True
    deciding = {code for code, _ in titles("life.appraisal.decided_by", meeting.held_on or clock.today())}
    return bool(kinds & deciding) and meeting.agenda.filter(type=AgendaType.APPRAISAL).exists()


def appraised_at(meeting: Meeting) -> list[Member]:
    """Whose grades are decided at a meeting: those called to it, or the whole branch where only its committee meets."""
    if meeting.audience == Audience.COMMITTEE:
        return list(attendees_of(meeting.organization.branch(), meeting.held_on or clock.today()).order_by("name_sort"))
    return [row.member for row in meeting.attendances.filter(role=Role.ATTENDEE).select_related("member")]


def cap_of(meeting: Meeting, taking_part: int) -> Cap | None:
    """How many may be graded 优秀 in general at this appraisal, in which so many members take part."""
    on = meeting.held_on or clock.today()
    members = attendees_of(meeting.organization.branch(), on).count()
    return excellent_cap(members=members, taking_part=taking_part, book=book(), on=on)


def _kind_of_vote(meeting: Meeting, decision_type: str) -> VoteKind | None:
    special = {
        DecisionType.ADMISSION: VoteKind.ADMISSION,
        DecisionType.CONVERSION: VoteKind.CONVERSION,
        DecisionType.ELECTION: VoteKind.ELECTION,
    }
    if decision_type in special:
        return special[DecisionType(decision_type)]
    if decision_type == DecisionType.OTHER:
        return None
    return next((kind for code in meeting.kind_codes if (kind := MEETING_KINDS[code].vote)), None)


def election_kind(meeting: Meeting, office: str) -> VoteKind | None:
    """How an election to ``office`` is counted at this meeting: as one of the general meeting, of the committee, or not at all.

    The committee elects secretaries, and nobody else.
    """
    if "general_meeting" in meeting.kind_codes:
        return VoteKind.ELECTION
    if office != ElectedOffice.SECRETARY:
        return None
    by_committee = any(MEETING_KINDS[code].vote is VoteKind.COMMITTEE for code in meeting.kind_codes)
    return VoteKind.SESSION_ELECTION if by_committee else None


def vote_base(meeting: Meeting, kind: VoteKind) -> VoteBase:
    """Who is 应到会 and 实到会 for a vote of this kind.

    Everybody of the branch with a vote is due, whether or not they were called; somebody whom the meeting need not count
    (``VoteExemption``) is counted if they came all the same.
    """
    on = meeting.held_on or clock.today()
    body = meeting.organization.branch()
    came = set(Attendance.objects.filter(meeting=meeting).due().came().order_by().values_list("member_id", flat=True))
    if kind in BY_COMMITTEE:
        due = set(committee_of(body, on).values_list("pk", flat=True))
    else:
        due = set(voters(body, on).order_by().values_list("pk", flat=True))
        own = set(attendees_of(body, on).filter(pk__in=came - due).values_list("pk", flat=True))
        due |= may_vote(own, on)
    return VoteBase(frozenset(due), frozenset(due & came))
