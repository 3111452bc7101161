"""Who is in arrears: found this morning, and talked to where it is longest."""

import datetime as dt
from collections.abc import Iterator
from functools import partial

from dangjian.activities.dues.demo.cast import Cast
from dangjian.activities.dues.demo.collecting import UNDER_ARREARS
from dangjian.activities.dues.jobs import follow_arrears
from dangjian.activities.dues.oversight.actions.arrears import record_talk
from dangjian.activities.dues.oversight.models import ArrearsCase, ArrearsStage
from dangjian.engines.stories.offers import Scene
from dangjian.engines.stories.world import acting
from dangjian.kernel import clock
from dangjian.org.models import PostKind


def scenes(people: Cast) -> Iterator[Scene]:
    """The morning's work, and the talk after it."""
    now = people.world.now
    yield Scene(now - dt.timedelta(minutes=30), follow_arrears)
    yield Scene(now - dt.timedelta(minutes=20), partial(_talk, people))


def _talk(people: Cast) -> None:
    """The secretary has talked to those who are in arrears for longest."""
    with acting(people.world.office, "dues.view"):
        talks = ArrearsCase.objects.filter(stage=ArrearsStage.TALK, months__gte=UNDER_ARREARS[0])
        cases = list(talks.exclude(member__in=people.world.quiet).select_related("organization", "member"))
    for case in cases:
        secretary = people.world.officer(case.organization_id, PostKind.SECRETARY)
        if secretary is None or case.member.user_id == secretary.pk:  # somebody else talks to them, if anybody
            continue
        with acting(secretary, "dues.handle_arrears") as actor:
            record_talk(
                actor=actor,
                case=case,
                talked_on=clock.today() - dt.timedelta(days=3),
                note="电话联系本人，长期在外地照顾家人，答应年底前回来补交。",
                promised_on=clock.today() + dt.timedelta(days=30),
            )
