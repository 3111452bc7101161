"""Daily work: who counts as a floating member changes with the days."""

from dangjian.activities.contact.models import Away
from dangjian.activities.contact.queries.away import floating
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.unscoped import unscoped


def follow_days() -> None:
    """Bring the item 流动党员 of all records up to date, with two statements. A second run on the day changes nothing.

    What old records brought stays until somebody registers where the member is.
    """
    with unscoped("who is a floating member follows from the day, for everybody"):
        now = floating(Away.objects.running(), clock.today()).values("member")
        moment = clock.now()
        Member.objects.filter(is_mobile_member=False, pk__in=now).update(is_mobile_member=True, updated_at=moment)
        gone = Member.objects.filter(is_mobile_member=True, pk__in=Away.objects.values("member")).exclude(pk__in=now)
        gone.update(is_mobile_member=False, updated_at=moment)
