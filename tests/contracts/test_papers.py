"""Word templates are kept as their builders make them, and say only what is filled in."""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document

from dangjian.kernel.word import WordTemplate
from tests.contracts.source import ROOT
from tools.papers import builders

BUILT = [(module.FOLDER / name, build) for module in builders() for name, build in module.BUILT.items()]


@pytest.mark.parametrize(("kept", "build"), BUILT, ids=[path.name for path, _ in BUILT])
def test_a_template_is_what_its_builder_makes(kept: Path, build: Callable[[], WordTemplate]) -> None:
    made = BytesIO()  # as ``make papers`` has it made
    build().save(made)
    old, new = Document(str(kept)), Document(made)
    assert old.element.xml == new.element.xml, "make papers"
    assert old.styles.element.xml == new.styles.element.xml, "make papers"


def test_no_template_stands_beside_the_builders() -> None:
    assert {path for path, _ in BUILT} == set((ROOT / "src").glob("**/*.docx"))


@pytest.mark.parametrize("path", [path for path, _ in BUILT], ids=lambda path: path.name)
def test_what_is_opened_is_closed(path: Path) -> None:
    tags = re.findall(r"\{%(?:p|tr)? (\w+)", "".join(Document(str(path)).element.itertext()))
    for opened, closed in (("if", "endif"), ("for", "endfor")):
        assert tags.count(opened) == tags.count(closed)
