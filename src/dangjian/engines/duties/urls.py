"""Addresses of this app."""

from django.urls import URLPattern, path

app_name = "duties"
urlpatterns: list[URLPattern] = []
