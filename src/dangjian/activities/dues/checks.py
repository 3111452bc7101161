"""What ``dangjian check`` says about the settings of the payment gateway."""

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from dangjian.activities.dues.payments.providers import gateway


@register
def gateway_settings(app_configs: object, **kwargs: object) -> list[CheckMessage]:  # noqa: ARG001 - the signature of checks
    """Errors for settings that are there but cannot work; none at all is fine, the gateway is then not offered."""
    return [Error(fault, id=f"dues.E{number:03d}") for number, fault in enumerate(gateway.faults(), start=1)] if _any() else []


def _any() -> bool:
    return bool(settings.DUES_GATEWAY_URL or settings.DUES_GATEWAY_KEYS or settings.DUES_GATEWAY_MERCHANTS)
