"""Addresses of this app."""

from django.urls import URLPattern, path

from dangjian.site import views

app_name = "site"
urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
]
