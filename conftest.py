"""Fixtures of every test of the repository, those of the plugins too: each test's folder lies below this one.

Builders of domain objects are in ``tests/make.py``.
"""

import gc
import os
from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from dangjian.kernel import clock, working_days
from dangjian.org import prepared
from tests import databases
from tests.days import DAY

gc.set_threshold(50_000, 20, 100)
"""A test run holds a million objects that stay: to look through them as often as Python does took a quarter of its time."""


def pytest_collection_finish() -> None:
    """What was imported and collected stays, so that the garbage collector need not look through it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker, django_db_keepdb: bool, django_db_createdb: bool
) -> Iterator[None]:
    """The database of this process, in place of pytest-django's, which migrates one for each worker.

    What is put into the tables by migrating, and again when a test has emptied them (templates that ship), asks for the day.
    """
    with clock.at(f"{DAY} 09:00"):
        worker: dict[str, str] = getattr(request.config, "workerinput", {})
        run, name = worker.get("testrunuid", ""), worker.get("workerid", "")
        with django_db_blocker.unblock():
            is_kept = django_db_keepdb and not django_db_createdb
            if name:
                databases.take_copy(run, name, keep=is_kept)
            else:
                databases.make(keep=is_kept)
        yield
        with django_db_blocker.unblock():
            if name:
                databases.drop_copy(run, name, keep=django_db_keepdb)
            elif not django_db_keepdb:
                databases.drop()


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


@pytest.fixture(autouse=True)
def prepared_questions_are_compared() -> None:
    """In every test anew, whatever others have asked before it."""
    prepared.compare_again()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """PostgreSQL runs every test that asks for a database, but for those whose result cannot differ between databases.

    These are marked ``any_database`` or stand in a file with one of the names of ``ON_SQLITE_ALONE``. Tests that commit, as those
    of several people at one moment do, always run on both.
    """
    if os.environ.get("TEST_DATABASE") != "postgres":
        return
    once = {item for item in items if not _asks_for_a_database(item) or (_cannot_differ(item) and not _commits(item))}
    config.hook.pytest_deselected(items=list(once))
    items[:] = [item for item in items if item not in once]


ON_SQLITE_ALONE = ("test_pages*.py", "test_steps.py", "test_papers.py", "test_documents.py", "test_turning_days.py")
"""What pages say, which steps they offer to whom, what is printed, and how days are counted.

What these ask of the database is asked of PostgreSQL elsewhere: every page, list, filter, order and statistic by the contracts
(``test_urls``, ``test_lists``, ``test_statistics``), every action by its own tests.
"""


def _cannot_differ(item: pytest.Item) -> bool:
    return bool(item.get_closest_marker("any_database")) or any(item.path.match(name) for name in ON_SQLITE_ALONE)


def _commits(item: pytest.Item) -> bool:
    marked = item.get_closest_marker("django_db")
    return bool(marked and marked.kwargs.get("transaction")) or "transactional_db" in getattr(item, "fixturenames", ())


def _asks_for_a_database(item: pytest.Item) -> bool:
    return bool(item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(getattr(item, "fixturenames", ())))
