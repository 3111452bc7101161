"""Addresses of this app."""

from django.urls import URLPattern, path

from dangjian.engines.annual.views import behind, brief, gatherings, questions, saved, submissions, tables

app_name = "annual"
urlpatterns: list[URLPattern] = [
    path("", tables.tables, name="tables"),
    path("gather/<int:pk>/", gatherings.gather, name="gather"),
    path("gatherings/<int:pk>/progress/", gatherings.progress, name="gathering_progress"),
    path("brief/", brief.brief, name="brief"),
    path("book.xlsx", tables.book, name="book"),
    path("tables.pdf", tables.printed, name="printed"),
    path("tables/<slug:number>/", tables.table, name="table"),
    path("tables/<slug:number>/table.xlsx", tables.table_sheet, name="table_sheet"),
    path("tables/<slug:number>/table.pdf", tables.table_printed, name="table_printed"),
    path("ask/", questions.ask, name="ask"),
    path("ask/table.xlsx", questions.ask_sheet, name="ask_sheet"),
    *saved.SAVED.paths("ask/kept/"),
    path("ask/kept/new/", saved.new, name="question_new"),
    path("ask/kept/<int:pk>/", saved.change, name="question_change"),
    path("ask/kept/<int:pk>/delete/", saved.delete, name="question_delete"),
    *submissions.SUBMISSIONS.paths("reports/"),
    submissions.SUBMISSION.path("reports/<int:pk>/<slug:period>/"),
    *(one for page in behind.BEHIND for one in page.paths(f"behind/{page.name.removeprefix(behind.NAME)}/")),
]
