from django.apps import AppConfig


class OrgConfig(AppConfig):
    name = "dangjian.org"
    label = "org"
    verbose_name = "党组织"
    default_auto_field = "django.db.models.BigAutoField"
