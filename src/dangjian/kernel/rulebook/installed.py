"""The rulebook of this process: the ``rules`` folders of all installed apps, and what the deployment sets for itself.

A deployment sets values in its settings file (``DANGJIAN_RULE_SETTINGS``) or on its pages; the latter are handed in by a
``RuleSettingsSource`` and reach every process within ``RULE_SETTINGS_SECONDS``.
"""

import logging
from collections.abc import Mapping
from pathlib import Path

from django.apps import apps
from django.conf import settings

from dangjian.kernel.offers import RuleSettingsSource
from dangjian.kernel.registry import offers
from dangjian.kernel.rulebook.book import LayerRefused, Rulebook, UnknownRule, load
from dangjian.kernel.set_on_pages import SetOnPages

log = logging.getLogger(__name__)


def rule_directories() -> tuple[Path, ...]:
    """The ``rules`` folder of every installed app that has one."""
    folders = (Path(config.path) / "rules" for config in apps.get_app_configs())
    return tuple(folder for folder in folders if folder.is_dir())


def _of_files() -> Rulebook:
    return load(rule_directories(), settings.DANGJIAN_RULE_SETTINGS)


def _with(files: Rulebook, stored: Mapping[str, object]) -> Rulebook:
    """The files' book with ``stored`` values; what a newer version does not admit any more is left out, and said in the log."""
    own = dict(files.deployment.values)
    for key, raw in stored.items():
        try:
            files.check_override(key, raw)
        except (UnknownRule, LayerRefused) as error:
            log.warning("本单位设定的 %s 不再适用：%s", key, error)
        else:
            own[key] = raw
    return files.setting(own)


_installed = SetOnPages(_of_files, lambda: offers(RuleSettingsSource), _with)


def book() -> Rulebook:
    """The rulebook."""
    return _installed.current()


def read_settings() -> None:
    """Look now whether the values that the pages set have changed, and use them."""
    _installed.look_again()


def forget() -> None:
    """Read everything anew at the next question (a test that changes the settings needs it)."""
    _installed.forget()
