"""The first start takes many seconds: two of them at once are made for all tests, and each takes a copy of what they left."""

import shutil
from pathlib import Path

import pytest

from tests.config.starting import PREPARE, both_end_well, start


@pytest.fixture(scope="session")
def first_starts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder in which two prepared the platform at once, readable by everybody beforehand, and what they said."""
    folder = tmp_path_factory.mktemp("first-starts")
    folder.chmod(0o755)
    where = {"DATA_DIR": str(folder)}
    return folder, both_end_well(start(PREPARE, **where), start(PREPARE, **where))


@pytest.fixture
def prepared(first_starts: tuple[Path, str], tmp_path: Path) -> Path:
    """A folder of the test's own, as a first start leaves it."""
    return shutil.copytree(first_starts[0], tmp_path / "prepared")
