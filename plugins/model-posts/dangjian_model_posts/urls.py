"""Addresses of the plugin, mounted at ``/plugins/model_posts/``."""

from django.urls import URLPattern, path

from dangjian_model_posts import statistics, views

app_name = "model_posts"
urlpatterns: list[URLPattern] = [
    *views.POSTS.paths(""),
    *statistics.STATISTICS.paths("statistics/"),
    path("new/", views.new, name="new"),
    path("review/", views.review, name="review"),
    path("<int:pk>/take-back/", views.take_back, name="take_back"),
]
