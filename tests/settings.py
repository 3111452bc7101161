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
os.environ.setdefault("DANGJIAN_PLUGINS", "dangjian_model_posts")

from dangjian.config.settings import *  # noqa: F403 - the environment must be set first; settings are meant to be copied whole
from dangjian.config.settings import DANGJIAN_KEY_FILE, DATA_DIR, DATABASES, INSTALLED_APPS, STATIC_ROOT
from dangjian.kernel.crypto import make_key_file

make_key_file(DANGJIAN_KEY_FILE)  # some tests encrypt without a database, whose preparation would make it
STATIC_ROOT.mkdir(exist_ok=True)
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # In a file as in production, where threads of a live server wait for each other's writes; but never waiting for the disk,
    # and with what savepoints need to go back in memory.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF; PRAGMA temp_store=MEMORY;"
else:
    DATABASES["default"]["TEST"] = {"NAME": f"test_{DATABASES['default']['NAME']}"}

INSTALLED_APPS = ["tests.emptying", "tests.person_procedure", *INSTALLED_APPS]
UI_STRICT = True
CLOCK_MUST_BE_SET = True
PREPARED_IS_CHECKED = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
TASKS = {"default": {"BACKEND": "tests.background.AtTheEnd"}}
RULE_SETTINGS_SECONDS = 0
