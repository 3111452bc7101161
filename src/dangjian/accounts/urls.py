"""Addresses of this app."""

from django.urls import URLPattern, path

app_name = "accounts"
urlpatterns: list[URLPattern] = []
