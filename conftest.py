"""Fixtures of every test of the repository, those of the plugins too: each test's folder lies below this one.

Builders of domain objects are in ``tests/make.py``.
"""

from collections.abc import Iterator

import pytest

from dangjian.kernel import clock
from tests.days import DAY


@pytest.fixture(autouse=True)
def fixed_clock(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test begins at 09:00 of the day that it is marked with, else of the day of the run (``tests/days.py``)."""
    marked = request.node.get_closest_marker("day")
    with clock.at(f"{marked.args[0] if marked else DAY} 09:00"):
        yield
