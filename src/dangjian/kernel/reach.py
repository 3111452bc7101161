"""What a scope covers, as a value. ``org.scope`` says which one is open.

A scope is a set of *reaches*. ``Reach(path, whole=True)`` covers the organisation at ``path`` and all below it;
``whole=False`` covers the organisation itself and the groups in it (its ``body``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from django.db.models import Q


@dataclass(frozen=True, slots=True)
class Reach:
    """One organisation with what is below it (``whole``) or only with its groups."""

    path: str
    whole: bool = True

    def covers(self, path: str, body_path: str) -> bool:
        """Whether an organisation with these paths is inside."""
        return path.startswith(self.path) if self.whole else body_path == self.path


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be seen. ``reaches`` is ``None`` for everything (jobs), empty for nothing."""

    reaches: tuple[Reach, ...] | None
    reason: str = ""

    @classmethod
    def of(cls, reaches: Iterable[Reach]) -> Self:
        """The smallest scope that covers all ``reaches``: those inside another are dropped."""
        chosen: list[Reach] = []
        for reach in sorted(set(reaches), key=lambda r: (not r.whole, len(r.path))):
            if not any(kept.covers(reach.path, reach.path) for kept in chosen):
                chosen.append(reach)
        return cls(tuple(sorted(chosen, key=lambda r: r.path)))

    def covers(self, path: str, body_path: str) -> bool:
        """Whether an organisation with these paths may be seen."""
        return self.reaches is None or any(reach.covers(path, body_path) for reach in self.reaches)

    def q(self, prefix: str) -> Q:
        """A filter on ``<prefix>path`` and ``<prefix>body_path``; ``prefix`` ends in ``__`` unless it is empty."""
        if self.reaches is None:
            return Q()
        condition = Q(pk__in=[])
        for reach in self.reaches:
            if reach.whole:
                condition |= Q(**{f"{prefix}path__startswith": reach.path})
            else:
                condition |= Q(**{f"{prefix}body_path": reach.path})
        return condition
