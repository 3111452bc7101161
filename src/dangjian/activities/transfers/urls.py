"""Addresses of this app; the list and the cases are those of the procedures."""

from django.urls import URLPattern, path

from dangjian.activities.transfers.views import batches, letters, statistics

app_name = "transfers"
urlpatterns: list[URLPattern] = [
    path("batch/", batches.batch, name="batch"),
    *letters.LETTERS.paths("letters/"),
    path("letters/<int:pk>/", letters.letter, name="letter"),
    path("letters/<int:pk>/word/", letters.letter_word, name="letter_word"),
    *statistics.MOVES.paths("moves/"),
    *statistics.STATISTICS.paths("statistics/"),
]
