"""What is told of somebody before they go to another branch: what they still have to study of meetings that they missed."""

from collections import Counter
from collections.abc import Mapping, Sequence

from dangjian.activities.meetings.models import MakeUp, MakeUpState
from dangjian.members.models import Member
from dangjian.members.offers import Belonging
from dangjian.org.openings import register


def matters(members: Sequence[Member]) -> Mapping[int, Sequence[Belonging]]:
    """Make-up study that is not confirmed: it stays with the branch that held the meeting."""
    waiting = register(MakeUp).filter(attendance__member__in=members).exclude(state=MakeUpState.CONFIRMED)
    counted = Counter(waiting.values_list("attendance__member_id", flat=True))
    return {pk: [Belonging(f"还有{number}次会议的补课没有完成", "settled")] for pk, number in counted.items()}
