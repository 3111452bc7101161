from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "dangjian.accounts"
    label = "accounts"
    verbose_name = "账号与留痕"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """However a database is brought up to date, the deployment's secrets are made for it or compared with it."""
        from dangjian.accounts import keys  # noqa: PLC0415 - its models are there only now

        post_migrate.connect(keys.settle, sender=self)
