"""Between Chinese text and a value stands a space on both sides or on neither; none follows a Chinese full stop or comma."""

import re
from pathlib import Path

import pytest

from tests.contracts.source import ROOT

HAN, VALUE = "[\u4e00-\u9fff]", r"(?:\{\{[^}]*\}\}|</?b>|</?span[^>]*>|\$\{[^}]*\})+"
UNEVEN = re.compile(f"{HAN}{VALUE} {HAN}|{HAN} {VALUE}{HAN}")
AFTER_A_STOP = re.compile(f"[，。；：、！？] +{HAN}")
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


def test_no_space_follows_a_full_stop_or_a_comma() -> None:
    found = {path.name: AFTER_A_STOP.findall(path.read_text(encoding="utf-8")) for path in FILES}
    assert {name: spaces for name, spaces in found.items() if spaces} == {}
