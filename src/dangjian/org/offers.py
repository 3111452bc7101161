"""Offers that the organisations' app consumes."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from dangjian.org.models import Organization


@dataclass(frozen=True, slots=True)
class DissolutionGuard:
    """Something that must be settled before an organisation is dissolved.

    ``obstacle(organization, effective_on)`` answers a Chinese sentence that says what is still there and what to do, or ``""``.
    """

    code: str
    obstacle: Callable[[Organization, dt.date], str]
