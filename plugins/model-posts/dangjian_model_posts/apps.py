from django.apps import AppConfig


class ModelPostsConfig(AppConfig):
    name = "dangjian_model_posts"
    label = "model_posts"
    verbose_name = "党员示范岗"
    default_auto_field = "django.db.models.BigAutoField"
