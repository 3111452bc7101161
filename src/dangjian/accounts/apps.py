from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "dangjian.accounts"
    label = "accounts"
    verbose_name = "账号与留痕"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """However a database is brought up to date: the deployment's secrets belong to it, and its trail is guarded."""
        from dangjian.accounts import keys, trail  # noqa: PLC0415 - their models are there only now

        post_migrate.connect(keys.settle, sender=self)
        post_migrate.connect(trail.guard, sender=self)
