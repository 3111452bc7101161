"""The registry of offers: what each installed app hands to the house in the ``OFFERS`` of its ``contributes.py``.

>>> for item in registry.offers(MenuItem): ...
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

from django.apps import apps

Offer = TypeVar("Offer")


@cache
def _collected() -> tuple[Any, ...]:
    found = []
    for config in apps.get_app_configs():
        module = f"{config.name}.contributes"
        if config.name.startswith("django.") or find_spec(module) is None:
            continue
        found.extend(import_module(module).OFFERS)
    return tuple(found)


def offers(kind: type[Offer]) -> tuple[Offer, ...]:
    """All offers of one kind, in the order of their ``order`` where they have one, else as the apps are installed."""
    found: tuple[Offer, ...] = _of_kind(kind)  # type: ignore[arg-type]  # mypy does not see that classes are hashable
    return found


@cache
def _of_kind(kind: type) -> tuple[Any, ...]:
    chosen = [offer for offer in _collected() if type(offer) is kind]
    return tuple(sorted(chosen, key=lambda offer: getattr(offer, "order", 0)))


def by_code(kind: type[Offer]) -> dict[str, Offer]:
    """Offers of one kind by their ``code``. A code offered twice stops the start."""
    found: dict[str, Offer] = _coded(kind)  # type: ignore[arg-type]  # likewise
    return found


@cache
def _coded(kind: type) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for offer in _of_kind(kind):
        code: str = offer.code
        if code in found:
            message = f"{kind.__name__} {code!r} is offered twice"
            raise ValueError(message)
        found[code] = offer
    return found


def kinds() -> frozenset[type]:
    """Every kind of offer that some app makes."""
    return frozenset(type(offer) for offer in _collected())
