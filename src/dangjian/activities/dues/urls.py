"""Addresses of dues."""

from django.urls import URLPattern, path

from dangjian.activities.dues.views import home, mine

app_name = "dues"
urlpatterns: list[URLPattern] = [
    # bills, collecting, a member's own page
    path("", home.door, name="home"),
    path("mine/", mine.mine, name="mine"),
    # assessments and reliefs
    # books
    # bank transfer and online payment
    # duties, statistics
]
