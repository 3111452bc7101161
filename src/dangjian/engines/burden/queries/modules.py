"""Modules as people call them."""

from django.apps import apps

PARTS = {"dues": "党费"}
"""Modules whose apps are called otherwise."""


def titles() -> list[tuple[str, str]]:
    """Code and title of every module that may have forms, in the order in which they are installed."""
    ours = [config for config in apps.get_app_configs() if not config.name.startswith(("django.", "django_"))]
    return [(config.label, PARTS.get(config.label, str(config.verbose_name))) for config in ours]
