"""The only clock of the house. Everything that asks for the time asks here, so that a test can set it.

Use ``now()`` for instants (aware, in the deployment's time zone) and ``today()`` for days. A test writes::

    with clock.at("2026-11-23 09:00"):
        ...

The setting holds for the whole process, threads included, because a browser test serves pages from another thread.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

_fixed: dt.datetime | None = None


def now() -> dt.datetime:
    """The present instant, aware."""
    return _fixed or timezone.localtime()


def today() -> dt.date:
    """The present day in the deployment's time zone."""
    return timezone.localtime(now()).date()


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
