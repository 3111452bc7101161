"""Settings of a deployment. Everything a deployment may change comes from ``kernel.environment``; see ``docs/deployment.md``."""

import os
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONCE, NONE, SELF

from dangjian.kernel import environment
from dangjian.kernel.addresses import networks
from dangjian.kernel.crypto import signing_key

PACKAGE = Path(__file__).resolve().parent.parent
DATA_DIR = environment.DATA_DIR.value.resolve()
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)

DEBUG = environment.DANGJIAN_DEBUG.value
DEMO = environment.DANGJIAN_DEMO.value
"""Load the fictional enterprise into an empty database at the first start. ``make run`` sets it; a real deployment does not."""

DANGJIAN_SECRET_FILE = DATA_DIR / "dangjian_secret_key.txt"
# Without one, a key of this process alone: ``accounts.keys`` keeps it for an empty database, and refuses to start on any other.
SECRET_KEY = signing_key(DANGJIAN_SECRET_FILE) or os.urandom(32).hex()
DANGJIAN_KEY_FILE = environment.DANGJIAN_KEY_FILE.value or DATA_DIR / "field-keys.json"
ALLOWED_HOSTS = environment.ALLOWED_HOSTS.value
CSRF_TRUSTED_ORIGINS = environment.TRUSTED_ORIGINS.value
PLUGINS = environment.DANGJIAN_PLUGINS.value
DANGJIAN_RULE_SETTINGS: dict[str, Any] = {}
UI_STRICT = DEBUG
"""An icon that does not exist raises, rather than being left out."""
CLOCK_MUST_BE_SET = False
PREPARED_IS_CHECKED = False
"""Of the tests: a clock that nobody set raises, and each prepared question is composed anew and compared."""
RULE_SETTINGS_SECONDS = 10
"""After so long every process looks whether somebody has set a rule on the pages; 0 never does."""

INSTALLED_APPS = [
    *PLUGINS,
    "dangjian.config",
    "dangjian.demo",
    "dangjian.site",
    "dangjian.activities.meetings",
    "dangjian.activities.dues",
    "dangjian.activities.feedback",
    "dangjian.activities.development",
    "dangjian.activities.transfers",
    "dangjian.activities.contact",
    "dangjian.activities.shifts",
    "dangjian.activities.standing",
    "dangjian.engines.duties",
    "dangjian.engines.procedures",
    "dangjian.engines.notifications",
    "dangjian.engines.exchange",
    "dangjian.engines.annual",
    "dangjian.engines.quality",
    "dangjian.engines.burden",
    "dangjian.engines.jobs",
    "dangjian.members",
    "dangjian.org",
    "dangjian.accounts",
    "dangjian.kernel.ui",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "csp",
]

MIDDLEWARE = [
    "dangjian.kernel.addresses.CallerMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Below WhiteNoise, whose files are compressed already. It pads pages at random, so that their length tells no secrets.
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "dangjian.accounts.bodies.BodyLimitMiddleware",
    "django.middleware.common.CommonMiddleware",
    "dangjian.kernel.incoming.VisibleTextMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "dangjian.accounts.sessions.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dangjian.accounts.saved.SavedMiddleware",
    "dangjian.org.gate.GateMiddleware",
]

ROOT_URLCONF = "dangjian.config.urls"
WSGI_APPLICATION = "dangjian.config.wsgi.application"
FORM_RENDERER = "dangjian.kernel.ui.forms.UiFormRenderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [("django.template.loaders.cached.Loader", ["dangjian.kernel.ui.loaders.CompactLoader"])],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dangjian.site.context.frame",
            ],
            "builtins": ["dangjian.kernel.ui.templatetags.ui"],
        },
    },
]

_default_database = f"sqlite:///{DATA_DIR / 'dangjian.sqlite3'}"
DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(environment.DATABASE_URL.value or _default_database),
}
_database = DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    # Without IMMEDIATE, a request that reads and then writes fails as soon as another one writes in between.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-32000;",
    }
elif not environment.DATABASE_BEHIND_POOLER.value:
    _database["CONN_MAX_AGE"] = 0
    _database.setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": 8, "timeout": 20}
    # What asks to be prepared (``kernel.prepared_sql``) is so from its first use; statements of the ORM never ask.
    _database["OPTIONS"]["prepare_threshold"] = 0
else:
    _database["CONN_MAX_AGE"] = 0
    _database["DISABLE_SERVER_SIDE_CURSORS"] = True
    _database.setdefault("OPTIONS", {})["prepare_threshold"] = None

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["dangjian.accounts.backends.AccountBackend"]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "site:home"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
# GB/T 22239-2019 asks for complexity, lockout and expiry without numbers; these are what evaluators usually expect.
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email")},
    },
    {"NAME": "dangjian.accounts.passwords.LengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "dangjian.accounts.passwords.ThreeClassesValidator"},
]
SIGN_IN_FAILURES = environment.SIGN_IN_FAILURES.value
SIGN_IN_LOCK_MINUTES = environment.SIGN_IN_LOCK_MINUTES.value
"""So many wrong passwords at an account lock it for so long, for the place that they came from; see ``accounts.door``."""
PASSWORD_MAX_AGE_DAYS = environment.PASSWORD_MAX_AGE_DAYS.value
# How many days slips with first passwords may wait to be printed.
FIRST_PASSWORD_DAYS = environment.FIRST_PASSWORD_DAYS.value
CHECK_IN_OPENS_MINUTES = environment.CHECK_IN_OPENS_MINUTES.value
"""How long before a sitting begins people may check in."""
CHECK_IN_TAP_KEPT_MINUTES = environment.CHECK_IN_TAP_KEPT_MINUTES.value
"""How long a tap made without network counts; 0 for not at all."""

SESSION_ENGINE = "dangjian.accounts.sessions"
SESSION_COOKIE_AGE = environment.SESSION_HOURS.value * 3600
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "dangjian.site.views.csrf_failure"
BEHIND_TLS = environment.BEHIND_TLS.value
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
TRUSTED_PROXIES = environment.TRUSTED_PROXIES.value
"""Proxies whose ``X-Forwarded-For`` is believed. Written and left blank, none is."""
if BEHIND_TLS and not environment.TRUSTED_PROXIES.is_there:
    TRUSTED_PROXIES = networks("127.0.0.1,::1")
if BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = environment.TIME_ZONE.value
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "dangjian.kernel.ui.storage.OneSheetStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
MEDIA_ROOT = DATA_DIR / "files"
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
LARGEST_REQUEST = environment.LARGEST_REQUEST_MB.value * 1024 * 1024
"""What somebody signed in may send at once, files included. A proxy in front must let as much pass."""
LARGEST_OF_STRANGERS = 64 * 1024
"""What anybody else may send: enough for a form of words."""
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

EMAIL_HOST = environment.SMTP_HOST.value
EMAIL_PORT = environment.SMTP_PORT.value
EMAIL_HOST_USER = environment.SMTP_USER.value
EMAIL_HOST_PASSWORD = environment.SMTP_PASSWORD.value
EMAIL_USE_TLS = environment.SMTP_TLS.value
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = environment.SMTP_FROM.value
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"

# The payment gateway of the group; see docs/payments.md. Without an address it is not offered.
DUES_GATEWAY_URL = environment.DUES_GATEWAY_URL.value
DUES_GATEWAY_KEYS = environment.DUES_GATEWAY_KEYS.value
DUES_GATEWAY_HASH = environment.DUES_GATEWAY_HASH.value
DUES_GATEWAY_MERCHANTS = environment.DUES_GATEWAY_MERCHANTS.value

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": environment.LOG_LEVEL.value},
}
