"""What the day of going live means for duties: from when a period is owed, and until when what was due before is to be done.

An organisation that existed before the platform owes nothing of the time before its ``live_on``. Of the period that is running on
that day it owes what can still be done in good time (setting ``duties.live_period_left``), and what it was late with already, as
an election, gets the time of ``duties.correct_within``: on the first morning nobody is overdue. One that is founded on the
platform went live on that day, and the setting ``duties.first_full_period`` decides on the period of its founding.
"""

import datetime as dt

from django.db.models import Case, DateField, F, Q, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest, Least

from dangjian.kernel.rulebook import Period, book
from dangjian.kernel.sql import earlier, later
from dangjian.kernel.windows import Window
from dangjian.org.models import Organization

ONE_DAY = Period(days=1)


def owes(organization: Organization, window: Window, today: dt.date) -> bool:
    """Whether the organisation owes something in the period, as far as its founding and the day of going live decide."""
    live_on, founded_on = organization.live_on, organization.established_on
    in_time = live_on == founded_on or live_on <= _last_day(window, today)
    return live_on <= today and in_time and founded_on <= _there_by(window, today)


def owing(window: Window, today: dt.date, *, any_founding: bool = False) -> Q:
    """The condition on ``Organization`` that ``owes`` checks; with ``any_founding`` the period of its founding is always owed."""
    founded = Q(established_on__lte=window.last if any_founding else _there_by(window, today))
    in_time = Q(live_on=F("established_on")) | Q(live_on__lte=_last_day(window, today))
    return founded & in_time & Q(live_on__lte=today)


def before_live(today: dt.date) -> Q:
    """The condition on ``Duty`` that its period is not owed, because it lies before its organisation went live."""
    left = _left(today)
    enough: object = earlier(later("period_end", ONE_DAY), left)
    last_day = Greatest("period_start", Least(enough, "period_end"))
    late = Q(organization__live_on__gt=last_day) & Q(organization__live_on__gt=F("organization__established_on"))
    # The plain comparison comes first: few organisations went live after a period of theirs had begun.
    return Q(organization__live_on__gt=today) | Q(Q(organization__live_on__gt=F("period_start")) & late)


def last_day(due_on: Combinable, live_on: str, today: dt.date) -> Case:
    """Until when something is to be done that was due on ``due_on``, by an organisation whose column ``live_on`` is named."""
    within = book().on("duties.correct_within", today).expect(Period)
    return Case(When(Q(**{f"{live_on}__gt": due_on}), then=later(live_on, within)), default=due_on, output_field=DateField())


def _left(today: dt.date) -> Period:
    return book().on("duties.live_period_left", today).expect(Period)


def _last_day(window: Window, today: dt.date) -> dt.date:
    """The last day on which an organisation may go live and owe the period: enough of it is left, that day included."""
    enough = _left(today).before(window.end)
    return max(window.start, min(enough, window.last))


def _there_by(window: Window, today: dt.date) -> dt.date:
    """By when an organisation must have been founded to owe the period."""
    full = book().on("duties.first_full_period", today).expect(bool)
    return window.start if full else window.last
