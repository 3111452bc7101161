"""What the address of a page asks for where no filter does (``kernel.lists``): read, or taken for nothing.

>>> tab = parameters.one_of(request, "tab", TABS, usual="basic")
>>> year = parameters.span(request, YEAR).start.year  # ?year=2026, else this one
"""

import datetime as dt
from collections.abc import Container

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from dangjian.kernel import clock, typed
from dangjian.kernel.periods import Span, parsed

FIRST, LAST = dt.date(1921, 7, 1), dt.date(2199, 12, 31)


def text(request: HttpRequest, name: str, longest: int = 60) -> str:
    """What was typed there, without blanks at its ends and cut off at ``longest``."""
    return request.GET.get(name, "").strip()[:longest]


def one_of(request: HttpRequest, name: str, known: Container[str], usual: str = "") -> str:
    """A code out of those ``known``, ``usual`` for anything else."""
    code = request.GET.get(name, "")
    return code if code in known else usual


def several_of(request: HttpRequest, name: str, known: Container[str]) -> list[str]:
    """All codes out of those ``known``."""
    return [code for code in request.GET.getlist(name) if code in known]


def number(request: HttpRequest, name: str) -> int | None:
    """A number, as that of a row; ``None`` for anything else."""
    return typed.number(request.GET.get(name))


def day(request: HttpRequest, name: str) -> dt.date | None:
    """A day on which the Party had something to record; ``None`` for anything else."""
    try:
        found = dt.date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None
    return found if FIRST <= found <= LAST else None


def span(request: HttpRequest, per: str) -> Span:
    """A period of one length, under its name (``?month=2026-11``); the present one for anything else."""
    found = parsed(request.GET.get(per, ""))
    return found if found is not None and found.per == per else Span.of(clock.today(), per)


BACK = "back"
"""In the address of a form: the page from which somebody came to it, and to which they return."""


def back(request: HttpRequest, usual: str) -> str:
    """The page of this platform that the address names as the one to return to, else ``usual``."""
    wanted = request.GET.get(BACK, "")
    is_own = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_own else usual
