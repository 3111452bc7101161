"""The product's own settings, with the bare view beside it."""

from dangjian.config.settings import *  # noqa: F403 - settings are meant to be copied whole

ROOT_URLCONF = "bench.urls"
AXES_ENABLED = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
