"""Addresses of this app."""

from django.urls import URLPattern, URLResolver, path

from dangjian.site import rules, start, views

app_name = "site"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("rules/", rules.rulebook, name="rules"),
    path("start/", start.start, name="start"),
    path("healthz", views.healthz, name="healthz"),
    path("healthz/live", views.alive, name="alive"),
    path("api/v1/docs", views.api_documentation, name="api_docs"),
]
