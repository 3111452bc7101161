from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "dangjian.engines.notifications"
    label = "notifications"
    verbose_name = "通知提醒"
    default_auto_field = "django.db.models.BigAutoField"
