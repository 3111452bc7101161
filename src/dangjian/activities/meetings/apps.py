from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    name = "dangjian.activities.meetings"
    label = "meetings"
    verbose_name = "组织生活"
    default_auto_field = "django.db.models.BigAutoField"
