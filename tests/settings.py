"""Settings of the test run: the product's own, with what would only slow tests down taken out.

``TEST_DATABASE=postgres`` runs the tests on a PostgreSQL server that is started here; ``DATABASE_URL`` names one that
runs already. Workers of pytest-xdist inherit both addresses from the process that starts them.
"""

import atexit
import os
import shutil
import tempfile

from tests import postgres

if "DATA_DIR" not in os.environ:
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="dangjian-test-")
    atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
if os.environ.get("TEST_DATABASE") == "postgres" and not os.environ.get("DATABASE_URL"):
    os.environ["DATABASE_URL"] = postgres.start()
os.environ.setdefault("DANGJIAN_PLUGINS", "")

from dangjian.config.settings import *  # noqa: F403 - the environment must be set first; settings are meant to be copied whole

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405 - from the product's settings
    # In a file, as in production: threads that share a database in memory are refused instead of waiting for each other.
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}  # noqa: F405
