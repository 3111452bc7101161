"""What waits for whoever runs the meetings of an organisation: leaves, minutes, studies, meetings past their time."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from dangjian.activities.meetings import queries
from dangjian.activities.meetings.models import Answer, Attendance, MakeUp, MakeUpState, Meeting, Minutes, Status
from dangjian.kernel import clock
from dangjian.kernel.actor import Visitor
from dangjian.kernel.reach import Scope
from dangjian.org.prepared import prepared_figures, prepared_number, prepared_rows

SHOWN = 8
URGENT = frozenset({"warn", "bad"})
"""Tones of what should not be left."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A way in which a meeting waits: how it is shown, and the ``tab`` of the meeting where it is dealt with."""

    code: str
    icon: str
    title: str
    tab: str
    tone: str


WAITS = (
    Wait("leave", "hourglass", "请假待批", "people", "warn"),
    Wait("to_write", "writing", "记录待整理", "minutes", "warn"),
    Wait("to_confirm", "writing-sign", "记录待确认", "minutes", "warn"),
    Wait("with_others", "hourglass", "等待他人确认记录", "minutes", "info"),
    Wait("to_archive", "archive", "记录待归档", "minutes", "info"),
    Wait("make_up", "book", "补课待确认", "people", "warn"),
    Wait("not_begun", "clock-exclamation", "过了时间还没有开始", "", "bad"),
    Wait("not_ended", "player-stop", "过了时间还没有结束", "people", "warn"),
    Wait("draft", "pencil", "草稿没有发出", "", ""),
)


@dataclass(frozen=True, slots=True)
class WaitingMeetings:
    """Meetings that wait in one way, the first of them."""

    wait: Wait
    meetings: list[Meeting]
    more: bool


def waiting_meetings(actor: Visitor, where: Scope, tones: Collection[str] = ()) -> list[WaitingMeetings]:
    """What waits for the actor in ``where``; with ``tones`` only what has one of them. The database is asked once for each."""
    confirming, own = actor.scope_of("meetings.confirm"), queries.written_by(actor, where)
    found = []
    for wait in WAITS:
        if tones and wait.tone not in tones:
            continue
        meetings = _first_that_wait(actor.user_id, where, confirming, own, code=wait.code)
        if meetings:
            found.append(WaitingMeetings(wait, meetings[:SHOWN], len(meetings) > SHOWN))
    return found


@prepared_rows
def _first_that_wait(user_id: int, where: Scope, confirming: Scope, own: tuple[int, ...], *, code: str) -> QuerySet[Meeting]:
    rows = Meeting.objects.filter(where.q("organization__"), _conditions(user_id, where, confirming, own)[code])
    return rows.select_related("organization").order_by("held_on", "pk")[: SHOWN + 1]


def waiting_count(actor: Visitor, where: Scope) -> int:
    """How many meetings in ``where`` wait for something of the actor that should not be left (``URGENT``).

    One question, unless minutes that the actor may have written are among them: only then it is looked at whose they are.
    """
    confirming = actor.scope_of("meetings.confirm")
    found = _urgent_figures(actor.user_id, actor.name, where, confirming)
    if not found.get("perhaps"):
        return found.get("all", 0)
    return _urgent_number(actor.user_id, where, confirming, queries.written_by(actor, where))


@prepared_figures
def _urgent_figures(user_id: int, name: str, where: Scope, confirming: Scope) -> dict[str, int]:
    perhaps = Count("pk", filter=queries.perhaps_written_by(user_id, name))
    return _urgent(user_id, where, confirming, ()).aggregate(all=Count("pk"), perhaps=perhaps)


@prepared_number
def _urgent_number(user_id: int, where: Scope, confirming: Scope, own: tuple[int, ...]) -> int:
    return _urgent(user_id, where, confirming, own).count()


def _urgent(user_id: int, where: Scope, confirming: Scope, own: tuple[int, ...]) -> QuerySet[Meeting]:
    conditions, urgent = _conditions(user_id, where, confirming, own), Q()
    for wait in WAITS:
        if wait.tone in URGENT:
            urgent |= conditions[wait.code]
    rows: QuerySet[Meeting] = Meeting.objects.filter(where.q("organization__"), urgent)
    return rows


def _conditions(user_id: int, where: Scope, confirming: Scope, own: tuple[int, ...]) -> dict[str, Q]:
    """Which meetings wait, by the code of the way. Nobody decides on their own leave or study.

    The actor may confirm in ``confirming`` and what they chair, never ``own``.
    """
    is_submitted = Q(Exists(Minutes.objects.filter(meeting=OuterRef("pk"), submitted_at__isnull=False)))
    leaves = Attendance.objects.filter(
        where.q("meeting__organization__"),
        answer=Answer.LEAVE_ASKED,
        meeting__status__in=(Status.CALLED, Status.RUNNING, Status.HELD),
    ).exclude(member__user=user_id)
    studies = MakeUp.objects.filter(where.q("attendance__meeting__organization__"), state=MakeUpState.SUBMITTED)
    make_ups = studies.exclude(attendance__member__user=user_id)
    submitted = Q(status=Status.HELD) & is_submitted
    mine = (confirming.q("organization__") | Q(chair__user=user_id)) & ~Q(pk__in=own)
    return {
        "leave": Q(pk__in=leaves.values("meeting")),
        "to_write": Q(status=Status.HELD) & ~is_submitted,
        "to_confirm": submitted & mine,
        "with_others": submitted & ~mine,
        "to_archive": Q(status=Status.CONFIRMED),
        "make_up": Q(pk__in=make_ups.values("attendance__meeting")),
        "not_begun": Q(status=Status.CALLED, held_on__lt=clock.today()),
        "not_ended": Q(status=Status.RUNNING) & ~Q(sittings__ends_at__gte=clock.now()),
        "draft": Q(status=Status.DRAFT),
    }
