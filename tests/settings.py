"""Settings of the test run: the product's own, with what would only slow tests down taken out."""

import os
import tempfile

os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="dangjian-test-"))
os.environ.setdefault("DANGJIAN_PLUGINS", "")

from dangjian.config.settings import *  # noqa: E402, F403 - the environment must be set first; settings are meant to be copied whole

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
