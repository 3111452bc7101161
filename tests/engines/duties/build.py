"""Small worlds for the tests of the duties' engine."""

import datetime as dt
import itertools
from collections.abc import Collection
from contextlib import AbstractContextManager

from dangjian.activities.meetings.models import Meeting, MeetingKindRow, Status
from dangjian.engines.duties.actions import refresh
from dangjian.engines.duties.models import Duty, LocalDuty, Pace
from dangjian.kernel import clock
from dangjian.org.models import Organization, TermOfBody
from dangjian.org.unscoped import unscoped
from tests import make

_numbers = itertools.count(1)


def held(
    organization: Organization, kind: str, on: dt.date | str, status: str = Status.HELD, for_year: int | None = None
) -> Meeting:
    """A meeting of one kind that took place on a day, and may count for the year before."""
    day = dt.date.fromisoformat(on) if isinstance(on, str) else on
    with unscoped("test world"):
        meeting = Meeting.objects.create(organization=organization, title="虚构会议", status=status, held_on=day)
        MeetingKindRow.objects.create(
            meeting=meeting,
            organization=organization,
            body_id=organization.body_id,
            kind=kind,
            held_on=day,
            counts_on=dt.date(for_year, 12, 31) if for_year else None,
        )
    return meeting


def term(organization: Organization, starts_on: str, due_on: str, **more: object) -> TermOfBody:
    """A term of an organisation's body."""
    with unscoped("test world"):
        return TermOfBody.objects.create(
            organization=organization,
            number=next(_numbers),
            starts_on=dt.date.fromisoformat(starts_on),
            due_on=dt.date.fromisoformat(due_on),
            **more,
        )


def local_duty(organization: Organization, title: str, starts_on: dt.date, due_on: dt.date | None, pace: str) -> LocalDuty:
    """A duty that the superior of ``organization`` gave to all of its kind."""
    assert organization.parent
    with unscoped("test world"):
        return LocalDuty.objects.create(
            organization=organization.parent,
            title=title,
            kind=organization.kind,
            pace=Pace(next(pace_.value for pace_ in Pace if pace_.label == pace)),
            starts_on=starts_on,
            due_on=due_on,
        )


def refreshed(*organizations: Organization, rules: Collection[str] | None = None) -> None:
    """Derive everything (or what the named organisations owe, or what the named rules and the superiors ask)."""
    refresh(actor=make.SYSTEM, organizations=list(organizations) or None, rules=rules)


def duties(**lookup: object) -> list[Duty]:
    """Duties, earliest period first."""
    with unscoped("test world"):
        return list(Duty.objects.filter(**lookup).order_by("period_start", "organization_id", "pk"))


def duty(**lookup: object) -> Duty:
    """The one duty."""
    found = duties(**lookup)
    assert len(found) == 1, [(one.rule, one.title, one.state) for one in found]
    return found[0]


def current(rule: str, organization: Organization) -> Duty:
    """The duty of the latest period."""
    return duties(rule=rule, organization=organization)[-1]


def on(day: str) -> AbstractContextManager[None]:
    """Move the clock."""
    return clock.at(f"{day} 09:00")
