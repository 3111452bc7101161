from importlib import import_module

from django.apps import AppConfig


class DuesConfig(AppConfig):
    name = "dangjian.activities.dues"
    label = "dues"
    verbose_name = "党费"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let ``dangjian check`` look at the settings of the payment gateway."""
        import_module(f"{self.name}.checks")
