"""Addresses of this app."""

from django.urls import URLPattern, path

from dangjian.activities.contact.views import away, guests, people, searches
from dangjian.activities.contact.views.abroad import ABROAD_STATISTICS
from dangjian.activities.contact.views.statistics import LOST_STATISTICS, STATISTICS

app_name = "contact"
urlpatterns: list[URLPattern] = [
    *people.PEOPLE.paths("people/"),
    path("people/<int:pk>/tap/", people.tap, name="tap"),
    path("people/<int:pk>/note/", people.note, name="note"),
    path("notes/<int:pk>/take-back/", people.take_back, name="take_back"),
    *away.AWAY.paths("away/"),
    away.AWAY_ONE.path("away/<int:pk>/"),
    path("away/<int:pk>/show/<slug:column>/", away.show_in_full, name="open_away"),
    path("members/<int:pk>/away/", away.go, name="go"),
    path("mine/", away.go_oneself, name="go_oneself"),
    *guests.GUESTS.paths("guests/"),
    guests.GUEST.path("guests/<int:pk>/"),
    path("guests/<int:pk>/show/<slug:column>/", guests.show_in_full, name="open_guest"),
    path("guests/new/", guests.welcome, name="welcome"),
    *searches.SEARCHES.paths("searches/"),
    searches.SEARCH.path("searches/<int:pk>/"),
    path("members/<int:pk>/search/", searches.begin, name="search_new"),
    *STATISTICS.paths("statistics/"),
    *ABROAD_STATISTICS.paths("abroad-statistics/"),
    *LOST_STATISTICS.paths("lost-statistics/"),
]
