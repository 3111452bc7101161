"""Addresses of this app."""

from django.urls import URLPattern, path

from dangjian.engines.annual.views import behind, submissions, tables

app_name = "annual"
urlpatterns: list[URLPattern] = [
    path("", tables.tables, name="tables"),
    path("book.xlsx", tables.book, name="book"),
    path("tables/<slug:number>/", tables.table, name="table"),
    path("tables/<slug:number>/table.xlsx", tables.table_sheet, name="table_sheet"),
    *submissions.SUBMISSIONS.paths("reports/"),
    submissions.SUBMISSION.path("reports/<int:pk>/<slug:period>/"),
    *(one for page in behind.BEHIND for one in page.paths(f"behind/{page.name.removeprefix(behind.NAME)}/")),
]
