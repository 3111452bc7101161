from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "dangjian.accounts"
    label = "accounts"
    verbose_name = "账号与留痕"
    default_auto_field = "django.db.models.BigAutoField"
