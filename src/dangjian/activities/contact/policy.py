"""How often somebody is contacted, who is a floating member, when out of contact. Pure functions over the rulebook."""

import datetime as dt

from dangjian.activities.contact.models import Direction
from dangjian.kernel.rulebook import Period, Rulebook
from dangjian.kernel.rulebook import book as current_book

OLDEST, AHEAD = Period(years=30), Period(months=6)
"""A day of departure or arrival before or after that is a slip of the year."""


def contact_rule(direction: str) -> str:
    """The rule that says how often somebody who went in this direction is contacted."""
    return "flow.abroad_contact" if direction == Direction.STUDY_ABROAD else "flow.contact"


def contacted_by(last: dt.date, direction: str, day: dt.date, *, book: Rulebook | None = None) -> dt.date:
    """The last day for the next contact with somebody who was last in contact on ``last``."""
    return length(contact_rule(direction), day, book=book).after(last)


def is_floating(since: dt.date, until: dt.date | None, day: dt.date, *, book: Rulebook | None = None) -> bool:
    """Whether somebody who is away counts as a floating member (``flow.def``): away for so long, or expected to be."""
    least = length("flow.def", day, book=book).after(since)
    return until is None or until >= least or day >= least


def transfer_from(since: dt.date, day: dt.date, *, book: Rulebook | None = None) -> dt.date:
    """From which day on a transfer is due of somebody at a fairly fixed place since ``since`` (``xfer.must``)."""
    return length("xfer.must", day, book=book).after(since)


def silent_for(since: dt.date, key: str, day: dt.date, *, book: Rulebook | None = None) -> dt.date:
    """From which day on the time of the rule ``key`` is over for somebody without contact since ``since``."""
    return length(key, day, book=book).after(since)


def length(key: str, day: dt.date, *, book: Rulebook | None = None) -> Period:
    """The length of time of a rule on ``day``."""
    return (book or current_book()).on(key, day).expect(Period)
