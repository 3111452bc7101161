"""The open door: work on the rows of all organisations, for jobs and maintenance.

Only the modules that ``pyproject.toml`` lists may import it, none of them a view, a form, a panel or an operation of the API.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from dangjian.kernel.reach import Scope
from dangjian.org.scope import opened


@contextmanager
def unscoped(reason: str) -> Iterator[None]:
    """Work on all rows, for a reason that a reader of the code can judge."""
    with opened(Scope(None, reason)):
        yield
