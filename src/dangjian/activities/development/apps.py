from django.apps import AppConfig


class DevelopmentConfig(AppConfig):
    name = "dangjian.activities.development"
    label = "development"
    verbose_name = "发展党员"
    default_auto_field = "django.db.models.BigAutoField"
