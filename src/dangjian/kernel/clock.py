"""The only clock of the house. Everything that asks for the time asks here, so that a test can set it.

Use ``now()`` for instants (aware, in the deployment's time zone) and ``today()`` for days. A test writes::

    with clock.at("2026-11-23 09:00"):
        ...

It holds for the whole process, threads included, because a browser test serves pages from another thread. Where the setting
``CLOCK_MUST_BE_SET`` is true, as in the settings of the tests, a clock that nobody set raises ``ClockNotSet`` instead of
telling the real time: what depends on the day it is run on must not pass by chance.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.utils import timezone

_fixed: dt.datetime | None = None
_supposed: ContextVar[dt.datetime | None] = ContextVar("supposed", default=None)


class ClockNotSet(RuntimeError):
    """Somebody asked for the time where the clock has to be set first."""


def now() -> dt.datetime:
    """The present instant, aware."""
    supposed = _supposed.get()
    if supposed is not None:
        return supposed
    if _fixed is not None:
        return _fixed
    if settings.CLOCK_MUST_BE_SET:
        raise ClockNotSet(
            "A test asked for the time and no clock was set: it would read the real one. "
            "The fixture `fixed_clock` in the conftest.py of the repository sets it; elsewhere use `with clock.at(...)`."
        )
    return dt.datetime.now(timezone.get_default_timezone())


def today() -> dt.date:
    """The present day in the deployment's time zone."""
    return now().astimezone(timezone.get_default_timezone()).date()


def set_to(moment: str | dt.datetime | None) -> None:
    """Stop the clock at ``moment`` (local time if naive), or let it run again with ``None``."""
    global _fixed  # noqa: PLW0603 - one clock for the process is the purpose of this module
    if isinstance(moment, str):
        moment = dt.datetime.fromisoformat(moment)
    if moment is not None and timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    _fixed = moment


@contextmanager
def at(moment: str | dt.datetime) -> Iterator[None]:
    """Stop the clock at ``moment`` inside the block, then put back what held before."""
    before = _fixed
    set_to(moment)
    try:
        yield
    finally:
        set_to(before)


def is_supposed() -> bool:
    """Whether something is only being composed: what it asks must not depend on the day."""
    return _supposed.get() is not None


@contextmanager
def supposed(moment: dt.datetime) -> Iterator[None]:
    """Work as if it were ``moment`` (aware), in this thread alone: what is only being composed is composed at no real time."""
    token = _supposed.set(moment)
    try:
        yield
    finally:
        _supposed.reset(token)
