"""Fixtures of every test of the repository, those of the plugins too: each test's folder lies below this one.

Builders of domain objects are in ``tests/make.py``.
"""

from collections.abc import Iterator

import pytest

from dangjian.kernel import clock


@pytest.fixture(autouse=True)
def fixed_clock() -> Iterator[None]:
    """Every test begins on Monday 2026-11-23, 09:00."""
    with clock.at("2026-11-23 09:00"):
        yield
