"""Appraisals and honours counted once more, in plain Python over all records."""

import datetime as dt
from typing import Any

from dangjian.activities.meetings.models import Meeting
from dangjian.members.models import Member, MembershipEntry, Reward
from dangjian.org.models import OrganizationVersion
from dangjian.org.unscoped import unscoped
from tests.engines.annual import naive

Period = tuple[dt.date, dt.date]
Record = dict[str, Any]

naive.LISTS |= {"grade": "appraisal_grade", "honour": "party_honour"}


def is_below(unit: int, branch: int, day: dt.date) -> bool:
    """Whether a branch stood under ``unit`` on a day; one dissolved on it still where it stood before."""
    for of_day in (day, day - dt.timedelta(days=1)):
        stood = [
            one
            for one in OrganizationVersion.objects.all()
            if one.starts_on <= of_day and (one.ends_on is None or one.ends_on > of_day)
        ]
        parents = {one.organization_id: one.parent_id for one in stood}
        if branch in parents:
            at: int | None = branch
            while at is not None and at != unit:
                at = parents.get(at)
            return at == unit
    return False


def branch_on(member: Member, day: dt.date) -> int | None:
    """Where somebody was a member."""
    sums: dict[int, int] = {}
    for line in MembershipEntry.objects.filter(member=member):
        if line.effective_on <= day:
            sums[line.organization_id] = sums.get(line.organization_id, 0) + line.sign
    return next((branch for branch, total in sums.items() if total > 0), None)


def rewards(unit: int, period: Period) -> list[Record]:
    """Of table 14."""
    found = []
    with unscoped("the test counts all"):
        for one in Reward.objects.all():
            branch = branch_on(one.member, one.granted_on)
            if period[0] <= one.granted_on <= period[1] and branch and is_below(unit, branch, one.granted_on):
                titles = {"优秀共产党员": "outstanding_member", "优秀党务工作者": "outstanding_worker"}
                found.append({"honour": next((code for title, code in titles.items() if title in one.title), "")})
    return found


def leaders(unit: int, period: Period) -> tuple[list[Record], list[Record]]:
    """Of table 39: organisations whose members appraised their leaders, and members who did."""
    bodies: set[int] = set()
    members: set[int] = set()
    with unscoped("the test counts all"):
        for meeting in Meeting.objects.filter(agenda__type="leaders"):
            is_over = meeting.status in ("held", "confirmed", "closed") and meeting.held_on is not None
            if not is_over or not period[0] <= meeting.held_on <= period[1]:
                continue
            body = meeting.organization.branch().pk
            if is_below(unit, body, period[1]):
                bodies.add(body)
                came = meeting.attendances.filter(role="attendee", presence__in=("present", "online"))
                members.update(row.member_id for row in came)
    return [{"org_level": "branch"} for _ in bodies], [{} for _ in members]


def appraisals(unit: int, period: Period) -> tuple[list[Record], list[Record]]:
    """Of table 8: branches, and members."""
    branches: dict[int, Record] = {}
    members: dict[int, Record] = {}
    with unscoped("the test counts all"):
        appraised: dict[int, bool] = {}
        for meeting in sorted(Meeting.objects.all(), key=lambda one: (one.held_on or dt.date.min, one.pk)):
            if meeting.status not in ("held", "confirmed", "closed") or meeting.held_on is None:
                continue
            if not period[0] <= meeting.held_on <= period[1]:
                continue
            branch = meeting.organization.branch().pk
            if not is_below(unit, branch, meeting.held_on):
                continue
            is_appraisal = meeting.kinds.filter(kind="member_appraisal").exists()
            results = list(meeting.appraisals.all())
            if not is_appraisal and not results:
                continue
            if is_appraisal:
                appraised[branch] = meeting.for_year is not None and meeting.for_year < meeting.held_on.year
            last_year = appraised.get(branch, True)
            of_branch = branches.setdefault(branch, {"appraisal_ended": False, "of_last_year": False})
            of_branch["of_last_year"] |= last_year
            of_branch["appraisal_ended"] |= bool(results)
            came = meeting.attendances.filter(role="attendee", presence__in=("present", "online")) if is_appraisal else ()
            for pk in [row.member_id for row in (*came, *results)]:
                of_member = members.setdefault(pk, {"appraisal_ended": False, "of_last_year": False, "grade": ""})
                of_member["of_last_year"] |= last_year
            for row in results:
                members[row.member_id] |= {"appraisal_ended": True, "grade": row.grade}
    return list(branches.values()), list(members.values())
