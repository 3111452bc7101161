"""Addresses of this app."""

from django.urls import URLPattern, path

from dangjian.activities.development.views import applicants, letters, own, quotas
from dangjian.activities.development.views.applicants import APPLICANTS
from dangjian.activities.development.views.registers import REGISTER, STATISTICS

app_name = "development"
urlpatterns: list[URLPattern] = [
    *APPLICANTS.paths(""),
    path("enter/", applicants.enter, name="enter"),
    *REGISTER.paths("register/"),
    *STATISTICS.paths("statistics/"),
    path("mine/", own.mine, name="own"),
    path("helping/", own.helped, name="helping"),
    path("applicants/<int:pk>/change/", applicants.change, name="change"),
    path("applicants/<int:pk>/move/", applicants.move, name="move"),
    path("applicants/<int:pk>/end/", applicants.end, name="end"),
    path("applicants/<int:pk>/first-password/", applicants.hand_out, name="hand_out"),
    path("applicants/<int:pk>/show/<str:column>/", applicants.show_in_full, name="unmask"),
    *quotas.QUOTAS.paths("quotas/"),
    path("quotas/<int:pk>/<int:year>/", quotas.quota, name="quota"),
    path("quotas/<int:pk>/<int:year>/enter/", quotas.enter, name="quota_enter"),
    path("quotas/<int:pk>/<int:year>/hand-down/", quotas.hand_down, name="quota_hand_down"),
    path("quotas/<int:pk>/<int:year>/ask/", quotas.ask, name="quota_ask"),
    *quotas.REQUESTS.paths("quota-requests/"),
    quotas.QUOTA_REQUEST.path("quota-requests/<int:pk>/"),
    *letters.LETTERS.paths("letters/"),
    letters.LETTER.path("letters/<int:pk>/"),
    path("applicants/<int:pk>/letters/new/", letters.write, name="letter_new"),
]
