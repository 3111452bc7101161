from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ExchangeConfig(AppConfig):
    name = "dangjian.engines.exchange"
    label = "exchange"
    verbose_name = "数据交换"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """However a database is brought up to date, the templates of this version of the platform are in it."""
        from dangjian.engines.exchange import installed  # noqa: PLC0415 - its models are there only now

        post_migrate.connect(installed.install, sender=self)
