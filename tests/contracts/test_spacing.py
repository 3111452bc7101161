"""Between Chinese text and a value stands a space on both sides or on neither."""

import re
from pathlib import Path

import pytest

from tests.contracts.source import ROOT

HAN, VALUE = "[\u4e00-\u9fff]", r"(?:\{\{[^}]*\}\}|</?b>|</?span[^>]*>|\$\{[^}]*\})+"
UNEVEN = re.compile(f"{HAN}{VALUE} {HAN}|{HAN} {VALUE}{HAN}")
TWO_PLACES = re.compile(r"</span><span>")
"""Between two parts of a line there is a gap of its own."""

FILES = sorted(
    path
    for path in (ROOT / "src/dangjian").rglob("*")
    if path.suffix in {".html", ".js"} and "vendor" not in path.parts and path.name != "gallery.html"
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_value_has_a_space_on_both_sides_or_on_neither(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [found[0] for found in UNEVEN.finditer(text) if not TWO_PLACES.search(found[0])] == []
