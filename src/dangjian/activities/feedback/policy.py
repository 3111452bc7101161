"""By which day feedback is answered. Pure functions over the rulebook."""

import datetime as dt

from dangjian.kernel.rulebook import Period, Rulebook
from dangjian.kernel.rulebook import book as current_book


def answered_by(day: dt.date, *, book: Rulebook | None = None) -> dt.date:
    """The last day for an answer to what was written on ``day`` (``app.complaints.answer``)."""
    return (book or current_book()).on("app.complaints.answer", day).expect(Period).after(day)


def reminded_from(day: dt.date, *, book: Rulebook | None = None) -> dt.date:
    """Up to which last day of an answer it is spoken of on ``day`` (``app.complaints.soon``)."""
    return (book or current_book()).on("app.complaints.soon", day).expect(Period).after(day)
