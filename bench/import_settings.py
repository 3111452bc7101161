"""The product's settings for measuring an import: tasks are run by hand, nothing else differs."""

from dangjian.config.settings import *  # noqa: F403 - settings are meant to be copied whole
from dangjian.config.settings import DATA_DIR, DATABASES

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "bench.sqlite3")}
