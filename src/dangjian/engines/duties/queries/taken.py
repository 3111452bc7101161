"""How long duties take from appearing on the list to being done."""

import datetime as dt

from dangjian.engines.duties.models import Duty, State
from dangjian.kernel.registry import by_code
from dangjian.org.duty_offers import DutyRule
from dangjian.org.models import Organization


def days_taken(unit: Organization, since: dt.date, until: dt.date) -> list[tuple[dt.date, str, int]]:
    """Day, rule and days of each duty done from ``since`` to ``until`` in ``unit`` and below it; one question.

    What was done before it appeared took no day.
    """
    rows = Duty.objects.filter(organization__path__startswith=unit.path, state=State.DONE, done_on__range=(since, until))
    titles = {code: rule.title for code, rule in by_code(DutyRule).items()}
    found = rows.order_by().values_list("done_on", "rule", "opens_on")
    return [
        (done_on, titles.get(rule, "上级布置的任务"), max(0, (done_on - opens_on).days))
        for done_on, rule, opens_on in found
        if done_on is not None
    ]
