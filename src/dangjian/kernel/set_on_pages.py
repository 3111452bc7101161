"""What the files of the house say, with what the enterprise adds to it on its pages, in every process.

A process reads the files once. What the pages add is handed in by an offer with ``stamp`` and ``values``; it is looked at again
when something is asked for and ``RULE_SETTINGS_SECONDS`` have passed since (0: never), or by ``look_again``.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from django.apps import apps
from django.conf import settings

from dangjian.kernel import clock

T = TypeVar("T")


class Source(Protocol):
    """An offer that says what the pages add; ``stamp()`` changes whenever ``values()`` does (``None`` = there is nothing)."""

    @property
    def code(self) -> str:
        """Tells it from the others."""
        ...

    @property
    def stamp(self) -> Callable[[], object]:
        """Asked often."""
        ...

    @property
    def values(self) -> Callable[[], Mapping[Any, Any]]:
        """Asked when the stamp has changed."""
        ...


class SetOnPages(Generic[T]):
    """One thing that files and pages say together.

    :param of_files: reads the files.
    :param sources: the offers that hand in what the pages add.
    :param joined: what both say, of what the files say and the values of the pages.
    """

    def __init__(
        self, of_files: Callable[[], T], sources: Callable[[], Sequence[Source]], joined: Callable[[T, Mapping[Any, Any]], T]
    ) -> None:
        self.read, self.sources, self.joined = of_files, sources, joined
        self.forget()

    def forget(self) -> None:
        """Begin anew: back to the state of a process that has asked nothing yet."""
        self._files: T | None = None
        self._both: T | None = None
        self._stamps: dict[str, object] = {}
        self._asked_at = 0.0

    def of_files(self) -> T:
        """What the files alone say."""
        if self._files is None:
            self._files = self.read()
        return self._files

    def current(self) -> T:
        """What holds now. Not to be asked while something is only being composed (``clock.supposed``)."""
        if clock.is_supposed():
            message = "what is composed at no real time cannot ask for a rule: give it the rule's value"
            raise RuntimeError(message)
        every = settings.RULE_SETTINGS_SECONDS
        if every and apps.ready and time.monotonic() - self._asked_at > every:
            self.look_again()
        return self.of_files() if self._both is None else self._both

    def look_again(self) -> None:
        """See now whether the pages' values have changed, and use them."""
        self._asked_at = time.monotonic()
        for source in self.sources():
            stamp = source.stamp()
            if stamp != self._stamps.get(source.code):
                self._stamps[source.code] = stamp
                self._both = self.joined(self.of_files(), source.values()) if stamp is not None else None
