"""Addresses of this app."""

from django.urls import URLPattern, path

from dangjian.activities.development.views import quotas

app_name = "development"
urlpatterns: list[URLPattern] = [
    *quotas.QUOTAS.paths("quotas/"),
    path("quotas/<int:pk>/<int:year>/", quotas.quota, name="quota"),
    path("quotas/<int:pk>/<int:year>/enter/", quotas.enter, name="quota_enter"),
    path("quotas/<int:pk>/<int:year>/hand-down/", quotas.hand_down, name="quota_hand_down"),
    path("quotas/<int:pk>/<int:year>/ask/", quotas.ask, name="quota_ask"),
    *quotas.REQUESTS.paths("quota-requests/"),
    quotas.QUOTA_REQUEST.path("quota-requests/<int:pk>/"),
]
