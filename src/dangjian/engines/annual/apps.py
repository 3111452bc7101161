from django.apps import AppConfig


class AnnualConfig(AppConfig):
    name = "dangjian.engines.annual"
    label = "annual"
    verbose_name = "党内统计"
    default_auto_field = "django.db.models.BigAutoField"
