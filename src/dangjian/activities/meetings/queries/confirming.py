"""Who may confirm the minutes of a meeting: never the one who wrote them, but for an organisation with nobody else."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from dangjian.activities.meetings.models import AgendaItem, AgendaType, Audience, Decision, Meeting, Minutes, Status
from dangjian.activities.meetings.queries.people import audience_of
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.reach import Scope
from dangjian.members.own import is_own
from dangjian.org.models import Organization
from dangjian.org.prepared import prepared_rows
from dangjian.org.queries import holders

ENOUGH = 3
"""From so many members on, one writes and another confirms."""
NAMED_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class Confirmers:
    """Names by account; ``above`` is the organisation whose people stand in because the meeting's own has nobody left."""

    people: dict[int, str]
    above: Organization | None = None

    @property
    def names(self) -> str:
        """The first of them, to be named in a sentence; empty if there is nobody."""
        shown = "、".join(list(self.people.values())[:NAMED_AT_MOST])
        shown += "等同志" if len(self.people) > NAMED_AT_MOST else ""
        return f"{self.above.short_name}的{shown}" if self.above and shown else shown

    @property
    def way(self) -> str:
        """A sentence on who confirms, or on what to do where nobody can."""
        if not self.people:
            return "现在没有其他人可以确认，请先报上级党组织明确本组织的负责人。"
        return f"本组织没有其他人可以确认，由上级{self.names}确认。" if self.above else f"由{self.names}确认。"


def is_tiny(organization: Organization) -> bool:
    """Whether there are too few members for one to write and another to confirm."""
    return int(audience_of(organization, Audience.MEMBERS, clock.today()).count()) < ENOUGH


def confirmers(meeting: Meeting, *, writers: Collection[int]) -> Confirmers:
    """Who may confirm minutes that ``writers`` (accounts) wrote: the chair first, then who leads the organisation.

    The recorder counts as a writer. Where nobody of the organisation is left, whoever may at the level above stands in.
    """
    recorder, chair = meeting.recorder, meeting.chair
    barred = set() if is_tiny(meeting.organization) else {*writers, recorder.user_id if recorder else None}
    unlinked = recorder.name if barred and recorder and recorder.user_id is None else None
    named = {chair.user_id: chair.name} if chair and chair.user_id else {}
    place, found = meeting.organization, named | holders("meetings.confirm", meeting.organization)
    while True:
        left = {user_id: name for user_id, name in found.items() if user_id not in barred and name != unlinked}
        if left or place.parent is None:
            return Confirmers(left, None if place == meeting.organization else place)
        place = place.parent
        found = holders("meetings.confirm", place)


def votes_left(meeting: Meeting) -> QuerySet[AgendaItem]:
    """Items of the agenda to be voted on of which no decision and no election is recorded: the minutes would miss the result."""
    rows: QuerySet[AgendaItem] = meeting.agenda.filter(type=AgendaType.VOTE, decisions=None, elections=None)
    return rows


def to_judge(meeting: Meeting) -> list[Decision]:
    """Votes whose result the rules leave to a person, and nobody has decided it yet."""
    return [decision for decision in meeting.decisions.all() if decision.needs_judging]


def writers_of(minutes: Minutes | None) -> set[int]:
    """The account that wrote the minutes, if they are written."""
    return {minutes.written_by_id} if minutes and minutes.written_by_id else set()


def perhaps_written_by(user_id: int | None, name: str) -> Q:
    """Meetings with minutes that wait and that the actor wrote or recorded, as far as one can tell without asking further."""
    recorder = Q(recorder__user=user_id) | Q(recorder__user=None, recorder__name=name)
    return Q(Q(minutes__written_by=user_id) | recorder, status=Status.HELD, minutes__isnull=False)


@prepared_rows
def _perhaps_written(user_id: int | None, name: str, where: Scope) -> QuerySet[Meeting]:
    rows = Meeting.objects.filter(where.q("organization__"), perhaps_written_by(user_id, name))
    return rows.select_related("organization", "recorder", "minutes")


def written_by(actor: Actor, where: Scope) -> tuple[int, ...]:
    """Meetings in ``where`` with minutes that wait and that the actor may not confirm, because they wrote or recorded them."""
    rows = _perhaps_written(actor.user_id, actor.name, where)
    own = [row for row in rows if row.minutes.written_by_id == actor.user_id or is_own(actor, row.recorder)]
    tiny = {organization for organization in {row.organization for row in own} if is_tiny(organization)}
    return tuple(sorted(row.pk for row in own if row.organization not in tiny))
