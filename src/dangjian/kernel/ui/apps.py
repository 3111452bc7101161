from django.apps import AppConfig


class UIConfig(AppConfig):
    name = "dangjian.kernel.ui"
    label = "ui"
    verbose_name = "界面"
