"""Fixtures of every test of the repository, those of the plugins too: each test's folder lies below this one.

Builders of domain objects are in ``tests/make.py``.
"""

import os
from collections.abc import Iterator

import pytest

from dangjian.kernel import clock, working_days
from tests.days import DAY


@pytest.fixture(autouse=True)
def fixed_clock(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test begins at 09:00 of the day that it is marked with, else of the day of the run (``tests/days.py``)."""
    marked = request.node.get_closest_marker("day")
    with clock.at(f"{marked.args[0] if marked else DAY} 09:00"):
        yield


@pytest.fixture(autouse=True)
def holidays_as_shipped() -> Iterator[None]:
    """What a test entered on the pages is rolled back; the process forgets it too."""
    yield
    working_days.forget()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What cannot differ between databases runs with one of them: what is marked ``any_database`` or asks for none."""
    if os.environ.get("TEST_DATABASE") != "postgres":
        return
    once = [item for item in items if item.get_closest_marker("any_database") or not _asks_for_a_database(item)]
    config.hook.pytest_deselected(items=once)
    items[:] = [item for item in items if item not in once]


def _asks_for_a_database(item: pytest.Item) -> bool:
    return bool(item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(getattr(item, "fixturenames", ())))
