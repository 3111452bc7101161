from django.apps import AppConfig


class ProceduresConfig(AppConfig):
    name = "dangjian.engines.procedures"
    label = "procedures"
    verbose_name = "办理流程"
    default_auto_field = "django.db.models.BigAutoField"
