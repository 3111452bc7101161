"""What organisational life has built on a split, a merge or members who were moved: it is not taken back over a meeting."""

from django.db.models import Q

from dangjian.activities.meetings.models import Attendance, Meeting
from dangjian.members.queries.moved import moved_by
from dangjian.org.models import Reorganisation
from dangjian.org.offers import ReorganisationPart

NAMED_AT_MOST = 2


def built_on(reorganisation: Reorganisation) -> list[str]:
    """Meetings of the branch they came into to which the members are called."""
    to = reorganisation.entered
    if to is None:
        return []
    called = Attendance.objects.due().filter(member__in=moved_by(reorganisation), meeting__organization__body_path=to.path)
    since = Q(meeting__held_on__gte=reorganisation.effective_on) | Q(meeting__created_at__gte=reorganisation.done_at)
    called = called.filter(since).exclude(meeting__status=Meeting.Status.CANCELLED)
    titles = list(called.order_by("meeting__title").values_list("meeting__title", flat=True).distinct()[: NAMED_AT_MOST + 1])
    if not titles:
        return []
    shown = "、".join(f"“{title}”" for title in titles[:NAMED_AT_MOST]) + ("等会议" if len(titles) > NAMED_AT_MOST else "")
    return [f"“{to}”的{shown}已把这些党员列为参加人"]


OFFER = ReorganisationPart("meetings", built_on)
