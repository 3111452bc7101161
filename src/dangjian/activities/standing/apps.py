"""App configuration."""

from django.apps import AppConfig


class StandingConfig(AppConfig):
    """Ends and changes of standing."""

    name = "dangjian.activities.standing"
    label = "standing"
    verbose_name = "党籍和处分"
