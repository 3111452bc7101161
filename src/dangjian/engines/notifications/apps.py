from typing import Any

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "dangjian.engines.notifications"
    label = "notifications"
    verbose_name = "通知提醒"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear of passwords that were reset."""
        from dangjian.accounts.actions import password_was_reset  # noqa: PLC0415 - models are not there before

        password_was_reset.connect(_tell_of_reset, dispatch_uid="notifications.reset")


def _tell_of_reset(sender: Any, *, actor: Any, user: Any, **_more: Any) -> None:  # noqa: ARG001 - Django's signature
    from dangjian.engines.notifications.actions import tell_of_reset  # noqa: PLC0415 - models are not there before

    tell_of_reset(actor=actor, user=user)
