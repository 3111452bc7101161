"""Addresses of this app."""

from django.urls import URLPattern, path

from dangjian.engines.quality.views import flaws, organizations, statistics

app_name = "quality"
urlpatterns: list[URLPattern] = [
    *flaws.FLAWS.paths(""),
    *organizations.ORGANIZATIONS.paths("organizations/"),
    *statistics.STATISTICS.paths("statistics/"),
    path("<int:pk>/explain/", flaws.explain, name="explain"),
    path("<int:pk>/take-back/", flaws.take_back, name="take_back"),
    path("organizations/<int:pk>/examine/", flaws.examine, name="examine"),
    path("organizations/<int:pk>/finish/", flaws.finish, name="finish"),
]
