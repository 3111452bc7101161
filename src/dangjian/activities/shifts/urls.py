"""Addresses of this app."""

from django.urls import URLPattern, path

from dangjian.activities.shifts.views import board, kinds

app_name = "shifts"
urlpatterns: list[URLPattern] = [
    path("", board.board, name="board"),
    path("mine/", board.mine, name="mine"),
    path("kinds/", kinds.kinds, name="kinds"),
    path("organizations/<int:pk>/kind/", kinds.set_kind, name="set_kind"),
    path("kinds/<int:pk>/remove/", kinds.remove_kind, name="remove_kind"),
]
