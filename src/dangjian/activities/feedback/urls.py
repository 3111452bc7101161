"""Addresses of this app: the pages of whoever writes, and those of whoever answers."""

from django.urls import URLPattern, path

from dangjian.activities.feedback import views

app_name = "feedback"
urlpatterns: list[URLPattern] = [
    *views.MINE.paths(""),
    path("write/", views.write, name="write"),
    path("<int:pk>/", views.own, name="own"),
    path("<int:pk>/add/", views.add, name="add"),
    path("<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("<int:pk>/turn-to-superior/", views.turn_to_superior, name="turn_to_superior"),
    *views.INBOX.paths("inbox/"),
    path("inbox/<int:pk>/", views.case, name="case"),
    path("inbox/<int:pk>/answer/", views.answer, name="answer"),
    path("inbox/<int:pk>/assign/", views.assign, name="assign"),
    path("inbox/<int:pk>/pass-on/", views.pass_on, name="pass_on"),
]
