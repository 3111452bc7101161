"""The small world of ``build.py`` as a fixture."""

from collections.abc import Iterator

import pytest

from dangjian.org.unscoped import unscoped
from tests.activities.dues import build


@pytest.fixture
def world(db: None) -> build.World:
    return build.world()


@pytest.fixture
def open_scope() -> Iterator[None]:
    """For tests of actions, which are asked without a page: ``pytestmark = pytest.mark.usefixtures("open_scope")``."""
    with unscoped("tests of actions"):
        yield
