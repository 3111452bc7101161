"""The rulebook of this process: the ``rules`` folders of all installed apps, plugins included."""

from functools import cache
from pathlib import Path

from django.apps import apps
from django.conf import settings

from dangjian.kernel.rulebook.book import Rulebook, load


def rule_directories() -> tuple[Path, ...]:
    """The ``rules`` folder of every installed app that has one."""
    folders = (Path(config.path) / "rules" for config in apps.get_app_configs())
    return tuple(folder for folder in folders if folder.is_dir())


@cache
def book() -> Rulebook:
    """The rulebook, read once. ``book.cache_clear()`` reads it anew (a test that changes the settings needs it)."""
    return load(rule_directories(), getattr(settings, "DANGJIAN_RULE_SETTINGS", {}))
