"""Members away, back or out of contact, and guests, counted once more in plain Python over all records."""

import datetime as dt
from collections.abc import Iterator

from dangjian.activities.contact.models import Away, Guest, Search
from dangjian.kernel import codes
from dangjian.members.models import Member, MembershipEntry
from dangjian.org.unscoped import unscoped
from tests.engines.annual import naive
from tests.engines.annual.naive_records import branch_on, is_below

Period = tuple[dt.date, dt.date]

naive.LISTS |= {"direction": "away_direction", "came_from": "away_direction"}


def away(unit: int, period: Period) -> list[naive.Record]:
    """Of tables 33 and 35."""
    since, until = period
    found = []
    with unscoped("the test counts all"):
        for one in Away.objects.exclude(end="mistake"):
            if one.since_on <= until and (one.ended_on is None or one.ended_on > until):
                more = {
                    "direction": one.direction,
                    "months_away": _months(one.since_on, until),
                    "went_in_period": since <= one.since_on,
                    "has_certificate": bool(one.certificate),
                }
                found += [known | more for known in _known(unit, one.member, until, until)]
    return found


def returned(unit: int, period: Period) -> list[naive.Record]:
    """Of table 36."""
    since, until = period
    found = []
    with unscoped("the test counts all"):
        for one in Away.objects.filter(end="returned"):
            if one.ended_on and since <= one.ended_on <= until:
                more = {"direction": one.direction}
                found += [known | more for known in _known(unit, one.member, one.ended_on, until)]
    return found


def lost(unit: int, period: Period) -> list[naive.Record]:
    """Of table 43."""
    until = period[1]
    found = []
    with unscoped("the test counts all"):
        for one in Search.objects.exclude(lost_on=None):
            over = [day for day in (one.found_on, one.ended_on) if day and day <= until]
            if one.lost_on and one.lost_on <= until and not over:
                more = {"months_lost": _months(one.silent_since, until), "lost_reason": one.reason}
                found += [known | more for known in _known(unit, one.member, until, until)]
    return found


def guests(unit: int, period: Period) -> list[naive.Record]:
    """Of table 34."""
    until = period[1]
    found = []
    with unscoped("the test counts all"):
        for one in Guest.objects.all():
            here = one.since_on <= until and (one.left_on is None or one.left_on > until)
            if here and is_below(unit, one.organization_id, until):
                listed = codes.get("job_label")
                found.append(
                    {
                        "came_from": one.came_from,
                        "has_certificate": bool(one.certificate),
                        "occupation": str(listed.item(one.job_post).extra["stat"]) if one.job_post in listed else "",
                    }
                )
    return found


def _known(unit: int, member: Member, day: dt.date, until: dt.date) -> Iterator[naive.Record]:
    """What is known at the end of a member whose branch of ``day`` stood under the unit on it; the category is that day's."""
    branch = branch_on(member, day)
    if branch is None or not is_below(unit, branch, day):
        return

    def record(of: dt.date) -> naive.Record:
        lines = MembershipEntry.objects.filter(member=member, effective_on__lte=of).order_by("effective_on", "pk")
        return naive.Naive(unit, of).record(member, list(lines))

    yield {**record(until), "category": record(day)["category"]}


def _months(since: dt.date, until: dt.date) -> int:
    """Full months; a day that the month lacks counts as its last."""
    months = (until.year - since.year) * 12 + until.month - since.month
    last = ((until.replace(day=1) + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)).day
    return months - (min(since.day, last) > until.day)
