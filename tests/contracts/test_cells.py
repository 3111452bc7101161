"""What finds cells of cards that hold several things beside each other."""

import pytest

from tests.contracts.cells import crowded


def table(cell: str, css: str = "table cards") -> str:
    return f'<table class="{css}"><thead><tr><th>一<b>二</b></th></tr></thead><tbody><tr>{cell}</tr></tbody></table>'


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ('<td data-label="会议">大会</td>', []),
        ('<td data-label="会议"><span>大会<br><small>一</small></span></td>', []),
        ('<td data-label="会议"><a href="/">大会</a> <span>支部</span></td>', ["会议: 2 parts"]),
        ('<td data-label="会议">大会<br>支部</td>', ["会议: 3 parts"]),
        ('<td class="cell-actions"><a>一</a><a>二</a></td>', []),
        ("<th>大会<span>支部</span></th><td>一</td>", ["th: 2 parts"]),
    ],
)
def test_a_cell_holds_one_thing(cell: str, found: list[str]) -> None:
    assert crowded(table(cell)) == found
    assert crowded(table(cell, "table")) == []
