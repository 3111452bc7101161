"""Addresses of this app."""

from django.urls import URLPattern, path

from dangjian.engines.duties.views import load, local, matrix, mine, single
from dangjian.engines.duties.views.duty import DUTY

app_name = "duties"
urlpatterns: list[URLPattern] = [
    *mine.MINE.paths(""),
    DUTY.path("<int:pk>/"),
    path("<int:pk>/reassign/", single.reassign, name="reassign"),
    path("<int:pk>/excuse/", single.excuse, name="excuse"),
    path("matrix/", matrix.matrix, name="matrix"),
    path("matrix/table.xlsx", matrix.sheet, name="matrix_sheet"),
    path("matrix/<int:pk>/rows/", matrix.rows, name="matrix_rows"),
    path("matrix/<int:pk>/", matrix.cell, name="cell"),
    *load.LOAD.paths("load/"),
    *load.PERSON.paths("load/person/"),
    *local.LOCAL.paths("local/"),
    path("local/new/", local.new, name="local_new"),
    *local.LOCAL_DETAIL.paths("local/<int:pk>/"),
    path("local/<int:pk>/edit/", local.edit, name="local_edit"),
    path("local/<int:pk>/end/", local.end, name="local_end"),
]
