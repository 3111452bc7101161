"""Addresses of this app; the cases are those of the procedures."""

from django.urls import URLPattern, path

from dangjian.activities.standing.views.cases import CASES, begin

app_name = "standing"
urlpatterns: list[URLPattern] = [*CASES.paths(""), path("begin/", begin, name="begin")]
