"""Addresses of this app; the list and the cases are those of the procedure."""

from django.urls import URLPattern, path

from dangjian.activities.transfers.views import asking, batches

app_name = "transfers"
urlpatterns: list[URLPattern] = [
    path("members/<int:pk>/", asking.ask, name="ask"),
    path("batch/", batches.batch, name="batch"),
    path("mine/", asking.ask_oneself, name="ask_oneself"),
]
