from django.apps import AppConfig


class PlatformConfig(AppConfig):
    name = "dangjian.config"
    label = "platform"
    verbose_name = "平台"
