"""What a deployment says by its environment: each variable is declared here once, with its type and default, and read by it.

>>> environment.WEB_WORKERS.value
2

Nothing else of the platform asks ``os.environ``. ``docs/deployment.md`` has a line for each of them, which a contract checks.
A value is read anew each time, so that whoever wants one that does not change keeps it (as ``config.settings`` does).
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured

from dangjian.kernel.addresses import Network, networks

T = TypeVar("T")

_YES: Final = frozenset({"1", "true", "yes", "on"})
_NO: Final = frozenset({"0", "false", "no", "off"})
_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class BadVariable(ImproperlyConfigured):
    """A variable says what nobody can read; the message names it and what it may be."""


@dataclass(frozen=True)
class Variable(Generic[T]):
    """A variable of the environment: ``read`` makes a value of its text, or raises ``ValueError`` with what it may be.

    Without it, or left blank, it is the ``default``.
    """

    name: str
    read: Callable[[str], T]
    default: T

    @property
    def value(self) -> T:
        """What it says now. Raises ``BadVariable``."""
        text = os.environ.get(self.name, "").strip()
        if not text:
            return self.default
        try:
            return self.read(text)
        except (ValueError, ImproperlyConfigured) as error:
            raise BadVariable(
                f"环境变量 {self.name} 应是{error}，现在是“{text}”。请改正后再启动，见 docs/deployment.md。"
            ) from error

    @property
    def is_there(self) -> bool:
        """Whether somebody has written it, even blank."""
        return self.name in os.environ

    @property
    def is_set(self) -> bool:
        """Whether it says something."""
        return bool(os.environ.get(self.name, "").strip())


def _flag(text: str) -> bool:
    if text.lower() in _YES | _NO:
        return text.lower() in _YES
    raise ValueError("1（开）或 0（关）")


def _number(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and least <= int(text) <= most:
            return int(text)
        raise ValueError(f"{least} 到 {most} 的整数")

    return read


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _networks(text: str) -> list[Network]:
    try:
        return networks(text)
    except ImproperlyConfigured as error:
        raise ValueError("127.0.0.1,10.0.0.0/8 这样的地址或网段") from error


def _level(text: str) -> str:
    if text.upper() in _LEVELS:
        return text.upper()
    raise ValueError("、".join(_LEVELS) + " 之一")


def _zone(text: str) -> str:
    if text in available_timezones():
        return text
    raise ValueError("Asia/Shanghai 这样的时区")


DATA_DIR = Variable("DATA_DIR", Path, Path("data"))
DATABASE_URL = Variable("DATABASE_URL", str, "")
DATABASE_BEHIND_POOLER = Variable("DATABASE_BEHIND_POOLER", _flag, False)
HOST = Variable("HOST", str, "127.0.0.1")
PORT = Variable("PORT", _number(1, 65535), 8000)
WEB_WORKERS = Variable("WEB_WORKERS", _number(1, 64), 2)
ALLOWED_HOSTS = Variable("ALLOWED_HOSTS", _words, ["127.0.0.1", "localhost", "[::1]"])
TRUSTED_ORIGINS = Variable[list[str]]("TRUSTED_ORIGINS", _words, [])
LARGEST_REQUEST_MB = Variable("LARGEST_REQUEST_MB", _number(1, 100_000), 300)
TRUSTED_PROXIES = Variable[list[Network]]("TRUSTED_PROXIES", _networks, [])
BEHIND_TLS = Variable("BEHIND_TLS", _flag, False)
DANGJIAN_DEBUG = Variable("DANGJIAN_DEBUG", _flag, False)
DANGJIAN_SECRET_KEY = Variable("DANGJIAN_SECRET_KEY", str, "")
DANGJIAN_KEY_FILE = Variable[Path | None]("DANGJIAN_KEY_FILE", Path, None)
DANGJIAN_KEY = Variable("DANGJIAN_KEY", str, "")
DANGJIAN_PLUGINS = Variable[list[str]]("DANGJIAN_PLUGINS", _words, [])
DANGJIAN_DEMO = Variable("DANGJIAN_DEMO", _flag, False)
SIGN_IN_FAILURES = Variable("SIGN_IN_FAILURES", _number(1, 1000), 5)
SIGN_IN_LOCK_MINUTES = Variable("SIGN_IN_LOCK_MINUTES", _number(1, 100_000), 30)
SESSION_HOURS = Variable("SESSION_HOURS", _number(1, 10_000), 12)
PASSWORD_MAX_AGE_DAYS = Variable("PASSWORD_MAX_AGE_DAYS", _number(0, 100_000), 90)
FIRST_PASSWORD_DAYS = Variable("FIRST_PASSWORD_DAYS", _number(0, 1000), 3)
CHECK_IN_OPENS_MINUTES = Variable("CHECK_IN_OPENS_MINUTES", _number(0, 1440), 60)
CHECK_IN_TAP_KEPT_MINUTES = Variable("CHECK_IN_TAP_KEPT_MINUTES", _number(0, 1440), 5)
SMTP_HOST = Variable("SMTP_HOST", str, "")
SMTP_PORT = Variable("SMTP_PORT", _number(1, 65535), 25)
SMTP_USER = Variable("SMTP_USER", str, "")
SMTP_PASSWORD = Variable("SMTP_PASSWORD", str, "")
SMTP_TLS = Variable("SMTP_TLS", _flag, False)
SMTP_FROM = Variable("SMTP_FROM", str, "dangjian@localhost")
DUES_GATEWAY_URL = Variable("DUES_GATEWAY_URL", str, "")
DUES_GATEWAY_KEYS = Variable[list[str]]("DUES_GATEWAY_KEYS", _words, [])
DUES_GATEWAY_HASH = Variable("DUES_GATEWAY_HASH", str, "sm3")
DUES_GATEWAY_MERCHANTS = Variable("DUES_GATEWAY_MERCHANTS", str, "")
TIME_ZONE = Variable("TIME_ZONE", _zone, "Asia/Shanghai")
LOG_LEVEL = Variable("LOG_LEVEL", _level, "WARNING")
NPM_CONFIG_REGISTRY = Variable("NPM_CONFIG_REGISTRY", str, "")

VARIABLES: Final[Mapping[str, Variable[object]]] = {
    name: found for name, found in globals().items() if isinstance(found, Variable)
}
"""All of them by name."""
