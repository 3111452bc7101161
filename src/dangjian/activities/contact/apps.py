from django.apps import AppConfig


class ContactConfig(AppConfig):
    name = "dangjian.activities.contact"
    label = "contact"
    verbose_name = "流动和失联党员"
    default_auto_field = "django.db.models.BigAutoField"
