"""Every address of the platform, as Django resolves it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import signature
from string import Formatter
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter

from dangjian.kernel.offers import ApiRouter
from dangjian.kernel.registry import offers


@dataclass(frozen=True, slots=True)
class Route:
    """One address: its full name (``meetings:detail``), pattern, view and the names of its arguments."""

    name: str
    pattern: str
    view: Callable[..., Any]
    arguments: frozenset[str]
    numbers: frozenset[str] = frozenset()
    """Those of the arguments that are numbers."""

    @property
    def permission(self) -> str | None:
        """What the view states."""
        return getattr(self.view, "required_permission", None)

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods it answers."""
        return tuple(getattr(self.view, "answers_methods", ("GET",)))

    @property
    def opens(self) -> Callable[..., Any] | None:
        """What finds the object that it opens, and says for whom."""
        found: Callable[..., Any] | None = getattr(self.view, "opens", None)
        return found

    @property
    def found_by(self) -> frozenset[str]:
        """The arguments by which ``opens`` finds it."""
        return frozenset(signature(self.opens).parameters) if self.opens else frozenset()

    @property
    def is_api(self) -> bool:
        """Whether it belongs to the machine interface, whose operations state their permissions one by one."""
        return self.name.startswith("api:")


@dataclass(frozen=True, slots=True)
class Operation(Route):
    """One operation of the machine interface: what a program asks by ``method`` of an address (``api:get_meeting``)."""

    method: str = "GET"

    @property
    def methods(self) -> tuple[str, ...]:
        """The one by which it is asked."""
        return (self.method,)


def operations() -> list[Operation]:
    """Those of all apps, also where a router holds others."""
    return [
        Operation(
            f"api:{getattr(one, 'url_name', '') or one.view_func.__name__}", path, one.view_func, _named(path), method=method
        )
        for offer in offers(ApiRouter)
        for mount in offer.router.build_routers("")
        for path, view in mount.template.path_operations.items()
        for one in view.operations
        for method in one.methods
    ]


def _named(path: str) -> frozenset[str]:
    """What stands in braces in the path of an operation."""
    return frozenset(name for _text, name, *_rest in Formatter().parse(path) if name)


def routes() -> list[Route]:
    """All of them, in the order in which they are tried."""
    return list(_walk(get_resolver().url_patterns, "", ""))


def _walk(patterns: list[URLPattern | URLResolver], prefix: str, namespace: str) -> Iterator[Route]:
    for one in patterns:
        pattern = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            inner = f"{namespace}{one.namespace}:" if one.namespace else namespace
            yield from _walk(one.url_patterns, pattern, inner)
        else:
            arguments = frozenset(one.pattern.converters) | frozenset(getattr(one.pattern, "regex", None).groupindex or {})
            numbers = frozenset(name for name, kind in one.pattern.converters.items() if isinstance(kind, IntConverter))
            yield Route(f"{namespace}{one.name}" if one.name else "", pattern, one.callback, arguments, numbers)
