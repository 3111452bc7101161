"""Addresses of this app."""

from django.urls import URLPattern, path

app_name = "members"
urlpatterns: list[URLPattern] = []
