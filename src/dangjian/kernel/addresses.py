"""From where a request came: the caller's own network address, also behind proxies that the deployment names.

A header can be written by anybody. It is believed as far as it was written by a proxy in ``TRUSTED_PROXIES``: read from its end,
each address belongs to whoever spoke to the proxy after it, and the first one that is no such proxy is the caller.
"""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.http.response import HttpResponseBase

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
MOST_PROXIES = 20


def networks(text: str) -> list[Network]:
    """Addresses and networks (``127.0.0.1,10.0.0.0/8``) as ``TRUSTED_PROXIES`` names them."""
    try:
        return [ip_network(part.strip()) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise ImproperlyConfigured(f"TRUSTED_PROXIES 应写成 127.0.0.1,10.0.0.0/8 这样的地址或网段：{error}") from error


def caller(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """The caller's address: ``peer`` speaks to the server, ``forwarded`` is the header ``X-Forwarded-For``."""
    found = _parsed(peer)
    if found is None:
        return peer
    for text in reversed(forwarded.split(",")[-MOST_PROXIES:]):
        before = _parsed(text)
        if before is None or not _is_in(found, trusted):
            break
        found = before
    return str(found)


def address_of(request: HttpRequest) -> str:
    """Network address of the caller, as the trail keeps it."""
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


class CallerMiddleware:
    """Puts the caller's own address in the place where everybody looks for it. The first of all middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        if settings.TRUSTED_PROXIES:
            forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
            request.META["REMOTE_ADDR"] = caller(request.META.get("REMOTE_ADDR", ""), forwarded, settings.TRUSTED_PROXIES)
        return self.get_response(request)


def _parsed(text: str) -> Address | None:
    """An address, without the port that some proxies write behind it."""
    words = text.strip()
    if words.startswith("["):
        words = words[1:].partition("]")[0]
    elif words.count(":") == 1:
        words = words.partition(":")[0]
    try:
        found = ip_address(words)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _is_in(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in trusted)
