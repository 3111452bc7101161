"""The product's own settings for measuring: the bare view stands beside its pages, and an SQLite database is a file."""

from dangjian.config.settings import *  # noqa: F403 - settings are meant to be copied whole
from dangjian.config.settings import DATA_DIR, DATABASES

ROOT_URLCONF = "bench.urls"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "bench.sqlite3")}
