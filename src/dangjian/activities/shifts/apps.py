from django.apps import AppConfig


class ShiftsConfig(AppConfig):
    name = "dangjian.activities.shifts"
    label = "shifts"
    verbose_name = "排班"
    default_auto_field = "django.db.models.BigAutoField"
