"""What is told of somebody before they go to another branch: what they still have to study of meetings that they missed."""

from collections.abc import Sequence

from dangjian.activities.meetings.models import MakeUp, MakeUpState
from dangjian.members.models import Member
from dangjian.members.offers import Belonging
from dangjian.org.openings import register


def matters(member: Member) -> Sequence[Belonging]:
    """Make-up study that is not confirmed: it stays with the branch that held the meeting."""
    waiting = register(MakeUp).filter(attendance__member=member).exclude(state=MakeUpState.CONFIRMED).count()
    return [Belonging(f"还有{waiting}次会议的补课没有完成", "settled")] if waiting else []
