"""Figures of one meeting as its pages show them: who came, whether enough came, how a vote would end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from dangjian.activities.meetings import policy
from dangjian.activities.meetings.actions import sittings_ahead
from dangjian.activities.meetings.kinds import MEETING_KINDS
from dangjian.activities.meetings.models import CAME, Answer, Attendance, DecisionType, Meeting, Presence, Role, Status
from dangjian.activities.meetings.policy import Quorum, VoteKind
from dangjian.activities.meetings.queries import vote_base
from dangjian.kernel import clock
from dangjian.kernel.rulebook import book
from dangjian.kernel.ui import words

MOST_NAMES = 60


@dataclass(frozen=True, slots=True)
class Counts:
    """People of a meeting: ``due`` 应到, ``came`` 实到, and the others of those due; ``asked`` for leave nobody decided on."""

    due: int
    came: int
    leave: int
    asked: int
    absent: int
    unknown: int
    coming: int
    silent: int

    @property
    def not_there(self) -> int:
        """Who is due and neither came nor asked for leave."""
        return self.absent + self.unknown


def counts_of(meeting: Meeting) -> Counts:
    """Counted in one query."""
    due = Q(role=Role.ATTENDEE)
    granted = Q(answer=Answer.LEAVE_GRANTED, presence=Presence.UNKNOWN)
    asked = Q(answer=Answer.LEAVE_ASKED, presence=Presence.UNKNOWN)
    found = meeting.attendances.order_by().aggregate(
        due=Count("pk", filter=due),
        came=Count("pk", filter=due & Q(presence__in=CAME)),
        leave=Count("pk", filter=due & (Q(presence=Presence.LEAVE) | granted)),
        asked=Count("pk", filter=due & asked),
        absent=Count("pk", filter=due & Q(presence__in=(Presence.ABSENT, Presence.MADE_UP))),
        unknown=Count("pk", filter=due & Q(presence=Presence.UNKNOWN) & ~asked & ~granted),
        coming=Count("pk", filter=due & Q(answer=Answer.COMING)),
        silent=Count("pk", filter=due & Q(answer=Answer.NONE)),
    )
    return Counts(**found)


def ending_of(meeting: Meeting) -> dict[str, Any]:
    """What whoever ends the meeting should know: ``counts``, who is ``missing`` without a mark, what is still to be held.

    ``end_question`` is what they are asked before it ends.
    """
    counts = counts_of(meeting)
    ahead = sittings_ahead(meeting) if meeting.status == Status.RUNNING else []
    missing = list(Attendance.objects.filter(meeting=meeting).unmarked().select_related("member"))
    return {
        "counts": counts,
        "missing": missing,
        "later": "、".join(words.daytime(each.starts_at) for each in ahead),
        "end_question": _end_question(missing, counts.asked),
    }


def _end_question(missing: Sequence[Attendance], asked: int) -> str:
    lines = []
    if missing:
        lines.append(f"还有 {len(missing)} 人没有登记，结束后记为缺席：{names_of(missing)}。")
    if asked:
        lines.append(f"还有 {asked} 人的请假没有审批，先记为缺席，批准后改为请假。")
    lines.append("结束会议后签到关闭，接着整理记录；到会情况之后还可以改。确定结束吗？")
    return "\n".join(lines)


def names_of(rows: Sequence[Attendance]) -> str:
    """张三、李四; the first of them if they are very many."""
    return "、".join(row.member.name for row in rows[:MOST_NAMES]) + ("等" if len(rows) > MOST_NAMES else "")


def quorums_of(meeting: Meeting) -> list[Quorum]:
    """Whether enough people came, once for each kind of vote that the meeting serves."""
    kinds = {MEETING_KINDS[code].vote for code in meeting.kind_codes if code in MEETING_KINDS}
    if "democratic_life_meeting" in meeting.kind_codes:
        kinds.add(VoteKind.LEADERS_MEETING)
    found = []
    for kind in sorted(kind for kind in kinds if kind is not None):
        on = meeting.held_on or clock.today()
        base = vote_base(meeting, kind)
        if base.due and policy.counts_on(kind, book=book(), on=on):
            found.append(policy.quorum(kind, due=len(base.due), present=len(base.present), book=book(), on=on))
    return found


def secret_ballot(meeting: Meeting, decision_type: str) -> str:
    """Whether this type of decision is voted on by secret ballot: ``must``, ``usual`` or ``free``."""
    if decision_type != DecisionType.ADMISSION:
        return "free"
    return policy.secret_ballot(book=book(), on=meeting.held_on or clock.today())[0]
