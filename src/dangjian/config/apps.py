from django.apps import AppConfig


class PlatformConfig(AppConfig):
    name = "dangjian.config"
    label = "platform"
    verbose_name = "平台"

    def ready(self) -> None:
        """Read the rulebook: a rule without citation or date stops the start."""
        from dangjian.kernel.rulebook import book  # noqa: PLC0415 - apps must be loaded before rules are looked for

        book()
