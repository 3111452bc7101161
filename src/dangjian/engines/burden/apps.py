from django.apps import AppConfig


class BurdenConfig(AppConfig):
    name = "dangjian.engines.burden"
    label = "burden"
    verbose_name = "填报负担"
    default_auto_field = "django.db.models.BigAutoField"
