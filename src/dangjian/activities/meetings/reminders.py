"""Whom one may remind of a meeting: those who were called and have not answered."""

from django.urls import reverse

from dangjian.activities.meetings.models import Answer, Meeting, Status
from dangjian.kernel.gate import Request
from dangjian.kernel.offers import Owing, Reminder, ReminderSource
from dangjian.kernel.typed import number
from dangjian.kernel.ui import words
from dangjian.org.gate import find


def of_answers(request: Request, key: str) -> Reminder:  # noqa: ARG001 - the offer's signature
    """Those who owe an answer to the call of a meeting that has not begun; the key is its number."""
    meeting: Meeting = find(Meeting.objects.select_related("organization"), pk=number(key) or 0)
    silent = meeting.attendances.filter(answer=Answer.NONE, member__user__is_active=True)
    rows = silent.order_by("member__name_sort").values_list("member__user_id", "member__name")
    return Reminder(
        matter=f"答复“{meeting.title}”的通知",
        text=f"{words.day(meeting.held_on)}的会议还没有答复，请答复参加或者请假。",
        url=reverse("meetings:attend", args=[meeting.pk]),
        people=[Owing(user_id, name) for user_id, name in rows] if meeting.status == Status.CALLED else [],
        back=f"{reverse('meetings:detail', args=[meeting.pk])}?tab=people",
        organization=meeting.organization,
    )


OFFER = ReminderSource("meetings-answers", "meetings.record", of_answers)
