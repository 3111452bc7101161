"""Addresses of this app."""

from django.urls import URLPattern, path

app_name = "org"
urlpatterns: list[URLPattern] = []
