"""Addresses of this app; the list and the cases are those of the procedures."""

from django.urls import URLPattern, path

from dangjian.activities.transfers.views import batches, letters, national, statistics, units

app_name = "transfers"
urlpatterns: list[URLPattern] = [
    path("batch/", batches.batch, name="batch"),
    *letters.LETTERS.paths("letters/"),
    path("letters/<int:pk>/", letters.letter, name="letter"),
    path("letters/<int:pk>/<slug:form>/", letters.letter_paper, name="letter_paper"),
    *statistics.MOVES.paths("moves/"),
    *statistics.STATISTICS.paths("statistics/"),
    *national.NATIONAL.paths("national/"),
    *national.NOT_TOLD.paths("national/missing/"),
    path("national/export/", national.export, name="national_export"),
    path("units/new/", units.choose, name="unit_choose"),
    path("units/of/<int:pk>/", units.unit, name="unit"),
    path("units/<int:pk>/list/", units.leaving_out, name="unit_list"),
    path("units/<int:pk>/progress/", units.progress, name="unit_progress"),
]
