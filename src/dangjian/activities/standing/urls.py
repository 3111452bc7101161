"""Addresses of this app; the cases are those of the procedures."""

from django.urls import URLPattern, path

from dangjian.activities.standing.views.cases import CASES, begin
from dangjian.activities.standing.views.statistics import (
    CHANGE_STATISTICS,
    CHANGES,
    EXIT_STATISTICS,
    PENALTIES,
    PENALTY_STATISTICS,
)

app_name = "standing"
urlpatterns: list[URLPattern] = [
    *CASES.paths(""),
    path("begin/", begin, name="begin"),
    *CHANGES.paths("changes/"),
    *PENALTIES.paths("penalties/"),
    *CHANGE_STATISTICS.paths("statistics/"),
    *EXIT_STATISTICS.paths("statistics/exits/"),
    *PENALTY_STATISTICS.paths("statistics/penalties/"),
]
