"""The rulebook of this process: the ``rules`` folders of all installed apps, and what the deployment sets for itself.

A deployment sets values in its settings file (``DANGJIAN_RULE_SETTINGS``) or on its pages; the latter are handed in by a
``RuleSettingsSource`` and reach every process within ``RULE_SETTINGS_SECONDS``.
"""

import logging
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from django.apps import apps
from django.conf import settings

from dangjian.kernel import clock
from dangjian.kernel.offers import RuleSettingsSource
from dangjian.kernel.registry import offers
from dangjian.kernel.rulebook.book import LayerRefused, Rulebook, UnknownRule, load

log = logging.getLogger(__name__)


def rule_directories() -> tuple[Path, ...]:
    """The ``rules`` folder of every installed app that has one."""
    folders = (Path(config.path) / "rules" for config in apps.get_app_configs())
    return tuple(folder for folder in folders if folder.is_dir())


@cache
def _of_files() -> Rulebook:
    return load(rule_directories(), settings.DANGJIAN_RULE_SETTINGS)


class _Installed:
    """The book in use, and when the pages' values were last asked for."""

    def __init__(self) -> None:
        self.book: Rulebook | None = None
        self.asked_at = 0.0
        self.stamps: dict[str, object] = {}


_installed = _Installed()


def book() -> Rulebook:
    """The rulebook. Its files are read once, what the pages set is looked at again after ``RULE_SETTINGS_SECONDS`` (0: never)."""
    if clock.is_supposed():
        message = "what is composed at no real time cannot ask for a rule: give it the rule's value"
        raise RuntimeError(message)
    every = settings.RULE_SETTINGS_SECONDS
    if every and apps.ready and time.monotonic() - _installed.asked_at > every:
        read_settings()
    return _installed.book or _of_files()


def read_settings() -> None:
    """Look now whether the values that the pages set have changed, and use them."""
    _installed.asked_at = time.monotonic()
    for source in offers(RuleSettingsSource):
        stamp = source.stamp()
        if stamp != _installed.stamps.get(source.code):
            _installed.stamps[source.code] = stamp
            _installed.book = _with(source.values()) if stamp is not None else None


def _with(stored: Mapping[str, object]) -> Rulebook:
    """The files' book with ``stored`` values; what a newer version does not admit any more is left out, and said in the log."""
    own = dict(_of_files().deployment.values)
    for key, raw in stored.items():
        try:
            _of_files().check_override(key, raw)
        except (UnknownRule, LayerRefused) as error:
            log.warning("本单位设定的 %s 不再适用：%s", key, error)
        else:
            own[key] = raw
    return _of_files().setting(own)


def forget() -> None:
    """Read everything anew at the next question (a test that changes the settings needs it)."""
    _of_files.cache_clear()
    _installed.__init__()  # type: ignore[misc]  # back to the state of a process that has asked nothing yet
