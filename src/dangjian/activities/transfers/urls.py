"""Addresses of this app; the list and the cases are those of the procedures."""

from django.urls import URLPattern, path

from dangjian.activities.transfers.views import batches

app_name = "transfers"
urlpatterns: list[URLPattern] = [
    path("batch/", batches.batch, name="batch"),
]
