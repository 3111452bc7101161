from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "dangjian.activities.feedback"
    label = "feedback"
    verbose_name = "意见建议"
    default_auto_field = "django.db.models.BigAutoField"
