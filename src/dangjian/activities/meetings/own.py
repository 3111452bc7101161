"""A person's own meetings: what they are called to, what they answered, what they still have to study. Wherever they are held.

Everything here is limited to rows of the person named, so it needs no permission but being that person.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from dangjian.activities.meetings.checkin import opens_before
from dangjian.activities.meetings.models import (
    Answer,
    Attachment,
    AttachmentKind,
    Attendance,
    MakeUp,
    MakeUpState,
    Meeting,
    Minutes,
    Mode,
    Sitting,
    Status,
)
from dangjian.activities.meetings.queries import coming_for, next_for, own_attendances, own_make_ups
from dangjian.kernel import clock
from dangjian.kernel.errors import NotFound
from dangjian.org.openings import at, own, register
from dangjian.org.prepared import prepared_rows

OPEN = frozenset({Status.CALLED, Status.RUNNING})
LOOK_BACK = dt.timedelta(days=14)
"""A meeting in several sittings is still to come while one of them is; nobody spreads one over more than two weeks."""

ANSWERS: dict[str, tuple[str, str]] = {
    Answer.NONE: ("请答复", "warn"),
    Answer.COMING: ("参加", "good"),
    Answer.LEAVE_ASKED: ("请假待批", "warn"),
    Answer.LEAVE_GRANTED: ("已准假", "info"),
    Answer.LEAVE_REFUSED: ("未准假，请参加", "bad"),
}


@dataclass(frozen=True, slots=True)
class Invitation:
    """A meeting somebody is called to, with what they may do about it now.

    ``sitting`` is their own one, ``None`` while they have to choose; ``starts_at`` its beginning, else that of the first to come.
    """

    row: Attendance
    sittings: tuple[Sitting, ...]
    sitting: Sitting | None
    starts_at: dt.datetime | None
    can_answer: bool
    can_ask_leave: bool
    can_check_in: bool

    @classmethod
    def of(cls, row: Attendance) -> "Invitation":
        """From a row of ``own_attendances``."""
        now, meeting = clock.now(), row.meeting
        sittings = tuple(meeting.sittings.all())
        mine = next((one for one in sittings if one.pk == row.sitting_id), None) or (sittings[0] if len(sittings) == 1 else None)
        ahead = [one for one in sittings if one.ends_at > now]
        is_open = meeting.status in OPEN and not row.came
        first = mine or next(iter(ahead or sittings), None)
        return cls(
            row=row,
            sittings=sittings,
            sitting=mine,
            starts_at=first.starts_at if first else None,
            can_answer=is_open and bool(ahead or meeting.status == Status.RUNNING),
            can_ask_leave=is_open and row.answer not in {Answer.LEAVE_ASKED, Answer.LEAVE_GRANTED},
            can_check_in=is_open and any(one.starts_at - opens_before() <= now <= one.ends_at for one in sittings),
        )

    @property
    def meeting(self) -> Meeting:
        """What they are called to."""
        return self.row.meeting

    @property
    def must_choose(self) -> bool:
        """Whether there are several sittings to choose from."""
        return len(self.sittings) > 1

    @property
    def open_sittings(self) -> list[Sitting]:
        """Sittings that are not over."""
        now = clock.now()
        return [one for one in self.sittings if one.ends_at > now]

    @property
    def place(self) -> str:
        """Where their sitting is held."""
        return (self.sitting.place if self.sitting else "") or self.meeting.place

    @property
    def is_online(self) -> bool:
        """Whether one may take part from afar."""
        return self.meeting.mode in {Mode.ONLINE, Mode.BOTH}

    @property
    def is_today(self) -> bool:
        """Whether it begins today."""
        return self.starts_at is not None and timezone.localtime(self.starts_at).date() == clock.today()

    @property
    def answer_word(self) -> str:
        """What they answered, in words."""
        return "已签到" if self.row.came else ANSWERS[self.row.answer][0]

    @property
    def answer_tone(self) -> str:
        """The tint of ``answer_word``."""
        return "good" if self.row.came else ANSWERS[self.row.answer][1]


def invitations(user_id: int) -> list[Invitation]:
    """Meetings to come, soonest first: called and not over, or running."""
    return _soonest_first(coming_for(user_id, clock.today() - LOOK_BACK).select_related("meeting__recorder"))


def _soonest_first(rows: Iterable[Attendance]) -> list[Invitation]:
    now = clock.now()
    found = [Invitation.of(row) for row in rows]
    coming = [one for one in found if one.meeting.status == Status.RUNNING or any(each.ends_at > now for each in one.sittings)]
    return sorted(coming, key=lambda one: (one.starts_at is None, one.starts_at or now))


def own_row(user_id: int, meeting_id: int) -> Attendance:
    """The person's row of one meeting. Raises ``NotFound`` if they are not called to it."""
    found: Attendance | None = own_attendances(user_id).select_related("meeting__recorder").filter(meeting=meeting_id).first()
    if found is None:
        raise NotFound("您不在这次会议的通知名单中，可能已改由他人参加。")
    return found


def papers_for(row: Attendance) -> QuerySet[Attachment]:
    """Files of a meeting that somebody called to it may open: its papers, photos once it is over, and what they are to study."""
    rows: QuerySet[Attachment] = register(Attachment).filter(meeting=row.meeting_id)
    to_study = Q(pk__in=register(MakeUp).filter(attendance=row, attachment__isnull=False).values("attachment"))
    kinds = [AttachmentKind.PAPER, AttachmentKind.PHOTO] if row.meeting.took_place else [AttachmentKind.PAPER]
    return rows.filter(Q(kind__in=kinds) | to_study)


def record_for(row: Attendance) -> dict[str, object]:
    """What somebody called may read of the meeting, wherever it is held: its papers, and once it is closed the record."""
    meeting = row.meeting
    shown: dict[str, object] = {"papers": list(papers_for(row)), "decisions": [], "minutes": None, "corrections": []}
    if meeting.status == Status.CLOSED:
        with at(meeting.organization):
            shown["decisions"] = list(meeting.decisions.all())
            shown["minutes"] = Minutes.objects.filter(meeting=meeting).first()
            shown["corrections"] = list(meeting.corrections.all())
    return shown


def sitting_of(row: Attendance, pk: int) -> Sitting:
    """One of the sittings among which somebody called may choose. Raises ``NotFound`` if the meeting has no such one."""
    found = next((one for one in row.meeting.sittings.all() if one.pk == pk), None)
    if found is None:
        raise NotFound("这次会议没有这一场，可能已改期。")
    return found


def make_ups_of(user_id: int) -> QuerySet[MakeUp]:
    """All make-up studies of a person, those still to be done and most urgent first."""
    rows: QuerySet[MakeUp] = own(MakeUp, user_id)
    meeting = ("organization", "chair", "recorder")
    around = (f"attendance__meeting__{name}" for name in meeting)
    return rows.select_related(*around, "attendance__member", "attachment", "decided_by")


def study(user_id: int, pk: int) -> MakeUp:
    """One make-up study of a person. Raises ``NotFound`` if it is not theirs."""
    found: MakeUp | None = make_ups_of(user_id).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def make_ups_handed_in(user_id: int) -> QuerySet[MakeUp]:
    """Make-up studies that wait for confirmation or are confirmed, latest first."""
    handed_in = (MakeUpState.SUBMITTED, MakeUpState.CONFIRMED)
    return make_ups_of(user_id).filter(state__in=handed_in).order_by("-done_at", "-pk")


def waiting_number(user_id: int) -> int:
    """How many calls the person has not answered and studies they have not done."""
    unanswered = coming_for(user_id, clock.today()).filter(answer=Answer.NONE, checked_in_at=None)
    return unanswered.count() + own_make_ups(user_id).count()


def panel(request: HttpRequest) -> dict[str, object] | None:
    """On the home page: the next meeting, above all else on its day; ``None`` while there is none."""
    coming = _soonest_first(_next_for(request.user.pk or 0))
    if not coming:
        return None
    return {"one": coming[0], "more": len(coming) - 1, "is_for_today": coming[0].is_today and coming[0].can_answer}


@prepared_rows
def _next_for(user_id: int) -> QuerySet[Attendance]:
    return next_for(user_id, clock.today() - LOOK_BACK)
