"""What a journey costs a person: taps, typed characters, and the time that the pages take to answer."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from playwright.sync_api import Locator, Page

T = TypeVar("T")


def confirm(page: Page) -> None:
    """Say yes to the question that the page asks, and wait for the page that follows.

    The form is sent a moment after the click: what is expected next may stand on the page before too.
    """
    with page.expect_navigation():
        page.locator("#confirm [data-confirm-ok]").click()


@dataclass
class Hand:
    """Taps and types, and counts what that took. ``waited`` are the seconds until pages had answered."""

    taps: int = 0
    typed: int = 0
    waited: float = 0

    def tap(self, target: Locator) -> None:
        """Touch or click something."""
        self._timed(target.click)
        self.taps += 1

    def confirm(self, page: Page) -> None:
        """Say yes to the question that the page asks, and wait for the page that follows."""
        self._timed(lambda: confirm(page))
        self.taps += 1

    def type(self, field: Locator, text: str) -> None:
        """Write into a field."""
        field.fill(text)
        self.typed += len(text)

    def choose(self, field: Locator, label: str) -> None:
        """Choose from a list: one tap opens it, one chooses."""
        field.select_option(label=label)
        self.taps += 2

    def _timed(self, act: Callable[[], T]) -> T:
        begun = time.monotonic()
        done = act()
        self.waited += time.monotonic() - begun
        return done
