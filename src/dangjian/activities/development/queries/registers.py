"""What registers say of all their people together: who they are, and how long a stage takes."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.db.models import Count, Q, QuerySet

from dangjian.activities.development.models import Applicant, Stage
from dangjian.kernel import clock
from dangjian.members import policy
from dangjian.members.filters import of_education

SINCE = {
    Stage.APPLICANT: "applied_on",
    Stage.ACTIVIST: "activist_on",
    Stage.OBJECT: "object_on",
    Stage.PROBATIONARY: "admitted_on",
}
"""The day on which each stage of somebody who is on their way began."""
YOUNG = 35
COLLEGE = ("postgraduate", "bachelor", "junior_college")
"""大专及以上."""
HAN = "01"


def structure(rows: QuerySet[Applicant]) -> dict[str, int]:
    """How many they are, and of these women, minorities, up to 35, with college education, in the front line, in the League.

    One question. These are the columns of the annual statistics of applicants, activists and people under development.
    """
    college = Q()
    for group in COLLEGE:
        college |= of_education(group)
    numbers: dict[str, Any] = {
        "number": Count("pk"),
        "women": Count("pk", filter=Q(sex="2")),
        "minority": Count("pk", filter=~Q(ethnicity__in=("", HAN))),
        "young": Count("pk", filter=Q(birth_on__gt=policy.born_by(YOUNG + 1, clock.today()))),
        "college": Count("pk", filter=college),
        "front_line": Count("pk", filter=~Q(front_line="")),
        "league": Count("pk", filter=Q(in_youth_league=True)),
    }
    return dict(rows.order_by().aggregate(**numbers))


@dataclass(frozen=True, slots=True)
class TimeInStage:
    """How long people have been in a stage: how many they are, the days of the one in the middle, and of the longest."""

    title: str
    number: int
    median_days: int
    longest_days: int


def times_in_stage(rows: QuerySet[Applicant]) -> list[TimeInStage]:
    """By stage, of those who are on their way. One question."""
    today = clock.today()
    columns = rows.order_by().values_list("stage", *SINCE.values())
    days: dict[str, list[int]] = {stage: [] for stage in SINCE}
    for stage, *begun in columns:
        since = dict(zip(SINCE, begun, strict=True)).get(stage)
        if since:
            days[stage].append(_between(since, today))
    return [_times(stage, found) for stage, found in days.items() if found]


def _times(stage: str, days: Iterable[int]) -> TimeInStage:
    known = sorted(days)
    return TimeInStage(Stage(stage).label, len(known), round(median(known)), known[-1])


def _between(since: dt.date, until: dt.date) -> int:
    return (until - since).days
