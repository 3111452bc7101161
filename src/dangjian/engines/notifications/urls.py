"""Addresses of this app."""

from django.urls import URLPattern, path

from dangjian.engines.notifications import views

app_name = "notifications"
urlpatterns: list[URLPattern] = [
    *views.MESSAGES.paths(""),
    path("read/", views.read_all, name="read_all"),
    path("<int:pk>/", views.open_message, name="open"),
    path("remind/<slug:code>/<str:key>/", views.remind, name="remind"),
]
