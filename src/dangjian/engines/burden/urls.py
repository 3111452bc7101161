"""Addresses of this app."""

from django.urls import URLPattern, path

from dangjian.engines.burden.views import times
from dangjian.engines.burden.views.statistics import STATISTICS

app_name = "burden"
urlpatterns: list[URLPattern] = [
    *STATISTICS.paths(""),
    path("times/", times.times_taken, name="times"),
    path("times/table.xlsx", times.times_sheet, name="times_sheet"),
]
