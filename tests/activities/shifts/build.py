"""Plans of shifts for tests."""

import datetime as dt

from dangjian.activities.shifts.actions.plan import PlanRow, enter_days
from dangjian.members.models import Member
from dangjian.org.unscoped import unscoped
from tests import make


def plan(member: Member, days: dict[dt.date, str], batch: int | None = None) -> None:
    """The member works in these shifts."""
    with unscoped("test"):
        enter_days(actor=make.SYSTEM, organization=member.branch, rows=[PlanRow(1, member.pk, days)], batch=batch)
